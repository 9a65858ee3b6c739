/* SPDX-License-Identifier: MIT */
/* Reads JSON from strangers as a stream of tokens: limited in depth, in memory and in patience,
 * encoded once or twice. */
#ifndef BCN_EXCHANGE_JSON_H
#define BCN_EXCHANGE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum bcn_json_kind {
    BCN_JSON_OBJECT, /* begins */
    BCN_JSON_ARRAY,  /* begins */
    BCN_JSON_END,    /* of an object or an array */
    BCN_JSON_NAME,   /* of a member */
    BCN_JSON_STRING,
    BCN_JSON_NUMBER, /* its text as it stands */
    BCN_JSON_OTHER,  /* true, false, null */
};

struct bcn_json_token {
    enum bcn_json_kind kind;
    unsigned int depth; /* how many objects and arrays it stands in; the same for their two ends */
    const char *text;   /* of names, strings and numbers: not terminated, may hold NUL */
    size_t length;
};

struct bcn_json;

/* False stops the reading. */
typedef bool bcn_json_fn(struct bcn_json *json, const struct bcn_json_token *token, void *user);

/* From here on, this token included, counts as one record, until bcn_json_record_end: larger than
 * BEACON_JSON_RECORD_MAX, the text is broken. */
void bcn_json_record_begin(struct bcn_json *json);
void bcn_json_record_end(struct bcn_json *json);

enum bcn_json_result {
    BCN_JSON_COMPLETE,
    BCN_JSON_STOPPED,    /* by the callback */
    BCN_JSON_UNREADABLE, /* errno tells why */
    BCN_JSON_BROKEN,     /* *ret_expected tells what should have been there; freed with g_free */
};

/* All memory that held a piece of the text is wiped at the end. */
enum bcn_json_result bcn_json_read(FILE *stream, bcn_json_fn *on_token, void *user,
                                   char **ret_expected);

#endif
