/* SPDX-License-Identifier: MIT */
/* Where a figure comes from: the machine, its clock, and how the program was built. */
#define _GNU_SOURCE
#include "machine.h"

#include <beacon/base.h>

#include <glib.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Made at each build. */
extern const char bench_commit[];

/* A line "name : value" of /proc/cpuinfo, or NULL. */
static char *cpuinfo(const char *name)
{
    char *text = NULL, *value = NULL, **lines;

    if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line && !value; line++) {
        const char *colon = strchr(*line, ':');

        if (!colon || !g_str_has_prefix(*line, name))
            continue;
        if (strspn(*line + strlen(name), " \t") == (size_t)(colon - *line) - strlen(name))
            value = g_strstrip(g_strdup(colon + 1));
    }
    g_strfreev(lines);
    g_free(text);
    return value;
}

/* The processor's name, with the numbers that tell generations apart where the name does not. */
static char *cpu_name(void)
{
    char *name = cpuinfo("model name"), *family = cpuinfo("cpu family"), *model = cpuinfo("model");
    char *board = NULL, *text;

    if (!name && g_file_get_contents("/proc/device-tree/model", &board, NULL, NULL))
        name = g_strdup(board);
    if (!name)
        name = g_strdup("unknown processor");
    if (family && model)
        text = g_strdup_printf("%s (family %s, model %s)", name, family, model);
    else
        text = g_strdup(name);
    g_free(name);
    g_free(family);
    g_free(model);
    g_free(board);
    return text;
}

static unsigned int usable_cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    return (unsigned int)CPU_COUNT(&set);
}

struct machine machine_read(void)
{
    struct utsname system;
    struct machine machine = {.cpu = cpu_name(),
                              .cores = usable_cores(),
                              .compiler = BENCH_COMPILER,
                              .flags = BENCH_FLAGS,
                              .commit = bench_commit,
                              .version = beacon_version()};

    uname(&system);
    machine.kernel = g_strdup_printf("%s %s %s", system.sysname, system.release, system.machine);
    return machine;
}

void machine_clear(struct machine *machine)
{
    g_free(machine->cpu);
    g_free(machine->kernel);
}

const char *machine_spoiled(void)
{
    if (BENCH_SANITIZED)
        return "built with sanitizers";
    if (!BENCH_OPTIMISED)
        return "libbeacon is built without optimisation";
    return NULL;
}

static double seconds_of(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double machine_seconds(void)
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double machine_wall_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

#define EIGHT(x) x x x x x x x x

double machine_clock_ghz(void)
{
    const unsigned int rounds = 60000;
    uintptr_t sum = 1, addend = 3;
    double start = machine_seconds();

    for (unsigned int round = 0; round < rounds; round++) {
        /* The compiler may neither merge additions nor know the addend, nor can a processor that
         * folds constants. */
        EIGHT(EIGHT(__asm__ volatile("" : "+r"(sum), "+r"(addend)); sum += addend;))
    }
    __asm__ volatile("" : : "r"(sum));
    return 64e-9 * rounds / (machine_seconds() - start);
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Eight sums that do not wait for each other. */
__attribute__((target("avx512f"))) static double vector_adds_per_second(void)
{
    const unsigned int rounds = 300000;
    const __m512i addend = _mm512_set1_epi32(3);
    __m512i a = addend, b = addend, c = addend, d = addend;
    __m512i e = addend, f = addend, g = addend, h = addend;
    const double start = machine_seconds();

    for (unsigned int round = 0; round < rounds; round++)
        __asm__ volatile("vpaddd %8, %0, %0\n\t"
                         "vpaddd %8, %1, %1\n\t"
                         "vpaddd %8, %2, %2\n\t"
                         "vpaddd %8, %3, %3\n\t"
                         "vpaddd %8, %4, %4\n\t"
                         "vpaddd %8, %5, %5\n\t"
                         "vpaddd %8, %6, %6\n\t"
                         "vpaddd %8, %7, %7"
                         : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f), "+v"(g), "+v"(h)
                         : "v"(addend));
    return 8.0 * rounds / (machine_seconds() - start);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double machine_vector_adds(void)
{
    double adds[15];

    if (!__builtin_cpu_supports("avx512f"))
        return 0;
    for (size_t i = 0; i < G_N_ELEMENTS(adds); i++) {
        double before = machine_clock_ghz(), rate = vector_adds_per_second();

        adds[i] = 2e-9 * rate / (before + machine_clock_ghz());
    }
    qsort(adds, G_N_ELEMENTS(adds), sizeof(adds[0]), compare_doubles);
    return adds[G_N_ELEMENTS(adds) / 2];
}
#else
double machine_vector_adds(void)
{
    return 0;
}
#endif

#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
unsigned long machine_heap(void)
{
    const struct mallinfo2 info = mallinfo2();

    return (unsigned long)(info.uordblks + info.hblkhd);
}
#else
unsigned long machine_heap(void)
{
    return 0;
}
#endif
