/* SPDX-License-Identifier: MIT */
/* A file that is read or written again and again, and what is right about it. */
#ifndef BENCH_EXCHANGE_FILE_H
#define BENCH_EXCHANGE_FILE_H

#include "measure.h"
#include "workload.h"

/* A file's contents as values and, where it is text, as text made without the library. */
struct exchange {
    struct workload *workload;
    GString *text;
    FILE *stream; /* holds the text for reading, or is written to */
    uint64_t count;
    uint64_t digest; /* of the values read, in their order */
    uint64_t right_digest;
};

/* Ends the program when what cannot fail has failed. */
void must(gboolean done, const GError *error);

/* An empty file without a name. */
FILE *exchange_stream_new(void);

/* Puts the text into the file, from its start; and whether the file holds it, whole and alone. */
void exchange_put_text(struct exchange *exchange);
bool exchange_holds_text(struct exchange *exchange);

/* A digest that goes on with more values. */
uint64_t digest_of(uint64_t digest, const void *memory, size_t size);

/* Keys of whole seconds, as files have them, and the digest that reading them has to give. */
void exchange_make_keys(struct exchange *exchange, size_t keys);

/* Forgets what was read; takes a key that was read; whether all were, and in order. For contenders,
 * whose state is the struct exchange. */
void exchange_forget(void *state);
void exchange_take_key(struct exchange *exchange, const struct beacon_published_key *key);
bool exchange_check_keys(void *state);

/* Times one way of using the file, if the subject is wanted. */
void exchange_measure(struct session *session, struct exchange *exchange, const char *subject,
                      char *case_name_taken, struct contender contender);

void exchange_clear(struct exchange *exchange);

#endif
