/* SPDX-License-Identifier: MIT */
/* Lists of published daily keys, read record by record and written. */
#include <beacon/exchange.h>
#include <beacon/identity.h>

#include "exchange/record.h"
#include "exchange/refuse.h"
#include "exchange/text.h"

#include <errno.h>
#include <string.h>

#define EXPECTED_KEY  N_("64 hexadecimal digits")
#define EXPECTED_TIME N_("whole seconds since 1970, in the years 2020 to 2100")
#define EXPECTED_MAX  N_("a whole number of slots that divides the day, 1 to 1440")
#define EXPECTED_SPAN N_("a time not before time_start and at most 400 days after it")

static bool take_daily_key(const struct bcn_json_token *value, void *into)
{
    struct beacon_published_key *key = into;

    return bcn_value_key(value, key->daily_key.bytes);
}

static bool take_start(const struct bcn_json_token *value, void *into)
{
    struct beacon_published_key *key = into;

    return bcn_value_seconds(value, &key->start_ms);
}

static bool take_max(const struct bcn_json_token *value, void *into)
{
    struct beacon_published_key *key = into;
    int64_t number;

    if (!bcn_value_integer(value, &number) || number < 1 || number > BEACON_SLOTS_PER_DAY_MAX)
        return false;
    key->slots_per_day = (uint32_t)number;
    return true;
}

static bool take_end(const struct bcn_json_token *value, void *into)
{
    struct beacon_published_key *key = into;

    return bcn_value_seconds(value, &key->end_ms);
}

static const struct bcn_field fields[] = {
    {"daily_key", EXPECTED_KEY, take_daily_key},
    {"time_start", EXPECTED_TIME, take_start},
    {"max", EXPECTED_MAX, take_max},
    {"time_end", EXPECTED_TIME, take_end},
};

/* Which member the engine does not take, and what it should be; false if there is none. */
static bool find_problem(const struct beacon_published_key *key, const char **ret_field,
                         const char **ret_expected)
{
    struct beacon_published_key start_only = *key;

    start_only.end_ms = key->start_ms;
    switch (beacon_published_key_check(key)) {
    case 0:
        return false;
    case BEACON_ESLOTS:
        *ret_field = "max";
        *ret_expected = EXPECTED_MAX;
        return true;
    case BEACON_ERANGE:
        *ret_field = beacon_published_key_check(&start_only) != 0 ? "time_start" : "time_end";
        *ret_expected = EXPECTED_TIME;
        return true;
    default:
        *ret_field = "time_end";
        *ret_expected = EXPECTED_SPAN;
        return true;
    }
}

/* Where the objects and arrays of a list stand. */
enum depth {
    DEPTH_LIST,   /* the outermost object */
    DEPTH_MEMBER, /* its members, "data" among them */
    DEPTH_RECORD, /* what "data" holds */
    DEPTH_FIELD,  /* members of a record */
};

struct list {
    struct bcn_reader reader;
    beacon_published_key_fn *on_key;
    struct bcn_record record;
    struct beacon_published_key key; /* what the record puts its values into */
    uint64_t records;
    bool has_data;
    bool is_data; /* the member whose value comes, or whose array this is, is "data" */
    bool in_data;
    bool in_record;
    bool failed; /* the error is set */
};

/* Refuses the list as such: nothing in it can be trusted. Returns false. */
static bool refuse_list(struct list *list, const char *field, const char *expected)
{
    list->failed = !bcn_refuse(&list->reader, 0, 0, field, _(expected));
    return false;
}

static bool take_outermost(struct list *list, const struct bcn_json_token *token)
{
    if (token->kind == BCN_JSON_OBJECT)
        return true;
    if (token->kind != BCN_JSON_END)
        return refuse_list(list, NULL, N_("a JSON object with a member \"data\""));
    if (!list->has_data)
        return refuse_list(list, "data", N_("an array of records; the member is missing"));
    return true;
}

static bool take_member(struct list *list, const struct bcn_json_token *token)
{
    switch (token->kind) {
    case BCN_JSON_NAME:
        list->is_data = bcn_token_is(token, "data");
        if (list->is_data && list->has_data)
            return refuse_list(list, "data", N_("one array; the member is given twice"));
        list->has_data |= list->is_data;
        return true;
    case BCN_JSON_END:
        list->in_data = false;
        return true;
    default:
        if (list->is_data && token->kind != BCN_JSON_ARRAY)
            return refuse_list(list, "data", N_("an array of records"));
        list->in_data = list->is_data;
        return true;
    }
}

static bool finish_record(struct list *list)
{
    struct bcn_record *record = &list->record;
    const char *field, *expected;

    list->in_record = false;
    if (bcn_record_end(record) && find_problem(&list->key, &field, &expected))
        bcn_record_problem(record, field, expected);
    if (record->problem)
        list->failed =
            !bcn_refuse(&list->reader, list->records, 0, record->problem_field, _(record->problem));
    else if (!list->on_key(&list->key, list->records, list->reader.user))
        list->failed = !bcn_fail_canceled(&list->reader);
    return !list->failed;
}

static bool begin_record(struct list *list, bool is_object)
{
    list->records++;
    list->in_record = true;
    memset(&list->key, 0, sizeof(list->key));
    bcn_record_begin(&list->record);
    if (!is_object)
        bcn_record_problem(&list->record, NULL,
                           N_("an object with daily_key, time_start, max and time_end"));
    return true;
}

static bool take_record(struct list *list, struct bcn_json *json,
                        const struct bcn_json_token *token)
{
    switch (token->kind) {
    case BCN_JSON_OBJECT:
    case BCN_JSON_ARRAY:
        bcn_json_record_begin(json);
        return begin_record(list, token->kind == BCN_JSON_OBJECT);
    case BCN_JSON_END:
        bcn_json_record_end(json);
        return finish_record(list);
    default:
        return begin_record(list, false) && finish_record(list);
    }
}

static bool take_token(struct bcn_json *json, const struct bcn_json_token *token, void *user)
{
    struct list *list = user;

    if (token->depth == DEPTH_LIST)
        return take_outermost(list, token);
    if (token->depth == DEPTH_MEMBER)
        return take_member(list, token);
    if (token->depth == DEPTH_RECORD && list->in_data)
        return take_record(list, json, token);
    if (token->depth == DEPTH_FIELD && list->in_record)
        bcn_record_token(&list->record, token);
    return true;
}

/* The record that a break falls in, or comes before; 0 outside of "data". */
static uint64_t broken_record(const struct list *list)
{
    if (list->in_record)
        return list->records;
    return list->in_data ? list->records + 1 : 0;
}

gboolean beacon_key_list_read(FILE *stream, const char *name, beacon_published_key_fn *on_key,
                              beacon_refused_fn *on_refused, gpointer user, GError **error)
{
    struct list list = {
        .reader = {.name = name, .on_refused = on_refused, .user = user, .error = error},
        .on_key = on_key,
        .record = {.fields = fields, .count = G_N_ELEMENTS(fields), .into = &list.key},
    };
    char *expected;

    switch (bcn_json_read(stream, take_token, &list, &expected)) {
    case BCN_JSON_COMPLETE:
    case BCN_JSON_STOPPED:
        break;
    case BCN_JSON_UNREADABLE:
        list.failed = !bcn_fail_reading(&list.reader, errno);
        break;
    case BCN_JSON_BROKEN:
        list.failed = !bcn_refuse(&list.reader, broken_record(&list), 0, NULL, expected);
        g_free(expected);
        break;
    }
    return !list.failed;
}

gboolean beacon_key_list_open(struct beacon_key_list_writer *writer, FILE *stream, const char *name,
                              GError **error)
{
    *writer = (struct beacon_key_list_writer){.stream = stream, .name = name};
    if (fputs("{\"data\":[", stream) < 0)
        return bcn_fail_writing(name, errno, error);
    return TRUE;
}

gboolean beacon_key_list_add(struct beacon_key_list_writer *writer,
                             const struct beacon_published_key *key, GError **error)
{
    const struct bcn_reader refuser = {.name = writer->name, .error = error};
    const uint64_t record = writer->records + 1;
    const char *field, *expected;
    char hex[2 * BEACON_KEY_SIZE + 1];

    if (find_problem(key, &field, &expected))
        return bcn_refuse(&refuser, record, 0, field, _(expected));
    if (key->start_ms % 1000 != 0)
        return bcn_refuse(&refuser, record, 0, "time_start", _(EXPECTED_TIME));
    if (key->end_ms % 1000 != 0)
        return bcn_refuse(&refuser, record, 0, "time_end", _(EXPECTED_TIME));
    beacon_daily_key_to_hex(&key->daily_key, hex);
    if (fprintf(writer->stream,
                "%s\n{\"daily_key\":\"%s\",\"time_start\":%lld,\"max\":%u,\"time_end\":%lld}",
                writer->records > 0 ? "," : "", hex, (long long)(key->start_ms / 1000),
                (unsigned int)key->slots_per_day, (long long)(key->end_ms / 1000)) < 0)
        return bcn_fail_writing(writer->name, errno, error);
    writer->records = record;
    return TRUE;
}

gboolean beacon_key_list_close(struct beacon_key_list_writer *writer, GError **error)
{
    if (fputs("\n]}\n", writer->stream) < 0 || fflush(writer->stream) != 0)
        return bcn_fail_writing(writer->name, errno, error);
    return TRUE;
}
