/* SPDX-License-Identifier: MIT */
/* What a radio says, in the words and exit codes of this tool. */
#ifndef TOOL_RADIO_WORDS_H
#define TOOL_RADIO_WORDS_H

#include <beacon/radio.h>
#include <stdbool.h>

/* Says it, frees it, and returns the exit code for it. */
int radio_error(GError *error);

/* Whether a radio's address names a file that is replayed. */
bool address_is_replay(const char *address);

/* "4B:7F:..:1C"; in full when asked for. An address of zeros, which nobody knows, is "?". */
char *address_words(const struct beacon_address *address, bool is_full);
bool address_is_known(const struct beacon_address *address);

/* "android", "iphone", "iphone-background", "other": of machines. */
const char *kind_name(enum beacon_advert_kind kind);

/* The same for people, translated. */
const char *kind_words(enum beacon_advert_kind kind);

#endif
