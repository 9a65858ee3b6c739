/* SPDX-License-Identifier: MIT */
/* Logarithm, exponential and root by operations that IEEE 754 rounds in one way only. */
#include "air/arithmetic.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Doubles are IEEE's binary64 and computed as such. (x87 keeps more bits: there a timeline is
 * repeatable, but its own.) */
_Static_assert(DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024, "double is not binary64");

#define LN_2     0.693147180559945309417
#define LN_10    2.302585092994045684018
#define EXPONENT 52

static double from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof(x));
    return x;
}

static uint64_t to_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* x = m · 2^e with m in [√½, √2); ln m = 2 artanh((m − 1)/(m + 1)), by its series. */
double bcn_ln(double x)
{
    uint64_t bits = to_bits(x);
    int e = (int)(bits >> EXPONENT) - 1023;
    double m = from_bits((bits & ((UINT64_C(1) << EXPONENT) - 1)) | UINT64_C(1023) << EXPONENT);
    double s, square, sum = 0.0;

    if (m > 1.41421356237309504880) {
        m *= 0.5;
        e++;
    }
    s = (m - 1.0) / (m + 1.0);
    square = s * s;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * square + 1.0 / k;
    return (double)e * LN_2 + 2.0 * s * sum;
}

/* x = k ln 2 + r with |r| <= ½ ln 2; e^r by its series. */
double bcn_exp(double x)
{
    int k;
    double r, sum = 1.0;

    if (x < -700.0)
        return 0.0;
    k = (int)(x / LN_2 - 0.5); /* towards zero, x being negative: the nearest */
    r = x - (double)k * LN_2;
    for (int i = 14; i >= 1; i--)
        sum = 1.0 + sum * r / i;
    return sum * from_bits((uint64_t)(1023 + k) << EXPONENT);
}

/* The root is one of the operations that IEEE 754 rounds. */
double bcn_sqrt(double x)
{
    return sqrt(x);
}

double bcn_decibel(double x)
{
    return bcn_ln(x) * (10.0 / LN_10);
}
