/* SPDX-License-Identifier: MIT */
/* The file of settings: refused with a reason that names it, or every value of it is of its kind,
 * or refused in its turn; nothing is half there. */
#include "fuzz/replay.h"

#include "settings_file.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_values(const struct settings_file *file)
{
    struct settings settings = {0};

    for (gsize i = 0; i < SETTINGS_COUNT; i++) {
        const struct settings_line *line = &file->lines[i];

        check((line->text != NULL) == (line->line > 0));
        if (line->text != NULL && setting_parse(&settings_table[i], line->text, &settings))
            check(setting_parse(&settings_table[i], line->text, &settings)); /* the same again */
    }
    settings_clear(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GError *error = NULL;
    struct settings_file *file =
        settings_file_parse("fuzz", (const char *)data, (gsize)size, &error);

    check((file != NULL) == (error == NULL));
    if (file != NULL) {
        check_values(file);
    } else {
        check(g_error_matches(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT));
        check(g_str_has_prefix(error->message, "fuzz"));
        check(g_utf8_validate(error->message, -1, NULL));
    }
    g_clear_error(&error);
    settings_file_free(file);
    return 0;
}
