/* SPDX-License-Identifier: MIT */
/* beacon scan in a terminal: a table of the phones about, written over itself. */
#include "scan_table.h"

#include "radio_words.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>

enum { REFRESH_MS = 250, SHOWN_DIGITS = 12 };
enum colour { PLAIN = 0, DIM = 2, RED = 31, GREEN = 32, YELLOW = 33 };

/* A frame being made: no line may be longer than the terminal is wide, or it would take two. */
struct frame {
    GString *text;
    int columns, lines;
    bool has_colour;
};

static void put_line(struct frame *frame, enum colour colour, const char *line)
{
    glong length = MIN(g_utf8_strlen(line, -1), frame->columns - 1);
    g_autofree char *fitting = g_utf8_substring(line, 0, MAX(length, 0));

    if (frame->has_colour && colour != PLAIN)
        g_string_append_printf(frame->text, "\033[%dm%s\033[0m\033[K\n", (int)colour, fitting);
    else
        g_string_append_printf(frame->text, "%s\033[K\n", fitting);
    frame->lines++;
}

/* To a width of letters, whatever bytes they take. */
static void append_padded(GString *line, const char *words, int width)
{
    glong length = g_utf8_strlen(words, -1);

    g_string_append_printf(line, "%s%*s", words, length < width ? (int)(width - length) : 0, "");
}

static char *row_text(const char *const cells[])
{
    static const int widths[] = {20, SHOWN_DIGITS + 4, 10, 8, 8};
    GString *line = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(widths); i++)
        append_padded(line, cells[i], widths[i]);
    g_string_append(line, cells[G_N_ELEMENTS(widths)]);
    return g_string_free(line, FALSE);
}

/* As the app's own radar draws it (protocol 7.1). */
static enum colour colour_of(const struct heard_phone *phone)
{
    if (!phone->has_mean || phone->mean_dbm <= -90)
        return DIM;
    return phone->mean_dbm > -70 ? GREEN : PLAIN;
}

static char *identifier_text(const struct reception *reception)
{
    char hex[2 * BEACON_IDENTIFIER_SIZE + 1];

    if (!reception->has_identifier)
        return g_strdup("-");
    beacon_identifier_to_hex(&reception->identifier, hex);
    return g_strdup_printf("%.*s..", SHOWN_DIGITS, hex);
}

static void put_phone(struct frame *frame, const struct heard_phone *phone, gint64 now_us,
                      bool is_full_address)
{
    g_autofree char *identifier = identifier_text(&phone->last);
    g_autofree char *signal =
        phone->has_mean ? g_strdup_printf("%.0f dBm", phone->mean_dbm) : g_strdup("?");
    g_autofree char *count = g_strdup_printf("%" PRIu64, phone->count);
    g_autofree char *age = g_strdup_printf(
        "%d s", (int)MAX((now_us - phone->last.monotonic_us) / G_TIME_SPAN_SECOND, 0));
    g_autofree char *address = address_words(&phone->last.address, is_full_address);
    const char *cells[] = {kind_words(phone->last.kind), identifier, signal, count, age, address};
    g_autofree char *line = row_text(cells);

    put_line(frame, colour_of(phone), line);
}

static void put_header(struct frame *frame)
{
    const char *cells[] = {_("PHONE"), _("IDENTIFIER"), _("SIGNAL"),
                           _("HEARD"), _("AGO"),        _("ADDRESS")};
    g_autofree char *line = row_text(cells);

    put_line(frame, PLAIN, line);
}

/* ---- The line on top: is what we see the truth? ---- */

static const char *doing(const struct beacon_radio_health *health)
{
    if (health->state != BEACON_RADIO_READY)
        return health->text;
    return health->scanning ? _("listening") : _("pausing");
}

static void append_troubles(GString *line, const struct scan_table *table,
                            const struct beacon_radio_health *health)
{
    if (health->counters.deaf_us >= G_TIME_SPAN_SECOND / 10)
        g_string_append_printf(line, _(", deaf for %.1f s"),
                               (double)health->counters.deaf_us / 1e6);
    if (health->counters.malformed > 0)
        g_string_append_printf(line, _(", damaged reports: %" PRIu64), health->counters.malformed);
    if (table->output->lost > 0)
        g_string_append_printf(line, _(", lines lost: %" PRIu64), table->output->lost);
}

static enum colour health_colour(const struct beacon_radio_health *health)
{
    switch (health->state) {
    case BEACON_RADIO_READY:
    case BEACON_RADIO_ENDED:
        return PLAIN;
    case BEACON_RADIO_STARTING:
        return YELLOW;
    default:
        return RED;
    }
}

static void put_health(struct frame *frame, const struct scan_table *table)
{
    struct beacon_radio_health health = beacon_radio_health(table->radio);
    g_autofree char *address = say_safe(beacon_radio_address_text(table->radio));
    g_autofree char *words = say_safe(doing(&health));
    GString *line = g_string_new(NULL);

    g_string_append_printf(line, "%s: %s; ", address, words);
    g_string_append_printf(
        line,
        ngettext("%" PRIu64 " packet", "%" PRIu64 " packets", plural(health.counters.packets)),
        health.counters.packets);
    append_troubles(line, table, &health);
    put_line(frame, health_colour(&health), line->str);
    g_string_free(line, TRUE);
}

/* ---- The frame ---- */

/* The nearest first; those without a signal last, in an order that stays. */
static int by_nearness(const void *a, const void *b)
{
    const struct heard_phone *one = *(const struct heard_phone *const *)a;
    const struct heard_phone *other = *(const struct heard_phone *const *)b;

    if (one->has_mean != other->has_mean)
        return one->has_mean ? -1 : 1;
    if (one->has_mean && (one->mean_dbm < other->mean_dbm || one->mean_dbm > other->mean_dbm))
        return one->mean_dbm > other->mean_dbm ? -1 : 1;
    return (one->first_us > other->first_us) - (one->first_us < other->first_us);
}

static GPtrArray *sorted_phones(struct heard *heard)
{
    GPtrArray *phones = g_ptr_array_sized_new(g_queue_get_length(&heard->recent));

    for (const GList *link = heard->recent.head; link != NULL; link = link->next)
        g_ptr_array_add(phones, link->data);
    if (phones->len > 1)
        qsort(phones->pdata, phones->len, sizeof *phones->pdata, by_nearness);
    return phones;
}

/* `room` lines, the last of which may have to say how many are not shown. */
static void put_phones(struct frame *frame, const struct scan_table *table, int room)
{
    GPtrArray *phones = sorted_phones(table->heard);
    gint64 now_us = beacon_clock_monotonic_us(beacon_radio_clock(table->radio));
    guint shown = phones->len;

    if (room < 1)
        shown = 0;
    else if (phones->len > (guint)room)
        shown = (guint)room - 1;
    for (guint i = 0; i < shown; i++)
        put_phone(frame, g_ptr_array_index(phones, i), now_us, table->is_full_address);
    if (shown < phones->len && room > 0) {
        guint rest = phones->len - shown;
        g_autofree char *line = g_strdup_printf(ngettext("and %u more", "and %u more", rest), rest);

        put_line(frame, DIM, line);
    }
    g_ptr_array_unref(phones);
}

static void draw(struct scan_table *table)
{
    struct frame frame = {.text = g_string_new(NULL), .has_colour = terminal_has_colour()};
    int lines;

    terminal_size(&lines, &frame.columns);
    heard_forget_gone(table->heard, beacon_clock_monotonic_us(beacon_radio_clock(table->radio)));
    /* Lines that have scrolled away cannot be gone back to. */
    if (table->drawn > 0)
        g_string_append_printf(frame.text, "\033[%dA", MIN(table->drawn, lines - 1));
    g_string_append(frame.text, "\r");
    put_health(&frame, table);
    put_header(&frame);
    put_phones(&frame, table, lines - 3);
    g_string_append(frame.text, "\033[J");
    table->drawn = frame.lines;
    live_output_text(table->output, frame.text->str);
    g_string_free(frame.text, TRUE);
}

/* A terminal that is held (with control-S) gets no frames to catch up with. */
static gboolean on_time(gpointer user)
{
    struct scan_table *table = user;

    if (live_output_is_idle(table->output))
        draw(table);
    return G_SOURCE_CONTINUE;
}

void scan_table_begin(struct scan_table *table)
{
    table->drawn = 0;
    table->timer = g_timeout_add(REFRESH_MS, on_time, table);
    draw(table);
}

void scan_table_end(struct scan_table *table)
{
    g_source_remove(table->timer);
    on_time(table);
}
