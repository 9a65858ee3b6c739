/* SPDX-License-Identifier: MIT */
/* The file an identity is kept in: read with suspicion, written whole or not at all. */
#ifndef TOOL_IDENTITY_FILE_H
#define TOOL_IDENTITY_FILE_H

#include <beacon/identity.h>

#include <glib.h>
#include <stdbool.h>

/*
 * Reads an identity. Refused, after a message: what is not a regular file (a symbolic link too,
 * since replacing it would leave the file behind it as it was), a file that others may access, a
 * file of another user, and one that does not hold an identity. Returns an exit code.
 */
int identity_file_load(const char *path, beacon_identity **ret_identity);

/*
 * Both write to a file beside it first, see it onto the disk, and then give it its name in one
 * step: _create never over a file that exists, _replace over the one that does. Mode 0600. Exit
 * codes.
 */
int identity_file_create(const char *path, const beacon_identity *identity);
int identity_file_replace(const char *path, const beacon_identity *identity);

/* Gives a file another name, or none, and sees that onto the disk. Exit codes. */
int identity_file_rename(const char *path, const char *new_path);
int identity_file_remove(const char *path);

/* Whether two identities are the same, all of it. Exit codes. */
int identity_compare(const beacon_identity *a, const beacon_identity *b, bool *ret_is_same);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(beacon_identity, beacon_identity_free)

#endif
