/* SPDX-License-Identifier: MIT */
/* The face, as far as it needs no particular radio: names, words, limits, and who asks for nothing.
 */
#include "check_main.h"
#include "radio/rig.h"

START_TEST(a_text_that_names_no_radio_is_refused)
{
    static const char *const texts[] = {"", "hci", "hci:", "h4:", "h5:/x", "sim", "H4:/x", ":"};
    GError *error = NULL;
    ck_assert_ptr_null(beacon_radio_open(texts[_i], NULL, NULL, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS));
    ck_assert_ptr_nonnull(strstr(error->message, "h4:PATH"));
    g_clear_error(&error);
    ck_assert_ptr_null(beacon_radio_open(texts[_i], NULL, NULL, NULL));
}
END_TEST

START_TEST(a_socket_that_is_not_there_is_absent)
{
    GError *error = NULL;
    ck_assert_ptr_null(beacon_radio_open("h4:/nowhere/at/all", NULL, NULL, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ABSENT));
    ck_assert_ptr_nonnull(strstr(error->message, "/nowhere/at/all"));
    g_clear_error(&error);
    char *longest = g_strnfill(200, 'x'), *address = g_strconcat("h4:", longest, NULL);
    ck_assert_ptr_null(beacon_radio_open(address, NULL, NULL, &error));
    ck_assert(g_error_matches(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS));
    g_clear_error(&error);
    g_free(address);
    g_free(longest);
}
END_TEST

START_TEST(nobody_has_to_listen)
{
    struct rig *rig = rig_new(0);
    rig->radio = beacon_radio_open(rig->controller->address, &rig->options, NULL, NULL);
    ck_assert_ptr_nonnull(rig->radio);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_STARTING);
    ck_assert_str_eq(beacon_radio_address_text(rig->radio), rig->controller->address);
    ck_assert_ptr_eq(beacon_radio_clock(rig->radio), rig->clock);
    rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
    rig_advertise(rig, FALSE, BEACON_CYCLE_FULL);
    rig_settle(rig);
    rig_hear(rig, 1);
    ck_assert_int_eq(rig_health(rig).state, BEACON_RADIO_READY);
    ck_assert_uint_eq(rig_health(rig).counters.packets, 1);
    ck_assert_uint_eq(rig_health(rig).counters.rotations, 1);
    rig_free(rig);
    ck_assert_ptr_null(beacon_radio_free(NULL));
}
END_TEST

START_TEST(states_and_steps_have_words)
{
    for (int i = BEACON_RADIO_STARTING; i <= BEACON_RADIO_ENDED; i++)
        ck_assert_uint_gt(strlen(beacon_radio_state_text((enum beacon_radio_state)i)), 0);
    for (int i = BEACON_RADIO_STEP_NONE; i <= BEACON_RADIO_STEP_WAIT; i++)
        ck_assert_uint_gt(strlen(beacon_radio_step_text((enum beacon_radio_step)i)), 0);
}
END_TEST

START_TEST(addresses_have_a_text_and_a_form)
{
    static const struct {
        guint8 top, type;
        enum beacon_address_form form;
    } forms[] = {
        {0xC0, BEACON_ADDRESS_PUBLIC, BEACON_ADDRESS_FORM_PUBLIC},
        {0xC0, BEACON_ADDRESS_RANDOM, BEACON_ADDRESS_FORM_STATIC},
        {0x7F, BEACON_ADDRESS_RANDOM, BEACON_ADDRESS_FORM_RESOLVABLE},
        {0x3F, BEACON_ADDRESS_RANDOM, BEACON_ADDRESS_FORM_NON_RESOLVABLE},
        {0x80, BEACON_ADDRESS_RANDOM, BEACON_ADDRESS_FORM_RESERVED},
    };
    char text[BEACON_ADDRESS_TEXT_SIZE];
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        struct beacon_address address = {{forms[i].top, 2, 3, 4, 5, 0xAB}, forms[i].type};
        struct beacon_address other = address;
        ck_assert_int_eq(beacon_address_form(&address), forms[i].form);
        ck_assert(beacon_address_equal(&address, &other));
        other.type ^= 1;
        ck_assert(!beacon_address_equal(&address, &other));
    }
    beacon_address_to_text(&(struct beacon_address){{1, 2, 3, 4, 5, 0xAB}, 0}, text);
    ck_assert_str_eq(text, "01:02:03:04:05:AB");
}
END_TEST

/* ---- A source with nothing to say, or with something that does not last ---- */

struct source {
    guint asked;
    gboolean has;
    gint64 lasts_us;
};

static gboolean give(gint64 time_us, struct beacon_advert *ret_advert, gint64 *ret_until_us,
                     gpointer user)
{
    struct source *source = user;
    source->asked++;
    *ret_advert = (struct beacon_advert){3, {2, 1, 6}};
    *ret_until_us = time_us + source->lasts_us;
    return source->has;
}

static void advertise(struct rig *rig, struct source *source)
{
    const struct beacon_radio_advertise wish = {
        .size = sizeof wish, .payload = give, .user = source};
    ck_assert(beacon_radio_advertise(rig->radio, &wish, NULL));
    rig_settle(rig);
}

START_TEST(nothing_to_say_is_asked_about_again)
{
    struct rig *rig = rig_ready(0);
    struct source source = {0, FALSE, 10 * G_TIME_SPAN_SECOND};
    advertise(rig, &source);
    ck_assert(!rig->controller->advertising);
    ck_assert_uint_eq(source.asked, 1);
    source.has = TRUE;
    rig_advance(rig, 10 * G_TIME_SPAN_SECOND);
    ck_assert_uint_eq(source.asked, 2);
    ck_assert(rig->controller->advertising);
    rig_advance(rig, 20 * G_TIME_SPAN_SECOND); /* the same payload is no rotation */
    ck_assert_uint_eq(source.asked, 4);
    ck_assert_uint_eq(rig->rotations->len, 1);
    source.has = FALSE;
    rig_advance(rig, 10 * G_TIME_SPAN_SECOND);
    ck_assert(!rig->controller->advertising);
    rig_free(rig);
}
END_TEST

START_TEST(a_source_without_patience_is_asked_a_hundred_times_a_second)
{
    struct rig *rig = rig_ready(0);
    struct source source = {0, TRUE, -5};
    advertise(rig, &source);
    rig_advance(rig, 10 * G_TIME_SPAN_SECOND);
    ck_assert_uint_eq(source.asked, 1001);
    rig_free(rig);
}
END_TEST

/* ---- Wishes that change while another is carried out: the last counts ---- */

START_TEST(the_last_wish_counts)
{
    struct rig *rig = rig_ready(_i % 2 == 0 ? 0 : SCRIPTED_EXTENDED);
    for (guint i = 0; i < 64; i++) {
        for (guint bit = 0; bit < 6; bit++) { /* each order of six wishes with turns in between */
            switch ((i * 7 + bit * 5) % 6) {
            case 0:
                rig_scan(rig, TRUE, BEACON_CYCLE_FULL);
                break;
            case 1:
                rig_scan(rig, FALSE, BEACON_CYCLE_FULL);
                break;
            case 2:
                ck_assert(beacon_radio_scan(rig->radio, NULL, NULL));
                break;
            case 3:
                rig->era++;
                rig_advertise(rig, TRUE, BEACON_CYCLE_FULL);
                break;
            case 4:
                rig->era++;
                rig_advertise(rig, FALSE, BEACON_CYCLE_FULL);
                break;
            case 5:
                ck_assert(beacon_radio_advertise(rig->radio, NULL, NULL));
                break;
            }
            if (i >> bit & 1) {
                scripted_run(rig->controller);
                g_main_context_iteration(rig->context, FALSE);
            }
        }
        gboolean active = i % 2 == 0, connectable = i % 3 == 0;
        rig_scan(rig, active, BEACON_CYCLE_FULL);
        rig->era++;
        rig_advertise(rig, connectable, BEACON_CYCLE_FULL);
        rig_settle(rig);
        ck_assert(rig->controller->scanning);
        ck_assert_int_eq(rig->controller->active, active);
        ck_assert(rig->controller->advertising);
        ck_assert_int_eq(rig->controller->connectable, connectable);
        ck_assert_uint_eq(rig->controller->data.bytes[7 + 8], rig->era & 0xFF);
        rig_assert_clean(rig);
    }
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("face");
    TCase *tcase = tcase_create("face");
    tcase_add_loop_test(tcase, a_text_that_names_no_radio_is_refused, 0, 8);
    tcase_add_test(tcase, a_socket_that_is_not_there_is_absent);
    tcase_add_test(tcase, nobody_has_to_listen);
    tcase_add_test(tcase, states_and_steps_have_words);
    tcase_add_test(tcase, addresses_have_a_text_and_a_form);
    tcase_add_test(tcase, nothing_to_say_is_asked_about_again);
    tcase_add_test(tcase, a_source_without_patience_is_asked_a_hundred_times_a_second);
    tcase_add_loop_test(tcase, the_last_wish_counts, 0, 2);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
