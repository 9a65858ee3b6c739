/* SPDX-License-Identifier: MIT */
/* Logarithm, exponential and root by operations that IEEE 754 rounds in one way only. */
#ifndef BCN_AIR_ARITHMETIC_H
#define BCN_AIR_ARITHMETIC_H

/*
 * What libm answers differs in the last bit from one machine to another, and a timeline may not.
 * Errors are below 1e-14 relative (of bcn_ln near 1: absolute).
 */
double bcn_ln(double x);  /* x > 0, normal */
double bcn_exp(double x); /* x <= 0; 0 below -700 */
double bcn_sqrt(double x);

/* 10 · log10(x) */
double bcn_decibel(double x);

#endif
