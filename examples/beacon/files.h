/* SPDX-License-Identifier: MIT */
/* Files read with suspicion, since they hold secrets. */
#ifndef TOOL_FILES_H
#define TOOL_FILES_H

#include <stddef.h>

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

/* Guarded memory for the text of a secret, for the caller to sodium_free; NULL after a message. */
char *secret_text_new(size_t size);

#endif
