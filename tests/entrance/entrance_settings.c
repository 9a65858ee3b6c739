/* SPDX-License-Identifier: MIT */
/* Every setting is read from flags, the environment and a file, in this order, and what is wrong is
 * said by its place. */
#include "check_main.h"
#include "command.h"
#include "settings_file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define EXAMPLE BEACON_TEST_DATA "/../../examples/entrance/beacon-entrance.conf"

static char *folder, *file;

static void clear_environment(void)
{
    g_auto(GStrv) names = g_listenv();

    for (guint i = 0; names[i] != NULL; i++)
        if (g_str_has_prefix(names[i], "BEACON_ENTRANCE_"))
            g_unsetenv(names[i]);
}

static void set_up(void)
{
    clear_environment();
    folder = g_dir_make_tmp("settings-XXXXXX", NULL);
    file = g_build_filename(folder, "entrance.conf", NULL);
}

static void tear_down(void)
{
    clear_environment();
    g_unlink(file);
    ck_assert_int_eq(g_rmdir(folder), 0);
    g_free(file);
    g_free(folder);
}

static void write_file(const char *text)
{
    ck_assert(g_file_set_contents(file, text, -1, NULL));
}

/* What the program reads with these words on its command line, ended by NULL. */
static struct settings *read_with(char *const words[], GError **error)
{
    struct settings_flags *flags = settings_flags_new(SETTINGS_ALL, NULL);
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_auto(GStrv) arguments = g_new0(char *, 20);
    struct settings *settings;
    guint count = 1;

    arguments[0] = g_strdup("test");
    for (guint i = 0; words != NULL && words[i] != NULL; i++)
        arguments[count++] = g_strdup(words[i]);
    g_option_context_add_main_entries(context, settings_flags_options(flags), NULL);
    ck_assert(g_option_context_parse_strv(context, &arguments, NULL));
    settings = settings_read(flags, error);
    settings_flags_free(flags);
    return settings;
}

static struct settings *read_good(char *const words[])
{
    GError *error = NULL;
    struct settings *settings = read_with(words, &error);

    ck_assert_msg(settings != NULL, "%s", error != NULL ? error->message : "");
    return settings;
}

static void check_refused(char *const words[], int code, const char *said)
{
    GError *error = NULL;

    ck_assert_msg(read_with(words, &error) == NULL, "accepted, where it should say: %s %s", said,
                  words != NULL ? words[0] : "");
    ck_assert_msg(strstr(error->message, said) != NULL, "%s", error->message);
    ck_assert_msg(settings_exit_code(error) == code, "%s", error->message);
    g_error_free(error);
}

static void check_file_refused(const char *text, const char *said)
{
    write_file(text);
    check_refused((char *[]){"--config", file, NULL}, EXIT_INPUT, said);
}

START_TEST(without_a_word_there_is_a_whole)
{
    struct settings *settings = settings_read(NULL, NULL);

    ck_assert_ptr_nonnull(settings);
    ck_assert_int_eq(settings->language, LANGUAGE_VI);
    ck_assert_str_eq(settings->radio, "auto");
    ck_assert_str_eq(settings->tally_file, "/var/lib/beacon-entrance/tally.db");
    ck_assert_str_eq(settings->install_url, "https://www.bluezone.gov.vn/");
    ck_assert_str_eq(settings->web_listen, "127.0.0.1:8740");
    ck_assert_str_eq(settings->web_listen_tls, "");
    ck_assert_uint_eq(settings->condense_days, 30);
    ck_assert_uint_eq(settings->scan_window_ms, 60);
    ck_assert_int_eq(settings->staff_total, -1);
    ck_assert_int_eq(settings->reference.kind, REFERENCE_NONE);
    ck_assert(settings->bell && settings->terminal);
    ck_assert_uint_eq(settings->office_from_minute, 7 * 60);
    ck_assert(g_date_valid(&settings->due_date));
    ck_assert_uint_eq(g_date_get_day(&settings->due_date), 10);
    settings_free(settings);
}
END_TEST

START_TEST(a_flag_holds_over_the_environment_over_the_file)
{
    struct settings *settings;

    write_file("[radio]\nradio=hci:hci0\nscan-interval=100\n[report]\nplace=Rạch Giá\n"
               "[tally]\ncondense-days = 7 \n");
    g_setenv("BEACON_ENTRANCE_RADIO", "bluez:hci1", TRUE);
    g_setenv("BEACON_ENTRANCE_SCAN_INTERVAL", "200", TRUE);
    settings = read_good((char *[]){"--config", file, "--radio", "sim:rush.air", NULL});
    ck_assert_str_eq(settings->radio, "sim:rush.air");
    ck_assert_uint_eq(settings->scan_interval_ms, 200);
    ck_assert_str_eq(settings->place, "Rạch Giá");
    ck_assert_uint_eq(settings->condense_days, 7);
    settings_free(settings);
    g_setenv("BEACON_ENTRANCE_CONFIG", file, TRUE);
    g_unsetenv("BEACON_ENTRANCE_SCAN_INTERVAL");
    settings = read_good(NULL);
    ck_assert_str_eq(settings->radio, "bluez:hci1");
    ck_assert_uint_eq(settings->scan_interval_ms, 100);
    settings_free(settings);
}
END_TEST

START_TEST(every_kind_of_value_is_read)
{
    static const guint8 address[] = {0xAA, 0xBB, 0xCC, 0x0D, 0xEE, 0xFF};
    static const guint8 uuid[] = {0xE2, 0xC5, 0x6D, 0xB5, 0xDF, 0xFB, 0x48, 0xD2,
                                  0xB0, 0x60, 0xD0, 0xF5, 0xA7, 0x10, 0x96, 0xE0};
    struct settings *settings = read_good(
        (char *[]){"--reference", "aa:BB:cc:0d:EE:ff", "--reference-level=-61", "--bell", "off",
                   "--mode", "walk_through", "--person", "visitor", "--direction", "out",
                   "--staff-total", "120", "--due-date", "", "--office-to", "24:00", NULL});

    ck_assert_int_eq(settings->reference.kind, REFERENCE_ADDRESS);
    ck_assert_mem_eq(settings->reference.address, address, 6);
    ck_assert_int_eq(settings->reference_level_dbm, -61);
    ck_assert(!settings->bell);
    ck_assert_int_eq(settings->mode, MODE_WALK_THROUGH);
    ck_assert_int_eq(settings->person, PERSON_VISITOR);
    ck_assert_int_eq(settings->direction, DIRECTION_OUT);
    ck_assert_int_eq(settings->staff_total, 120);
    ck_assert(!g_date_valid(&settings->due_date));
    ck_assert_uint_eq(settings->office_to_minute, 1440);
    settings_free(settings);
    settings = read_good((char *[]){"--reference", "e2c56db5-dffb-48d2-b060-d0f5a71096e0/1/65535",
                                    "--web-listen", "[::1]:0", "--timezone", "Asia/Ho_Chi_Minh",
                                    "--language", "en", NULL});
    ck_assert_int_eq(settings->reference.kind, REFERENCE_IBEACON);
    ck_assert_mem_eq(settings->reference.uuid, uuid, 16);
    ck_assert_uint_eq(settings->reference.major, 1);
    ck_assert_uint_eq(settings->reference.minor, 65535);
    ck_assert_int_eq(settings->language, LANGUAGE_EN);
    settings_free(settings);
}
END_TEST

START_TEST(a_wrong_value_is_told_with_what_was_expected)
{
    static const char *const wrong[][2] = {
        {"language", "fr"},
        {"timezone", "Asia/Atlantis"},
        {"timezone", "../passwd"},
        {"radio", ""},
        {"scan-interval", "2"},
        {"scan-interval", "60ms"},
        {"scan-interval", "+60"},
        {"scan-window", "99999999999999999999"},
        {"reference", "AA:BB:CC"},
        {"reference", "AA:BB:CC:DD:EE:FF:00"},
        {"reference", "AA-BB-CC-DD-EE-FF"},
        {"reference", "e2c56db5-dffb-48d2-b060-d0f5a71096e0/1"},
        {"reference", "e2c56db5-dffb-48d2-b060-d0f5a71096e0/1/65536"},
        {"reference-level", "1"},
        {"mode", "Attended"},
        {"person", "guest"},
        {"direction", "up"},
        {"calibration-file", ""},
        {"tally-file", ""},
        {"condense-days", "31"},
        {"condense-days", "0"},
        {"terminal", "yes"},
        {"bell", "1"},
        {"web-listen", "localhost"},
        {"web-listen", "127.0.0.1"},
        {"web-listen", "127.0.0.1:65536"},
        {"web-listen", "::1:80"},
        {"web-listen", "[127.0.0.1]:80"},
        {"web-listen", "[]:80"},
        {"web-listen", ":80"},
        {"install-url", "ftp://x/"},
        {"install-url", "https://"},
        {"install-url", "https://a b/"},
        {"organisation", "two\nlines"},
        {"organisation", "turned \xE2\x80\xAE round"},
        {"organisation", "not UTF-8 \xFF"},
        {"due-date", "2020-02-30"},
        {"due-date", "10/8/2020"},
        {"due-date", "2020-8-10"},
        {"staff-total", "-1"},
        {"staff-total", "many"},
        {"office-from", "7:00"},
        {"office-from", "24:01"},
        {"office-from", "07:60"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *flag = g_strdup_printf("--%s=%s", wrong[i][0], wrong[i][1]);
        g_autofree char *place = g_strdup_printf("--%s: \"", wrong[i][0]);

        check_refused((char *[]){flag, NULL}, EXIT_USAGE, place);
        check_refused((char *[]){flag, NULL}, EXIT_USAGE, "expected ");
    }
}
END_TEST

START_TEST(what_does_not_go_together_is_refused)
{
    check_refused((char *[]){"--scan-window=61", NULL}, EXIT_INPUT, "scan-interval");
    check_refused((char *[]){"--reference-level=-60", NULL}, EXIT_INPUT, "reference");
    check_refused((char *[]){"--web-listen-tls=0.0.0.0:443", NULL}, EXIT_INPUT, "web-certificate");
    check_refused((char *[]){"--staff-total=5", "--staff-with-smartphone=6", NULL}, EXIT_INPUT,
                  "staff-total");
    check_refused((char *[]){"--office-from=18:00", NULL}, EXIT_INPUT, "office-to");
    check_refused((char *[]){"--radio=auto", "--radio=auto", NULL}, EXIT_USAGE,
                  "--radio may be given only once");
}
END_TEST

START_TEST(the_environment_is_held_to_the_same)
{
    g_setenv("BEACON_ENTRANCE_CONDENSE_DAYS", "90", TRUE);
    check_refused(NULL, EXIT_INPUT, "BEACON_ENTRANCE_CONDENSE_DAYS: \"90\": expected a whole");
    g_unsetenv("BEACON_ENTRANCE_CONDENSE_DAYS");
    g_setenv("BEACON_ENTRANCE_TALY_FILE", "x", TRUE);
    check_refused(NULL, EXIT_INPUT, "did you mean BEACON_ENTRANCE_TALLY_FILE?");
    g_unsetenv("BEACON_ENTRANCE_TALY_FILE");
    g_setenv("BEACON_ENTRANCE_XYZZY_PLUGH", "x", TRUE);
    check_refused(NULL, EXIT_INPUT, "BEACON_ENTRANCE_XYZZY_PLUGH");
}
END_TEST

START_TEST(a_wrong_file_is_told_by_its_line)
{
    check_refused((char *[]){"--config", file, NULL}, EXIT_IO, file);
    check_refused((char *[]){"--config", folder, NULL}, EXIT_INPUT, "not a file");
    check_file_refused("# so\n\n[radio]\nradoi=auto\n", "line 4: unknown setting radoi; did you "
                                                        "mean radio?");
    check_file_refused("[radio]\nplugh-xyzzy=1\n", "line 2: unknown setting plugh-xyzzy; "
                                                   "'beacon-entrance check-config'");
    check_file_refused("[wireless]\n", "line 1: unknown group [wireless]");
    check_file_refused("[radio\n", "line 1: expected a group's name");
    check_file_refused("radio=auto\n", "line 1: radio belongs under [radio]");
    check_file_refused("[web]\nradio=auto\n", "line 2: radio belongs under [radio]");
    check_file_refused("[radio]\nauto\n", "line 2: expected NAME=VALUE");
    check_file_refused("[radio]\nradio=auto\n\nradio=hci:hci0\n",
                       "line 4: radio is set already, in line 2");
    check_file_refused("[radio]\nradio[vi]=auto\n", "line 2: unknown setting radio[vi]");
    check_file_refused("[radio]\n\nscan-interval=1\n",
                       "line 3: scan-interval: \"1\": expected a whole number from 3 to 10240");
    check_file_refused("[report]\nplace=\\q\n", "line 2: place");
    check_file_refused("[report]\nplace=a\\nb\n", "line 2: place");
    check_file_refused("[report]\nplace=\xC3\x28\n", "line 2: this is not UTF-8");
}
END_TEST

START_TEST(a_file_that_is_none_is_refused)
{
    GString *large = g_string_new("[report]\n");
    GError *error = NULL;

    while (large->len < 70000)
        g_string_append(large, "# a comment that goes on and on\n");
    check_file_refused(large->str, "too large");
    g_string_free(large, TRUE);
    ck_assert_ptr_null(settings_file_parse("f", "[radio]\0radio=x\n", 16, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "not a text"));
    g_error_free(error);
}
END_TEST

START_TEST(a_pin_that_others_can_read_is_refused)
{
    struct settings *settings;

    write_file("1234");
    ck_assert_int_eq(g_chmod(file, 0640), 0);
    check_refused((char *[]){"--web-pin-file", file, NULL}, EXIT_INPUT,
                  "(mode 0640): expected 0600");
    ck_assert_int_eq(g_chmod(file, 0600), 0);
    settings = read_good((char *[]){"--web-pin-file", file, NULL});
    ck_assert_str_eq(settings->web_pin_file, file);
    settings_free(settings);
}
END_TEST

/* What check-config prints says the same when it is read as a file. */
START_TEST(what_is_in_force_is_a_file_that_says_the_same)
{
    struct settings_flags *flags = settings_flags_new(SETTINGS_ALL, NULL);
    g_autofree char *first = NULL, *second = NULL;
    GError *error = NULL;

    g_setenv("BEACON_ENTRANCE_ORGANISATION", " Sở \\ Thông tin; và Truyền thông", TRUE);
    g_setenv("BEACON_ENTRANCE_STAFF_TOTAL", "17", TRUE);
    first = settings_text(flags, &error);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(strstr(first, "# BEACON_ENTRANCE_STAFF_TOTAL\nstaff-total=17\n"));
    ck_assert_ptr_nonnull(strstr(first, "# not set: this is the default\nlanguage=vi\n"));
    clear_environment();
    write_file(first);
    g_setenv("BEACON_ENTRANCE_CONFIG", file, TRUE);
    second = settings_text(flags, &error);
    ck_assert_msg(second != NULL, "%s", error != NULL ? error->message : "");
    {
        g_auto(GStrv) before = g_strsplit(first, "\n", -1), after = g_strsplit(second, "\n", -1);

        ck_assert_uint_eq(g_strv_length(before), g_strv_length(after));
        for (guint i = 0; before[i] != NULL; i++)
            if (before[i][0] != '#')
                ck_assert_str_eq(before[i], after[i]);
    }
    ck_assert_ptr_nonnull(strstr(second, "line "));
    settings_flags_free(flags);
}
END_TEST

/* The example names every setting, and with its # taken away every line of it is good. */
START_TEST(the_example_is_whole_and_good)
{
    g_autofree char *example = NULL;
    g_auto(GStrv) lines = NULL;
    GString *all = g_string_new(NULL);
    struct settings *settings;

    ck_assert(g_file_get_contents(EXAMPLE, &example, NULL, NULL));
    write_file(example);
    settings_free(read_good((char *[]){"--config", file, NULL}));
    lines = g_strsplit(example, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        gboolean is_setting = lines[i][0] == '#' && g_ascii_islower(lines[i][1]);

        g_string_append_printf(all, "%s\n", is_setting ? lines[i] + 1 : lines[i]);
    }
    for (gsize i = 0; i < SETTINGS_COUNT; i++) {
        g_autofree char *line = g_strdup_printf("\n%s=", settings_table[i].name);

        ck_assert_msg(strstr(all->str, line) != NULL, "%s is not in the example", line);
    }
    write_file(all->str);
    settings = read_good((char *[]){"--config", file, NULL});
    ck_assert_int_eq(settings->staff_with_smartphone, 112);
    ck_assert_str_eq(settings->web_key, "/etc/beacon-entrance/key.pem");
    settings_free(settings);
    g_string_free(all, TRUE);
}
END_TEST

START_TEST(flags_are_those_of_the_groups)
{
    const GOptionEntry own[] = {{.long_name = "from"}, {.long_name = NULL}};
    struct settings_flags *flags = settings_flags_new(SETTINGS_TALLY, own);
    const GOptionEntry *options = settings_flags_options(flags);

    ck_assert_str_eq(options[0].long_name, "from");
    ck_assert_str_eq(options[1].long_name, "config");
    ck_assert_str_eq(options[2].long_name, "tally-file");
    ck_assert_str_eq(options[3].long_name, "condense-days");
    ck_assert_ptr_null(options[4].long_name);
    settings_flags_free(flags);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_settings");
    TCase *settings = tcase_create("settings");

    tcase_add_checked_fixture(settings, set_up, tear_down);
    tcase_add_test(settings, without_a_word_there_is_a_whole);
    tcase_add_test(settings, a_flag_holds_over_the_environment_over_the_file);
    tcase_add_test(settings, every_kind_of_value_is_read);
    tcase_add_test(settings, a_wrong_value_is_told_with_what_was_expected);
    tcase_add_test(settings, what_does_not_go_together_is_refused);
    tcase_add_test(settings, the_environment_is_held_to_the_same);
    tcase_add_test(settings, a_wrong_file_is_told_by_its_line);
    tcase_add_test(settings, a_file_that_is_none_is_refused);
    tcase_add_test(settings, a_pin_that_others_can_read_is_refused);
    tcase_add_test(settings, what_is_in_force_is_a_file_that_says_the_same);
    tcase_add_test(settings, the_example_is_whole_and_good);
    tcase_add_test(settings, flags_are_those_of_the_groups);
    suite_add_tcase(suite, settings);
    return check_main(suite);
}
