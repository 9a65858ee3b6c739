/* SPDX-License-Identifier: MIT */
/* Makes each line whole with yajl, then writes it. */
#include "lines.h"

#include "json.h"

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

/* ---- A line ---- */

static void put_time(struct lines *lines, const char *key, gint64 time_us)
{
    json_put_number(lines->json, key,
                    lines->is_round ? time_us / G_USEC_PER_SEC * G_USEC_PER_SEC : time_us);
}

static void put_time_or_null(struct lines *lines, const char *key, gint64 time_us)
{
    if (time_us >= 0)
        put_time(lines, key, time_us);
    else
        json_put_null(lines->json, key);
}

static void begin(struct lines *lines, const char *type, gint64 time_us)
{
    yajl_gen_map_open(lines->json);
    json_put_text(lines->json, "type", type);
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
    if (calibration == NULL || calibration->number == 0) {
        json_put_null(lines->json, "calibration");
        return;
    }
    json_key(lines->json, "calibration");
    yajl_gen_map_open(lines->json);
    json_put_number(lines->json, "number", calibration->number);
    json_put_flag(lines->json, "assumed", calibration->is_assumed);
    json_put_decimal(lines->json, "android_gate_dbm",
                     calibration->platform[BEACON_PLATFORM_ANDROID].gate_dbm, 3);
    json_put_decimal(lines->json, "iphone_gate_dbm",
                     calibration->platform[BEACON_PLATFORM_IPHONE].gate_dbm, 3);
    json_put_decimal(lines->json, "margin_db", calibration_margin_db(calibration), 3);
    json_put_flag(lines->json, "reference", calibration->has_reference);
    yajl_gen_map_close(lines->json);
}

void lines_start(struct lines *lines, gint64 time_us, const char *radio, enum check_mode mode,
                 guint slots_per_day, const struct calibration *calibration)
{
    begin(lines, "start", time_us);
    json_put_text(lines->json, "radio", radio);
    json_put_text(lines->json, "mode", words_mode_name(mode));
    json_put_number(lines->json, "slots_per_day", slots_per_day);
    put_calibration(lines, calibration);
    end(lines);
}

void lines_check(struct lines *lines, gint64 time_us, guint64 check, gboolean by_itself)
{
    begin(lines, "check", time_us);
    json_put_number(lines->json, "check", (gint64)check);
    json_put_flag(lines->json, "by_itself", by_itself);
    end(lines);
}

void lines_opened(struct lines *lines, gint64 time_us, guint64 check)
{
    begin(lines, "opened", time_us);
    json_put_number(lines->json, "check", (gint64)check);
    end(lines);
}

static void put_person(struct lines *lines, const struct checkpoint_result *result)
{
    begin(lines, "person", result->end_us);
    json_put_text(lines->json, "mode", words_mode_name(result->mode));
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
    json_put_number(lines->json, "check", (gint64)result->check);
    put_time(lines, "begin_us", result->begin_us);
    put_time_or_null(lines, "opened_us", result->opened_us);
    json_put_text(lines->json, "verdict", words_verdict_name(result->verdict));
    json_put_text(lines->json, "reason", words_reason_name(result->reason));
    json_put_text(lines->json, "platform", words_platform_name(result->platform));
    json_put_text(lines->json, "proof", words_proof_name(result->proof));
    json_put_text(lines->json, "mode", words_mode_name(result->mode));
    json_put_flag(lines->json, "by_itself", result->by_itself);
    json_put_decimal(lines->json, "seconds", result->seconds, 3);
    json_put_decimal(lines->json, "effective_s", result->effective_s, 3);
    json_put_number(lines->json, "calibration", result->calibration);
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
    json_put_number(lines->json, "length_us", slot->length_us);
    json_put_flag(lines->json, "counted", slot->is_counted);
    json_put_decimal(lines->json, "visits", slot->visits, 3);
    json_put_decimal(lines->json, "variance", slot->variance, 3);
    json_put_number(lines->json, "first_heard", slot->first_heard);
    json_put_number(lines->json, "still_heard", slot->still_heard);
    json_put_number(lines->json, "live", slot->live);
    json_put_number(lines->json, "iphones", slot->iphones);
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
    json_put_text(lines->json, "state", beacon_radio_state_text(health->state));
    json_put_flag(lines->json, "scanning", health->scanning);
    json_put_flag(lines->json, "deaf", view->is_deaf);
    json_put_flag(lines->json, "flooded", view->is_flooded);
    json_put_flag(lines->json, "reference", view->has_reference);
    end(lines);
}

void lines_summary(struct lines *lines, gint64 time_us, const struct counts *counts)
{
    struct counts_sum sum = counts_after(counts, lines->counted_us, lines->visits, lines->variance);

    begin(lines, "summary", time_us);
    json_put_number(lines->json, "checks", (gint64)lines->checks);
    json_put_number(lines->json, "heard", (gint64)lines->verdicts[VERDICT_HEARD]);
    json_put_number(lines->json, "cannot_tell", (gint64)lines->verdicts[VERDICT_CANNOT_TELL]);
    json_put_number(lines->json, "not_heard", (gint64)lines->verdicts[VERDICT_NOT_HEARD]);
    json_put_number(lines->json, "put_off", (gint64)lines->verdicts[VERDICT_NONE]);
    json_put_decimal(lines->json, "visits", sum.visits, 3);
    json_put_decimal(lines->json, "visits_band", sum.band, 3);
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
