/* SPDX-License-Identifier: MIT */
/* beacon identity report: the record a patient hands over, and a new base key at once. */
#include "command.h"
#include "files.h"
#include "identity_file.h"
#include "output.h"
#include "text.h"
#include "times.h"

#include <beacon/exchange.h>

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/*
 * After the record was given out the old key must not be used again, and a record that was not
 * given out must not be lost, wherever the machine stops. So:
 *
 *   1. the identity is copied to FILE.reported;
 *   2. a new identity replaces FILE;
 *   3. the record, made from FILE.reported, is printed;
 *   4. FILE.reported is removed.
 *
 * A report that finds FILE.reported takes up where another one stopped. If not one byte could be
 * printed, FILE.reported takes its old name again, and nothing has happened.
 */
struct report {
    const char *path;
    char *kept_path;
    gint64 now_ms;
    gint64 days;
    beacon_identity *present; /* in FILE */
    beacon_identity *kept;    /* in FILE.reported, from an earlier run, or NULL */
    char *record;             /* the text to print */
    size_t record_size;
    gint64 first_day;
    bool is_replaced; /* by this run */
};

/* The day whose key is handed over: not the base day, on which the key is the base key itself and
 * before which the phone sent nothing, unless the base day is today. */
static gint64 first_day(const struct report *report, const beacon_identity *identity)
{
    gint64 today = beacon_day_of(report->now_ms);
    gint64 earliest = MIN(beacon_identity_base_day(identity) + 1, today);

    return MAX(today - report->days, earliest);
}

static int write_record(struct report *report, const struct beacon_published_key *key)
{
    FILE *stream = open_memstream(&report->record, &report->record_size);
    struct beacon_key_list_writer writer;
    g_autoptr(GError) error = NULL;
    bool is_good;

    if (stream == NULL) {
        say("%s", g_strerror(errno));
        return EXIT_IO;
    }
    is_good = beacon_key_list_open(&writer, stream, report->path, &error) &&
              beacon_key_list_add(&writer, key, &error) && beacon_key_list_close(&writer, &error);
    if (!is_good)
        say("%s", error->message);
    if (fclose(stream) != 0 && is_good) {
        say("%s", g_strerror(errno));
        is_good = false;
    }
    return is_good ? EXIT_RAN : EXIT_IO;
}

static int make_record(struct report *report, beacon_identity *identity)
{
    struct beacon_published_key key = {
        .slots_per_day = beacon_identity_slots_per_day(identity),
        .end_ms = report->now_ms / 1000 * 1000,
    };
    int error, code;

    report->first_day = first_day(report, identity);
    key.start_ms = report->first_day * BEACON_DAY_MS;
    error = beacon_identity_daily_key(identity, report->first_day, &key.daily_key);
    if (error == 0)
        error = beacon_published_key_check(&key);
    code = error < 0 ? library_error(report->path, error) : write_record(report, &key);
    sodium_memzero(&key, sizeof(key));
    return code;
}

/* Puts a new identity in the place of the one that is reported, unless an earlier run has. */
static int replace(struct report *report)
{
    g_autoptr(beacon_identity) fresh = NULL;
    bool is_same = true;
    int error, code;

    if (report->kept != NULL) {
        code = identity_compare(report->present, report->kept, &is_same);
        if (code != EXIT_RAN || !is_same)
            return code;
    }
    error = beacon_identity_generate(beacon_day_of(report->now_ms) - BEACON_BASE_DAY_OFFSET,
                                     beacon_identity_slots_per_day(report->present), &fresh);
    if (error < 0)
        return library_error(report->path, error);
    code = identity_file_replace(report->path, fresh);
    report->is_replaced = code == EXIT_RAN;
    return code;
}

/* After the record could not be printed, or only a part of it. */
static int give_up(struct report *report, gsize written)
{
    if (written == 0 && report->is_replaced) {
        int code = identity_file_rename(report->kept_path, report->path);

        if (code == EXIT_RAN)
            say(_("%s: the identity is as it was"), report->path);
        return EXIT_IO;
    }
    say(_("%s holds a new identity; the report can be made again with the same command"),
        report->path);
    return EXIT_IO;
}

static int print(struct report *report)
{
    g_autofree char *day = day_text(report->first_day);
    gsize written;

    if (!say_out_bytes(report->record, report->record_size, &written) || !output_sync())
        return give_up(report, written);
    say(_("warning: whoever has this record knows every identifier of this phone from %s "
          "(UTC) on, for ever"),
        day);
    say(_("%s: the base key has been replaced, so those identifiers are no longer sent"),
        report->path);
    return identity_file_remove(report->kept_path);
}

static int start(struct report *report)
{
    int code =
        report->kept != NULL ? EXIT_RAN : identity_file_create(report->kept_path, report->present);

    if (code != EXIT_RAN)
        return code;
    code = replace(report);
    if (code == EXIT_RAN)
        return print(report);
    if (report->kept == NULL) /* nothing was given out: whatever FILE holds, undo it */
        identity_file_rename(report->kept_path, report->path);
    return code;
}

static int load(struct report *report)
{
    struct stat status;
    int code = identity_file_load(report->path, &report->present);

    if (code != EXIT_RAN || lstat(report->kept_path, &status) < 0)
        return code;
    say(_("finishing a report that was interrupted, from %s"), report->kept_path);
    return identity_file_load(report->kept_path, &report->kept);
}

static int make_report(struct report *report)
{
    int code = load(report);

    if (code == EXIT_RAN)
        code = make_record(report, report->kept != NULL ? report->kept : report->present);
    if (code == EXIT_RAN)
        code = start(report);
    beacon_identity_free(report->present);
    beacon_identity_free(report->kept);
    if (report->record != NULL)
        sodium_memzero(report->record, report->record_size);
    free(report->record);
    return code;
}

static int run(const struct command *command, int argc, char *argv[])
{
    /* A record may span 400 days, and the present day is one that has begun. */
    static const struct range range = {.max = 399, .otherwise = 14};
    g_auto(GStrv) days = NULL, at = NULL;
    const GOptionEntry options[] = {
        {"days", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &days, N_("days back (default 14)"), N_("N")},
        {"at", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &at, "as if it were this time",
         "TIME"},
        {.long_name = NULL},
    };
    struct report report = {.path = NULL};
    struct operands operands;
    guint64 number;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code) ||
        !option_number(command, "--days", days, &range, &number) ||
        !option_time(command, "--at", at, &report.now_ms))
        return code;
    code = secrets_guard();
    if (code != EXIT_RAN)
        return code;
    report.path = operands.values[0];
    report.days = (gint64)number;
    report.kept_path = g_strconcat(report.path, ".reported", NULL);
    code = make_report(&report);
    g_free(report.kept_path);
    return code;
}

const struct command command_identity_report = {
    .group = "identity",
    .name = "report",
    .operands = N_("FILE [--days N]"),
    .summary = N_("the record a patient hands over; replaces the base key"),
    .description =
        N_("Prints the record that lets others find out that they met this phone in the last N\n"
           "days, as a list that 'beacon match --keys' reads. The record reveals all identifiers\n"
           "made from this base key from its first day on, for ever. So the base key is replaced\n"
           "at once: FILE holds a new identity before the record is printed.\n"
           "\n"
           "The old identity is kept in FILE.reported until the record is out. If the command was\n"
           "interrupted, type it again: it finishes from there. If nothing could be printed at\n"
           "all, the identity is left as it was."),
    .examples = "  beacon identity report phone.identity --days 14 > report.json\n",
    .run = run,
};
