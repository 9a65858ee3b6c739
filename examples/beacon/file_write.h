/* SPDX-License-Identifier: MIT */
/* Files written whole or not at all. */
#ifndef TOOL_FILE_WRITE_H
#define TOOL_FILE_WRITE_H

#include <stdbool.h>
#include <stdio.h>

/* Writes what the file holds; an exit code, after a message when it is not EXIT_RAN. `name` is for
 * messages. */
typedef int file_fill_fn(FILE *stream, const char *name, const void *user);

/*
 * A file with a secret, mode 0600: filled beside its place, seen onto the disk, then given its name
 * in one step, over a file that exists only with `replaces`. Exit code.
 */
int secret_file_write(const char *path, bool replaces, file_fill_fn *fill, const void *user);

/*
 * A file for everybody, done the same way. One that exists is replaced and its mode kept, and its
 * owner as far as we may give files away; a new one has what the umask leaves. Behind a symbolic
 * link it is the link's target that is replaced. A pipe or a device is written to as it is, and "-"
 * is standard output, to which nothing goes before all is there. Exit code.
 */
int public_file_write(const char *path, file_fill_fn *fill, const void *user);

/* Sees what happened to the names in a file's directory onto the disk. Exit code. */
int sync_directory(const char *path);

#endif
