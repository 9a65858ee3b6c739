/* SPDX-License-Identifier: MIT */
/* In which language messages are: the program's own, or that of whoever is answered. */
#ifndef ENTRANCE_TONGUE_H
#define ENTRANCE_TONGUE_H

#include "words.h"

/* The program's from now on, whatever the environment says. Before threads read that. */
void tongue_own(enum language language);

/* This thread's alone, until it is put back; each returns what was before, for tongue_back. */
gpointer tongue_of(enum language language);
gpointer tongue_of_program(void);
void tongue_back(gpointer before);

#endif
