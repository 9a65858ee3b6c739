/* SPDX-License-Identifier: MIT */
/* A phone's own key report: what is read and refused, and that its secret stays nowhere. */
#define _GNU_SOURCE /* fopencookie, memmem */
#include "exchange/heard.h"

#include "check_main.h"

#include <malloc.h>
#include <ucontext.h>

#define BASE  "4C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084"
#define DAILY "4814DD132F8E308694A55AC8319581EA33CADA16B80CDB7FE1191115B76B9224"
#define GOOD                                                                                       \
    "{\"base_id\":\"" BASE "\",\"time\":1596844800,\"daily_key\":\"" DAILY                         \
    "\",\"time_start\":1596931200}"
#define REPORT(base, time, daily, start)                                                           \
    "{\"base_id\":" base ",\"time\":" time ",\"daily_key\":" daily ",\"time_start\":" start "}"
#define Q(text) "\"" text "\""

/* What a stream of a hundred megabytes may take, a sanitizer or an emulator included. */
#define MEMORY_MAX ((size_t)24 << 20)

/* A piece of the secret this long, in bytes or in digits, is a leak. */
#define PIECE 8

static struct beacon_daily_key base; /* the secret */

static bool holds_secret(const void *memory, size_t size)
{
    for (size_t at = 0; at + PIECE <= sizeof(base.bytes); at += 4)
        if (memmem(memory, size, base.bytes + at, PIECE))
            return true;
    for (size_t at = 0; at + PIECE <= strlen(BASE); at += 4)
        if (memmem(memory, size, &BASE[at], PIECE))
            return true;
    return false;
}

void __real_free(void *memory);
void __wrap_free(void *memory);
void *__wrap_malloc(size_t size);

/* Volatile, since a compiler takes it that free neither reads nor changes them. */
static volatile bool is_searching;
static volatile unsigned long freed, leaks;

/* The linker sends every malloc and free of the library and of this file here. Memory that was
 * never written reads as zero. */
void *__wrap_malloc(size_t size)
{
    return calloc(1, size);
}

void __wrap_free(void *memory)
{
    if (is_searching && memory) {
        freed++;
        if (holds_secret(memory, malloc_usable_size(memory)))
            leaks++;
    }
    __real_free(memory);
}

static struct beacon_key_report report;
static GError *error;

static bool read_bytes(const void *bytes, size_t size)
{
    FILE *stream = feed_bytes(bytes, size);
    bool is_read;

    g_clear_error(&error);
    memset(&report, 0x5A, sizeof(report));
    setvbuf(stream, NULL, _IONBF, 0);
    is_read = beacon_key_report_read(stream, "info.json", &report, &error);
    fclose(stream);
    ck_assert_int_eq(is_read, !error);
    return is_read;
}

static bool read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static bool read_encoded(const char *text, size_t size)
{
    GString *encoded = feed_encoded(text, size);
    bool is_read = read_bytes(encoded->str, encoded->len);

    g_string_free(encoded, TRUE);
    return is_read;
}

static void check_good(int64_t base_ms, int64_t start_ms)
{
    struct beacon_daily_key daily;

    ck_assert_int_eq(beacon_daily_key_from_hex(DAILY, 64, &daily), 0);
    ck_assert_mem_eq(report.base_key.bytes, base.bytes, 32);
    ck_assert_mem_eq(report.daily_key.bytes, daily.bytes, 32);
    ck_assert_int_eq(report.base_ms, base_ms);
    ck_assert_int_eq(report.start_ms, start_ms);
}

START_TEST(reports_are_read_from_either_phone)
{
    static const struct {
        const char *base, *start;
        int64_t base_ms, start_ms;
    } good[] = {
        {"1596844800", "1596931200", INT64_C(1596844800000), INT64_C(1596931200000)},
        {"1596844800", "1596844800", INT64_C(1596844800000), INT64_C(1596844800000)},
        {"1596844800.0", "1596931200.000", INT64_C(1596844800000), INT64_C(1596931200000)},
        {"1.5968448E9", "1.5969312e9", INT64_C(1596844800000), INT64_C(1596931200000)},
        {"1.5968448E+9", "15969312E2", INT64_C(1596844800000), INT64_C(1596931200000)},
        {"0.15968448e10", "159693120000e-2", INT64_C(1596844800000), INT64_C(1596931200000)},
        {"1596844800.1239", "1596931200.9999999999999999999", INT64_C(1596844800123),
         INT64_C(1596931200999)},
        {"1577836800", "4133980799.999", INT64_C(1577836800000), INT64_C(4133980799999)},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        char *text = g_strdup_printf(
            "\xEF\xBB\xBF {\"time_start\":%s,\"x\":[{\"base_id\":1}],\"base_id\":\"" BASE
            "\",\"time\":%s,\"daily_key\":\"" DAILY "\",\"max\":96}\n",
            good[i].start, good[i].base);

        ck_assert_msg(read_text(text), "%s", error ? error->message : "");
        check_good(good[i].base_ms, good[i].start_ms);
        ck_assert(read_encoded(text + 3, strlen(text) - 3));
        check_good(good[i].base_ms, good[i].start_ms);
        g_free(text);
    }
}
END_TEST

static const char hex[] = "64 hexadecimal digits";
static const char when[] = "seconds since 1970, in the years 2020 to 2100";
static const char missing[] = "a value; the member is missing";
static const char twice[] = "one value; the member is given twice";
static const char object[] = "an object with base_id, time, daily_key and time_start";

static const struct {
    const char *text, *field, *expected;
} bad_reports[] = {
    {REPORT(Q("4C"), "1596844800", Q(DAILY), "1596931200"), "base_id", hex},
    {REPORT(Q("X" BASE), "1596844800", Q(DAILY), "1596931200"), "base_id", hex},
    {REPORT("7", "1596844800", Q(DAILY), "1596931200"), "base_id", hex},
    {REPORT(Q(BASE), "1596844800", Q(DAILY "0"), "1596931200"), "daily_key", hex},
    {REPORT(Q(BASE), "1596844800", "[]", "1596931200"), "daily_key", hex},
    {REPORT(Q(BASE), "\"1596844800\"", Q(DAILY), "1596931200"), "time", when},
    {REPORT(Q(BASE), "1577836799.999", Q(DAILY), "1596931200"), "time", when},
    {REPORT(Q(BASE), "4133980800", Q(DAILY), "4133980800"), "time", when},
    {REPORT(Q(BASE), "-1596844800", Q(DAILY), "1596931200"), "time", when},
    {REPORT(Q(BASE), "0", Q(DAILY), "1596931200"), "time", when},
    {REPORT(Q(BASE), "1e-400", Q(DAILY), "1596931200"), "time", when},
    {REPORT(Q(BASE), "1e-99999999999999999999", Q(DAILY), "1596931200"), "time", when},
    {REPORT(Q(BASE), "1596844800000", Q(DAILY), "1596931200"), "time", when},
    {REPORT(Q(BASE), "1596844800", Q(DAILY), "1e99999999999999999999"), "time_start", when},
    {REPORT(Q(BASE), "1596844800", Q(DAILY), "0e99999999999999999999"), "time_start", when},
    {REPORT(Q(BASE), "1596844800", Q(DAILY), "18446744075306396416"), "time_start", when},
    {REPORT(Q(BASE), "1596844800", Q(DAILY), "null"), "time_start", when},
    {REPORT(Q(BASE), "1596844800", Q(DAILY), "1596844799.999"), "time_start",
     "a time not before the base key's time"},
    {"{\"time\":1596844800,\"daily_key\":\"" DAILY "\",\"time_start\":1596931200}", "base_id",
     missing},
    {"{\"base_id\":\"" BASE "\",\"daily_key\":\"" DAILY "\",\"time_start\":1596931200}", "time",
     missing},
    {"{\"base_id\":\"" BASE "\",\"time\":1596844800,\"time_start\":1596931200}", "daily_key",
     missing},
    {"{\"base_id\":\"" BASE "\",\"time\":1596844800,\"daily_key\":\"" DAILY "\"}", "time_start",
     missing},
    {"{\"base_id\":\"" BASE "\",\"base_id\":\"" BASE "\"}", "base_id", twice},
    {"{\"time\":1596844800,\"time\":1596844800}", "time", twice},
    {"[" GOOD "]", NULL, object},
    {"{\"data\":[]}", "base_id", missing},
    {"17", NULL, object},
    {"\"17\"", NULL, object},
    {"", NULL, "a JSON object; there is nothing"},
    {GOOD " " GOOD, NULL, "nothing after the end of the list or report"},
    {"{\"base_id\":\"" BASE "\"", NULL, "JSON to its end; the file is cut in the middle"},
    {"{\"base_id\":\"" BASE "\",}", NULL, "JSON; it is broken near byte 79"},
    {"\"{\\\"base_id\\\":\\\"" BASE "\\x", NULL, "a JSON string; it is broken near byte 82"},
    {"{\"x\":[[[[[[[[[[[[[[[[", NULL, "at most 16 levels of nesting"},
};

START_TEST(each_bad_report_is_named)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_reports); i++) {
        const char *field = bad_reports[i].field;
        char *message = g_strdup_printf("info.json: %s%sexpected %s", field ? field : "",
                                        field ? ": " : "", bad_reports[i].expected);

        ck_assert(!read_text(bad_reports[i].text));
        ck_assert(g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_INPUT));
        ck_assert_str_eq(error->message, message);
        ck_assert_uint_eq(report.base_key.bytes[0], 0x5A); /* untouched */
        g_free(message);
    }
}
END_TEST

START_TEST(every_report_cut_short_is_refused)
{
    GString *encoded = feed_encoded(GOOD, strlen(GOOD));

    for (size_t size = 0; size < strlen(GOOD); size++) {
        ck_assert(!read_bytes(GOOD, size));
        ck_assert(!read_encoded(GOOD, size));
    }
    for (size_t size = 0; size < encoded->len; size++)
        ck_assert(!read_bytes(encoded->str, size));
    g_string_free(encoded, TRUE);
}
END_TEST

START_TEST(a_report_is_limited)
{
    struct feed feed = {
        .head = "{\"base_id\":\"" BASE "\"", .piece = ",\"x\":0", .pieces = 10000000, .tail = "}"};
    FILE *stream = feed_open(&feed);

    g_clear_error(&error);
    ck_assert(!beacon_key_report_read(stream, "info.json", &report, &error));
    fclose(stream);
    ck_assert_str_eq(error->message,
                     "info.json: expected at most 65536 bytes in a record, a name or a value");
    ck_assert_uint_lt(feed.given, 1000000);
    ck_assert_uint_lt(feed_growth(&feed), MEMORY_MAX);
}
END_TEST

START_TEST(a_report_that_cannot_be_read_is_said_so)
{
    FILE *folder = fopen("/", "r");

    ck_assert_ptr_nonnull(folder);
    g_clear_error(&error);
    ck_assert(!beacon_key_report_read(folder, "info.json", &report, &error));
    fclose(folder);
    ck_assert(g_error_matches(error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_IO));
    ck_assert_str_eq(error->message, "info.json: could not be read: Is a directory");
}
END_TEST

/* A report whose base key comes piece by piece, across the reader's chunks. */
static char *spread_report(size_t blanks)
{
    GString *text = g_string_new("{");

    for (size_t i = 0; i < blanks; i++)
        g_string_append_c(text, ' ');
    g_string_append(text, &GOOD[1]);
    return g_string_free(text, FALSE);
}

START_TEST(no_freed_memory_holds_the_secret)
{
    freed = leaks = 0;
    is_searching = true;
    ck_assert(read_text(GOOD));
    ck_assert_uint_gt(freed, 0);
    ck_assert(read_encoded(GOOD, strlen(GOOD)));
    for (size_t i = 0; i < G_N_ELEMENTS(bad_reports); i++)
        read_text(bad_reports[i].text);
    for (size_t size = 0; size < strlen(GOOD); size++)
        read_bytes(GOOD, size);
    for (size_t blanks = 32650; blanks < 32750; blanks += 7) {
        char *text = spread_report(blanks);

        ck_assert(read_text(text));
        g_free(text);
    }
    /* An escape within the key makes the parser decode into a buffer of its own. */
    ck_assert(!read_text("{\"base_id\":\"\\u0034" BASE "\"}"));
    is_searching = false;
    ck_assert_uint_eq(leaks, 0);
}
END_TEST

START_TEST(freed_memory_with_the_secret_would_be_seen)
{
    char *block = malloc(64);
    volatile char *copy = block;

    ck_assert_ptr_nonnull(block);
    for (size_t i = 0; i < 64; i++)
        copy[i] = BASE[i];
    leaks = 0;
    is_searching = true;
    free(block);
    is_searching = false;
    ck_assert_uint_eq(leaks, 1);
}
END_TEST

#define STACK_SIZE ((size_t)1 << 20)

static ucontext_t caller, callee;
static FILE *used_stream;

/* Runs a function on a stack of its own, which nothing else uses afterwards. */
static bool stack_holds_secret_after(void (*function)(void))
{
    uint8_t *stack = calloc(1, STACK_SIZE);
    bool holds;

    ck_assert_ptr_nonnull(stack);
    ck_assert_int_eq(getcontext(&callee), 0);
    callee.uc_stack.ss_sp = stack;
    callee.uc_stack.ss_size = STACK_SIZE;
    callee.uc_link = &caller;
    makecontext(&callee, function, 0);
    ck_assert_int_eq(swapcontext(&caller, &callee), 0);
    holds = holds_secret(stack, STACK_SIZE);
    __real_free(stack);
    return holds;
}

static void use_report(void)
{
    static struct beacon_key_report used;

    beacon_key_report_read(used_stream, "info.json", &used, NULL);
}

static void leave_secret(void)
{
    volatile char frame[1024];

    for (size_t i = 0; i < 64; i++)
        frame[512 + i] = BASE[i];
    (void)frame[512];
}

START_TEST(the_stack_holds_no_secret)
{
    static const char *const texts[] = {
        GOOD, (GOOD "x"), REPORT(Q(BASE), "1596844800", "7", "1596931200"), "{\"base_id\":\"" BASE};

    if (RUNNING_ON_VALGRIND)
        return; /* which does not let a stack be read that was left */
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        used_stream = feed_bytes(texts[i], strlen(texts[i]));
        setvbuf(used_stream, NULL, _IONBF, 0);
        ck_assert(!stack_holds_secret_after(use_report));
        fclose(used_stream);
    }
    ck_assert(stack_holds_secret_after(leave_secret));
}
END_TEST

static void tear_down(void)
{
    g_clear_error(&error);
}

int main(void)
{
    Suite *suite = suite_create("key_report");
    TCase *tests = tcase_create("key_report");

    if (beacon_daily_key_from_hex(BASE, 64, &base) != 0)
        return EXIT_FAILURE;
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, reports_are_read_from_either_phone);
    tcase_add_test(tests, each_bad_report_is_named);
    tcase_add_test(tests, every_report_cut_short_is_refused);
    tcase_add_test(tests, a_report_is_limited);
    tcase_add_test(tests, a_report_that_cannot_be_read_is_said_so);
    tcase_add_test(tests, no_freed_memory_holds_the_secret);
    tcase_add_test(tests, freed_memory_with_the_secret_would_be_seen);
    tcase_add_test(tests, the_stack_holds_no_secret);
    suite_add_tcase(suite, tests);
    return check_main(suite);
}
