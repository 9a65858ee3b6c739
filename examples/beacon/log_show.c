/* SPDX-License-Identifier: MIT */
/* beacon log show: what an encounter log holds, by day and encounter. */
#include "command.h"
#include "exposure_json.h"
#include "exposure_rule.h"
#include "exposure_words.h"
#include "node_contacts.h"
#include "output.h"
#include "progress.h"
#include "radio_options.h"
#include "store_place.h"
#include "text.h"
#include "times.h"

#include <inttypes.h>

struct show {
    struct store_place place;
    gint64 from_ms, to_ms;
    struct beacon_cycle cycle;
    bool is_listening_assumed;
    gboolean is_json;

    struct beacon_store_info info;
    struct node_contacts contacts;
    GArray *encounters; /* struct beacon_encounter */
    GArray *days;       /* struct day */
    struct progress progress;
    guint64 rows;
};

struct day {
    gint64 day;
    guint64 sightings;
    guint first, count; /* of the encounters, by their start */
};

/* ---- From sightings to encounters ---- */

static void on_over(const struct beacon_identifier *identifier, guint8 platform,
                    const struct beacon_encounter *encounter, void *user)
{
    struct show *show = user;

    (void)identifier, (void)platform;
    g_array_append_val(show->encounters, *encounter);
}

static struct day *day_of(struct show *show, gint64 time_ms)
{
    gint64 number = time_ms / BEACON_DAY_MS;
    guint count = show->days->len;

    if (count == 0 || g_array_index(show->days, struct day, count - 1).day != number) {
        const struct day day = {.day = number};

        g_array_append_val(show->days, day);
        count++;
    }
    return &g_array_index(show->days, struct day, count - 1);
}

static gboolean on_row(const struct beacon_store_row *row, gpointer user)
{
    struct show *show = user;

    day_of(show, row->sighting.time_ms)->sightings++;
    node_contacts_note(&show->contacts, &row->sighting);
    if (++show->rows % 4096 == 0) {
        node_contacts_forget_gone(&show->contacts, row->sighting.time_ms);
        progress_show(&show->progress, _("reading the log"), NULL);
    }
    return TRUE;
}

static gint by_start(gconstpointer a, gconstpointer b)
{
    const struct beacon_encounter *one = a, *other = b;

    if (one->start_ms != other->start_ms)
        return one->start_ms < other->start_ms ? -1 : 1;
    return one->end_ms < other->end_ms ? -1 : one->end_ms > other->end_ms;
}

/* An encounter is shown on the day on which it began. */
static void share_out(struct show *show)
{
    guint at = 0;

    g_array_sort(show->encounters, by_start);
    for (guint i = 0; i < show->days->len; i++) {
        struct day *day = &g_array_index(show->days, struct day, i);
        gint64 end_ms = (day->day + 1) * BEACON_DAY_MS;

        day->first = at;
        while (at < show->encounters->len &&
               g_array_index(show->encounters, struct beacon_encounter, at).start_ms < end_ms)
            at++;
        day->count = at - day->first;
    }
}

static int read_log(struct show *show, beacon_store *store)
{
    GError *error = NULL;
    bool is_good;

    show->contacts.rule = exposure_rule(show->cycle);
    show->contacts.on_over = on_over;
    show->contacts.user = show;
    node_contacts_begin(&show->contacts);
    is_good = beacon_store_info(store, &show->info, &error) &&
              beacon_store_read(store, show->from_ms, show->to_ms, on_row, show, &error);
    node_contacts_end(&show->contacts);
    progress_end(&show->progress);
    if (!is_good)
        return store_error(error);
    share_out(show);
    return EXIT_RAN;
}

/* ---- For a person ---- */

static void put_day(GString *text, const struct show *show, const struct day *day)
{
    g_autofree char *name = day_text(day->day);

    g_string_append_printf(text, "\n%s  ", name);
    g_string_append_printf(
        text, ngettext("%" PRIu64 " sighting, ", "%" PRIu64 " sightings, ", plural(day->sightings)),
        day->sightings);
    g_string_append_printf(text, ngettext("%u encounter\n", "%u encounters\n", day->count),
                           day->count);
    for (guint i = day->first; i < day->first + day->count; i++)
        put_exposure(text, &g_array_index(show->encounters, struct beacon_encounter, i));
}

static int print_text(const struct show *show)
{
    GString *text = g_string_new(NULL);
    const struct beacon_store_info *info = &show->info;
    int code;

    g_string_append_printf(text,
                           ngettext("%" PRIu64 " sighting in the log",
                                    "%" PRIu64 " sightings in the log", plural(info->sightings)),
                           info->sightings);
    if (info->undated > 0)
        g_string_append_printf(text, _(", and %" PRIu64 " without a date"), info->undated);
    g_string_append(text, ".\n");
    for (guint i = 0; i < show->days->len; i++)
        put_day(text, show, &g_array_index(show->days, struct day, i));
    if (show->days->len > 0) {
        g_string_append(text, _("\nDays are those of UTC. An encounter is one identifier's; a "
                                "phone changes it every 15 minutes.\n"));
        if (show->is_listening_assumed)
            put_listening(text);
    }
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

/* ---- For machines ---- */

static void put_day_json(struct json *json, const struct show *show, const struct day *day)
{
    g_autofree char *name = day_text(day->day);

    json_open_object(json);
    json_named_string(json, "day", name);
    json_named_integer(json, "sightings", (gint64)day->sightings);
    json_name(json, "encounters");
    json_open_array(json);
    for (guint i = day->first; i < day->first + day->count; i++)
        json_exposure(json, &g_array_index(show->encounters, struct beacon_encounter, i));
    json_close_array(json);
    json_close_object(json);
}

static int print_json(const struct show *show)
{
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_named_integer(&json, "sightings", (gint64)show->info.sightings);
    json_named_integer(&json, "undated", (gint64)show->info.undated);
    json_named_integer(&json, "stored_encounters", (gint64)show->info.encounters);
    json_named_integer(&json, "bytes", (gint64)show->info.bytes);
    json_name(&json, "days");
    json_open_array(&json);
    for (guint i = 0; i < show->days->len; i++)
        put_day_json(&json, show, &g_array_index(show->days, struct day, i));
    json_close_array(&json);
    json_close_object(&json);
    return json_end(&json);
}

/* ---- The command ---- */

static int run_show(struct show *show)
{
    g_autoptr(beacon_store) store = NULL;
    int code = store_place_open(&show->place, BEACON_STORE_READ, 0, &store);

    if (code != EXIT_RAN)
        return code;
    show->encounters = g_array_new(FALSE, FALSE, sizeof(struct beacon_encounter));
    show->days = g_array_new(FALSE, FALSE, sizeof(struct day));
    progress_begin(&show->progress, 1000);
    code = read_log(show, store);
    if (code == EXIT_RAN)
        code = show->is_json ? print_json(show) : print_text(show);
    g_array_unref(show->encounters);
    g_array_unref(show->days);
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    struct store_words words = {0};
    struct show show = {.is_json = FALSE};
    g_auto(GStrv) from = NULL, to = NULL, cycle = NULL;
    const GOptionEntry options[] = {
        STORE_OPTIONS(words),
        {"from", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &from, N_("first day (UTC)"), N_("DATE")},
        {"to", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &to, N_("last day (UTC)"), N_("DATE")},
        {"cycle", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &cycle,
         N_("how it was listened: full (default), phone, or seconds on and off"), N_("CYCLE")},
        {"json", 0, 0, G_OPTION_ARG_NONE, &show.is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    int code = EXIT_USAGE;

    if (command_parse_options(command, options, argc, argv, &code) &&
        option_store(command, &words, &show.place) && store_is_named(command, &show.place) &&
        option_days(command, from, to, &show.from_ms, &show.to_ms) &&
        option_listening(command, cycle, &show.cycle)) {
        show.is_listening_assumed = cycle == NULL;
        code = run_show(&show);
    }
    store_words_free(&words);
    return code;
}

const struct command command_log_show = {
    .group = "log",
    .name = "show",
    .operands = N_("--store STORE [--from DATE] [--to DATE] [--cycle CYCLE] [--key FILE | "
                   "--passphrase-file FILE | --passphrase-prompt | --credential NAME] [--json]"),
    .summary = N_("what an encounter log holds"),
    .description =
        N_("Shows, by day, the encounters that the log's sightings make. Identifiers are not\n"
           "shown. It may be used beside the 'beacon run' that writes the log.\n"
           "\n"
           "With --json: {\"sightings\",\"undated\",\"stored_encounters\",\"bytes\",\"days\"}; a\n"
           "day is {\"day\",\"sightings\",\"encounters\"}, and an encounter is as an exposure of\n"
           "'beacon match'. Times are in milliseconds."),
    .examples = "  beacon log show --store /var/lib/beacon/log\n"
                "  beacon log show --store log --from 2020-08-08 --to 2020-08-10 --json\n",
    .run = run,
};
