/* SPDX-License-Identifier: MIT */
/* Files read with suspicion, since they hold secrets, and files written whole or not at all. */
#ifndef TOOL_FILES_H
#define TOOL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Keeps this process's memory out of core dumps, since it is about to hold a secret. 0, or an exit
 * code after a message. */
int secrets_guard(void);

/* After a call that set errno: says so of a file, and returns EXIT_IO. */
int io_error(const char *path);

/*
 * Reads a small file with a secret into the caller's memory; a length of `max` means that it is too
 * long. Refused, after a message: what is not a regular file (a symbolic link too, since replacing
 * it would leave the file behind it as it was), a file that others may access, and one of another
 * user. Returns an exit code.
 */
int secret_file_read(const char *path, char *text, size_t max, size_t *ret_length);

enum file_mode {
    FILE_SECRET = 1 << 0,  /* mode 0600, not 0644 */
    FILE_REPLACE = 1 << 1, /* over a file that exists, which is otherwise an error */
};

/* Writes what the file holds; an exit code, after a message when it is not EXIT_RAN. */
typedef int file_fill_fn(FILE *stream, const char *path, const void *user);

/* Fills a file beside it, sees it onto the disk, then gives it its name in one step. Exit code. */
int file_write(const char *path, enum file_mode mode, file_fill_fn *fill, const void *user);

/* Sees what happened to the names in a file's directory onto the disk. Exit code. */
int sync_directory(const char *path);

#endif
