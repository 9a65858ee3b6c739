/* SPDX-License-Identifier: MIT */
/* From a base key to daily keys, sub-keys and the identifier that is current. */
#ifndef BEACON_IDENTITY_H
#define BEACON_IDENTITY_H

#include <beacon/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
/*
 * The ratchet and the chain, link by link (protocol 1.3, 1.4).
 *
 *   daily key of day n + 1   = SHA-256(daily key of day n); the base key is that of its own day
 *   sub-key of slot 0        = SHA-256(daily key, then 13 bytes of salt)
 *   sub-key of slot i + 1    = SHA-256(sub-key of slot i)
 *   identifier of slot i     = bytes 0 4 8 12 16 18 20 22 24 26 28 30 of the sub-key
 *
 * Each is one way: no call goes back. Input and output may be the same object. The caller wipes
 * what it holds.
 */
/* clang-format on */
BEACON_API void beacon_daily_key_next(const struct beacon_daily_key *key,
                                      struct beacon_daily_key *ret_next);
BEACON_API void beacon_sub_key_first(const struct beacon_daily_key *key,
                                     struct beacon_sub_key *ret_sub_key);
BEACON_API void beacon_sub_key_next(const struct beacon_sub_key *sub_key,
                                    struct beacon_sub_key *ret_next);
BEACON_API void beacon_sub_key_identifier(const struct beacon_sub_key *sub_key,
                                          struct beacon_identifier *ret_identifier);

/*
 * All identifiers of one day at once, in the order of their slots: ret_identifiers[0 …
 * slots_per_day - 1]. The identifier of slot i is the same whatever the slots a day; they only
 * decide when it is on air. BEACON_ESLOTS.
 */
BEACON_API int beacon_identifiers_of_day(const struct beacon_daily_key *key, uint32_t slots_per_day,
                                         struct beacon_identifier ret_identifiers[]);

/* 0, or BEACON_ESLOTS: slots a day must divide 86 400 000 ms and lie in 1 … 1440. */
BEACON_API int beacon_slots_per_day_check(uint32_t slots_per_day);

/* The UTC day of a time, rounded down, also before 1970. */
BEACON_API int64_t beacon_day_of(int64_t time_ms);

/* One slot: on air in [start_ms, end_ms) (protocol 1.5). */
struct beacon_slot {
    int64_t day;    /* UTC day */
    uint32_t index; /* 0 … slots_per_day - 1 */
    int64_t start_ms;
    int64_t end_ms;
};

/* The slot that a time falls in; its start belongs to it, its end to the next. BEACON_ESLOTS,
 * BEACON_ERANGE. */
BEACON_API int beacon_slot_at(int64_t time_ms, uint32_t slots_per_day,
                              struct beacon_slot *ret_slot);

/*
 * A daily key that knows its day. It can only be moved forward: BEACON_EPAST for a day before its
 * own, and BEACON_ERANGE for more than BEACON_RATCHET_DAYS_MAX days ahead. On an error the key is
 * as it was.
 */
#define BEACON_RATCHET_DAYS_MAX 36525 /* a hundred years */

struct beacon_dated_key {
    int64_t day;
    struct beacon_daily_key key;
};

BEACON_API int beacon_dated_key_advance(struct beacon_dated_key *key, int64_t day);

/*
 * The holder's own identity: a base key, the day it belongs to and the slots a day.
 *
 * The base key and all that is derived from it lie in libsodium's guarded memory: locked, out of
 * core dumps, wiped when freed. One handle belongs to one thread at a time.
 */
typedef struct beacon_identity beacon_identity;

/* A new identity's base day lies this many days back, so that a report of 14 days never holds the
 * base key. */
#define BEACON_BASE_DAY_OFFSET 15

/*
 * A fresh identity with a random base key that is the daily key of `base_day`; choose
 * beacon_day_of(now) - BEACON_BASE_DAY_OFFSET. BEACON_ESLOTS, BEACON_ERANGE, BEACON_ENOMEM.
 */
BEACON_API int beacon_identity_generate(int64_t base_day, uint32_t slots_per_day,
                                        beacon_identity **ret_identity);

/* An identity from a base key that is known. The key is copied; the caller wipes its own. Errors as
 * above. */
BEACON_API int beacon_identity_new(const struct beacon_base_key *key, int64_t base_day,
                                   uint32_t slots_per_day, beacon_identity **ret_identity);

/* Wipes and frees; takes NULL; returns NULL. */
BEACON_API beacon_identity *beacon_identity_free(beacon_identity *identity);

BEACON_API int64_t beacon_identity_base_day(const beacon_identity *identity);
BEACON_API uint32_t beacon_identity_slots_per_day(const beacon_identity *identity);

/*
 * The identifier on air at `time_ms`, and its slot when `ret_slot` is not NULL. A day's identifiers
 * are derived once and kept. BEACON_EPAST before the base day (the original app would send the base
 * day's identifiers; we refuse), BEACON_ERANGE more than BEACON_RATCHET_DAYS_MAX days after it.
 */
BEACON_API int beacon_identity_at(beacon_identity *identity, int64_t time_ms,
                                  struct beacon_identifier *ret_identifier,
                                  struct beacon_slot *ret_slot);

/* All identifiers of `day`, as beacon_identifiers_of_day. BEACON_EPAST, BEACON_ERANGE. */
BEACON_API int beacon_identity_day(beacon_identity *identity, int64_t day,
                                   struct beacon_identifier ret_identifiers[]);

/*
 * The daily key of `day`, for a report. It gives away every identifier from that day on, for ever;
 * on the base day it is the base key itself. The caller wipes it (sodium_memzero). BEACON_EPAST,
 * BEACON_ERANGE.
 */
BEACON_API int beacon_identity_daily_key(beacon_identity *identity, int64_t day,
                                         struct beacon_daily_key *ret_key);

/*
 * The text an identity is kept in: four lines, each ended by LF, nothing else, in this order.
 *
 *   beacon-identity 1
 *   base-day 2020-08-08
 *   slots-per-day 96
 *   base-key <64 hexadecimal digits>
 *
 * `_to_text` writes it with a terminating NUL into the caller's buffer and tells its length without
 * the NUL. `_from_text` accepts exactly this (hexadecimal in both cases): BEACON_EFORMAT,
 * BEACON_ESLOTS, BEACON_ERANGE (a day outside 2020 … 2100), BEACON_ENOMEM. The text is as secret as
 * the base key: the caller keeps it in guarded memory and wipes it.
 */
#define BEACON_IDENTITY_TEXT_MAX 160

BEACON_API void beacon_identity_to_text(const beacon_identity *identity,
                                        char ret_text[BEACON_IDENTITY_TEXT_MAX],
                                        size_t *ret_length);
BEACON_API int beacon_identity_from_text(const char *text, size_t length,
                                         beacon_identity **ret_identity);

#ifdef __cplusplus
}
#endif

#endif
