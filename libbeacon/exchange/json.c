/* SPDX-License-Identifier: MIT */
/* Reads JSON from strangers as a stream of tokens: limited in depth, in memory and in patience,
 * encoded once or twice. */
#include "exchange/json.h"

#include "exchange/text.h"
#include "exchange/unescape.h"
#include "exchange/wiped.h"

#include <beacon/exchange.h>

#include <errno.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#define CHUNK 32768

enum form {
    FORM_UNKNOWN, /* nothing but white space came yet */
    FORM_PLAIN,
    FORM_STRING, /* the whole text is the content of a JSON string */
};

struct bcn_json {
    yajl_handle parser;
    bcn_json_fn *on_token;
    void *user;
    enum bcn_json_result result;
    char *expected;

    enum form form;
    struct bcn_unescape unescape;
    uint64_t read;    /* bytes of the file before this chunk */
    uint64_t skipped; /* of them, those before a plain text */

    uint64_t fed; /* bytes given to the parser before this chunk */
    unsigned int depth;
    bool has_begun;
    uint64_t event_end; /* where the last token ended */
    bool has_partial;   /* the parser keeps the beginning of a token … */
    uint64_t partial;   /* … which is here */
    bool in_record;
    uint64_t record;

    uint8_t chunk[CHUNK];
    uint8_t text[CHUNK + BCN_UNESCAPE_EXTRA];
};

/* Positions count bytes of the text that the parser sees, up to the end of the current token. */
static uint64_t position(const struct bcn_json *json)
{
    return json->fed + yajl_get_bytes_consumed(json->parser);
}

/* Takes the words over. False, for whoever has to stop now. */
static bool broken(struct bcn_json *json, char *expected)
{
    if (json->result == BCN_JSON_COMPLETE) {
        json->result = BCN_JSON_BROKEN;
        json->expected = expected;
    } else {
        g_free(expected);
    }
    return false;
}

static bool too_large(struct bcn_json *json)
{
    return broken(json, g_strdup_printf(_("at most %d bytes in a record, a name or a value"),
                                        BEACON_JSON_RECORD_MAX));
}

void bcn_json_record_begin(struct bcn_json *json)
{
    json->in_record = true;
    json->record = position(json) - 1;
}

void bcn_json_record_end(struct bcn_json *json)
{
    json->in_record = false;
}

/* Neither the record nor the token before `end` may be longer than the limit. */
static bool check_size(struct bcn_json *json, uint64_t end)
{
    if (json->has_partial && end - json->partial > BEACON_JSON_RECORD_MAX)
        return too_large(json);
    if (json->in_record && end - json->record > BEACON_JSON_RECORD_MAX)
        return too_large(json);
    return true;
}

static int tell(struct bcn_json *json, enum bcn_json_kind kind, const char *text, size_t length)
{
    const struct bcn_json_token token = {
        .kind = kind, .depth = json->depth, .text = text, .length = length};

    if (!check_size(json, position(json)))
        return 0;
    json->has_begun = true;
    json->has_partial = false;
    json->event_end = position(json);
    if (!json->on_token(json, &token, json->user)) {
        json->result = BCN_JSON_STOPPED;
        return 0;
    }
    return 1;
}

static int tell_begin(struct bcn_json *json, enum bcn_json_kind kind)
{
    if (json->depth == BEACON_JSON_DEPTH_MAX) {
        broken(json, g_strdup_printf(_("at most %d levels of nesting"), BEACON_JSON_DEPTH_MAX));
        return 0;
    }
    if (!tell(json, kind, NULL, 0))
        return 0;
    json->depth++;
    return 1;
}

static int on_end(void *user)
{
    struct bcn_json *json = user;

    json->depth--;
    return tell(json, BCN_JSON_END, NULL, 0);
}

static int on_null(void *user)
{
    return tell(user, BCN_JSON_OTHER, NULL, 0);
}

static int on_boolean(void *user, int value)
{
    (void)value;
    return tell(user, BCN_JSON_OTHER, NULL, 0);
}

static int on_number(void *user, const char *text, size_t length)
{
    return tell(user, BCN_JSON_NUMBER, text, length);
}

static int on_string(void *user, const unsigned char *text, size_t length)
{
    return tell(user, BCN_JSON_STRING, (const char *)text, length);
}

static int on_name(void *user, const unsigned char *text, size_t length)
{
    return tell(user, BCN_JSON_NAME, (const char *)text, length);
}

static int on_object(void *user)
{
    return tell_begin(user, BCN_JSON_OBJECT);
}

static int on_array(void *user)
{
    return tell_begin(user, BCN_JSON_ARRAY);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_name,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Notes where a token begins of which the parser has seen but a part; separators make no event. */
static void find_partial(struct bcn_json *json, const uint8_t *text, size_t size)
{
    size_t i = json->event_end > json->fed ? (size_t)(json->event_end - json->fed) : 0;

    if (json->has_partial)
        return;
    while (i < size && (is_space(text[i]) || text[i] == ',' || text[i] == ':'))
        i++;
    json->has_partial = i < size;
    json->partial = json->fed + i;
}

static bool broken_near(struct bcn_json *json, const char *format, uint64_t place)
{
    return broken(json, g_strdup_printf(format, (unsigned long long)place));
}

/* The parser's own words are in English and quote the text: we say where, and what it should be. */
static bool refuse_syntax(struct bcn_json *json)
{
    if (json->has_begun && json->depth == 0)
        return broken(json, g_strdup(_("nothing after the end of the list or report")));
    if (json->form == FORM_STRING)
        return broken_near(json, _("JSON; it is broken near byte %llu of the text in the string"),
                           position(json));
    return broken_near(json, _("JSON; it is broken near byte %llu"),
                       json->skipped + position(json));
}

static bool parse(struct bcn_json *json, const uint8_t *text, size_t size)
{
    switch (yajl_parse(json->parser, text, size)) {
    case yajl_status_ok:
        find_partial(json, text, size);
        json->fed += size;
        return check_size(json, json->fed);
    case yajl_status_client_canceled:
        return false; /* whoever canceled has said why */
    case yajl_status_error:
        break;
    }
    return refuse_syntax(json);
}

/* Only white space may follow a string that holds the whole text. */
static bool parse_string(struct bcn_json *json, const uint8_t *piece, size_t size)
{
    size_t length, taken = bcn_unescape(&json->unescape, piece, size, json->text, &length);

    if (length > 0 && !parse(json, json->text, length))
        return false;
    if (taken < size && !json->unescape.ended)
        return broken_near(json, _("a JSON string; it is broken near byte %llu"),
                           json->read + (uint64_t)(piece - json->chunk) + taken + 1);
    while (taken < size && is_space(piece[taken]))
        taken++;
    if (taken < size)
        return broken(json, g_strdup(_("nothing after the end of the list or report")));
    return true;
}

/* The size of a byte order mark, if the file begins with one. */
static size_t mark_size(const struct bcn_json *json, size_t size)
{
    return json->read == 0 && size >= 3 && memcmp(json->chunk, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static bool take_chunk(struct bcn_json *json, size_t size)
{
    size_t start = mark_size(json, size);

    if (json->form == FORM_UNKNOWN) {
        while (start < size && is_space(json->chunk[start]))
            start++;
        json->skipped += start;
        if (start == size)
            return true;
        json->form = json->chunk[start] == '"' ? FORM_STRING : FORM_PLAIN;
        if (json->form == FORM_STRING)
            start++;
    }
    if (json->form == FORM_STRING)
        return parse_string(json, json->chunk + start, size - start);
    return parse(json, json->chunk + start, size - start);
}

static bool finish(struct bcn_json *json)
{
    if (!json->has_begun && !json->has_partial)
        return broken(json, g_strdup(_("a JSON object; there is nothing")));
    if ((json->form == FORM_STRING && !json->unescape.ended) || json->depth > 0)
        return broken(json, g_strdup(_("JSON to its end; the file is cut in the middle")));
    switch (yajl_complete_parse(json->parser)) {
    case yajl_status_ok:
        return true;
    case yajl_status_client_canceled:
        return false;
    case yajl_status_error:
        break;
    }
    return refuse_syntax(json);
}

static bool read_all(struct bcn_json *json, FILE *stream)
{
    for (;;) {
        size_t size;

        errno = 0;
        size = fread(json->chunk, 1, sizeof(json->chunk), stream);
        if (ferror(stream)) {
            json->result = BCN_JSON_UNREADABLE;
            return false;
        }
        if (size == 0)
            return finish(json);
        if (!take_chunk(json, size))
            return false;
        json->read += size;
    }
}

enum bcn_json_result bcn_json_read(FILE *stream, bcn_json_fn *on_token, void *user,
                                   char **ret_expected)
{
    yajl_alloc_funcs functions = bcn_wiped_functions;
    struct bcn_json *json = bcn_wiped_alloc(sizeof(*json));
    enum bcn_json_result result;
    int error_number;

    memset(json, 0, sizeof(*json));
    json->on_token = on_token;
    json->user = user;
    json->parser = yajl_alloc(&callbacks, &functions, json);
    read_all(json, stream);
    error_number = errno;
    yajl_free(json->parser);
    result = json->result;
    if (result == BCN_JSON_BROKEN)
        *ret_expected = json->expected;
    bcn_wiped_free(json);
    errno = error_number;
    return result;
}
