/* SPDX-License-Identifier: MIT */
/* The language: every line that is wrong is refused in words that say where, what was expected and
 * what was found; what is right is taken, whatever its order. */
#include "heard.h"

#include "check_main.h"

static const struct {
    const char *text;
    const char *message; /* as a whole, or its beginning before "…" */
} wrong[] = {
    {"\n\nspeed 3", "x.air:3: expected a statement: …"},
    {"seed", "x.air:1: expected a whole number from 0 to 999999999999, found the end of the line"},
    {"seed -1", "x.air:1: expected a whole number from 0 to 999999999999, found \"-1\""},
    {"seed 1.5", "x.air:1: expected a whole number from 0 to 999999999999, found \"1.5\""},
    {"seed 1 2", "x.air:1: expected the end of the line, or an option, found \"2\""},
    {"start yesterday",
     "x.air:1: expected an instant of the years 2020 to 2100 such as 2020-08-10T00:30:00Z, "
     "found \"yesterday\""},
    {"start 2020-08-10T00:30:00", "x.air:1: expected an instant…"},
    {"start 1999-08-10T00:30:00Z", "x.air:1: expected an instant…"},
    {"start 2100-12-31T23:00:00Z\nlength 3 h", "expected a scenario that ends before…"},
    {"length 5",
     "x.air:1: expected a time such as 150 ms, 15 s, 25 min or 8 h, of at most 90 d, found \"5\""},
    {"length 0 s", "x.air:1: expected a longer time (and at most 90 d), found \"0\""},
    {"length 91 d", "x.air:1: expected a longer time (and at most 90 d), found \"91\""},
    {"length 5 m", "x.air:1: expected a time…"},
    {"length 99999999999999 s", "x.air:1: expected a time…"},
    {"slots 97", "x.air:1: expected slots a day: 1 to 1440, and a divisor of the day's "
                 "milliseconds, found \"97\""},
    {"slots 0", "x.air:1: expected slots a day…"},
    {"loss 101 %", "x.air:1: expected a share from 0 % to 100 %, such as 45 %, found \"101\""},
    {"loss 45", "x.air:1: expected a share…"},
    {"exponent 7", "x.air:1: expected an exponent from 0 to 6, found \"7\""},
    {"model-spread 4", "x.air:1: expected decibels from 0 dB to 30 dB, such as 4 dB, found \"4\""},
    {"body-fading -1 dB", "x.air:1: expected decibels…"},
    {"body-memory soon", "x.air:1: expected a time…"},
    {"fast-fading 4 dBm", "x.air:1: expected decibels…"},
    {"clocks 2 % by 60 s", "x.air:1: expected \"off\", found \"by\""},
    {"clocks 2 % off by 2 d", "x.air:1: expected clocks to be off by at most 24 h"},
    {"kind toaster level -60 dBm", "x.air:1: expected a kind (android-open, …"},
    {"kind ibeacon level 60 dBm",
     "x.air:1: expected a level from -127 dBm to 20 dBm, found \"60\""},
    {"kind ibeacon colour red",
     "x.air:1: expected the end of the line, or an option, found \"colour\""},
    {"kind ibeacon interval 1 ms",
     "x.air:1: expected a longer time (and at most 90 d), found \"1\""},
    {"kind android-open cycle 10 s", "x.air:1: expected \"/\", found the end of the line"},
    {"kind android-open cycle 0 s / 5 s", "x.air:1: expected a longer time…"},
    {"kind android-open addresses often", "x.air:1: expected \"every\", found \"often\""},
    {"kind iphone-open answers 3 s", "x.air:1: expected \"after\", found \"3\""},
    {"receiver door colour",
     "x.air:1: expected at, on, tray, spot, floor, away, deaf or without rssi, found…"},
    {"receiver d\xC3\xA9", "x.air:1: expected a receiver's name or an option of it, found \"d??\""},
    {"receiver tray 61 dB", "x.air:1: expected decibels from 0 dB to 60 dB…"},
    {"receiver spot -1 m", "x.air:1: expected a spot of no less than 0 m"},
    {"receiver without ears", "x.air:1: expected \"rssi\", found \"ears\""},
    {"receiver away from 5 s to 4 s", "x.air:1: expected the time after \"to\" to be later…"},
    {"receiver away from 5 s to 9 s away from 8 s to 12 s",
     "x.air:1: expected times away in order…"},
    {"receiver deaf from 5 s to 9 s", "x.air:1: expected decibels…"},
    {"receiver on nobody", "x.air:1: expected, after \"on\", the name of a phone"},
    {"phone", "x.air:1: expected a name of letters, digits, -, _ and ., at most 40, found the end "
              "of the line"},
    {"phone a/b android-open at 1 m", "x.air:1: expected a kind…"},
    {"phone a", "x.air:1: expected a kind…"},
    {"phone a android-open", "x.air:1: expected where the phone is: \"at\" or \"path\""},
    {"phone a android-open at 1",
     "x.air:1: expected a length such as 20 cm or 1.5 m, of at most 10000 m, found \"1\""},
    {"phone a android-open at 10001 m", "x.air:1: expected a length…"},
    {"phone a android-open at 1 m path 0 s 1 m, 1 s 2 m",
     "x.air:1: expected \"at\" or \"path\", not both"},
    {"phone a android-open path 0 s 1 m, 1 s 2 m from 2 s",
     "x.air:1: expected a path to say itself…"},
    {"phone a android-open path 0 s 1 m", "x.air:1: expected a path of two points or more"},
    {"phone a android-open path 1 s 1 m, 1 s 2 m", "x.air:1: expected the times of a path to rise"},
    {"phone a android-open at 1 m from 5 s to 5 s", "x.air:1: expected the phone to leave later…"},
    {"phone a android-open at 1 m from 11 min", "x.air:1: expected the phone to leave later…"},
    {"phone a android-open at 1 m then ibeacon",
     "x.air:1: expected \"at\", found the end of the line"},
    {"phone a android-open at 1 m then node at 1 s",
     "x.air:1: expected nodes and forgers to stay what they are"},
    {"phone a android-open at 1 m then no-app at 2 s then no-app at 2 s",
     "x.air:1: expected the times after \"then\""
     "…"},
    {"phone a android-open at 1 m clock 25 h", "x.air:1: expected a clock off by at most 24 h"},
    {"phone a android-open at 1 m clock -25 h", "x.air:1: expected a time…"},
    {"phone a android-open at 1 m offset 61 dB",
     "x.air:1: expected decibels from -60 dB to 60 dB…"},
    {"phone a android-open at 1 m key 00", "x.air:1: expected 64 hexadecimal digits, found \"00\""},
    {"phone a android-open at 1 m base-day 2020",
     "x.air:1: expected a day of the years 2020 to 2100 such as "
     "2020-08-10, found \"2020\""},
    {"phone a android-open at 1 m base-day 2020-08-10",
     "x.air:1: expected a base day before the day of the start"},
    {"phone a android-open at 1 m address 11:22:33:44:55",
     "x.air:1: expected an address such as C0:11:22:33:44:55, "
     "found \"11:22:33:44:55\""},
    {"phone a android-open at 1 m new 5 per second", "x.air:1: expected this of a forger only"},
    {"phone a forger at 1 m new 0 per second",
     "x.air:1: expected a whole number from 1 to 100000, found \"0\""},
    {"phone a forger at 1 m identifiers 1000 at 1000 per second",
     "x.air:1: expected at most 100000 packets…"},
    {"phone a forger at 1 m replaying b",
     "x.air:1: expected, after \"replaying\", the name of a phone with the app"},
    {"phone b ibeacon at 1 m\nphone a forger at 1 m replaying b",
     "x.air:2: expected, after \"replaying\"…"},
    {"phone a android-open at 1 m\nphone a android-open at 1 m",
     "x.air:2: expected a name that no other phone has"},
    {"phone a android-open at 1 m loudly", "x.air:1: expected an option of a phone: …"},
    {"check a from 1 s to 2 s", "x.air:1: expected, after \"check\", the name of a phone"},
    {"0 people staying at 1 m: 100 % no-app",
     "x.air:1: expected a number of people from 1 to 200000, found \"0\""},
    {"5 cats staying at 1 m: 100 % no-app",
     "x.air:1: expected people, phones or devices, found \"cats\""},
    {"5 people dancing at 1 m: 100 % no-app",
     "x.air:1: expected what they do: checked, staying, passing or visiting, "
     "found \"dancing\""},
    {"5 people staying at 1 m", "x.air:1: expected an option of a crowd…"},
    {"5 people staying: 100 % no-app",
     "x.air:1: expected how far away they are: \"at 1 m to 5 m\""},
    {"5 people staying at 5 m to 1 m: 100 % no-app", "x.air:1: expected distances of 0 m or more…"},
    {"5 people staying at 1 m from 20 min: 100 % no-app", "x.air:1: expected them to leave later…"},
    {"5 people checked: 100 % no-app", "x.air:1: expected in what time they come: \"in 25 min\""},
    {"5 people checked in 4 s: 100 % no-app", "x.air:1: expected a second or more for each check"},
    {"5 people visiting in 5 min at 1 m: 100 % no-app",
     "x.air:1: expected how long each stays: \"for 5 min\""},
    {"5 people staying at 1 m opening after 3 s: 100 % no-app",
     "x.air:1: expected \"opening\" of people…"},
    {"5 people staying at 1 m: 99 % no-app", "x.air:1: expected shares that add up to 100 %"},
    {"5 people staying at 1 m: 50 % no-app, 50 % node",
     "x.air:1: expected nodes and forgers one by one…"},
    {"5 people staying at 1 m: 50 % no-app 50 % gaen", "x.air:1: expected shares…"},
    {"200000 people staying at 1 m: 100 % no-app\nphone a gaen at 1 m",
     "x.air:2: expected at most 200000 devices…"},
    {"\x1B[31m", "x.air:1: expected a statement: …"},
};

START_TEST(what_is_wrong_is_said)
{
    const char *text = wrong[_i].text, *expected = wrong[_i].message;
    const char *cut = strstr(expected, "…");
    gsize length = cut ? (gsize)(cut - expected) : strlen(expected);
    GError *error = NULL;

    ck_assert_ptr_null(beacon_air_parse(text, strlen(text), "x.air", NULL, &error));
    ck_assert_msg(g_error_matches(error, BEACON_AIR_ERROR, BEACON_AIR_ERROR_SCENARIO), "%s", text);
    ck_assert_msg(strncmp(error->message, expected, length) == 0, "%s: %s", text, error->message);
    ck_assert_msg(cut != NULL || strlen(error->message) == length, "%s: %s", text, error->message);
    for (const char *c = error->message; *c; c++)
        ck_assert(*c >= ' ' && *c <= '~');
    g_error_free(error);
}
END_TEST

START_TEST(settings_hold_over_the_file)
{
    static const char text[] =
        "seed 3\nlength 5 min # not for long\n\n# nothing\nphone a gaen at 1m\r\n";
    static const char *const settings[] = {"length 7s", "slots 144", NULL};
    static const char *const bad[] = {"length 7 s", "lenght 8 s", NULL};
    GError *error = NULL;
    beacon_air *air = beacon_air_parse(text, strlen(text), "x.air", settings, &error);

    ck_assert_ptr_nonnull(air);
    ck_assert_int_eq(beacon_air_end_us(air) - beacon_air_start_us(air), 7000000);
    ck_assert_uint_eq(beacon_air_slots_per_day(air), 144);
    ck_assert_uint_eq(beacon_air_devices(air), 1);
    ck_assert_str_eq(beacon_air_device_name(air, 0), "a");
    ck_assert_str_eq(beacon_air_receiver_name(air, 0), "receiver");
    beacon_air_free(air);
    ck_assert_ptr_null(beacon_air_parse(text, strlen(text), "x.air", bad, &error));
    ck_assert(g_str_has_prefix(error->message, "setting:1: expected a statement"));
    g_error_free(error);
}
END_TEST

START_TEST(order_does_not_matter)
{
    struct heard a = heard_in(
        "loss 20 %\nphone a android-open at 1 m\nseed 9\nkind android-open level -50 dBm\n");
    struct heard b = heard_in(
        "kind android-open level -50 dBm\nseed 9\nphone a android-open at 1 m\nloss 20 %\n");

    ck_assert_uint_eq(a.events->len, b.events->len);
    for (guint i = 0; i < a.events->len; i++) {
        ck_assert_int_eq(heard_event(&a, i)->time_us, heard_event(&b, i)->time_us);
        ck_assert_int_eq(heard_event(&a, i)->packet.rssi_dbm, heard_event(&b, i)->packet.rssi_dbm);
    }
    heard_clear(&a);
    heard_clear(&b);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_told)
{
    GError *error = NULL;

    ck_assert_ptr_null(beacon_air_load("/nonexistent/x.air", NULL, &error));
    ck_assert(g_error_matches(error, BEACON_AIR_ERROR, BEACON_AIR_ERROR_IO));
    ck_assert_ptr_nonnull(strstr(error->message, "/nonexistent/x.air: could not be read: "));
    g_error_free(error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario");
    TCase *tcase = tcase_create("scenario");

    tcase_add_loop_test(tcase, what_is_wrong_is_said, 0, (int)G_N_ELEMENTS(wrong));
    tcase_add_test(tcase, settings_hold_over_the_file);
    tcase_add_test(tcase, order_does_not_matter);
    tcase_add_test(tcase, a_file_that_is_not_there_is_told);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
