/* SPDX-License-Identifier: MIT */
/* The settings in force: flags over the environment over the file over what they are otherwise. */
#include "settings.h"

#include "command.h"
#include "say.h"
#include "settings_file.h"

#include <string.h>
#include <sys/stat.h>

#define VARIABLE "BEACON_ENTRANCE_"

G_DEFINE_QUARK(settings - error - quark, settings_error)

/* ---- Flags ---- */

struct settings_flags {
    GOptionEntry *options;
    char **config;
    char **values[SETTINGS_COUNT];
};

static guint count_options(const GOptionEntry own[])
{
    guint count = 0;

    while (own != NULL && own[count].long_name != NULL)
        count++;
    return count;
}

static void append_flag(struct settings_flags *flags, guint *count, const char *name,
                        char ***values, const char *argument, const char *help)
{
    flags->options[(*count)++] = (GOptionEntry){
        .long_name = name,
        .arg = G_OPTION_ARG_FILENAME_ARRAY, /* so that one given twice can be noticed */
        .arg_data = values,
        .description = help,
        .arg_description = argument,
    };
}

struct settings_flags *settings_flags_new(guint groups, const GOptionEntry own[])
{
    struct settings_flags *flags = g_new0(struct settings_flags, 1);
    guint count = count_options(own);

    flags->options = g_new0(GOptionEntry, count + SETTINGS_COUNT + 2);
    for (guint i = 0; i < count; i++)
        flags->options[i] = own[i];
    append_flag(flags, &count, "config", &flags->config, N_("FILE"),
                N_("the file of settings; otherwise /etc/beacon-entrance.conf"));
    for (gsize i = 0; i < SETTINGS_COUNT; i++)
        if (settings_table[i].group & groups)
            append_flag(flags, &count, settings_table[i].name, &flags->values[i],
                        settings_table[i].argument, settings_table[i].help);
    return flags;
}

const GOptionEntry *settings_flags_options(struct settings_flags *flags)
{
    return flags->options;
}

struct settings_flags *settings_flags_free(struct settings_flags *flags)
{
    if (flags == NULL)
        return NULL;
    for (gsize i = 0; i < SETTINGS_COUNT; i++)
        g_strfreev(flags->values[i]);
    g_strfreev(flags->config);
    g_free(flags->options);
    g_free(flags);
    return NULL;
}

/* ---- Where a value is from ---- */

/* "BEACON_ENTRANCE_TALLY_FILE"; the caller frees it. */
static char *variable_name(const char *name)
{
    g_autofree char *upper = g_ascii_strup(name, -1);

    return g_strconcat(VARIABLE, g_strdelimit(upper, "-", '_'), NULL);
}

struct origin {
    const char *text;         /* the value */
    char *where;              /* for messages and comments; NULL: nobody says it */
    enum settings_error code; /* when it is wrong */
};

static void find_origin(gsize index, const struct settings_flags *flags,
                        const struct settings_file *file, struct origin *ret_origin)
{
    const struct setting *setting = &settings_table[index];
    const struct settings_line *line = &file->lines[index];
    g_autofree char *variable = variable_name(setting->name);

    *ret_origin = (struct origin){.text = setting->otherwise, .code = SETTINGS_ERROR_INPUT};
    if (flags != NULL && flags->values[index] != NULL) {
        ret_origin->text = flags->values[index][0];
        ret_origin->where = g_strconcat("--", setting->name, NULL);
        ret_origin->code = SETTINGS_ERROR_USAGE;
    } else if (g_getenv(variable) != NULL) {
        ret_origin->text = g_getenv(variable);
        ret_origin->where = g_steal_pointer(&variable);
    } else if (line->text != NULL) {
        ret_origin->text = line->text;
        ret_origin->where =
            g_strdup_printf(_("%s, line %u: %s"), file->name, line->line, setting->name);
    }
}

static gboolean take(const struct setting *setting, const struct origin *origin,
                     struct settings *settings, GError **error)
{
    g_autofree char *expected = NULL;

    if (setting_parse(setting, origin->text, settings))
        return TRUE;
    expected = setting_expected(setting);
    g_set_error(error, SETTINGS_ERROR, (gint)origin->code, _("%s: \"%s\": expected %s"),
                origin->where, origin->text, expected);
    return FALSE;
}

static gboolean check_once(const char *name, char **values, GError **error)
{
    if (values == NULL || values[0] == NULL || values[1] == NULL)
        return TRUE;
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE, _("--%s may be given only once"),
                name);
    return FALSE;
}

static gboolean check_flags(const struct settings_flags *flags, GError **error)
{
    if (flags == NULL)
        return TRUE;
    for (gsize i = 0; i < SETTINGS_COUNT; i++)
        if (!check_once(settings_table[i].name, flags->values[i], error))
            return FALSE;
    return check_once("config", flags->config, error);
}

/* A variable with our beginning that is no setting was meant to be one. */
static gboolean check_variable(const char *variable, GError **error)
{
    g_autofree char *name = g_ascii_strdown(variable + strlen(VARIABLE), -1);
    g_autofree char *meant = NULL;

    g_strdelimit(name, "_", '-');
    if (strcmp(name, "config") == 0 || settings_find(name) != NULL)
        return TRUE;
    if (settings_suggest(name) != NULL)
        meant = variable_name(settings_suggest(name));
    if (meant != NULL)
        g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT,
                    _("environment: unknown setting %s; did you mean %s?"), variable, meant);
    else
        g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT,
                    _("environment: unknown setting %s; 'beacon-entrance check-config' lists them"),
                    variable);
    return FALSE;
}

static gboolean check_environment(GError **error)
{
    g_auto(GStrv) names = g_listenv();

    for (guint i = 0; names[i] != NULL; i++)
        if (g_str_has_prefix(names[i], VARIABLE) && !check_variable(names[i], error))
            return FALSE;
    return TRUE;
}

static struct settings_file *read_file(const struct settings_flags *flags, GError **error)
{
    if (flags != NULL && flags->config != NULL)
        return settings_file_read(flags->config[0], TRUE, error);
    if (g_getenv(VARIABLE "CONFIG") != NULL)
        return settings_file_read(g_getenv(VARIABLE "CONFIG"), TRUE, error);
    return settings_file_read(SETTINGS_FILE, FALSE, error);
}

/* ---- What does not go together ---- */

static gboolean conflict(GError **error, const char *text)
{
    g_set_error_literal(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT, text);
    return FALSE;
}

static gboolean check_pin_file(const char *path, GError **error)
{
    struct stat status;

    if (*path == '\0' || stat(path, &status) < 0 || (status.st_mode & 077) == 0)
        return TRUE;
    g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_INPUT,
                _("web-pin-file: %s can be read by others (mode %04o): expected 0600"), path,
                (guint)status.st_mode & 07777);
    return FALSE;
}

static gboolean check_together(const struct settings *settings, GError **error)
{
    if (settings->scan_window_ms > settings->scan_interval_ms)
        return conflict(error, _("scan-window: expected no more than scan-interval"));
    if (settings->reference_level_dbm != 0 && settings->reference.kind == REFERENCE_NONE)
        return conflict(error, _("reference-level: expected with reference only"));
    if (*settings->web_listen_tls != '\0' &&
        (*settings->web_certificate == '\0' || *settings->web_key == '\0'))
        return conflict(error, _("web-listen-tls: expected with web-certificate and web-key"));
    if (settings->staff_total >= 0 && settings->staff_with_smartphone > settings->staff_total)
        return conflict(error, _("staff-with-smartphone: expected no more than staff-total"));
    if (settings->office_from_minute >= settings->office_to_minute)
        return conflict(error, _("office-to: expected later than office-from"));
    return check_pin_file(settings->web_pin_file, error);
}

/* ---- All together ---- */

static gboolean take_all(struct settings *settings, const struct settings_flags *flags,
                         const struct settings_file *file, GError **error)
{
    for (gsize i = 0; i < SETTINGS_COUNT; i++) {
        struct origin origin;
        gboolean is_good;

        find_origin(i, flags, file, &origin);
        is_good = take(&settings_table[i], &origin, settings, error);
        g_free(origin.where);
        if (!is_good)
            return FALSE;
    }
    return check_together(settings, error);
}

static struct settings *make(const struct settings_flags *flags, const struct settings_file *file,
                             GError **error)
{
    struct settings *settings = g_new0(struct settings, 1);

    return take_all(settings, flags, file, error) ? settings : settings_free(settings);
}

/* The file, once flags and environment are known to name settings only. */
static struct settings_file *open_sources(const struct settings_flags *flags, GError **error)
{
    if (!check_flags(flags, error) || !check_environment(error))
        return NULL;
    return read_file(flags, error);
}

struct settings *settings_read(const struct settings_flags *flags, GError **error)
{
    struct settings_file *file = open_sources(flags, error);
    struct settings *settings = file != NULL ? make(flags, file, error) : NULL;

    settings_file_free(file);
    return settings;
}

struct settings *settings_free(struct settings *settings)
{
    if (settings == NULL)
        return NULL;
    settings_clear(settings);
    g_free(settings);
    return NULL;
}

/* ---- check-config ---- */

static char *text_of(const struct settings_flags *flags, const struct settings_file *file)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();

    for (gsize i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        const char *group = settings_group_name(setting->group);
        g_autofree char *comment = NULL;
        struct origin origin;

        find_origin(i, flags, file, &origin);
        comment = g_strconcat(
            " ", origin.where != NULL ? origin.where : _("not set: this is the default"), NULL);
        g_key_file_set_string(keys, group, setting->name, origin.text);
        g_key_file_set_comment(keys, group, setting->name, comment, NULL);
        g_free(origin.where);
    }
    return g_key_file_to_data(keys, NULL, NULL);
}

char *settings_text(const struct settings_flags *flags, GError **error)
{
    struct settings_file *file = open_sources(flags, error);
    struct settings *settings = file != NULL ? make(flags, file, error) : NULL;
    char *text = settings != NULL ? text_of(flags, file) : NULL;

    settings_free(settings);
    settings_file_free(file);
    return text;
}

int settings_exit_code(const GError *error)
{
    if (g_error_matches(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE))
        return EXIT_USAGE;
    return g_error_matches(error, SETTINGS_ERROR, SETTINGS_ERROR_IO) ? EXIT_IO : EXIT_INPUT;
}
