/* SPDX-License-Identifier: MIT */
/* The file of settings: read whole, and every line of it accounted for. */
#ifndef ENTRANCE_SETTINGS_FILE_H
#define ENTRANCE_SETTINGS_FILE_H

#include "settings_table.h"

/* What the file says of a setting. */
struct settings_line {
    char *text; /* NULL: nothing */
    guint line;
};

struct settings_file {
    char *name;
    struct settings_line lines[SETTINGS_COUNT];
};

/* NULL and SETTINGS_ERROR_IO, or SETTINGS_ERROR_INPUT, which names the line. must_exist FALSE: a
 * file that is not there is an empty one. */
struct settings_file *settings_file_read(const char *name, gboolean must_exist, GError **error);
struct settings_file *settings_file_parse(const char *name, const char *bytes, gsize size,
                                          GError **error);
struct settings_file *settings_file_free(struct settings_file *file);

/* The setting of that name, or NULL; and the name that may have been meant, or NULL. */
const struct setting *settings_find(const char *name);
const char *settings_suggest(const char *name);

#endif
