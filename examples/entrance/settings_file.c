/* SPDX-License-Identifier: MIT */
/* The file of settings: read whole, and every line of it accounted for. */
#include "settings_file.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 65536 };

/* ---- Names ---- */

const struct setting *settings_find(const char *name)
{
    for (gsize i = 0; i < SETTINGS_COUNT; i++)
        if (strcmp(settings_table[i].name, name) == 0)
            return &settings_table[i];
    return NULL;
}

/* How many letters must be put in, taken out or changed to make one of the other. */
static guint distance(const char *a, const char *b)
{
    enum { NAME_MAX_SIZE = 40 };
    guint row[NAME_MAX_SIZE + 1];
    gsize length = MIN(strlen(b), NAME_MAX_SIZE);

    for (gsize j = 0; j <= length; j++)
        row[j] = (guint)j;
    for (gsize i = 0; a[i] != '\0' && i < NAME_MAX_SIZE; i++) {
        guint corner = row[0];

        row[0] = (guint)i + 1;
        for (gsize j = 1; j <= length; j++) {
            guint changed = corner + (a[i] == b[j - 1] ? 0 : 1);

            corner = row[j];
            row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

const char *settings_suggest(const char *name)
{
    const char *best = NULL;
    guint least = 4;

    for (gsize i = 0; i < SETTINGS_COUNT; i++) {
        guint changes = distance(name, settings_table[i].name);

        if (changes < least) {
            least = changes;
            best = settings_table[i].name;
        }
    }
    return best;
}

/* ---- Lines ---- */

/* Where in the file it is read. */
struct place {
    struct settings_file *file;
    guint line;
    char *group; /* of the lines after its head; NULL before the first */
};

static gboolean fail(const struct place *place, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean fail(const struct place *place, GError **error, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT, _("%s, line %u: %s"),
                place->file->name, place->line, text);
    return FALSE;
}

static gboolean is_group(const char *name)
{
    for (gsize i = 0; i < SETTINGS_COUNT; i++)
        if (strcmp(settings_group_name(settings_table[i].group), name) == 0)
            return TRUE;
    return FALSE;
}

static gboolean take_group(struct place *place, const char *line, GError **error)
{
    const char *end = strchr(line, ']');

    if (end == NULL || end[1] != '\0')
        return fail(place, error, _("expected a group's name between [ and ]"));
    g_free(place->group);
    place->group = g_strndup(line + 1, (gsize)(end - line - 1));
    if (!is_group(place->group))
        return fail(place, error,
                    _("unknown group [%s]; there are general, radio, check, tally, screen, web and "
                      "report"),
                    place->group);
    return TRUE;
}

static gboolean fail_unknown(const struct place *place, const char *name, GError **error)
{
    const char *suggestion = settings_suggest(name);

    if (suggestion != NULL)
        return fail(place, error, _("unknown setting %s; did you mean %s?"), name, suggestion);
    return fail(place, error, _("unknown setting %s; 'beacon-entrance check-config' lists them"),
                name);
}

/* Only where a line stands is learnt here; what it says is read by GKeyFile. */
static gboolean take_setting(struct place *place, const char *line, GError **error)
{
    const char *equals = strchr(line, '=');
    g_autofree char *name = NULL;
    const struct setting *setting;
    struct settings_line *found;

    if (equals == NULL)
        return fail(place, error, _("expected NAME=VALUE, [GROUP], or a comment after #"));
    name = g_strstrip(g_strndup(line, (gsize)(equals - line)));
    setting = settings_find(name);
    if (setting == NULL)
        return fail_unknown(place, name, error);
    if (g_strcmp0(place->group, settings_group_name(setting->group)) != 0)
        return fail(place, error, _("%s belongs under [%s]"), name,
                    settings_group_name(setting->group));
    found = &place->file->lines[setting - settings_table];
    if (found->line != 0)
        return fail(place, error, _("%s is set already, in line %u"), name, found->line);
    found->line = place->line;
    return TRUE;
}

static gboolean take_line(struct place *place, char *line, GError **error)
{
    g_strstrip(line);
    if (*line == '\0' || *line == '#')
        return TRUE;
    return *line == '[' ? take_group(place, line, error) : take_setting(place, line, error);
}

static gboolean take_lines(struct settings_file *file, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    struct place place = {.file = file};
    gboolean is_good = TRUE;

    while (is_good && lines[place.line] != NULL)
        is_good = take_line(&place, lines[place.line++], error);
    g_free(place.group);
    return is_good;
}

/* ---- Values ---- */

static gboolean take_values(struct settings_file *file, GKeyFile *keys, GError **error)
{
    for (gsize i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        struct settings_line *line = &file->lines[i];
        struct place place = {.file = file, .line = line->line};
        g_autoptr(GError) refused = NULL;

        if (line->line == 0)
            continue;
        line->text = g_key_file_get_string(keys, settings_group_name(setting->group), setting->name,
                                           &refused);
        if (refused != NULL)
            return fail(&place, error, _("%s: of signs after a \\ there are s, n, t, r and \\"),
                        setting->name);
        g_strchomp(line->text);
    }
    return TRUE;
}

static gboolean parse(struct settings_file *file, const char *bytes, gsize size, GError **error)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autoptr(GError) refused = NULL;
    struct place place = {.file = file, .line = 1};
    const char *end;

    if (size > FILE_MAX) {
        g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT,
                    _("%s: too large: expected at most %d bytes"), file->name, FILE_MAX);
        return FALSE;
    }
    if (!g_utf8_validate(bytes, (gssize)size, &end)) {
        for (; bytes < end; bytes++)
            place.line += *bytes == '\n';
        return fail(&place, error, _("this is not UTF-8 text"));
    }
    if (!take_lines(file, bytes, error))
        return FALSE;
    if (size > 0 && !g_key_file_load_from_data(keys, bytes, size, G_KEY_FILE_NONE, &refused)) {
        g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT, "%s: %s", file->name,
                    refused->message);
        return FALSE;
    }
    return take_values(file, keys, error);
}

struct settings_file *settings_file_parse(const char *name, const char *bytes, gsize size,
                                          GError **error)
{
    struct settings_file *file = g_new0(struct settings_file, 1);
    g_autofree char *text = g_strndup(bytes, size); /* ends at a NUL, as text does */

    file->name = g_strdup(name);
    if (strlen(text) != size) {
        g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT, _("%s: this is not a text"), name);
        return settings_file_free(file);
    }
    if (parse(file, text, size, error))
        return file;
    return settings_file_free(file);
}

static gboolean set_io_error(const char *name, GError **error)
{
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_IO, "%s: %s", name, g_strerror(errno));
    return FALSE;
}

/* One byte more than may be is enough to know that it is too large. */
static gboolean read_bytes(const char *name, int descriptor, GString *bytes, GError **error)
{
    struct stat status;
    char buffer[4096];
    ssize_t size;

    if (fstat(descriptor, &status) < 0)
        return set_io_error(name, error);
    if (!S_ISREG(status.st_mode)) {
        g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT, _("%s: this is not a file"), name);
        return FALSE;
    }
    while ((size = read(descriptor, buffer, sizeof(buffer))) > 0 && bytes->len <= FILE_MAX)
        g_string_append_len(bytes, buffer, size);
    return size >= 0 || set_io_error(name, error);
}

struct settings_file *settings_file_read(const char *name, gboolean must_exist, GError **error)
{
    int descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct settings_file *file = NULL;
    GString *bytes;

    if (descriptor < 0 && errno == ENOENT && !must_exist)
        return settings_file_parse(name, "", 0, error);
    if (descriptor < 0) {
        set_io_error(name, error);
        return NULL;
    }
    bytes = g_string_new(NULL);
    if (read_bytes(name, descriptor, bytes, error))
        file = settings_file_parse(name, bytes->str, bytes->len, error);
    close(descriptor);
    g_string_free(bytes, TRUE);
    return file;
}

struct settings_file *settings_file_free(struct settings_file *file)
{
    if (file == NULL)
        return NULL;
    for (gsize i = 0; i < SETTINGS_COUNT; i++)
        g_free(file->lines[i].text);
    g_free(file->name);
    g_free(file);
    return NULL;
}
