/* SPDX-License-Identifier: MIT */
/* The files around a database: its lock, its directory, and files that only their owner may read.
 */
#ifndef BCN_STORE_FILES_H
#define BCN_STORE_FILES_H

#include <beacon/store.h>

/* The path with something behind it; g_free. */
char *bcn_store_beside(const char *path, const char *suffix);

/* Takes STORE-lock, or fails with BUSY. The lock ends when the descriptor is closed, also by the
 * process's death. *ret_is_made: there was no such file before. */
bool bcn_store_lock(const char *path, int *ret_descriptor, bool *ret_is_made, GError **error);

/* Makes an empty file of mode 0600, if there is none, and says whether it did. */
bool bcn_store_touch(const char *path, bool *ret_is_made, GError **error);

/* Removes the file of that name and ending, if it is there. */
void bcn_store_remove_beside(const char *path, const char *suffix);

/* Makes the names in a file's directory durable. */
bool bcn_store_sync_directory(const char *path, GError **error);

/* Makes a file that is there durable, with its name, as far as it may be read here. */
bool bcn_store_sync_file(const char *path, GError **error);

/* A new file of mode 0600 with that text, durable, or none. */
bool bcn_store_write_secret(const char *path, const char *text, gsize length, GError **error);

/* Reads a file of at most max bytes. With is_private, it must be ours or root's and nobody else may
 * be able to read it. */
bool bcn_store_read_secret(const char *path, bool is_private, char *text, gsize max,
                           gsize *ret_length, GError **error);

#endif
