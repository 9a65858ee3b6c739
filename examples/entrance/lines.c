/* SPDX-License-Identifier: MIT */
/* Makes each line whole with yajl, then writes it. */
#include "lines.h"

#include <string.h>
#include <yajl/yajl_gen.h>

struct lines {
    FILE *stream;
    yajl_gen json;
    gboolean failed, is_round;
    guint64 verdicts[VERDICTS], checks;
    double visits, variance;
    gint64 counted_us; /* begin of the last slot told that was counted; 0: none */
    gboolean has_health;
    gboolean scans, is_deaf, is_flooded, has_reference;
    enum beacon_radio_state state;
};

/* ---- Values, the same in every locale ---- */

static void name(struct lines *lines, const char *text)
{
    yajl_gen_string(lines->json, (const unsigned char *)text, strlen(text));
}

static void put_text(struct lines *lines, const char *key, const char *text)
{
    name(lines, key);
    if (g_utf8_validate(text, -1, NULL))
        name(lines, text);
    else
        yajl_gen_null(lines->json);
}

static void put_integer(struct lines *lines, const char *key, gint64 value)
{
    name(lines, key);
    yajl_gen_integer(lines->json, value);
}

static void put_boolean(struct lines *lines, const char *key, gboolean value)
{
    name(lines, key);
    yajl_gen_bool(lines->json, value != FALSE);
}

static void put_number(struct lines *lines, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(text, sizeof text, "%.3f", value);
    name(lines, key);
    yajl_gen_number(lines->json, text, strlen(text));
}

static void put_time(struct lines *lines, const char *key, gint64 time_us)
{
    put_integer(lines, key, lines->is_round ? time_us / G_USEC_PER_SEC * G_USEC_PER_SEC : time_us);
}

static void put_time_or_null(struct lines *lines, const char *key, gint64 time_us)
{
    if (time_us >= 0) {
        put_time(lines, key, time_us);
        return;
    }
    name(lines, key);
    yajl_gen_null(lines->json);
}

static void begin(struct lines *lines, const char *type, gint64 time_us)
{
    yajl_gen_map_open(lines->json);
    put_text(lines, "type", type);
    put_time(lines, "time_us", time_us);
}

static void end(struct lines *lines)
{
    const unsigned char *text;
    size_t length;
    yajl_gen_map_close(lines->json);
    if (yajl_gen_get_buf(lines->json, &text, &length) != yajl_gen_status_ok ||
        fwrite(text, 1, length, lines->stream) != length || fputc('\n', lines->stream) == EOF ||
        fflush(lines->stream) != 0)
        lines->failed = TRUE;
    yajl_gen_clear(lines->json);
    yajl_gen_reset(lines->json, NULL);
}

/* ---- Lines ---- */

static void put_calibration(struct lines *lines, const struct calibration *calibration)
{
    name(lines, "calibration");
    if (calibration == NULL || calibration->number == 0) {
        yajl_gen_null(lines->json);
        return;
    }
    yajl_gen_map_open(lines->json);
    put_integer(lines, "number", calibration->number);
    put_boolean(lines, "assumed", calibration->is_assumed);
    put_number(lines, "android_gate_dbm", calibration->platform[BEACON_PLATFORM_ANDROID].gate_dbm);
    put_number(lines, "iphone_gate_dbm", calibration->platform[BEACON_PLATFORM_IPHONE].gate_dbm);
    put_number(lines, "margin_db", calibration_margin_db(calibration));
    put_boolean(lines, "reference", calibration->has_reference);
    yajl_gen_map_close(lines->json);
}

void lines_start(struct lines *lines, gint64 time_us, const char *radio, enum check_mode mode,
                 guint slots_per_day, const struct calibration *calibration)
{
    begin(lines, "start", time_us);
    put_text(lines, "radio", radio);
    put_text(lines, "mode", words_mode_name(mode));
    put_integer(lines, "slots_per_day", slots_per_day);
    put_calibration(lines, calibration);
    end(lines);
}

void lines_check(struct lines *lines, gint64 time_us, guint64 check, gboolean by_itself)
{
    begin(lines, "check", time_us);
    put_integer(lines, "check", (gint64)check);
    put_boolean(lines, "by_itself", by_itself);
    end(lines);
}

void lines_opened(struct lines *lines, gint64 time_us, guint64 check)
{
    begin(lines, "opened", time_us);
    put_integer(lines, "check", (gint64)check);
    end(lines);
}

static void put_person(struct lines *lines, const struct checkpoint_result *result)
{
    begin(lines, "person", result->end_us);
    put_text(lines, "mode", words_mode_name(result->mode));
    end(lines);
}

void lines_result(struct lines *lines, const struct checkpoint_result *result)
{
    if (result->verdict == VERDICT_NONE && result->reason == REASON_NONE) {
        put_person(lines, result);
        return;
    }
    lines->checks++;
    lines->verdicts[result->verdict]++;
    begin(lines, "verdict", result->end_us);
    put_integer(lines, "check", (gint64)result->check);
    put_time(lines, "begin_us", result->begin_us);
    put_time_or_null(lines, "opened_us", result->opened_us);
    put_text(lines, "verdict", words_verdict_name(result->verdict));
    put_text(lines, "reason", words_reason_name(result->reason));
    put_text(lines, "platform", words_platform_name(result->platform));
    put_text(lines, "proof", words_proof_name(result->proof));
    put_text(lines, "mode", words_mode_name(result->mode));
    put_boolean(lines, "by_itself", result->by_itself);
    put_number(lines, "seconds", result->seconds);
    put_number(lines, "effective_s", result->effective_s);
    put_integer(lines, "calibration", result->calibration);
    end(lines);
}

void lines_slot(struct lines *lines, gint64 time_us, const struct counts_slot *slot)
{
    if (slot->is_counted) {
        lines->visits += slot->visits;
        lines->variance += slot->variance;
        lines->counted_us = slot->start_us;
    }
    begin(lines, "slot", time_us);
    put_time(lines, "start_us", slot->start_us);
    put_integer(lines, "length_us", slot->length_us);
    put_boolean(lines, "counted", slot->is_counted);
    put_number(lines, "visits", slot->visits);
    put_number(lines, "variance", slot->variance);
    put_integer(lines, "first_heard", slot->first_heard);
    put_integer(lines, "still_heard", slot->still_heard);
    put_integer(lines, "live", slot->live);
    put_integer(lines, "iphones", slot->iphones);
    end(lines);
}

static gboolean is_unchanged(const struct lines *lines, const struct beacon_radio_health *health,
                             const struct checkpoint_view *view)
{
    return lines->has_health && lines->state == health->state && lines->scans == health->scanning &&
           lines->is_deaf == view->is_deaf && lines->is_flooded == view->is_flooded &&
           lines->has_reference == view->has_reference;
}

void lines_health(struct lines *lines, gint64 time_us, const struct beacon_radio_health *health,
                  const struct checkpoint_view *view)
{
    if (is_unchanged(lines, health, view))
        return;
    lines->has_health = TRUE;
    lines->state = health->state;
    lines->scans = health->scanning;
    lines->is_deaf = view->is_deaf;
    lines->is_flooded = view->is_flooded;
    lines->has_reference = view->has_reference;
    begin(lines, "health", time_us);
    put_text(lines, "state", beacon_radio_state_text(health->state));
    put_boolean(lines, "scanning", health->scanning);
    put_boolean(lines, "deaf", view->is_deaf);
    put_boolean(lines, "flooded", view->is_flooded);
    put_boolean(lines, "reference", view->has_reference);
    end(lines);
}

void lines_summary(struct lines *lines, gint64 time_us, const struct counts *counts)
{
    struct counts_sum sum = counts_after(counts, lines->counted_us, lines->visits, lines->variance);

    begin(lines, "summary", time_us);
    put_integer(lines, "checks", (gint64)lines->checks);
    put_integer(lines, "heard", (gint64)lines->verdicts[VERDICT_HEARD]);
    put_integer(lines, "cannot_tell", (gint64)lines->verdicts[VERDICT_CANNOT_TELL]);
    put_integer(lines, "not_heard", (gint64)lines->verdicts[VERDICT_NOT_HEARD]);
    put_integer(lines, "put_off", (gint64)lines->verdicts[VERDICT_NONE]);
    put_number(lines, "visits", sum.visits);
    put_number(lines, "visits_band", sum.band);
    end(lines);
}

gboolean lines_ok(const struct lines *lines)
{
    return !lines->failed;
}

struct lines *lines_new(FILE *stream)
{
    struct lines *lines = g_new0(struct lines, 1);
    lines->stream = stream;
    lines->json = yajl_gen_alloc(NULL);
    return lines;
}

void lines_round(struct lines *lines)
{
    lines->is_round = TRUE;
}

struct lines *lines_free(struct lines *lines)
{
    if (lines == NULL)
        return NULL;
    yajl_gen_free(lines->json);
    g_free(lines);
    return NULL;
}
