/* SPDX-License-Identifier: MIT */
/* How a reader says what it refuses, and what else went wrong: to its caller's callback or as a
 * GError. */
#ifndef BCN_EXCHANGE_REFUSE_H
#define BCN_EXCHANGE_REFUSE_H

#include <beacon/exchange.h>

struct bcn_reader {
    const char *name; /* of the file */
    beacon_refused_fn *on_refused;
    gpointer user;
    GError **error;
};

/*
 * Refuses a record, a line or the whole (both 0); `field` may be NULL; `expected` is in the
 * language of the process. True if the caller wants the reader to go on; otherwise the error is
 * set.
 */
bool bcn_refuse(const struct bcn_reader *reader, uint64_t record, uint64_t line, const char *field,
                const char *expected);

/* The errors that are not refusals. Each returns false. */
bool bcn_fail_canceled(const struct bcn_reader *reader);
bool bcn_fail_reading(const struct bcn_reader *reader, int error_number);
bool bcn_fail_writing(const char *name, int error_number, GError **error);

#endif
