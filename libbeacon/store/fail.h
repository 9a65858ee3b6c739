/* SPDX-License-Identifier: MIT */
/* How the store says what went wrong: "file: words", as a GError. */
#ifndef BCN_STORE_FAIL_H
#define BCN_STORE_FAIL_H

#include <beacon/store.h>

/* Each returns false. `words` is in the language of the process. */
bool bcn_store_fail(const char *path, BeaconStoreError code, const char *words, GError **error);

/* With the system's words; a full disk and a read-only one are told as such. */
bool bcn_store_fail_system(const char *path, int error_number, GError **error);

#endif
