/* SPDX-License-Identifier: MIT */
/* How much a test does: a part, where every instruction is watched (valgrind) or emulated. */
#ifndef TEST_SIZE_H
#define TEST_SIZE_H

#ifdef BEACON_TEST_SMALL
#define TEST_PART(whole, part) (part)
#else
#define TEST_PART(whole, part) (whole)
#endif

#endif
