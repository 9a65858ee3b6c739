/* SPDX-License-Identifier: MIT */
/* Lists of published keys: what is read, what is refused and how that is said, and what they cost.
 */
#define _GNU_SOURCE /* fopencookie */
#include "exchange/heard.h"
#include "exchange/unescape.h"

#include "check_main.h"
#include "size.h"

#define KEY   "4C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084"
#define KEY_2 "4814dd132f8e308694a55ac8319581ea33cada16b80cdb7fe1191115b76b9224"
#define GOOD                                                                                       \
    "{\"daily_key\":\"" KEY "\",\"time_start\":1596844800,\"max\":96,\"time_end\":1596931199}"
#define LIST(records) "{\"data\":[" records "]}"

/* What a stream of a hundred megabytes may take, a sanitizer or an emulator included. */
#define MEMORY_MAX ((size_t)24 << 20)

static struct heard heard;

static void set_up(void)
{
    heard_clear(&heard);
}

static void hear(const char *text, bool goes_on)
{
    heard_clear(&heard);
    hear_list(&heard, feed_text(text), goes_on);
}

static void hear_encoded(const char *text, size_t size, bool goes_on)
{
    GString *encoded = feed_encoded(text, size);

    heard_clear(&heard);
    hear_list(&heard, feed_bytes(encoded->str, encoded->len), goes_on);
    g_string_free(encoded, TRUE);
}

static void check_good_key(const struct beacon_published_key *key)
{
    char hex[2 * BEACON_KEY_SIZE + 1];

    beacon_daily_key_to_hex(&key->daily_key, hex);
    ck_assert_str_eq(hex, KEY);
    ck_assert_int_eq(key->start_ms, INT64_C(1596844800000));
    ck_assert_int_eq(key->end_ms, INT64_C(1596931199000));
    ck_assert_uint_eq(key->slots_per_day, 96);
    ck_assert_uint_eq(key->reserved, 0);
}

static void check_one_good_key(void)
{
    ck_assert_msg(heard.result && !heard.error, "%s", heard.error ? heard.error->message : "");
    ck_assert_uint_eq(heard.keys, 1);
    ck_assert_uint_eq(heard.key_record[0], 1);
    check_good_key(&heard.key[0]);
}

START_TEST(lists_are_read_however_they_are_written)
{
    static const char *const texts[] = {
        LIST(GOOD),
        "\xEF\xBB\xBF" LIST(GOOD),
        " \t\r\n" LIST(GOOD) "\n\n ",
        "{ \"data\" : [ {\n\"time_end\" : 1596931199 , \"max\" : 96 ,\n"
        "\"time_start\":1596844800,\"daily_key\":\"" KEY "\"} ] }",
        "{\"FindGUID\":\"x\",\"list\":[[{\"data\":[1]}],{}],\"data\":[" GOOD
        "],\"more\":{\"data\":{\"a\":[]}}}",
        LIST("{\"note\":{\"max\":[1,{\"max\":0}]},\"daily_key\":\"" KEY
             "\",\"time_start\":1596844800,\"maximum\":7,\"max\":96,\"note\":null,"
             "\"time_end\":1596931199,\"Max\":true}"),
        LIST("{\"\\u0064aily_key\":\"\\u0034C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED"
             "6357E21084\",\"time_start\":1596844800,\"max\":96,\"time_end\":1596931199}"),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        hear(texts[i], false);
        check_one_good_key();
        if (texts[i][0] == '\xEF')
            continue;
        hear_encoded(texts[i], strlen(texts[i]), false);
        check_one_good_key();
    }
}
END_TEST

START_TEST(records_are_counted_and_empty_lists_are_lists)
{
    hear(LIST(GOOD ",{\"daily_key\":\"" KEY_2
                   "\",\"time_start\":1596931201,\"max\":1440,\"time_end\":1596931201}," GOOD),
         false);
    ck_assert(heard.result);
    ck_assert_uint_eq(heard.keys, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_uint_eq(heard.key_record[i], i + 1);
    check_good_key(&heard.key[0]);
    ck_assert_int_eq(heard.key[1].start_ms, INT64_C(1596931201000));
    ck_assert_uint_eq(heard.key[1].slots_per_day, 1440);
    ck_assert_uint_eq(heard.key[1].daily_key.bytes[31], 0x24);
    check_good_key(&heard.key[2]);
    hear(LIST(""), false);
    ck_assert(heard.result);
    ck_assert_uint_eq(heard.keys, 0);
}
END_TEST

START_TEST(a_list_within_a_string_may_use_every_escape)
{
    hear("  \"\\u007B\\\"\\u0064ata\\\":\\/\"", true);
    ck_assert_uint_eq(heard.refusals, 1); /* a stray slash, but read as one */
    ck_assert_ptr_nonnull(strstr(heard.refusal[0].expected, "in the string"));
    hear("\"\\b\"", true);
    ck_assert_ptr_nonnull(strstr(heard.refusal[0].expected, "in the string"));
    hear("\xEF\xBB\xBF\n\"\\n\\r\\t{\\\"\xC3\xA9\\u00e9\\uD83D\\uDE00\\f\\\\u000c\\\":1,"
         "\\\"data\\\":[]}\\u0020\" \n",
         true);
    ck_assert_uint_eq(heard.refusals, 1); /* a form feed must be escaped within the inner string */
    hear("\xEF\xBB\xBF\n\"\\n\\r\\t{\\\"\xC3\xA9\\u00e9\\uD83D\\uDE00\\\\u000c\\\":1,"
         "\\\"data\\\":[]}\\u0020\" \n",
         true);
    ck_assert_uint_eq(heard.refusals, 0);
    ck_assert(heard.result);
}
END_TEST

/* Unescapes a string in two pieces, cut at each place in turn. */
static void check_unescaped(const char *string, const char *text)
{
    const size_t size = strlen(string);

    for (size_t cut_at = 0; cut_at <= size; cut_at++) {
        struct bcn_unescape unescape = {0};
        uint8_t result[128];
        size_t first, second;

        ck_assert_uint_eq(bcn_unescape(&unescape, (const uint8_t *)string, cut_at, result, &first),
                          cut_at);
        ck_assert_uint_eq(bcn_unescape(&unescape, (const uint8_t *)string + cut_at, size - cut_at,
                                       result + first, &second),
                          size - cut_at);
        ck_assert_uint_le(second, size - cut_at + BCN_UNESCAPE_EXTRA);
        ck_assert(unescape.ended);
        ck_assert_uint_eq(first + second, strlen(text));
        ck_assert_mem_eq(result, text, strlen(text));
    }
}

START_TEST(escapes_mean_what_they_should)
{
    check_unescaped("\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    check_unescaped("\\u0041\\u007f\\u0080\\u07FF\\u0800\\uffff\"",
                    "A\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
    check_unescaped("\\ud800\\udc00\\uD83D\\uDE00\\uDBFF\\uDFFF\"",
                    "\xF0\x90\x80\x80\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF");
}
END_TEST

/* A refusal and all that is said of it, by either way of asking. */
struct refusal_case {
    const char *text;
    uint64_t record;
    const char *field; /* "" for the whole */
    const char *expected;
};

static void check_refusal(const struct refusal_case *expected)
{
    char message[512];

    hear(expected->text, true);
    ck_assert_msg(heard.result && !heard.error, "%s", expected->text);
    ck_assert_msg(heard.refusals == 1, "%s: %d", expected->text, (int)heard.refusals);
    ck_assert_uint_eq(heard.refusal[0].record, expected->record);
    ck_assert_uint_eq(heard.refusal[0].line, 0);
    ck_assert_str_eq(heard.refusal[0].field, expected->field);
    ck_assert_msg(strcmp(heard.refusal[0].expected, expected->expected) == 0, "%s: expected %s",
                  expected->text, heard.refusal[0].expected);
    snprintf(message, sizeof(message), "keys.json: ");
    if (expected->record > 0)
        snprintf(message + strlen(message), sizeof(message) - strlen(message),
                 "record %d: ", (int)expected->record);
    if (expected->field[0])
        snprintf(message + strlen(message), sizeof(message) - strlen(message),
                 "%s: ", expected->field);
    snprintf(message + strlen(message), sizeof(message) - strlen(message), "expected %s",
             expected->expected);
    ck_assert_str_eq(heard.refusal[0].message, message);
    ck_assert(feed_is_clean(message));

    hear(expected->text, false);
    ck_assert_msg(!heard.result, "%s", expected->text);
    ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_INPUT));
    ck_assert_str_eq(heard.error->message, message);
}

static const char hex[] = "64 hexadecimal digits";
static const char when[] = "whole seconds since 1970, in the years 2020 to 2100";
static const char slots[] = "a whole number of slots that divides the day, 1 to 1440";
static const char span[] = "a time not before time_start and at most 400 days after it";
static const char missing[] = "a value; the member is missing";
static const char twice[] = "one value; the member is given twice";
static const char object[] = "an object with daily_key, time_start, max and time_end";

#define RECORD(key, start, max, end)                                                               \
    "{\"daily_key\":" key ",\"time_start\":" start ",\"max\":" max ",\"time_end\":" end "}"
#define Q(text) "\"" text "\""

/* Each stands between two good records, so it is the second of three. */
static const struct refusal_case bad_records[] = {
    {RECORD(Q(""), "1596844800", "96", "1596931199"), 2, "daily_key", hex},
    {RECORD(Q("G" KEY), "1596844800", "96", "1596931199"), 2, "daily_key", hex},
    {RECORD(Q("0" KEY), "1596844800", "96", "1596931199"), 2, "daily_key", hex},
    {RECORD(Q("C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084"), "1596844800",
            "96", "1596931199"),
     2, "daily_key", hex},
    {RECORD(Q("GC5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084"), "1596844800",
            "96", "1596931199"),
     2, "daily_key", hex},
    {RECORD(Q("C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084\\u0000"),
            "1596844800", "96", "1596931199"),
     2, "daily_key", hex},
    {RECORD("4", "1596844800", "96", "1596931199"), 2, "daily_key", hex},
    {RECORD("null", "1596844800", "96", "1596931199"), 2, "daily_key", hex},
    {RECORD("[\"" KEY "\"]", "1596844800", "96", "1596931199"), 2, "daily_key", hex},
    {RECORD("{\"daily_key\":\"" KEY "\"}", "1596844800", "96", "1596931199"), 2, "daily_key", hex},

    {RECORD(Q(KEY), "0", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "-0", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "-1596844800", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "1577836799", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "4133980800", "96", "4133980800"), 2, "time_start", when},
    {RECORD(Q(KEY), "1596844800000", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "1596844800.0", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "1596844800.5", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "15968448e2", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "15968448E+2", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "18446744075306396416", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "9223372036854775807", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "999999999999999999", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "-999999999999999999", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "-9223372036854775808", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "\"1596844800\"", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "true", "96", "1596931199"), 2, "time_start", when},
    {RECORD(Q(KEY), "[1596844800]", "96", "1596931199"), 2, "time_start", when},

    {RECORD(Q(KEY), "1596844800", "0", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "-96", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "7", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "97", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "1441", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "2880", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "4294967392", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "18446744073709551712", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "96.0", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "9.6e1", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "\"96\"", "1596931199"), 2, "max", slots},
    {RECORD(Q(KEY), "1596844800", "null", "1596931199"), 2, "max", slots},

    {RECORD(Q(KEY), "1596844800", "96", "1596844799"), 2, "time_end", span},
    {RECORD(Q(KEY), "1596844800", "96", "1631404801"), 2, "time_end", span},
    {RECORD(Q(KEY), "4133980799", "96", "4133980800"), 2, "time_end", when},
    {RECORD(Q(KEY), "1596844800", "96", "0"), 2, "time_end", when},
    {RECORD(Q(KEY), "1596844800", "96", "1596931199.9"), 2, "time_end", when},
    {RECORD(Q(KEY), "1596844800", "96", "{}"), 2, "time_end", when},

    {"{\"time_start\":1596844800,\"max\":96,\"time_end\":1596931199}", 2, "daily_key", missing},
    {"{\"daily_key\":\"" KEY "\",\"max\":96,\"time_end\":1596931199}", 2, "time_start", missing},
    {"{\"daily_key\":\"" KEY "\",\"time_start\":1596844800,\"time_end\":1596931199}", 2, "max",
     missing},
    {"{\"daily_key\":\"" KEY "\",\"time_start\":1596844800,\"max\":96}", 2, "time_end", missing},
    {"{}", 2, "daily_key", missing},
    {"{\"daily_key\\u0000\":1}", 2, "daily_key", missing},
    {"{\"max\":96,\"daily_key\":\"" KEY "\",\"daily_key\":\"" KEY "\"}", 2, "daily_key", twice},
    {"{\"time_start\":1596844800,\"time_start\":1596844800}", 2, "time_start", twice},
    {"{\"max\":96,\"max\":\"x\"}", 2, "max", twice},
    {"{\"time_end\":1596844800,\"time_end\":1596844800}", 2, "time_end", twice},

    {"7", 2, "", object},
    {"\"" KEY "\"", 2, "", object},
    {"null", 2, "", object},
    {"[]", 2, "", object},
    {"[" GOOD "]", 2, "", object},
};

START_TEST(each_bad_record_is_named)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_records); i++) {
        struct refusal_case expected = bad_records[i];
        char *list = g_strdup_printf(LIST(GOOD ",%s," GOOD), expected.text);

        expected.text = list;
        check_refusal(&expected);
        hear_encoded(list, strlen(list), true);
        ck_assert_uint_eq(heard.refusals, 1);
        ck_assert_uint_eq(heard.refusal[0].record, 2);
        ck_assert_str_eq(heard.refusal[0].field, expected.field);
        ck_assert_uint_eq(heard.keys, 2);
        ck_assert_uint_eq(heard.key_record[1], 3);
        g_free(list);
    }
}
END_TEST

START_TEST(limits_are_where_they_should_be)
{
    static const char *const good[] = {
        RECORD(Q(KEY), "1577836800", "96", "1577836800"),
        RECORD(Q(KEY), "4133980799", "96", "4133980799"),
        RECORD(Q(KEY), "1596844800", "1", "1596844800"),
        RECORD(Q(KEY), "1596844800", "1440", "1596844800"),
        RECORD(Q(KEY), "1596844800", "96", "1631404800"),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        char *list = g_strdup_printf(LIST("%s"), good[i]);

        hear(list, false);
        ck_assert_msg(heard.result && heard.keys == 1, "%s", list);
        g_free(list);
    }
}
END_TEST

static const char outermost[] = "a JSON object with a member \"data\"";
static const char after_end[] = "nothing after the end of the list or report";
static const char cut[] = "JSON to its end; the file is cut in the middle";
static const char deep[] = "at most 16 levels of nesting";
static const char large[] = "at most 65536 bytes in a record, a name or a value";
static const char data_twice[] = "one array; the member is given twice";

static const struct refusal_case bad_lists[] = {
    {"", 0, "", "a JSON object; there is nothing"},
    {" \n", 0, "", "a JSON object; there is nothing"},
    {"\xEF\xBB\xBF", 0, "", "a JSON object; there is nothing"},
    {"\"\"", 0, "", "a JSON object; there is nothing"},
    {"[]", 0, "", outermost},
    {"[" GOOD "]", 0, "", outermost},
    {"12 ", 0, "", outermost},
    {"12", 0, "", outermost},
    {"null", 0, "", outermost},
    {"\"\\\"{}\\\"\"", 0, "", outermost},
    {"{}", 0, "data", "an array of records; the member is missing"},
    {"{\"Data\":[]}", 0, "data", "an array of records; the member is missing"},
    {"{\"x\":{\"data\":[]}}", 0, "data", "an array of records; the member is missing"},
    {"{\"data\":{}}", 0, "data", "an array of records"},
    {"{\"data\":null}", 0, "data", "an array of records"},
    {"{\"data\":\"[]\"}", 0, "data", "an array of records"},
    {"{\"data\":[],\"data\":[]}", 0, "data", data_twice},
    {"{\"data\":[],\"x\":1,\"data\":1}", 0, "data", data_twice},
    {"{\"data\":[]}x", 0, "", after_end},
    {"{\"data\":[]}\n{}", 0, "", after_end},
    {"{\"data\":[]} tru", 0, "", after_end},
    {"{\"data\":[]}\xEF\xBB\xBF", 0, "", after_end},
    {"\"{\\\"data\\\":[]}\" x", 0, "", after_end},
    {"\"{\\\"data\\\":[]} x\"", 0, "", after_end},
    {"\"{\\\"data\\\":[]}", 0, "", cut},
    {"\"{\\\"data\\\":[\"", 1, "", cut},
    {"<!DOCTYPE html>", 0, "", "JSON; it is broken near byte 1"},
    {"\n\n<html>", 0, "", "JSON; it is broken near byte 3"},
    {"{\"data\":[}", 1, "", "JSON; it is broken near byte 10"},
    {LIST("{'daily_key':1}"), 1, "", "JSON; it is broken near byte 11"},
    {LIST(GOOD " " GOOD), 2, "", "JSON; it is broken near byte 146"},
    {LIST(GOOD ",,"), 2, "", "JSON; it is broken near byte 146"},
    {LIST(GOOD ","), 2, "", "JSON; it is broken near byte 146"},
    {LIST("{\"max\":01}"), 1, "", "JSON; it is broken near byte 17"},
    {LIST("{\"max\":+1}"), 1, "", "JSON; it is broken near byte 17"},
    {LIST("{\"max\":1.}"), 1, "", "JSON; it is broken near byte 18"},
    {LIST("{\"max\":.5}"), 1, "", "JSON; it is broken near byte 17"},
    {LIST("{\"max\":NaN}"), 1, "", "JSON; it is broken near byte 17"},
    {LIST("{\"max\":TRUE}"), 1, "", "JSON; it is broken near byte 17"},
    {LIST("{\"max\":1 /* one */}"), 1, "", "JSON; it is broken near byte 18"},
    {LIST("{\"x\":\"\x1B[31m\"}"), 1, "", "JSON; it is broken near byte 15"},
    {LIST("{\"x\":\"\xFF\"}"), 1, "", "JSON; it is broken near byte 16"},
    {LIST("{\"x\":\"\\x41\"}"), 1, "", "JSON; it is broken near byte 16"},
    {"\"\\x\"", 0, "", "a JSON string; it is broken near byte 3"},
    {"\"\\u12G4\"", 0, "", "a JSON string; it is broken near byte 6"},
    {"\"\\uDC00\"", 0, "", "a JSON string; it is broken near byte 7"},
    {"\"\\uD800\"", 0, "", "a JSON string; it is broken near byte 8"},
    {"\"\\uD800\\n\"", 0, "", "a JSON string; it is broken near byte 9"},
    {"\"\\uD800\\u0041\"", 0, "", "a JSON string; it is broken near byte 13"},
    {"\"\\uD800\\uD800\"", 0, "", "a JSON string; it is broken near byte 13"},
    {"  \"\n\"", 0, "", "a JSON string; it is broken near byte 4"},
    {"\"\\u0000\"", 0, "", "JSON; it is broken near byte 1 of the text in the string"},
    {"\"{\\\"data\\\":x\"", 0, "", "JSON; it is broken near byte 9 of the text in the string"},
};

START_TEST(each_bad_list_is_named)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_lists); i++)
        check_refusal(&bad_lists[i]);
}
END_TEST

START_TEST(a_nul_byte_is_no_text)
{
    static const char text[] = "{\"data\":[\0]}";

    hear_list(&heard, feed_bytes(text, sizeof(text) - 1), true);
    ck_assert_uint_eq(heard.refusals, 1);
    ck_assert_str_eq(heard.refusal[0].expected, "JSON; it is broken near byte 10");
}
END_TEST

START_TEST(good_records_before_a_break_are_heard)
{
    hear(LIST(GOOD "," GOOD ",{\"max\":]"), true);
    ck_assert(heard.result);
    ck_assert_uint_eq(heard.keys, 2);
    ck_assert_uint_eq(heard.refusals, 1);
    ck_assert_uint_eq(heard.refusal[0].record, 3);
}
END_TEST

START_TEST(every_list_cut_short_is_refused)
{
    static const char text[] = " {\"a\":[1,{}],\"data\":[" GOOD ", " GOOD "],\"b\":tr\\u0075e}";
    static const char good[] = " {\"a\":[1,{}],\"data\":[" GOOD ", " GOOD "],\"b\":true}";

    hear(text, true);
    ck_assert_uint_eq(heard.refusals, 1);
    hear(good, true);
    ck_assert_uint_eq(heard.refusals, 0);
    for (size_t size = 0; size < sizeof(good) - 1; size++) {
        GString *encoded;

        heard_clear(&heard);
        hear_list(&heard, feed_bytes(good, size), true);
        ck_assert(heard.result);
        ck_assert_uint_eq(heard.refusals, 1);
        if (size > 1)
            ck_assert_str_eq(heard.refusal[0].expected, cut);
        heard_clear(&heard);
        hear_list(&heard, feed_bytes(good, size), false);
        ck_assert(!heard.result);
        hear_encoded(good, size, true);
        ck_assert_uint_eq(heard.refusals, 1);

        encoded = feed_encoded(good, sizeof(good) - 1);
        heard_clear(&heard);
        hear_list(&heard, feed_bytes(encoded->str, size), true);
        ck_assert_uint_eq(heard.refusals, 1);
        g_string_free(encoded, TRUE);
    }
}
END_TEST

/* Text around one record, deep inside which brackets open and close. */
static void hear_nested(unsigned int levels)
{
    GString *text = g_string_new("{\"data\":[{\"x\":");

    for (unsigned int i = 3; i < levels; i++)
        g_string_append_c(text, '[');
    for (unsigned int i = 3; i < levels; i++)
        g_string_append_c(text, ']');
    g_string_append(text, "}]}");
    hear(text->str, true);
    g_string_free(text, TRUE);
}

START_TEST(nesting_is_limited)
{
    hear_nested(BEACON_JSON_DEPTH_MAX);
    ck_assert_str_eq(heard.refusal[0].expected, missing);
    hear_nested(BEACON_JSON_DEPTH_MAX + 1);
    ck_assert_str_eq(heard.refusal[0].expected, deep);
    ck_assert_uint_eq(heard.refusal[0].record, 1);
}
END_TEST

/* A list of one good record that is `size` bytes long, after `before` blanks. */
static void hear_padded(size_t size, size_t before)
{
    static const char start[] = "{\"pad\":\"";
    static const char end[] = "\",\"daily_key\":\"" KEY
                              "\",\"time_start\":1596844800,\"max\":96,\"time_end\":1596931199}";
    GString *text = g_string_new("{\"data\":[");

    for (size_t i = 0; i < before; i++)
        g_string_append_c(text, ' ');
    g_string_append(text, start);
    for (size_t i = sizeof(start) + sizeof(end) - 2; i < size; i++)
        g_string_append_c(text, 'x');
    g_string_append(text, end);
    g_string_append(text, "]}");
    hear(text->str, true);
    ck_assert(heard.result);
    g_string_free(text, TRUE);
}

START_TEST(a_record_is_limited_wherever_it_stands)
{
    for (size_t before = 0; before < 100000; before += TEST_PART(4093, 20465)) {
        hear_padded(BEACON_JSON_RECORD_MAX, before);
        ck_assert_uint_eq(heard.refusals, 0);
        check_one_good_key();
        hear_padded(BEACON_JSON_RECORD_MAX + 1, before);
        ck_assert_uint_eq(heard.refusals, 1);
        ck_assert_uint_eq(heard.keys, 0);
        ck_assert_str_eq(heard.refusal[0].expected, large);
        ck_assert_uint_eq(heard.refusal[0].record, 1);
    }
}
END_TEST

/* The length of a string outside of any record, quotes included. */
static void hear_long_string(size_t size, size_t before)
{
    GString *text = g_string_new("{\"x\"");

    for (size_t i = 0; i < before; i++)
        g_string_append_c(text, ' ');
    g_string_append(text, ":\"");
    for (size_t i = 2; i < size; i++)
        g_string_append_c(text, 'x');
    g_string_append(text, "\",\"data\":[]}");
    hear(text->str, true);
    g_string_free(text, TRUE);
}

START_TEST(a_value_is_limited_wherever_it_stands)
{
    for (size_t before = 0; before < 100000; before += TEST_PART(4093, 20465)) {
        hear_long_string(BEACON_JSON_RECORD_MAX, before);
        ck_assert_uint_eq(heard.refusals, 0);
        hear_long_string(BEACON_JSON_RECORD_MAX + 1, before);
        ck_assert_uint_eq(heard.refusals, 1);
        ck_assert_str_eq(heard.refusal[0].expected, large);
    }
}
END_TEST

START_TEST(endless_things_are_refused_at_once)
{
    static const struct {
        const char *head, *piece, *expected;
    } endless[] = {
        {"", "[", outermost},
        {"{\"x\":", "[", deep},
        {"{\"data\":[", "[", deep},
        {"\"{\\\"x\\\":", "[", deep},
        {"{\"x\":", "{\"x\":", deep},
        {"{\"x\":\"", "aaaaaaaaaaaaaaaa", large},
        {"{\"", "aaaaaaaaaaaaaaaa", large},
        {"\"{\\\"x\\\":\\\"", "aaaaaaaaaaaaaaaa", large},
        {"\"{\\\"x\\\":\\\"", "\\u00e9", large},
        {"{\"data\":[{\"max\":", "1234567890", large},
        {"{\"data\":[{\"max\":1.", "1234567890", large},
        {"{\"data\":[{\"x\":[", "1,", large},
        {"{\"data\":[[", "{},", large},
        {"{\"data\":[{", "\"a\":0,", large},
        {"{\"data\":[{", "               ", large},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(endless); i++) {
        struct feed feed = {.head = endless[i].head,
                            .piece = endless[i].piece,
                            .pieces = 100000000 / strlen(endless[i].piece),
                            .tail = ""};

        heard_clear(&heard);
        hear_list(&heard, feed_open(&feed), true);
        ck_assert(heard.result);
        ck_assert_uint_eq(heard.refusals, 1);
        ck_assert_str_eq(heard.refusal[0].expected, endless[i].expected);
        ck_assert_uint_lt(feed.given, 1000000);
        ck_assert_uint_lt(feed_growth(&feed), MEMORY_MAX);
    }
}
END_TEST

START_TEST(a_long_list_takes_no_memory)
{
    struct feed feed = {
        .head = "{\"data\":[" GOOD, .piece = ",\n" GOOD, .pieces = 99999, .tail = "]}"};
    struct feed encoded = {.head = "\"{\\\"data\\\":[",
                           .piece = "{\\\"daily_key\\\":\\\"" KEY "\\\",\\\"time_start\\\":"
                                    "1596844800,\\\"max\\\":96,\\\"time_end\\\":1596931199},",
                           .pieces = 99999,
                           .tail = "7]}\""};

    hear_list(&heard, feed_open(&feed), false);
    ck_assert(heard.result);
    ck_assert_uint_eq(heard.keys, 100000);
    ck_assert_uint_lt(feed_growth(&feed), MEMORY_MAX);

    heard_clear(&heard);
    hear_list(&heard, feed_open(&encoded), true);
    ck_assert_uint_eq(heard.keys, 99999);
    ck_assert_uint_eq(heard.refusal[0].record, 100000);
    ck_assert_uint_lt(feed_growth(&encoded), MEMORY_MAX);
}
END_TEST

START_TEST(white_space_between_records_has_no_limit)
{
    static const char *const texts[][2] = {
        {"", "{\"data\":[" GOOD "," GOOD "]}"},        {"{\"data\"", ":[" GOOD "," GOOD "]}"},
        {"{\"data\":", "[" GOOD "," GOOD "]}"},        {"{\"data\":[" GOOD, "," GOOD "]}"},
        {"{\"data\":[" GOOD ",", GOOD "]}"},           {"{\"data\":[" GOOD "," GOOD, "]}"},
        {"{\"data\":[" GOOD "," GOOD "]", "}"},        {"{\"data\":[" GOOD "," GOOD "]}", ""},
        {"{\"data\":[" GOOD "," GOOD "],", "\"\":0}"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct feed feed = {
            .head = texts[i][0], .piece = "    ", .pieces = 50000, .tail = texts[i][1]};

        heard_clear(&heard);
        hear_list(&heard, feed_open(&feed), false);
        ck_assert(heard.result);
        ck_assert_uint_eq(heard.keys, 2);
    }
}
END_TEST

START_TEST(callbacks_can_stop_a_list)
{
    heard.stop_after = 2;
    hear_list(&heard, feed_text(LIST(GOOD "," GOOD "," GOOD)), true);
    ck_assert(!heard.result);
    ck_assert_uint_eq(heard.keys, 2);
    ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_CANCELED));
    ck_assert_str_eq(heard.error->message, "keys.json: stopped on request");

    heard_clear(&heard);
    heard.stop_after = 1;
    hear_list(&heard, feed_text(LIST("1,2," GOOD)), true);
    ck_assert(!heard.result);
    ck_assert_uint_eq(heard.refusals, 1);
    ck_assert_uint_eq(heard.keys, 0);
    ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_CANCELED));

    heard_clear(&heard);
    heard.stop_after = 1;
    hear_list(&heard, feed_text("["), true);
    ck_assert(!heard.result);
    ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_CANCELED));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_said_so)
{
    FILE *folder = fopen("/", "r");

    ck_assert_ptr_nonnull(folder);
    hear_list(&heard, folder, true);
    ck_assert(!heard.result);
    ck_assert_uint_eq(heard.refusals, 0);
    ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_IO));
    ck_assert_str_eq(heard.error->message, "keys.json: could not be read: Is a directory");
}
END_TEST

START_TEST(a_hostile_name_cannot_steer_a_terminal)
{
    GError *error = NULL;
    FILE *stream = feed_text("x");

    ck_assert(!beacon_key_list_read(stream, "t\xE1\xBB\x87p\x1B[31m\n\xFF\xC2\x9B\xE2\x80\xAE.json",
                                    heard_key, NULL, &heard, &error));
    ck_assert_str_eq(error->message,
                     "t\xE1\xBB\x87p?[31m????.json: expected JSON; it is broken near byte 1");
    ck_assert(feed_is_clean(error->message));
    g_error_free(error);
    fclose(stream);
}
END_TEST

static struct beacon_published_key key_for_writing(void)
{
    struct beacon_published_key key = {
        .slots_per_day = 144, .start_ms = INT64_C(1596844801000), .end_ms = INT64_C(1598000000000)};

    ck_assert_int_eq(beacon_daily_key_from_hex(KEY_2, 64, &key.daily_key), 0);
    return key;
}

START_TEST(what_is_written_is_read)
{
    struct beacon_published_key key = key_for_writing();
    struct beacon_key_list_writer writer;
    char *text;
    size_t size;
    FILE *stream;

    for (uint64_t records = 0; records <= 3; records++) {
        stream = open_memstream(&text, &size);
        ck_assert(beacon_key_list_open(&writer, stream, "out.json", NULL));
        for (uint64_t i = 0; i < records; i++)
            ck_assert(beacon_key_list_add(&writer, &key, NULL));
        ck_assert(beacon_key_list_close(&writer, NULL));
        ck_assert_uint_eq(writer.records, records);
        fclose(stream);
        hear(text, false);
        free(text);
        ck_assert(heard.result);
        ck_assert_uint_eq(heard.keys, records);
        for (uint64_t i = 0; i < records; i++)
            ck_assert_mem_eq(&heard.key[i], &key, sizeof(key));
    }
}
END_TEST

static void check_unwritten(struct beacon_published_key key, const char *message)
{
    struct beacon_key_list_writer writer;
    GError *error = NULL;
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    ck_assert(beacon_key_list_open(&writer, stream, "out.json", NULL));
    ck_assert(!beacon_key_list_add(&writer, &key, &error));
    ck_assert(g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_INPUT));
    ck_assert_str_eq(error->message, message);
    ck_assert_uint_eq(writer.records, 0);
    g_error_free(error);
    ck_assert(beacon_key_list_close(&writer, NULL));
    fclose(stream);
    ck_assert_str_eq(text, "{\"data\":[\n]}\n");
    free(text);
}

START_TEST(what_would_not_be_read_is_not_written)
{
    struct beacon_published_key key = key_for_writing();

    key.start_ms += 1;
    check_unwritten(key, "out.json: record 1: time_start: expected whole seconds since 1970, in "
                         "the years 2020 to 2100");
    key = key_for_writing();
    key.end_ms += 999;
    check_unwritten(key, "out.json: record 1: time_end: expected whole seconds since 1970, in the "
                         "years 2020 to 2100");
    key = key_for_writing();
    key.slots_per_day = 0;
    check_unwritten(key, "out.json: record 1: max: expected a whole number of slots that divides "
                         "the day, 1 to 1440");
    key = key_for_writing();
    key.end_ms = key.start_ms - 1000;
    check_unwritten(key, "out.json: record 1: time_end: expected a time not before time_start and "
                         "at most 400 days after it");
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    struct beacon_published_key key = key_for_writing();
    struct beacon_key_list_writer writer;
    GError *error = NULL;
    FILE *full = fopen("/dev/full", "w");

    ck_assert_ptr_nonnull(full);
    ck_assert(beacon_key_list_open(&writer, full, "out.json", NULL));
    ck_assert(beacon_key_list_add(&writer, &key, NULL));
    ck_assert(!beacon_key_list_close(&writer, &error));
    ck_assert(g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_IO));
    ck_assert_str_eq(error->message, "out.json: could not be written: No space left on device");
    g_clear_error(&error);
    fclose(full);

    full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    setvbuf(full, NULL, _IONBF, 0);
    ck_assert(!beacon_key_list_open(&writer, full, "out.json", &error));
    ck_assert(g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_IO));
    g_clear_error(&error);
    ck_assert(!beacon_key_list_add(&writer, &key, &error));
    ck_assert(g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_IO));
    g_clear_error(&error);
    fclose(full);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("key_list");
    TCase *tests = tcase_create("key_list");

    tcase_add_checked_fixture(tests, set_up, set_up);
    tcase_add_test(tests, lists_are_read_however_they_are_written);
    tcase_add_test(tests, records_are_counted_and_empty_lists_are_lists);
    tcase_add_test(tests, a_list_within_a_string_may_use_every_escape);
    tcase_add_test(tests, escapes_mean_what_they_should);
    tcase_add_test(tests, each_bad_record_is_named);
    tcase_add_test(tests, limits_are_where_they_should_be);
    tcase_add_test(tests, each_bad_list_is_named);
    tcase_add_test(tests, a_nul_byte_is_no_text);
    tcase_add_test(tests, good_records_before_a_break_are_heard);
    tcase_add_test(tests, every_list_cut_short_is_refused);
    tcase_add_test(tests, nesting_is_limited);
    tcase_add_test(tests, a_record_is_limited_wherever_it_stands);
    tcase_add_test(tests, a_value_is_limited_wherever_it_stands);
    tcase_add_test(tests, endless_things_are_refused_at_once);
    tcase_add_test(tests, a_long_list_takes_no_memory);
    tcase_add_test(tests, white_space_between_records_has_no_limit);
    tcase_add_test(tests, callbacks_can_stop_a_list);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_said_so);
    tcase_add_test(tests, a_hostile_name_cannot_steer_a_terminal);
    tcase_add_test(tests, what_is_written_is_read);
    tcase_add_test(tests, what_would_not_be_read_is_not_written);
    tcase_add_test(tests, a_full_disk_is_noticed);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
