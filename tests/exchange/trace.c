/* SPDX-License-Identifier: MIT */
/* Traces: a real phone's, what is refused and how that is said, units, and what a long one costs.
 */
#define _GNU_SOURCE /* fopencookie */
#include "exchange/heard.h"

#include "check_main.h"

#define OWN     "B9A665D754FE65E665D76A45"
#define CONTACT "7C3DEC4246EA6F90E38EA254"
#define IDS     OWN "\t" CONTACT "\t"
#define MS      IDS "-71\t1596866191387"
#define SECONDS IDS "-71\t1596866191"

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
    hear_trace(&heard, feed_text(text), goes_on);
}

static void check_row(const struct beacon_trace_row *row, int rssi_dbm, int64_t time_ms)
{
    char text[2 * BEACON_IDENTIFIER_SIZE + 1];

    beacon_identifier_to_hex(&row->own, text);
    ck_assert_str_eq(text, OWN);
    beacon_identifier_to_hex(&row->sighting.identifier, text);
    ck_assert_str_eq(text, CONTACT);
    ck_assert_int_eq(row->sighting.rssi_dbm, rssi_dbm);
    ck_assert_int_eq(row->sighting.time_ms, time_ms);
    ck_assert_int_eq(row->sighting.tx_power_dbm, BEACON_TX_POWER_ABSENT);
    ck_assert_int_eq(row->sighting.platform, BEACON_PLATFORM_UNKNOWN);
    ck_assert_int_eq(row->sighting.reserved, 0);
}

START_TEST(the_captured_trace_survives_byte_for_byte)
{
    char *original, *written;
    size_t size, written_size;
    FILE *stream;

    ck_assert(g_file_get_contents(BEACON_TEST_DATA "/phone-c.trace.txt", &original, &size, NULL));
    hear_trace(&heard, feed_bytes(original, size), false);
    ck_assert(heard.result);
    ck_assert_int_eq(heard.unit, BEACON_TRACE_MILLISECONDS);
    ck_assert_uint_eq(heard.rows, 101);
    check_row(&heard.row[0], -71, INT64_C(1596866191387));
    stream = open_memstream(&written, &written_size);
    for (uint64_t i = 0; i < heard.rows; i++) {
        ck_assert_uint_eq(heard.row_line[i], i + 1);
        ck_assert(beacon_trace_write(stream, "out.txt", &heard.row[i], heard.unit, NULL));
    }
    fclose(stream);
    ck_assert_uint_eq(written_size, size);
    ck_assert_mem_eq(written, original, size);
    free(written);
    g_free(original);
}
END_TEST

START_TEST(the_unit_is_told)
{
    hear("", false);
    ck_assert(heard.result);
    ck_assert_int_eq(heard.unit, BEACON_TRACE_EMPTY);
    hear(SECONDS "\n", false);
    ck_assert_int_eq(heard.unit, BEACON_TRACE_SECONDS);
    check_row(&heard.row[0], -71, INT64_C(1596866191000));
    hear("x\n", true);
    ck_assert(heard.result);
    ck_assert_int_eq(heard.unit, BEACON_TRACE_EMPTY);

    heard_clear(&heard);
    heard.unit = BEACON_TRACE_SECONDS;
    hear_trace(&heard, feed_text("x\n"), false);
    ck_assert(!heard.result);
    ck_assert_int_eq(heard.unit, BEACON_TRACE_SECONDS); /* untouched */
}
END_TEST

START_TEST(lines_may_end_in_three_ways)
{
    hear(MS "\r\n" MS "\n" MS, false);
    ck_assert(heard.result);
    ck_assert_uint_eq(heard.rows, 3);
    for (size_t i = 0; i < 3; i++)
        check_row(&heard.row[i], -71, INT64_C(1596866191387));
    hear("b9a665d754fe65e665d76a45\t7c3dec4246ea6f90e38ea254\t0\t1596866191387\r", false);
    ck_assert(heard.result);
    check_row(&heard.row[0], 0, INT64_C(1596866191387));
}
END_TEST

START_TEST(limits_are_where_they_should_be)
{
    static const struct {
        const char *line;
        int rssi_dbm;
        int64_t time_ms;
    } good[] = {
        {IDS "-127\t1596866191387\n", -127, INT64_C(1596866191387)},
        {IDS "20\t1596866191387\n", 20, INT64_C(1596866191387)},
        {IDS "127\t1596866191387\n", BEACON_RSSI_ABSENT, INT64_C(1596866191387)},
        {IDS "-1\t1577836800000\n", -1, INT64_C(1577836800000)},
        {IDS "-1\t4133980799999\n", -1, INT64_C(4133980799999)},
        {IDS "-1\t1577836800\n", -1, INT64_C(1577836800000)},
        {IDS "-1\t4133980799\n", -1, INT64_C(4133980799000)},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        hear(good[i].line, false);
        ck_assert_msg(heard.result && heard.rows == 1, "%s", good[i].line);
        check_row(&heard.row[0], good[i].rssi_dbm, good[i].time_ms);
    }
}
END_TEST

static const char four[] = "four fields, separated by tabs";
static const char long_four[] = "four fields, separated by tabs, in at most 256 bytes";
static const char hex[] = "24 hexadecimal digits";
static const char rssi[] = "a whole number of dBm from -127 to 20, or 127";
static const char when[] = "milliseconds or seconds since 1970, in the years 2020 to 2100";

#define BLANKS_64 "                                                                "

static const struct {
    const char *line, *field, *expected;
} bad_lines[] = {
    {"", "", four},
    {" ", "", four},
    {"\t\t", "", four},
    {OWN, "", four},
    {OWN "\t" CONTACT "\t-71", "", four},
    {OWN " " CONTACT " -71 1596866191387", "", four},
    {MS "\t", "", four},
    {MS "\t1", "", four},
    {BLANKS_64 BLANKS_64 BLANKS_64 BLANKS_64, "", four},
    {BLANKS_64 BLANKS_64 BLANKS_64 BLANKS_64 " ", "", long_four},
    {"\t\t\t", "own", hex},
    {" " MS, "own", hex},
    {"\xEF\xBB\xBF" MS, "own", hex},
    {"B9A665D754FE65E665D76A4\t" CONTACT "\t-71\t1596866191387", "own", hex},
    {"B9A665D754FE65E665D76A455\t" CONTACT "\t-71\t1596866191387", "own", hex},
    {"G9A665D754FE65E665D76A45\t" CONTACT "\t-71\t1596866191387", "own", hex},
    {OWN "\t7C3DEC4246EA6F90E38EA25\t-71\t1596866191387", "contact", hex},
    {OWN "\t7C3DEC4246EA6F90E38EA25g\t-71\t1596866191387", "contact", hex},
    {OWN "\tnull\t-71\t1596866191387", "contact", hex},
    {OWN "\t\x1B[31mC4246EA6F90E38EA25\t-71\t1596866191387", "contact", hex},
    {IDS "\t1596866191387", "rssi", rssi},
    {IDS "-\t1596866191387", "rssi", rssi},
    {IDS "+7\t1596866191387", "rssi", rssi},
    {IDS "--7\t1596866191387", "rssi", rssi},
    {IDS " 7\t1596866191387", "rssi", rssi},
    {IDS "-7 \t1596866191387", "rssi", rssi},
    {IDS "-71.0\t1596866191387", "rssi", rssi},
    {IDS "-128\t1596866191387", "rssi", rssi},
    {IDS "21\t1596866191387", "rssi", rssi},
    {IDS "126\t1596866191387", "rssi", rssi},
    {IDS "128\t1596866191387", "rssi", rssi},
    {IDS "-383\t1596866191387", "rssi", rssi},
    {IDS "-4294967367\t1596866191387", "rssi", rssi},
    {IDS "0x0\t1596866191387", "rssi", rssi},
    {IDS "-71\t", "time", when},
    {IDS "-71\t0", "time", when},
    {IDS "-71\t-1596866191387", "time", when},
    {IDS "-71\t+1596866191387", "time", when},
    {IDS "-71\t-861642725", "time", when},
    {IDS "-71\t1596866191387 ", "time", when},
    {IDS "-71\t1596866191387\r", "time", when},
    {IDS "-71\t1596866191387.0", "time", when},
    {IDS "-71\t1.596866191387E12", "time", when},
    {IDS "-71\t1577836799", "time", when},
    {IDS "-71\t4133980800", "time", when},
    {IDS "-71\t99999999999", "time", when},
    {IDS "-71\t100000000000", "time", when},
    {IDS "-71\t1577836799999", "time", when},
    {IDS "-71\t4133980800000", "time", when},
    {IDS "-71\t1200000000000000", "time", when},
    {IDS "-71\t999999999999999", "time", when},
    {IDS "-71\t18446745670575743003", "time", when},
};

START_TEST(each_bad_line_is_named)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_lines); i++) {
        const char *field = bad_lines[i].field;
        char *text = g_strdup_printf(MS "\n%s\r\n" MS "\n", bad_lines[i].line);
        char *message = g_strdup_printf("phone.txt: line 2: %s%sexpected %s", field,
                                        field[0] ? ": " : "", bad_lines[i].expected);

        /* A carriage return of the line's own would make it longer than the limit. */
        if (strlen(bad_lines[i].line) >= 256) {
            g_free(text);
            text = g_strdup_printf(MS "\n%s\n" MS "\n", bad_lines[i].line);
        }
        hear(text, true);
        ck_assert_msg(heard.result && heard.refusals == 1, "%s", bad_lines[i].line);
        ck_assert_uint_eq(heard.rows, 2);
        ck_assert_uint_eq(heard.row_line[1], 3);
        ck_assert_uint_eq(heard.refusal[0].line, 2);
        ck_assert_uint_eq(heard.refusal[0].record, 0);
        ck_assert_str_eq(heard.refusal[0].field, field);
        ck_assert_str_eq(heard.refusal[0].expected, bad_lines[i].expected);
        ck_assert_str_eq(heard.refusal[0].message, message);
        ck_assert(feed_is_clean(message));

        hear(text, false);
        ck_assert(!heard.result);
        ck_assert_uint_eq(heard.rows, 1);
        ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_INPUT));
        ck_assert_str_eq(heard.error->message, message);
        g_free(message);
        g_free(text);
    }
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
    static const char text[] =
        MS "\n" IDS "-71\0\t1596866191387\n" IDS "-71\t1596866191387\0\n\0" MS "\n" MS "\0";

    hear_trace(&heard, feed_bytes(text, sizeof(text) - 1), true);
    ck_assert(heard.result);
    ck_assert_uint_eq(heard.rows, 1);
    ck_assert_uint_eq(heard.refusals, 4);
    ck_assert_str_eq(heard.refusal[0].field, "rssi");
    ck_assert_str_eq(heard.refusal[1].field, "time");
    ck_assert_str_eq(heard.refusal[2].field, "own");
    ck_assert_str_eq(heard.refusal[3].field, "time");
}
END_TEST

static void check_mixed(const char *text, uint64_t rows, const char *message)
{
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        hear(text, goes_on);
        ck_assert(!heard.result);
        ck_assert_uint_eq(heard.rows, rows);
        ck_assert_uint_eq(heard.refusals, 0);
        ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_INPUT));
        ck_assert_str_eq(heard.error->message, message);
    }
}

START_TEST(a_trace_has_one_unit)
{
    check_mixed(MS "\n" SECONDS "\n" MS "\n", 1,
                "phone.txt: line 2: time: expected milliseconds, as in the lines before; a file "
                "has one unit");
    check_mixed(SECONDS "\n" SECONDS "\n" MS "\n", 2,
                "phone.txt: line 3: time: expected seconds, as in the lines before; a file has one "
                "unit");
    /* A refused line says nothing about the unit. */
    hear(IDS "-71\t7\n" IDS "99\t1596866191\n" MS "\n" IDS "-71\t1596866\n", true);
    ck_assert(heard.result);
    ck_assert_uint_eq(heard.refusals, 3);
    ck_assert_int_eq(heard.unit, BEACON_TRACE_MILLISECONDS);
}
END_TEST

/* Every cut of two rows. */
static void check_cuts(const char *text, bool may_pass_as_seconds)
{
    const size_t row = strlen(text) / 2;

    for (size_t size = 0; size < 2 * row; size++) {
        /* Complete: nothing, or a row with or without the end of its line. */
        bool is_whole = size % row == 0 || size % row == row - 1;
        /* One row alone in milliseconds that lost three digits is a row in seconds. */
        bool is_seconds = may_pass_as_seconds && size == row - 1 - 3;

        for (int goes_on = 0; goes_on < 2; goes_on++) {
            heard_clear(&heard);
            hear_trace(&heard, feed_bytes(text, size), goes_on);
            if (is_whole || is_seconds) {
                ck_assert(heard.result);
                ck_assert_uint_eq(heard.rows, (size + 4) / row);
            } else {
                ck_assert_int_eq(heard.result, goes_on);
                ck_assert_uint_eq(heard.rows, size / row);
                if (goes_on)
                    ck_assert_uint_eq(heard.refusal[0].line, size / row + 1);
            }
        }
    }
}

START_TEST(every_trace_cut_short_is_refused)
{
    check_cuts(MS "\n" MS "\n", true);
    check_cuts(SECONDS "\n" SECONDS "\n", false);
    hear(MS "\n" SECONDS, true);
    ck_assert_str_eq(heard.refusal[0].message,
                     "phone.txt: line 2: time: expected all its digits; the file is cut here");
}
END_TEST

START_TEST(a_long_line_is_skipped_wherever_it_stands)
{
    for (uint64_t rows = 0; rows < 3000; rows += 61) {
        struct feed feed = {.head = "", .piece = MS "\n", .pieces = rows, .tail = NULL};
        GString *tail = g_string_new(NULL);

        for (uint64_t i = 0; i < 257 + rows * 67; i++)
            g_string_append_c(tail, '\t');
        g_string_append(tail, "\n" MS "\n");
        feed.tail = tail->str;
        heard_clear(&heard);
        hear_trace(&heard, feed_open(&feed), true);
        ck_assert(heard.result);
        ck_assert_uint_eq(heard.rows, rows + 1);
        ck_assert_uint_eq(heard.refusals, 1);
        ck_assert_uint_eq(heard.refusal[0].line, rows + 1);
        ck_assert_str_eq(heard.refusal[0].expected, long_four);
        g_string_free(tail, TRUE);
    }
}
END_TEST

START_TEST(the_end_of_a_long_line_is_no_line)
{
    for (size_t before = 65400; before < 65600; before++) {
        GString *text = g_string_new(NULL);

        for (size_t i = 0; i < before; i++)
            g_string_append_c(text, '7');
        g_string_append(text, MS "\n");
        hear(text->str, true);
        ck_assert_uint_eq(heard.rows, 0);
        ck_assert_uint_eq(heard.refusals, 1);
        ck_assert_str_eq(heard.refusal[0].expected, long_four);
        g_string_free(text, TRUE);
    }
}
END_TEST

START_TEST(a_long_trace_takes_no_memory)
{
    const uint64_t pieces = RUNNING_ON_VALGRIND ? 50000 : 500000; /* a hundred megabytes */
    struct feed feed = {
        .head = "", .piece = MS "\n" MS "\r\n" MS "\n", .pieces = pieces, .tail = MS};

    hear_trace(&heard, feed_open(&feed), false);
    ck_assert(heard.result);
    ck_assert_uint_eq(heard.rows, 3 * pieces + 1);
    ck_assert_uint_gt(feed.given, 200 * pieces);
    ck_assert_uint_lt(feed_growth(&feed), MEMORY_MAX);
}
END_TEST

START_TEST(a_line_without_end_takes_no_memory)
{
    struct feed feed = {
        .head = MS "\n", .piece = "7777777777777777", .pieces = 1000000, .tail = ""};

    hear_trace(&heard, feed_open(&feed), true);
    ck_assert(heard.result);
    ck_assert_uint_eq(heard.rows, 1);
    ck_assert_uint_eq(heard.refusals, 1);
    ck_assert_uint_lt(feed_growth(&feed), MEMORY_MAX);
}
END_TEST

START_TEST(callbacks_can_stop_a_trace)
{
    heard.stop_after = 2;
    hear_trace(&heard, feed_text(MS "\n" MS "\n" MS "\n"), false);
    ck_assert(!heard.result);
    ck_assert_uint_eq(heard.rows, 2);
    ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_CANCELED));
    ck_assert_str_eq(heard.error->message, "phone.txt: stopped on request");
    heard_clear(&heard);
    heard.stop_after = 1;
    hear_trace(&heard, feed_text("x\ny\n" MS "\n"), true);
    ck_assert(!heard.result);
    ck_assert_uint_eq(heard.refusals, 1);
    ck_assert_uint_eq(heard.rows, 0);
    ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_CANCELED));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_said_so)
{
    FILE *folder = fopen("/", "r");

    ck_assert_ptr_nonnull(folder);
    hear_trace(&heard, folder, true);
    ck_assert(!heard.result);
    ck_assert(g_error_matches(heard.error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_IO));
    ck_assert_str_eq(heard.error->message, "phone.txt: could not be read: Is a directory");
}
END_TEST

static struct beacon_trace_row row_for_writing(void)
{
    struct beacon_trace_row row = {.sighting = {.time_ms = INT64_C(1596866191999), .rssi_dbm = -5}};

    ck_assert_int_eq(beacon_identifier_from_hex(OWN, 24, &row.own), 0);
    ck_assert_int_eq(beacon_identifier_from_hex(CONTACT, 24, &row.sighting.identifier), 0);
    return row;
}

START_TEST(rows_are_written_in_either_unit)
{
    struct beacon_trace_row row = row_for_writing();
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    ck_assert(beacon_trace_write(stream, "out.txt", &row, BEACON_TRACE_MILLISECONDS, NULL));
    ck_assert(beacon_trace_write(stream, "out.txt", &row, BEACON_TRACE_SECONDS, NULL));
    fclose(stream);
    ck_assert_str_eq(text, IDS "-5\t1596866191999\n" IDS "-5\t1596866191\n");
    free(text);
}
END_TEST

static void check_unwritten(FILE *stream, struct beacon_trace_row row, int code,
                            const char *message)
{
    GError *error = NULL;

    ck_assert(!beacon_trace_write(stream, "out.txt", &row, BEACON_TRACE_MILLISECONDS, &error));
    ck_assert(g_error_matches(error, BEACON_EXCHANGE_ERROR, code));
    ck_assert_str_eq(error->message, message);
    g_error_free(error);
}

START_TEST(what_would_not_be_read_is_not_written)
{
    struct beacon_trace_row row = row_for_writing();
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    row.sighting.rssi_dbm = 21;
    check_unwritten(stream, row, BEACON_EXCHANGE_ERROR_INPUT,
                    "out.txt: rssi: expected a whole number of dBm from -127 to 20, or 127");
    row = row_for_writing();
    row.sighting.time_ms = BEACON_TIME_MIN_MS - 1;
    check_unwritten(stream, row, BEACON_EXCHANGE_ERROR_INPUT,
                    "out.txt: time: expected milliseconds or seconds since 1970, in the years 2020 "
                    "to 2100");
    row.sighting.time_ms = BEACON_TIME_END_MS;
    check_unwritten(stream, row, BEACON_EXCHANGE_ERROR_INPUT,
                    "out.txt: time: expected milliseconds or seconds since 1970, in the years 2020 "
                    "to 2100");
    fclose(stream);
    ck_assert_uint_eq(size, 0);
    free(text);
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    FILE *full = fopen("/dev/full", "w");

    ck_assert_ptr_nonnull(full);
    setvbuf(full, NULL, _IONBF, 0);
    check_unwritten(full, row_for_writing(), BEACON_EXCHANGE_ERROR_IO,
                    "out.txt: could not be written: No space left on device");
    fclose(full);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *tests = tcase_create("trace");

    tcase_add_checked_fixture(tests, set_up, set_up);
    tcase_add_test(tests, the_captured_trace_survives_byte_for_byte);
    tcase_add_test(tests, the_unit_is_told);
    tcase_add_test(tests, lines_may_end_in_three_ways);
    tcase_add_test(tests, limits_are_where_they_should_be);
    tcase_add_test(tests, each_bad_line_is_named);
    tcase_add_test(tests, nul_bytes_are_refused);
    tcase_add_test(tests, a_trace_has_one_unit);
    tcase_add_test(tests, every_trace_cut_short_is_refused);
    tcase_add_test(tests, a_long_line_is_skipped_wherever_it_stands);
    tcase_add_test(tests, the_end_of_a_long_line_is_no_line);
    tcase_add_test(tests, a_long_trace_takes_no_memory);
    tcase_add_test(tests, a_line_without_end_takes_no_memory);
    tcase_add_test(tests, callbacks_can_stop_a_trace);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_said_so);
    tcase_add_test(tests, rows_are_written_in_either_unit);
    tcase_add_test(tests, what_would_not_be_read_is_not_written);
    tcase_add_test(tests, a_full_disk_is_noticed);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
