/* SPDX-License-Identifier: MIT */
/* Plain types, units and errors that every room of libbeacon shares. */
#ifndef BEACON_BASE_H
#define BEACON_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define BEACON_API __attribute__((visibility("default")))
#else
#define BEACON_API
#endif

#define BEACON_KEY_SIZE        32
#define BEACON_IDENTIFIER_SIZE 12

/* Days are UTC days, counted from 1970-01-01, day 0. Times are Unix time in milliseconds. */
#define BEACON_DAY_MS INT64_C(86400000)

/* Slots a day: what the app uses, and the most that is accepted (protocol 1.1). */
#define BEACON_SLOTS_PER_DAY     96
#define BEACON_SLOTS_PER_DAY_MAX 1440

/* The span of time in which a sighting or a published key is believed: years 2020 to 2100. */
#define BEACON_TIME_MIN_MS INT64_C(1577836800000) /* 2020-01-01T00:00:00Z */
#define BEACON_TIME_END_MS INT64_C(4133980800000) /* 2101-01-01T00:00:00Z: the first too late */

/* The key a phone makes once and keeps. A secret: whoever has it knows the phone on every day. */
struct beacon_base_key {
    uint8_t bytes[BEACON_KEY_SIZE];
};

/* The key of one day, and by the ratchet of every later day. A secret until it is published. */
struct beacon_daily_key {
    uint8_t bytes[BEACON_KEY_SIZE];
};

/* A link of the chain within a day, one a slot. It reveals the day's later identifiers. */
struct beacon_sub_key {
    uint8_t bytes[BEACON_KEY_SIZE];
};

/* What a phone says on the air during one slot. */
struct beacon_identifier {
    uint8_t bytes[BEACON_IDENTIFIER_SIZE];
};

/* The kind of phone that sent an identifier, as far as the receiver knows. */
enum beacon_platform {
    BEACON_PLATFORM_UNKNOWN = 0,
    BEACON_PLATFORM_ANDROID = 1,
    BEACON_PLATFORM_IPHONE = 2,
};

/* "Not available", for levels in dBm (Bluetooth Core 5.3, vol 4 part E, 7.7.65.2). */
#define BEACON_RSSI_ABSENT     127
#define BEACON_TX_POWER_ABSENT 127

/* Calls that can fail return 0, or one of these; outputs are written only on success. */
enum beacon_error {
    BEACON_EINVAL = -1,     /* misuse: an argument the documentation forbids */
    BEACON_ENOMEM = -2,     /* no memory, or no locked memory (see ulimit -l) */
    BEACON_EHEX = -3,       /* not hexadecimal text of the length expected */
    BEACON_ESLOTS = -4,     /* slots a day: not 1 to 1440, or they do not divide the day */
    BEACON_EPAST = -5,      /* the day lies before the key's: a ratchet does not turn back */
    BEACON_ERANGE = -6,     /* a time or a day outside what is believed */
    BEACON_ETRUNCATED = -7, /* the bytes end within a field */
    BEACON_EFORMAT = -8,    /* not the text or the bytes that were expected */
    BEACON_ESPAN = -9,      /* a key's end lies before its start, or more than 400 days after it */
    BEACON_ECANCELED = -10, /* a callback asked to stop */
    BEACON_ENOTSUP = -11,   /* this machine or this build cannot do it */
    BEACON_ENOSPACE = -12,  /* the caller's buffer is too small */
};

/*
 * What an error means, in English, for a person; never NULL, static.
 * Translations stand in the gettext domain "libbeacon": dgettext("libbeacon",
 * beacon_error_text(e)).
 */
BEACON_API const char *beacon_error_text(int error);

/* The version of the library that is running, such as "0.1.0"; static. */
BEACON_API const char *beacon_version(void);

/*
 * Hexadecimal text, both cases accepted, upper case written (protocol 0.2).
 * `length` counts characters without a terminator and must be exactly twice the bytes, else
 * BEACON_EHEX. The formatters write the digits and a terminating NUL.
 */
BEACON_API int beacon_identifier_from_hex(const char *text, size_t length,
                                          struct beacon_identifier *ret_identifier);
BEACON_API int beacon_daily_key_from_hex(const char *text, size_t length,
                                         struct beacon_daily_key *ret_key);
BEACON_API void beacon_identifier_to_hex(const struct beacon_identifier *identifier,
                                         char ret_text[2 * BEACON_IDENTIFIER_SIZE + 1]);
BEACON_API void beacon_daily_key_to_hex(const struct beacon_daily_key *key,
                                        char ret_text[2 * BEACON_KEY_SIZE + 1]);

#ifdef __cplusplus
}
#endif

#endif
