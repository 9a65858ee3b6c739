/* SPDX-License-Identifier: MIT */
/* Where a figure comes from: the machine, its clock, and how the program was built. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdbool.h>

struct machine {
    char *cpu;
    unsigned int cores; /* that may be used */
    char *kernel;       /* of the operating system */
    double clock_ghz;   /* median of all measured between the runs */
    const char *compiler;
    const char *flags;
    const char *commit;
    const char *version; /* of libbeacon */
};

/* All but the clock. */
struct machine machine_read(void);
void machine_clear(struct machine *machine);

/* Why a figure from this build would mean nothing, or NULL. */
const char *machine_spoiled(void);

/* Seconds that this thread has been running: what others do on a busy machine does not count. */
double machine_seconds(void);

/* Seconds since some instant, for what several threads do. */
double machine_wall_seconds(void);

/* The clock as it is now: additions that wait for each other take one cycle each. Some 2 ms. */
double machine_clock_ghz(void);

/* 512-bit additions that fit into a cycle: how many ports there are for them, or half ports. 0
 * where there are no such additions. */
double machine_vector_adds(void);

/* Bytes in use on the heap, or 0 where the C library does not tell. */
unsigned long machine_heap(void);

#endif
