/* SPDX-License-Identifier: MIT */
/* The door as lines of a terminal: what stands where, in what colour. */
#include "screen_draw.h"

#include "say.h"

#include <math.h>
#include <string.h>

/* Lines are kept by what matters most, when there are too few. */
enum weight { WEIGHT_AIR, WEIGHT_COUNTS, WEIGHT_STATE, WEIGHT_WORDS, WEIGHT_MUST };

struct line {
    char *text; /* without colours */
    enum weight weight;
    const char *colour; /* of the whole line; NULL: none */
};

struct sheet {
    const struct screen_look *look;
    const struct screen_face *face;
    GArray *lines; /* struct line */
};

/* ---- Colours: green heard, amber cannot tell, blue-grey not heard; never red ---- */

enum tint { TINT_NONE, TINT_HEARD, TINT_CANNOT_TELL, TINT_NOT_HEARD, TINT_BUSY, TINT_BAR };

static const char *colour(const struct screen_look *look, enum tint tint)
{
    static const char *const eight[] = {NULL, "1;37;42", "1;30;43", "1;37;44", "1;30;47", "7"};
    static const char *const many[] = {NULL,
                                       "1;38;5;231;48;5;28",
                                       "1;38;5;16;48;5;214",
                                       "1;38;5;231;48;5;66",
                                       "1;38;5;16;48;5;252",
                                       "7"};

    if (look->colours == SCREEN_NO_COLOURS)
        return NULL;
    return look->colours == SCREEN_COLOURS_256 ? many[tint] : eight[tint];
}

/* ---- Text in a width ---- */

static char *shown(const struct screen_look *look, const char *text)
{
    g_autofree char *safe = say_safe(text);

    return look->is_utf8 ? g_steal_pointer(&safe) : say_ascii(safe);
}

static char *cut(const char *text, guint columns)
{
    return (gsize)g_utf8_strlen(text, -1) <= columns ? g_strdup(text)
                                                     : g_utf8_substring(text, 0, (glong)columns);
}

static void put(struct sheet *sheet, enum weight weight, enum tint tint, const char *text)
{
    g_autofree char *whole = shown(sheet->look, text);
    struct line line = {.text = cut(whole, sheet->look->columns),
                        .weight = weight,
                        .colour = colour(sheet->look, tint)};

    g_array_append_val(sheet->lines, line);
}

static void put_two(struct sheet *sheet, enum weight weight, enum tint tint, const char *left,
                    const char *right)
{
    g_autofree char *l = shown(sheet->look, left), *r = shown(sheet->look, right);
    glong space = (glong)sheet->look->columns - g_utf8_strlen(l, -1) - g_utf8_strlen(r, -1);
    g_autofree char *text = g_strdup_printf("%s%*s%s", l, (int)MAX(space, 1), "", r);

    put(sheet, weight, tint, text);
}

/* A line of a coloured block: filled to the edge, the text in its middle. */
static void put_middle(struct sheet *sheet, enum weight weight, enum tint tint, const char *text)
{
    g_autofree char *whole = shown(sheet->look, text);
    glong space = MAX((glong)sheet->look->columns - g_utf8_strlen(whole, -1), 0);
    g_autofree char *line =
        g_strdup_printf("%*s%s%*s", (int)(space / 2), "", whole, (int)(space - space / 2), "");

    put(sheet, weight, tint, line);
}

/* Where a line of at most `columns` ends: at a space, if there is one. */
static const char *line_end(const char *text, guint columns)
{
    const char *at = text, *space = NULL;

    for (guint i = 0; i < columns; i++, at += g_utf8_skip[(guchar)*at]) {
        if (*at == '\0')
            return at;
        if (*at == ' ')
            space = at;
    }
    return *at == '\0' || *at == ' ' || space == NULL ? at : space;
}

static void put_paragraph(struct sheet *sheet, enum weight weight, const char *text)
{
    g_autofree char *whole = shown(sheet->look, text);

    for (const char *at = whole; *at != '\0';) {
        const char *end = line_end(at, MAX(sheet->look->columns, 2) - 1);
        g_autofree char *piece = g_strndup(at, (gsize)(end - at));

        put(sheet, weight, TINT_NONE, piece);
        at = *end == ' ' ? end + 1 : end;
    }
}

static void put_text(struct sheet *sheet, enum weight weight, const char *text)
{
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n", -1);

    for (char **paragraph = paragraphs; *paragraph != NULL; paragraph++)
        put_paragraph(sheet, weight, *paragraph);
}

/* ---- The big word ---- */

struct big {
    enum tint tint;
    const char *icon, *word, *advice;
};

static const char *in(const struct sheet *sheet, const char *vi, const char *en)
{
    return sheet->look->language == LANGUAGE_EN ? en : vi;
}

static struct big big_verdict(const struct sheet *sheet)
{
    static const enum tint tints[VERDICTS] = {TINT_NONE, TINT_HEARD, TINT_CANNOT_TELL,
                                              TINT_NOT_HEARD};
    const struct door_view *view = sheet->face->view;
    enum language language = sheet->look->language;

    return (struct big){
        .tint = tints[view->verdict],
        .icon = words_icon(view->verdict),
        .word = words_verdict(view->verdict, language),
        .advice = view->verdict == VERDICT_CANNOT_TELL && view->reason != REASON_NONE
                      ? words_reason(view->reason, language)
                      : words_after(view->verdict, language),
    };
}

static struct big big_asking(const struct sheet *sheet)
{
    const struct door_view *view = sheet->face->view;
    enum reason reason = view->reason != REASON_NONE ? view->reason : REASON_OPEN_THE_APP;

    return (struct big){
        .tint = TINT_BUSY,
        .icon = "",
        .word = in(sheet, "MỜI MỞ BLUEZONE", "PLEASE OPEN BLUEZONE"),
        .advice = words_reason(reason, sheet->look->language),
    };
}

static struct big big_idle(const struct sheet *sheet)
{
    gboolean is_attended = sheet->face->view->mode == MODE_ATTENDED;

    return (struct big){
        .tint = TINT_NONE,
        .icon = "",
        .word = is_attended ? in(sheet, "SẴN SÀNG", "READY")
                            : in(sheet, "MỖI NGƯỜI MỘT LẦN BẤM", "ONE TAP A PERSON"),
        .advice =
            is_attended ? in(sheet, "Mời đặt máy lên ô.", "Please lay the phone on the spot.") : "",
    };
}

static struct big big_word(const struct sheet *sheet)
{
    const struct door_view *view = sheet->face->view;

    switch (view->phase) {
    case DOOR_LISTENING:
        return (struct big){TINT_BUSY, "", in(sheet, "ĐANG NGHE", "LISTENING"), ""};
    case DOOR_ASKING:
        return big_asking(sheet);
    case DOOR_OPENED:
        return (struct big){
            TINT_BUSY, "", in(sheet, "ĐANG NGHE", "LISTENING"),
            in(sheet, "Đã mở. Xin giữ máy trên ô.", "Opened. Please leave the phone on the spot.")};
    case DOOR_SHOWING:
        return big_verdict(sheet);
    case DOOR_CALIBRATING:
        return (struct big){TINT_BUSY, "", in(sheet, "HIỆU CHỈNH", "CALIBRATION"),
                            door_calibration_text(view->calibration_step, sheet->look->language)};
    case DOOR_IDLE:
        break;
    }
    return big_idle(sheet);
}

static guint block_lines(const struct screen_look *look)
{
    return look->lines >= 30 ? 7 : look->lines >= 24 ? 5 : look->lines >= 20 ? 3 : 1;
}

static void put_block(struct sheet *sheet, const struct big *big)
{
    guint count = block_lines(sheet->look);
    g_autofree char *text =
        *big->icon != '\0' ? g_strdup_printf("%s  %s", big->icon, big->word) : g_strdup(big->word);

    for (guint i = 0; i < count; i++)
        put_middle(sheet, i == count / 2 ? WEIGHT_MUST : WEIGHT_WORDS, big->tint,
                   i == count / 2 ? text : "");
}

/* ---- The ring, laid flat ---- */

static void put_bar(struct sheet *sheet)
{
    const struct door_view *view = sheet->face->view;
    guint width = MIN(sheet->look->columns, 42) - 2;
    gboolean is_busy =
        view->phase == DOOR_LISTENING || view->phase == DOOR_ASKING || view->phase == DOOR_OPENED;
    guint filled = (guint)(CLAMP(view->progress, 0, 1) * width);
    GString *bar = g_string_new("");

    if (is_busy) {
        g_string_append_c(bar, '[');
        for (guint i = 0; i < width; i++)
            g_string_append_c(bar, i < filled ? '#' : '.');
        g_string_append_c(bar, ']');
    } else if (view->phase == DOOR_CALIBRATING) {
        g_string_append_printf(bar, _("step %u of %u"), view->calibration_step + 1,
                               view->calibration_steps);
        if (view->calibration_left_s > 0)
            g_string_append_printf(bar, _(" · %.0f s"), ceil(view->calibration_left_s));
        else
            g_string_append(bar, _(" · Enter when that is so"));
    }
    put(sheet, WEIGHT_WORDS, TINT_NONE, bar->str);
    g_string_free(bar, TRUE);
}

/* ---- State and sums ---- */

static const char *person_words(enum person person)
{
    return person == PERSON_STAFF ? _("staff") : _("visitor");
}

static const char *direction_words(enum direction direction)
{
    return direction == DIRECTION_IN ? _("in") : _("out");
}

static const char *mode_words(enum check_mode mode)
{
    static const char *const words[MODES] = {N_("attended"), N_("walk-through"), N_("share only")};

    return _(words[mode]);
}

static void put_title(struct sheet *sheet)
{
    const struct door_view *view = sheet->face->view;
    g_autofree char *left = g_strdup_printf(
        " Bluezone%s", view->is_simulated ? _(" · NOT REAL: a simulated or recorded air") : "");
    g_autofree char *right = g_strdup_printf(
        view->clock == CLOCK_SET ? "%s " : _("%s, clock not set "), sheet->face->clock_text);

    put_two(sheet, WEIGHT_MUST, TINT_BAR, left, right);
}

static void put_state(struct sheet *sheet)
{
    const struct door_view *view = sheet->face->view;
    g_autofree char *left = g_strdup_printf("%s · %s · %s", direction_words(view->direction),
                                            person_words(view->person), mode_words(view->mode));
    g_autofree char *right = view->is_calibrated
                                 ? g_strdup_printf(_("calibration %u "), view->calibration)
                                 : g_strdup(_("not calibrated "));

    put_two(sheet, WEIGHT_STATE, TINT_NONE, left, right);
}

/* The number under the last letter of its heading. */
static void append_cell(GString *line, const char *heading, guint64 number, gboolean is_heading)
{
    g_autofree char *text =
        is_heading ? g_strdup(heading) : g_strdup_printf("%" G_GUINT64_FORMAT, number);
    glong width = MAX(g_utf8_strlen(heading, -1), 4) + 2;

    g_string_append_printf(line, "%*s%s", (int)MAX(width - g_utf8_strlen(text, -1), 1), "", text);
}

static void put_sums(struct sheet *sheet, const char *name, const struct tally_sums *sums)
{
    gboolean is_heading = sums == NULL;
    static const struct tally_sums none = {0};
    const struct tally_sums *s = is_heading ? &none : sums;
    GString *line = g_string_new(name);
    glong length = g_utf8_strlen(name, -1);

    g_string_append_printf(line, "%*s", (int)MAX(10 - length, 0), "");
    append_cell(line, _("in"), s->in, is_heading);
    append_cell(line, _("out"), s->out, is_heading);
    append_cell(line, _("heard"), s->heard, is_heading);
    append_cell(line, _("cannot tell"), s->cannot_tell, is_heading);
    append_cell(line, _("not heard"), s->not_heard, is_heading);
    append_cell(line, _("unchecked"), s->unchecked, is_heading);
    append_cell(line, _("told"), s->told, is_heading);
    append_cell(line, _("exempt"), s->exempt, is_heading);
    put(sheet, WEIGHT_COUNTS, TINT_NONE, line->str);
    g_string_free(line, TRUE);
}

static void put_counts(struct sheet *sheet)
{
    const struct door_counts *counts = &sheet->face->view->counts;
    g_autofree char *text = NULL;

    if (counts->is_counting)
        text = g_strdup_printf(_("On the air now: %u near, %u between, %u far · Android visits "
                                 "today %.0f to %.0f"),
                               counts->near, counts->middle, counts->far, counts->visits_low,
                               counts->visits_high);
    else
        text = g_strdup_printf(_("On the air now: not counted · Android visits today %.0f to %.0f"),
                               counts->visits_low, counts->visits_high);
    put(sheet, WEIGHT_AIR, TINT_NONE, text);
}

static void put_radio(struct sheet *sheet)
{
    const struct door_view *view = sheet->face->view;
    g_autofree char *radio = g_strdup_printf(_("Radio: %s"), view->radio_text);
    g_autofree char *deaf = g_strdup_printf(_("%s · NOT HEARING"), radio);
    g_autofree char *trouble =
        view->trouble != NULL ? g_strdup_printf("! %s", view->trouble) : NULL;

    put(sheet, WEIGHT_STATE, TINT_NONE, view->is_deaf ? deaf : radio);
    if (trouble != NULL)
        put_text(sheet, WEIGHT_WORDS, trouble);
}

/* What is noted of the last row, or of the check under way. */
static void put_note(struct sheet *sheet)
{
    static const char *const installed[] = {
        [INSTALLED_UNKNOWN] = NULL,
        [INSTALLED_BEFORE] = N_("had it installed"),
        [INSTALLED_ON_THE_SPOT] = N_("installed it here"),
        [INSTALLED_NO] = N_("has not installed it"),
    };
    const struct door_note *note = &sheet->face->view->note;
    g_autoptr(GString) line = g_string_new(_("This person:"));
    gsize empty = line->len;

    if (note->exempt)
        g_string_append_printf(line, " %s", _("no smartphone."));
    if (note->declined)
        g_string_append_printf(line, " %s", _("declined."));
    if (installed[note->installed] != NULL)
        g_string_append_printf(line, " %s.", _(installed[note->installed]));
    if (note->told)
        g_string_append_printf(line, " %s", _("told of the app."));
    put(sheet, WEIGHT_STATE, TINT_NONE, line->len > empty ? line->str : "");
}

/* ---- Keys ---- */

static void put_keys(struct sheet *sheet)
{
    switch (sheet->face->view->phase) {
    case DOOR_CALIBRATING:
        put(sheet, WEIGHT_MUST, TINT_NONE,
            _("[Enter] done, measure  [k] no iPhone here  [Esc] stop calibrating"));
        return;
    case DOOR_LISTENING:
    case DOOR_ASKING:
    case DOOR_OPENED:
        put(sheet, WEIGHT_MUST, TINT_BAR, _("[o] is open  [l] later: next, please  [u] undo"));
        break;
    case DOOR_IDLE:
    case DOOR_SHOWING:
        put(sheet, WEIGHT_MUST, TINT_BAR, _("[Space] begin  [u] undo  [h] count by hand"));
        break;
    }
    put(sheet, WEIGHT_WORDS, TINT_NONE,
        _("[e] no smartphone  [d] declines  [i] installed  [t] told"));
    put(sheet, WEIGHT_WORDS, TINT_NONE,
        _("[p] staff/visitor  [r] in/out  [m] mode  [c] calibrate  [?] help  [q] quit"));
}

static void put_prompt(struct sheet *sheet)
{
    const struct screen_face *face = sheet->face;
    g_autofree char *count = g_strdup_printf(_("How many people, 1 to 999? %s_   [Enter] [Esc]"),
                                             face->typed != NULL ? face->typed : "");

    if (face->prompt == SCREEN_COUNT)
        put(sheet, WEIGHT_MUST, TINT_BUSY, count);
    else if (face->prompt == SCREEN_QUIT)
        put(sheet, WEIGHT_MUST, TINT_BUSY, _("End the check at this door? [y] yes  [n] no"));
    else
        put(sheet, WEIGHT_MUST, TINT_NONE, face->message != NULL ? face->message : "");
}

/* ---- The whole ---- */

static void put_help(struct sheet *sheet)
{
    put_title(sheet);
    put_text(sheet, WEIGHT_MUST,
             _("Space, Enter  a check begins; or one person more in walk-through mode\n"
               "o   the guard has seen the app open: decided within 8 seconds\n"
               "l   later: the visitor steps aside, the next one comes\n"
               "u   undo the last row, for 10 seconds\n"
               "h   people counted by hand\n"
               "e   has no smartphone; d  declines: of the check, of the last row, or one more\n"
               "i   installed: before, here, no; t  told of the app: of the check or the last row\n"
               "p   staff or visitors from now on; r  in or out; m  mode\n"
               "c   calibrate, two minutes, with a phone at hand\n"
               "q   quit\n"
               " \n"
               "Green, amber and blue-grey speak of the radio, not of the person. A row has no\n"
               "name, no address and no signal.\n"
               " \n"
               "Any key goes back."));
}

static void put_all(struct sheet *sheet)
{
    struct big big = big_word(sheet);

    put_title(sheet);
    put_state(sheet);
    put_block(sheet, &big);
    put_text(sheet, WEIGHT_WORDS, big.advice);
    while (sheet->lines->len < 2 + block_lines(sheet->look) + 3) /* so that the rest stands still */
        put(sheet, WEIGHT_AIR, TINT_NONE, "");
    put_bar(sheet);
    if (sheet->face->view->notice != NULL)
        put_text(sheet, WEIGHT_WORDS, sheet->face->view->notice);
    put_note(sheet);
    put_sums(sheet, _("Today"), NULL);
    put_sums(sheet, _("staff"), &sheet->face->view->staff);
    put_sums(sheet, _("visitor"), &sheet->face->view->visitors);
    put_counts(sheet);
    put_radio(sheet);
    put_prompt(sheet);
    put_keys(sheet);
}

/* The lightest line goes, the last of equals, until the rest fits. */
static void drop_lines(struct sheet *sheet)
{
    while (sheet->lines->len > sheet->look->lines) {
        guint lightest = sheet->lines->len - 1;

        for (guint i = sheet->lines->len; i-- > 0;)
            if (g_array_index(sheet->lines, struct line, i).weight <
                g_array_index(sheet->lines, struct line, lightest).weight)
                lightest = i;
        g_free(g_array_index(sheet->lines, struct line, lightest).text);
        g_array_remove_index(sheet->lines, lightest);
    }
}

static char **finished(struct sheet *sheet)
{
    char **lines = g_new0(char *, sheet->lines->len + 1);

    for (guint i = 0; i < sheet->lines->len; i++) {
        struct line *line = &g_array_index(sheet->lines, struct line, i);

        lines[i] = line->colour != NULL
                       ? g_strdup_printf("\033[%sm%s\033[0m", line->colour, line->text)
                       : g_strdup(line->text);
        g_free(line->text);
    }
    g_array_unref(sheet->lines);
    return lines;
}

char **screen_draw(const struct screen_look *look, const struct screen_face *face)
{
    struct screen_look sane = *look;
    struct sheet sheet = {.look = &sane, .face = face};

    sane.lines = CLAMP(look->lines, 1, 500);
    sane.columns = CLAMP(look->columns, 4, 1000);
    sheet.lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    if (face->prompt == SCREEN_HELP)
        put_help(&sheet);
    else
        put_all(&sheet);
    drop_lines(&sheet);
    return finished(&sheet);
}
