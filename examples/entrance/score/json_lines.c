/* SPDX-License-Identifier: MIT */
/* Files of JSON lines from outside: one object a line, of bounded length. */
#include "score.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_tree.h>

#define LINE_MAX_BYTES 65536

G_DEFINE_QUARK(score_error, score_error)

struct line {
    const char *path;
    guint64 number;
    yajl_val object;
    const char *type;
};

gboolean line_refuse(const struct line *line, const char *name, const char *expected,
                     GError **error)
{
    g_set_error(error, SCORE_ERROR, SCORE_ERROR_FORMAT, "%s:%" G_GUINT64_FORMAT ": %s: expected %s",
                line->path, line->number, name, expected);
    return FALSE;
}

static yajl_val field(const struct line *line, const char *name)
{
    const char *path[] = {name, NULL};
    return yajl_tree_get(line->object, path, yajl_t_any);
}

gboolean line_is(const struct line *line, const char *type)
{
    return strcmp(line->type, type) == 0;
}

gboolean line_is_null(const struct line *line, const char *name)
{
    return YAJL_IS_NULL(field(line, name));
}

gboolean line_integer(const struct line *line, const char *name, gint64 *ret_value, GError **error)
{
    yajl_val value = field(line, name);
    if (!YAJL_IS_INTEGER(value) || YAJL_GET_INTEGER(value) < 0 ||
        YAJL_GET_INTEGER(value) > G_MAXINT64 / 4)
        return line_refuse(line, name, "an integer from 0", error);
    *ret_value = YAJL_GET_INTEGER(value);
    return TRUE;
}

gboolean line_number(const struct line *line, const char *name, double *ret_value, GError **error)
{
    yajl_val value = field(line, name);
    double number = YAJL_IS_NUMBER(value) ? g_ascii_strtod(YAJL_GET_NUMBER(value), NULL) : NAN;
    if (!isfinite(number) || number < 0)
        return line_refuse(line, name, "a number from 0", error);
    *ret_value = number;
    return TRUE;
}

gboolean line_boolean(const struct line *line, const char *name, gboolean *ret_value,
                      GError **error)
{
    yajl_val value = field(line, name);
    if (!YAJL_IS_TRUE(value) && !YAJL_IS_FALSE(value))
        return line_refuse(line, name, "true or false", error);
    *ret_value = YAJL_IS_TRUE(value);
    return TRUE;
}

const char *line_text(const struct line *line, const char *name, GError **error)
{
    yajl_val value = field(line, name);
    if (YAJL_IS_STRING(value))
        return YAJL_GET_STRING(value);
    line_refuse(line, name, "a string", error);
    return NULL;
}

static gboolean read_line(struct line *line, const char *text, line_fn *fn, gpointer user,
                          GError **error)
{
    char problem[128] = "";
    line->object = yajl_tree_parse(text, problem, sizeof problem);
    gboolean is_read =
        YAJL_IS_OBJECT(line->object) || line_refuse(line, "line", "an object of JSON", error);
    line->type = is_read ? line_text(line, "type", error) : NULL;
    is_read = line->type != NULL && fn(line, user, error);
    yajl_tree_free(line->object);
    line->object = NULL;
    return is_read;
}

static gboolean read_stream(FILE *stream, struct line *line, line_fn *fn, gpointer user,
                            GError **error)
{
    char *text = g_malloc(LINE_MAX_BYTES);
    gboolean is_read = TRUE;
    while (is_read && fgets(text, LINE_MAX_BYTES, stream) != NULL) {
        line->number++;
        if (strlen(text) == LINE_MAX_BYTES - 1)
            is_read = line_refuse(line, "line", "at most 65534 bytes", error);
        else
            is_read = read_line(line, text, fn, user, error);
    }
    if (is_read && ferror(stream)) {
        g_set_error(error, SCORE_ERROR, SCORE_ERROR_IO, "%s: %s", line->path, g_strerror(errno));
        is_read = FALSE;
    }
    g_free(text);
    return is_read;
}

gboolean lines_read(const char *path, line_fn *fn, gpointer user, GError **error)
{
    struct line line = {.path = path};
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        g_set_error(error, SCORE_ERROR, SCORE_ERROR_IO, "%s: %s", path, g_strerror(errno));
        return FALSE;
    }
    gboolean is_read = read_stream(stream, &line, fn, user, error);
    fclose(stream);
    return is_read;
}
