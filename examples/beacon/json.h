/* SPDX-License-Identifier: MIT */
/* JSON for machines: UTF-8, the same in every locale, made whole before any of it is written. */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <beacon/base.h>

#include <glib.h>

struct json {
    GString *text;
    void *generator;
};

void json_begin(struct json *json);

/* Writes what was made to standard output with a newline, frees it, returns the exit code. */
int json_end(struct json *json);

/* What was made, with a newline, for whoever writes it; the caller frees it. */
char *json_take(struct json *json);

void json_open_object(struct json *json);
void json_close_object(struct json *json);
void json_open_array(struct json *json);
void json_close_array(struct json *json);

void json_name(struct json *json, const char *name);
void json_null(struct json *json);
void json_boolean(struct json *json, gboolean value);
void json_integer(struct json *json, gint64 value);
void json_tenths(struct json *json, gint64 tenths); /* 123 is written 12.3 */

/* A string that may come from strangers: made safe, as text_safe does. */
void json_string(struct json *json, const char *text);

void json_named_integer(struct json *json, const char *name, gint64 value);
void json_named_string(struct json *json, const char *name, const char *text);
void json_named_identifier(struct json *json, const char *name,
                           const struct beacon_identifier *identifier);

#endif
