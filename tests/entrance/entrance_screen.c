/* SPDX-License-Identifier: MIT */
/* The door's screen: what is on it fits, in every size, character set and colour; nothing is red.
 */
#include "screen_draw.h"

#include "check_main.h"
#include <string.h>

static const struct screen_look plain = {.lines = 24,
                                         .columns = 80,
                                         .colours = SCREEN_NO_COLOURS,
                                         .is_utf8 = TRUE,
                                         .language = LANGUAGE_VI};

static struct door_view view_of(enum door_phase phase)
{
    return (struct door_view){
        .phase = phase,
        .clock = CLOCK_SET,
        .progress = 0.5,
        .radio_text = "ready",
        .is_calibrated = TRUE,
        .calibration = 3,
        .calibration_steps = 9,
        .visitors = {.total = 17, .in = 12, .out = 5, .heard = 9, .cannot_tell = 4},
        .counts = {.near = 1, .middle = 2, .far = 3, .is_counting = TRUE, .visits_high = 7},
    };
}

static char *drawn(const struct screen_look *look, const struct screen_face *face)
{
    g_auto(GStrv) lines = screen_draw(look, face);

    ck_assert_uint_le(g_strv_length(lines), look->lines);
    return g_strjoinv("\n", lines);
}

static char *drawn_view(const struct screen_look *look, const struct door_view *view)
{
    const struct screen_face face = {.view = view, .clock_text = "08:35"};

    return drawn(look, &face);
}

/* How much of a line is seen. */
static glong seen_columns(const char *line)
{
    glong columns = 0;

    for (const char *at = line; *at != '\0'; at += g_utf8_skip[(guchar)*at]) {
        if (*at == '\033')
            at = strchr(at, 'm');
        else
            columns++;
    }
    return columns;
}

static void assert_fits(const struct screen_look *look, const struct screen_face *face)
{
    g_auto(GStrv) lines = screen_draw(look, face);

    ck_assert_uint_ge(g_strv_length(lines), 1);
    ck_assert_uint_le(g_strv_length(lines), look->lines);
    for (char **line = lines; *line != NULL; line++) {
        ck_assert_int_le(seen_columns(*line), look->columns);
        ck_assert(g_utf8_validate(*line, -1, NULL));
        ck_assert_ptr_null(strpbrk(*line, "\n\r\t"));
        if (!look->is_utf8)
            ck_assert(g_str_is_ascii(*line));
        if (look->colours == SCREEN_NO_COLOURS)
            ck_assert_ptr_null(strchr(*line, '\033'));
    }
}

static void assert_every_face_fits(const struct screen_look *look)
{
    for (enum door_phase phase = DOOR_IDLE; phase <= DOOR_CALIBRATING; phase++)
        for (enum verdict verdict = VERDICT_NONE; verdict < VERDICTS; verdict++)
            for (enum screen_prompt prompt = SCREEN_NO_PROMPT; prompt <= SCREEN_HELP; prompt++) {
                struct door_view view = view_of(phase);
                const struct screen_face face = {.view = &view,
                                                 .clock_text = "08:35",
                                                 .message = "a message",
                                                 .prompt = prompt,
                                                 .typed = "12"};

                view.verdict = verdict;
                view.reason = verdict == VERDICT_CANNOT_TELL ? REASON_NOT_HEARING : REASON_NONE;
                view.trouble = "đĩa đầy";
                view.notice = "một\nhai\033[31m\n\nba";
                assert_fits(look, &face);
            }
}

START_TEST(fits_in_every_size)
{
    static const guint sizes[][2] = {{24, 80}, {50, 132}, {12, 40}, {5, 20}, {1, 4}, {0, 0}};
    struct screen_look look = plain;

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (enum screen_colours c = SCREEN_NO_COLOURS; c <= SCREEN_COLOURS_256; c++)
            for (gboolean utf8 = FALSE; utf8 <= TRUE; utf8++) {
                look.lines = MAX(sizes[i][0], 1);
                look.columns = MAX(sizes[i][1], 4);
                look.colours = c;
                look.is_utf8 = utf8;
                assert_every_face_fits(&look);
            }
}
END_TEST

START_TEST(a_verdict_has_its_colour_icon_and_words)
{
    static const struct {
        enum verdict verdict;
        const char *colour, *words;
    } expected[] = {
        {VERDICT_HEARD, "\033[1;37;42m", "✓  ĐÃ NGHE THẤY BLUEZONE"},
        {VERDICT_CANNOT_TELL, "\033[1;30;43m", "?  CHƯA XÁC ĐỊNH ĐƯỢC"},
        {VERDICT_NOT_HEARD, "\033[1;37;44m", "–  CHƯA NGHE THẤY BLUEZONE"},
    };
    struct screen_look look = plain;

    look.colours = SCREEN_COLOURS_8;
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
        struct door_view view = view_of(DOOR_SHOWING);
        g_autofree char *text = NULL;

        view.verdict = expected[i].verdict;
        text = drawn_view(&look, &view);
        ck_assert_ptr_nonnull(strstr(text, expected[i].colour));
        ck_assert_ptr_nonnull(strstr(text, expected[i].words));
    }
}
END_TEST

/* In a time of epidemic red reads "infected". */
START_TEST(nothing_is_red)
{
    g_autoptr(GRegex) red = g_regex_new("\033\\[([0-9]+;)*([349]1|101)(;[0-9]+)*m", 0, 0, NULL);
    struct screen_look look = plain;

    for (look.colours = SCREEN_COLOURS_8; look.colours <= SCREEN_COLOURS_256; look.colours++)
        for (enum door_phase phase = DOOR_IDLE; phase <= DOOR_CALIBRATING; phase++)
            for (enum verdict verdict = VERDICT_NONE; verdict < VERDICTS; verdict++) {
                struct door_view view = view_of(phase);
                g_autofree char *text = NULL;

                view.verdict = verdict;
                view.is_deaf = TRUE;
                text = drawn_view(&look, &view);
                ck_assert(!g_regex_match(red, text, 0, NULL));
            }
}
END_TEST

START_TEST(ascii_keeps_the_letters)
{
    struct screen_look look = plain;
    struct door_view view = view_of(DOOR_SHOWING);
    g_autofree char *text = NULL;

    look.is_utf8 = FALSE;
    view.verdict = VERDICT_HEARD;
    text = drawn_view(&look, &view);
    ck_assert_ptr_nonnull(strstr(text, "+  DA NGHE THAY BLUEZONE"));
    ck_assert_ptr_nonnull(strstr(text, "Cam on anh/chi."));
}
END_TEST

START_TEST(amber_says_what_to_do)
{
    struct screen_look look = plain;
    struct door_view view = view_of(DOOR_SHOWING);

    look.language = LANGUAGE_EN;
    view.verdict = VERDICT_CANNOT_TELL;
    for (enum reason reason = REASON_OPEN_THE_APP; reason < REASONS; reason++) {
        g_autofree char *text = NULL, *start = NULL;

        view.reason = reason;
        text = drawn_view(&look, &view);
        start = g_strndup(words_reason(reason, LANGUAGE_EN), 40);
        ck_assert_ptr_nonnull(strstr(text, start));
    }
}
END_TEST

START_TEST(a_made_up_air_is_said_to_be)
{
    struct door_view view = view_of(DOOR_IDLE);
    g_autofree char *real = drawn_view(&plain, &view);
    g_autofree char *made_up = NULL;

    view.is_simulated = TRUE;
    made_up = drawn_view(&plain, &view);
    ck_assert_ptr_null(strstr(real, "NOT REAL"));
    ck_assert_ptr_nonnull(strstr(made_up, "NOT REAL"));
}
END_TEST

/* On one line, what matters most is kept. */
START_TEST(a_small_screen_keeps_the_word_and_the_keys)
{
    struct screen_look look = plain;
    struct door_view view = view_of(DOOR_ASKING);
    g_autofree char *text = NULL;

    look.lines = 4;
    look.language = LANGUAGE_EN;
    text = drawn_view(&look, &view);
    ck_assert_ptr_nonnull(strstr(text, "PLEASE OPEN BLUEZONE"));
    ck_assert_ptr_nonnull(strstr(text, "[o]"));
}
END_TEST

/* A radio's words may come from a file that somebody sent. */
START_TEST(strangers_words_steer_no_terminal)
{
    struct door_view view = view_of(DOOR_IDLE);
    g_autofree char *text = NULL;

    view.radio_text = "\033[2Jgone \xff\n";
    text = drawn_view(&plain, &view);
    ck_assert_ptr_null(strstr(text, "\033"));
    ck_assert_ptr_nonnull(strstr(text, "\\x1B[2Jgone \\xFF\\x0A"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entrance_screen");
    TCase *screen = tcase_create("screen");

    tcase_set_timeout(screen, 60);
    tcase_add_test(screen, fits_in_every_size);
    tcase_add_test(screen, a_verdict_has_its_colour_icon_and_words);
    tcase_add_test(screen, nothing_is_red);
    tcase_add_test(screen, ascii_keeps_the_letters);
    tcase_add_test(screen, amber_says_what_to_do);
    tcase_add_test(screen, a_made_up_air_is_said_to_be);
    tcase_add_test(screen, a_small_screen_keeps_the_word_and_the_keys);
    tcase_add_test(screen, strangers_words_steer_no_terminal);
    suite_add_tcase(suite, screen);
    return check_main(suite);
}
