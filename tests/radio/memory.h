/* SPDX-License-Identifier: MIT */
/* Bytes that the process has allocated and not freed, as the C library or AddressSanitizer counts
 * them; 0 under valgrind, which counts for itself. */
#ifndef RADIO_MEMORY_H
#define RADIO_MEMORY_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_ASKS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MEMORY_ASKS_SANITIZER
#endif

#ifdef MEMORY_ASKS_SANITIZER
/* Declared here: its header comes with clang alone. */
size_t __sanitizer_get_current_allocated_bytes(void);

static inline size_t memory_in_use(void)
{
    return __sanitizer_get_current_allocated_bytes();
}
#else
#include <malloc.h>

static inline size_t memory_in_use(void)
{
    return mallinfo2().uordblks;
}
#endif

#endif
