/* SPDX-License-Identifier: MIT */
/* What the tool said. */
#include "score.h"

#include <string.h>

static gboolean read_said(const struct line *line, struct verdict_line *verdict, GError **error)
{
    const char *text = line_text(line, "verdict", error);
    if (text == NULL)
        return FALSE;
    verdict->put_off = strcmp(text, "none") == 0;
    for (int said = 0; said < SAIDS; said++) {
        verdict->said = (enum said)said;
        if (verdict->put_off || strcmp(text, said_name(verdict->said)) == 0)
            return TRUE;
    }
    return line_refuse(line, "verdict", "heard, cannot_tell, not_heard or none", error);
}

static gboolean read_verdict(const struct line *line, struct verdicts *verdicts, GError **error)
{
    struct verdict_line verdict = {0};
    if (!line_integer(line, "begin_us", &verdict.begin_us, error) ||
        !line_integer(line, "time_us", &verdict.end_us, error) ||
        !line_boolean(line, "by_itself", &verdict.by_itself, error) ||
        !read_said(line, &verdict, error))
        return FALSE;
    if (verdict.end_us < verdict.begin_us)
        return line_refuse(line, "time_us", "a time after begin_us", error);
    g_array_append_val(verdicts->verdicts, verdict);
    return TRUE;
}

static gboolean read_slot(const struct line *line, struct verdicts *verdicts, GError **error)
{
    struct slot_line slot;
    if (!line_integer(line, "start_us", &slot.start_us, error) ||
        !line_integer(line, "length_us", &slot.length_us, error) ||
        !line_boolean(line, "counted", &slot.is_counted, error) ||
        !line_number(line, "visits", &slot.visits, error) ||
        !line_number(line, "variance", &slot.variance, error))
        return FALSE;
    g_array_append_val(verdicts->slots, slot);
    return TRUE;
}

static gboolean take(const struct line *line, gpointer user, GError **error)
{
    if (line_is(line, "verdict"))
        return read_verdict(line, user, error);
    return !line_is(line, "slot") || read_slot(line, user, error);
}

static gint by_begin(gconstpointer a, gconstpointer b)
{
    gint64 x = ((const struct verdict_line *)a)->begin_us;
    gint64 y = ((const struct verdict_line *)b)->begin_us;
    return (x > y) - (x < y);
}

static gint by_start(gconstpointer a, gconstpointer b)
{
    gint64 x = ((const struct slot_line *)a)->start_us;
    gint64 y = ((const struct slot_line *)b)->start_us;
    return (x > y) - (x < y);
}

struct verdicts *verdicts_read(const char *path, GError **error)
{
    struct verdicts *verdicts = g_new0(struct verdicts, 1);
    verdicts->verdicts = g_array_new(FALSE, FALSE, sizeof(struct verdict_line));
    verdicts->slots = g_array_new(FALSE, FALSE, sizeof(struct slot_line));
    if (!lines_read(path, take, verdicts, error))
        return verdicts_free(verdicts);
    g_array_sort(verdicts->verdicts, by_begin);
    g_array_sort(verdicts->slots, by_start);
    return verdicts;
}

struct verdicts *verdicts_free(struct verdicts *verdicts)
{
    if (verdicts == NULL)
        return NULL;
    g_array_unref(verdicts->verdicts);
    g_array_unref(verdicts->slots);
    g_free(verdicts);
    return NULL;
}
