/* SPDX-License-Identifier: MIT */
/* How a program begins: its streams, its language, and what it keeps out of core dumps. */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

/* Before anything else in main. */
void program_begin(void);

/* Prints the version; an exit code. */
int program_version(void);

/* Keeps this process's memory out of core dumps. */
void program_forbid_core_dumps(void);

#endif
