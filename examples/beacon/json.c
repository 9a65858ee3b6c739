/* SPDX-License-Identifier: MIT */
/* JSON for machines: UTF-8, the same in every locale, made whole before any of it is written. */
#include "json.h"

#include "output.h"
#include "text.h"

#include <string.h>
#include <yajl/yajl_gen.h>

static void append(void *text, const char *bytes, size_t size)
{
    g_string_append_len(text, bytes, (gssize)size);
}

/* The generator fails only when it is called out of order, which would be a mistake in here. */
static void check(yajl_gen_status status)
{
    g_assert(status == yajl_gen_status_ok);
}

void json_begin(struct json *json)
{
    json->text = g_string_new(NULL);
    json->generator = yajl_gen_alloc(NULL);
    g_assert(json->generator != NULL);
    yajl_gen_config(json->generator, yajl_gen_print_callback, append, json->text);
}

char *json_take(struct json *json)
{
    g_string_append_c(json->text, '\n');
    yajl_gen_free(json->generator);
    return g_string_free(json->text, FALSE);
}

int json_end(struct json *json)
{
    int code;

    g_string_append_c(json->text, '\n');
    code = output_json(json->text);
    yajl_gen_free(json->generator);
    g_string_free(json->text, TRUE);
    return code;
}

void json_open_object(struct json *json)
{
    check(yajl_gen_map_open(json->generator));
}

void json_close_object(struct json *json)
{
    check(yajl_gen_map_close(json->generator));
}

void json_open_array(struct json *json)
{
    check(yajl_gen_array_open(json->generator));
}

void json_close_array(struct json *json)
{
    check(yajl_gen_array_close(json->generator));
}

void json_name(struct json *json, const char *name)
{
    check(yajl_gen_string(json->generator, (const unsigned char *)name, strlen(name)));
}

void json_null(struct json *json)
{
    check(yajl_gen_null(json->generator));
}

void json_boolean(struct json *json, gboolean value)
{
    check(yajl_gen_bool(json->generator, value));
}

void json_integer(struct json *json, gint64 value)
{
    check(yajl_gen_integer(json->generator, value));
}

void json_tenths(struct json *json, gint64 tenths)
{
    g_autofree char *text = g_strdup_printf("%s%" G_GINT64_FORMAT ".%d", tenths < 0 ? "-" : "",
                                            ABS(tenths) / 10, (int)(ABS(tenths) % 10));

    check(yajl_gen_number(json->generator, text, strlen(text)));
}

void json_string(struct json *json, const char *text)
{
    g_autofree char *safe = say_safe(text);

    check(yajl_gen_string(json->generator, (const unsigned char *)safe, strlen(safe)));
}

void json_named_integer(struct json *json, const char *name, gint64 value)
{
    json_name(json, name);
    json_integer(json, value);
}

void json_named_string(struct json *json, const char *name, const char *text)
{
    json_name(json, name);
    json_string(json, text);
}

void json_named_identifier(struct json *json, const char *name,
                           const struct beacon_identifier *identifier)
{
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];

    beacon_identifier_to_hex(identifier, text);
    json_named_string(json, name, text);
}
