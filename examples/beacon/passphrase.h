/* SPDX-License-Identifier: MIT */
/* A passphrase, from a file or from a person at the terminal. */
#ifndef TOOL_PASSPHRASE_H
#define TOOL_PASSPHRASE_H

#include <stdbool.h>

/* Both give guarded memory, for the caller to sodium_free; exit codes, after a message. */

/* The first line of a file that only its owner may read. */
int passphrase_read(const char *path, char **ret_passphrase);

/* Typed without being shown; twice where nobody could tell a slip of the finger later. */
int passphrase_ask(const char *subject, bool is_new, char **ret_passphrase);

#endif
