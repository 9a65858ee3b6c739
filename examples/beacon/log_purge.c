/* SPDX-License-Identifier: MIT */
/* beacon log purge: deletes from a log what is old. */
#include "command.h"
#include "output.h"
#include "store_place.h"
#include "text.h"
#include "times.h"

#include <inttypes.h>

struct purge {
    struct store_place place;
    gint64 before_ms;
    bool is_dated;       /* before_ms was asked for */
    gboolean is_undated; /* those without a date */
    struct beacon_store_purged purged;
};

static int say_what_went(const struct purge *purge)
{
    GString *text = g_string_new(NULL);
    guint64 sightings = purge->purged.sightings + purge->purged.undated;
    int code;

    g_string_append_printf(text,
                           ngettext("deleted: %" PRIu64 " sighting, ",
                                    "deleted: %" PRIu64 " sightings, ", plural(sightings)),
                           sightings);
    g_string_append_printf(text,
                           ngettext("%" PRIu64 " encounter\n", "%" PRIu64 " encounters\n",
                                    plural(purge->purged.encounters)),
                           purge->purged.encounters);
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

static int purge_log(struct purge *purge, beacon_store *store)
{
    struct beacon_store_purged undated = {0};
    GError *error = NULL;

    if ((purge->is_dated && !beacon_store_purge(store, purge->before_ms, &purge->purged, &error)) ||
        (purge->is_undated && !beacon_store_purge_undated(store, NULL, &undated, &error)))
        return store_error(error);
    purge->purged.undated += undated.undated;
    return EXIT_RAN;
}

static int run_purge(struct purge *purge)
{
    beacon_store *store;
    int code = store_place_open(&purge->place, BEACON_STORE_WRITE, 0, &store), close_code;

    if (code != EXIT_RAN)
        return code;
    code = purge_log(purge, store);
    close_code = store_place_close(store);
    if (code == EXIT_RAN)
        code = close_code;
    return code == EXIT_RAN ? say_what_went(purge) : code;
}

static bool parse_before(const char *text, gint64 *ret_ms)
{
    gint64 day;

    if (!day_parse(text, &day))
        return time_parse(text, ret_ms);
    *ret_ms = day * BEACON_DAY_MS;
    return true;
}

static bool option_age(const struct command *command, char **before, char **older, gint64 now_ms,
                       struct purge *purge)
{
    static const struct range range = {.max = 36500};
    guint64 days;
    const char *text;

    if (!option_once(command, "--before", before, &text) ||
        !option_number(command, "--older-than", older, &range, &days))
        return false;
    purge->is_dated = text != NULL || older != NULL;
    purge->before_ms = MAX(now_ms - (gint64)days * BEACON_DAY_MS, BEACON_TIME_MIN_MS);
    if (text != NULL && older != NULL)
        usage_error(command, _("%s and %s exclude each other"), "--before", "--older-than");
    else if (text != NULL && !parse_before(text, &purge->before_ms))
        usage_error(command, _("--before: expected a day or a time, such as 2020-08-08 or "
                               "2020-08-08T05:56:31Z"));
    else if (!purge->is_dated && !purge->is_undated)
        usage_error(command, _("something is missing: %s"), "--before, --older-than, --undated");
    else
        return true;
    return false;
}

static int run(const struct command *command, int argc, char *argv[])
{
    struct store_words words = {0};
    struct purge purge = {.is_undated = FALSE};
    g_auto(GStrv) before = NULL, older = NULL, at = NULL;
    const GOptionEntry options[] = {
        STORE_OPTIONS(words),
        {"before", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &before,
         N_("what lies before a day (UTC) or a time"), N_("TIME")},
        {"older-than", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &older,
         N_("what is older than so many days"), N_("DAYS")},
        {"undated", 0, 0, G_OPTION_ARG_NONE, &purge.is_undated, N_("sightings that have no date"),
         NULL},
        {"at", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &at, "as if it were this time",
         "TIME"},
        {.long_name = NULL},
    };
    gint64 now_ms;
    int code = EXIT_USAGE;

    if (command_parse_options(command, options, argc, argv, &code) &&
        option_store(command, &words, &purge.place) && store_is_named(command, &purge.place) &&
        option_time(command, "--at", at, &now_ms) &&
        option_age(command, before, older, now_ms, &purge))
        code = run_purge(&purge);
    store_words_free(&words);
    return code;
}

const struct command command_log_purge = {
    .group = "log",
    .name = "purge",
    .operands = N_("--store STORE [--before TIME | --older-than DAYS] [--undated] [--key FILE | "
                   "--passphrase-file FILE | --passphrase-prompt | --credential NAME]"),
    .summary = N_("delete from a log what is old"),
    .description = N_(
        "Deletes sightings and encounters, and rewrites the log so that no byte of them is left\n"
        "in its files. 'beacon run' does so by itself every day, with what is older than 14\n"
        "days. While another process writes the log, this is refused."),
    .examples = "  beacon log purge --store log --before 2020-08-08\n"
                "  beacon log purge --store log --older-than 7\n",
    .run = run,
};
