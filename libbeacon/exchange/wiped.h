/* SPDX-License-Identifier: MIT */
/* Memory that is wiped before it is given back, also what a parser keeps of its text. */
#ifndef BCN_EXCHANGE_WIPED_H
#define BCN_EXCHANGE_WIPED_H

#include <stddef.h>
#include <yajl/yajl_common.h>

/* Never NULL: as with GLib, a process without memory ends. */
void *bcn_wiped_alloc(size_t size);

/* Takes NULL. */
void bcn_wiped_free(void *memory);

/* The same for yajl. */
extern const yajl_alloc_funcs bcn_wiped_functions;

#endif
