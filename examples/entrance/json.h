/* SPDX-License-Identifier: MIT */
/* JSON written by our own hand, one call a field. */
#ifndef ENTRANCE_JSON_H
#define ENTRANCE_JSON_H

#include <glib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

static inline void json_text(yajl_gen json, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);

    yajl_gen_string(json, (const unsigned char *)valid, strlen(valid));
    g_free(valid);
}

static inline void json_key(yajl_gen json, const char *name)
{
    yajl_gen_string(json, (const unsigned char *)name, strlen(name));
}

/* NULL is null. */
static inline void json_put_text(yajl_gen json, const char *name, const char *text)
{
    json_key(json, name);
    if (text != NULL)
        json_text(json, text);
    else
        yajl_gen_null(json);
}

static inline void json_put_null(yajl_gen json, const char *name)
{
    json_key(json, name);
    yajl_gen_null(json);
}

static inline void json_put_flag(yajl_gen json, const char *name, gboolean value)
{
    json_key(json, name);
    yajl_gen_bool(json, value != FALSE);
}

static inline void json_put_number(yajl_gen json, const char *name, gint64 value)
{
    json_key(json, name);
    yajl_gen_integer(json, value);
}

/* The same in every locale; one that is no number is 0. */
static inline void json_decimal(yajl_gen json, double value, guint decimals)
{
    char format[] = "%.0f";
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (!(value > -1e12 && value < 1e12))
        value = 0;
    format[2] = (char)('0' + decimals);
    g_ascii_formatd(text, sizeof text, format, value);
    yajl_gen_number(json, text, strlen(text));
}

static inline void json_put_decimal(yajl_gen json, const char *name, double value, guint decimals)
{
    json_key(json, name);
    json_decimal(json, value, decimals);
}

/* What has been written; the caller's. Frees the writer. */
static inline char *json_end(yajl_gen json)
{
    const unsigned char *bytes;
    size_t size;
    char *result;

    yajl_gen_get_buf(json, &bytes, &size);
    result = g_strndup((const char *)bytes, size);
    yajl_gen_free(json);
    return result;
}

#endif
