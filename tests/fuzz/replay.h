/* SPDX-License-Identifier: MIT */
/* What every fuzz target defines, for libFuzzer or for the replay program to call. */
#ifndef FUZZ_REPLAY_H
#define FUZZ_REPLAY_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
