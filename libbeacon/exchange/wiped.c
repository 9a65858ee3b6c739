/* SPDX-License-Identifier: MIT */
/* Memory that is wiped before it is given back, also what a parser keeps of its text. */
#include "exchange/wiped.h"

#include <glib.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of each block, so that freeing knows how much to wipe. */
union header {
    size_t size;
    max_align_t aligned;
};

void *bcn_wiped_alloc(size_t size)
{
    union header *header = NULL;

    if (size <= SIZE_MAX - sizeof(*header))
        header = malloc(sizeof(*header) + size);
    if (!header)
        g_error("no memory for %zu bytes", size);
    header->size = size;
    return header + 1;
}

void bcn_wiped_free(void *memory)
{
    union header *header = memory;

    if (!header)
        return;
    header--;
    sodium_memzero(header + 1, header->size);
    free(header);
}

static void *yajl_alloc_wiped(void *user, size_t size)
{
    (void)user;
    return bcn_wiped_alloc(size);
}

static void yajl_free_wiped(void *user, void *memory)
{
    (void)user;
    bcn_wiped_free(memory);
}

/* A block that moves leaves nothing behind. */
static void *yajl_realloc_wiped(void *user, void *memory, size_t size)
{
    const union header *header = memory;
    void *moved = bcn_wiped_alloc(size);

    (void)user;
    if (header) {
        size_t old = header[-1].size;

        memcpy(moved, memory, old < size ? old : size);
        bcn_wiped_free(memory);
    }
    return moved;
}

const yajl_alloc_funcs bcn_wiped_functions = {
    .malloc = yajl_alloc_wiped,
    .realloc = yajl_realloc_wiped,
    .free = yajl_free_wiped,
};
