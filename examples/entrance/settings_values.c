/* SPDX-License-Identifier: MIT */
/* How a value of each kind of setting is read, and what is said when it is not of that kind. */
#include "settings_table.h"

#include "say.h"

#include <string.h>

enum { TEXT_MAX = 500 };

static void *member(const struct setting *setting, struct settings *settings)
{
    return (char *)settings + setting->offset;
}

/* Digits alone, perhaps after a minus. */
static gboolean read_number(const char *text, gint min, gint max, gint *ret_number)
{
    gint64 number;

    return *text != '+' && g_ascii_string_to_signed(text, 10, min, max, &number, NULL) &&
           (*ret_number = (gint)number, TRUE);
}

static gboolean is_line(const char *text, gsize max)
{
    if (strlen(text) > max || !g_utf8_validate(text, -1, NULL))
        return FALSE;
    for (; *text != '\0'; text += g_utf8_skip[(guchar)*text]) {
        GUnicodeType type = g_unichar_type(g_utf8_get_char(text));

        if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
            type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR)
            return FALSE;
    }
    return TRUE;
}

/* "127.0.0.1:8740" or "[::1]:8740"; the address is looked at by who listens there. */
static gboolean is_listen(const char *text)
{
    const char *colon = strrchr(text, ':');
    g_autofree char *host = NULL;
    gint port;

    if (*text == '\0')
        return TRUE;
    if (colon == NULL || !read_number(colon + 1, 0, 65535, &port))
        return FALSE;
    if (*text == '[' && colon > text && colon[-1] == ']')
        host = g_strndup(text + 1, (gsize)(colon - text - 2));
    else
        host = g_strndup(text, (gsize)(colon - text));
    return g_hostname_is_ip_address(host) && (strchr(host, ':') != NULL) == (*text == '[');
}

static gboolean is_url(const char *text)
{
    g_autofree char *host = NULL;

    return is_line(text, TEXT_MAX) && strpbrk(text, " \"<>") == NULL &&
           (g_str_has_prefix(text, "https://") || g_str_has_prefix(text, "http://")) &&
           g_uri_split_network(text, G_URI_FLAGS_NONE, NULL, &host, NULL, NULL) && *host != '\0';
}

/* GLib would look for any other name among files. */
static gboolean is_zone(const char *text)
{
    g_autoptr(GTimeZone) zone = NULL;

    if (*text == '\0')
        return TRUE;
    if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-:/") !=
        strlen(text))
        return FALSE;
    zone = g_time_zone_new_identifier(text);
    return zone != NULL;
}

static gboolean read_text(const struct setting *setting, const char *text,
                          struct settings *settings)
{
    gboolean is_good = is_line(text, TEXT_MAX) && (gint)strlen(text) >= setting->min;
    char **field = member(setting, settings);

    if (setting->kind == SETTING_LISTEN)
        is_good = is_listen(text);
    else if (setting->kind == SETTING_URL)
        is_good = is_url(text);
    else if (setting->kind == SETTING_ZONE)
        is_good = is_zone(text);
    if (!is_good)
        return FALSE;
    g_free(*field);
    *field = g_strdup(text);
    return TRUE;
}

static gboolean read_integer(const struct setting *setting, const char *text, void *field)
{
    gint number = -1;

    if (!(setting->kind == SETTING_COUNT && *text == '\0') &&
        !read_number(text, setting->min, setting->max, &number))
        return FALSE;
    memcpy(field, &number, sizeof(number));
    return TRUE;
}

static gboolean read_choice(const char *text, const char *const *choices, void *field)
{
    for (guint i = 0; choices[i] != NULL; i++)
        if (strcmp(choices[i], text) == 0) {
            memcpy(field, &i, sizeof(i));
            return TRUE;
        }
    return FALSE;
}

/* Numbers of two digits, or of four for the year, at their places, with `mark` between. */
static gboolean read_digits(const char *text, gsize size, guint *ret_number)
{
    *ret_number = 0;
    for (gsize i = 0; i < size; i++) {
        if (!g_ascii_isdigit(text[i]))
            return FALSE;
        *ret_number = *ret_number * 10 + (guint)(text[i] - '0');
    }
    return TRUE;
}

static gboolean read_date(const char *text, GDate *ret_date)
{
    guint year, month, day;

    if (*text == '\0') {
        g_date_clear(ret_date, 1);
        return TRUE;
    }
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || !read_digits(text, 4, &year) ||
        !read_digits(text + 5, 2, &month) || !read_digits(text + 8, 2, &day) || year < 1970 ||
        year > 2100 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return FALSE;
    g_date_clear(ret_date, 1);
    g_date_set_dmy(ret_date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    return TRUE;
}

static gboolean read_minutes(const char *text, guint *ret_minutes)
{
    guint hours, minutes;

    if (strlen(text) != 5 || text[2] != ':' || !read_digits(text, 2, &hours) ||
        !read_digits(text + 3, 2, &minutes) || minutes > 59 || hours * 60 + minutes > 24 * 60)
        return FALSE;
    *ret_minutes = hours * 60 + minutes;
    return TRUE;
}

/* Two hexadecimal digits to a byte, with `mark` between bytes, or without when it is '\0'. */
static gboolean read_bytes(const char *text, char mark, guint8 *ret_bytes, gsize size)
{
    gsize step = mark != '\0' ? 3 : 2;

    if (strlen(text) != size * step - (mark != '\0' ? 1 : 0))
        return FALSE;
    for (gsize i = 0; i < size; i++) {
        gint high = g_ascii_xdigit_value(text[i * step]);
        gint low = g_ascii_xdigit_value(text[i * step + 1]);

        if (high < 0 || low < 0 || (mark != '\0' && i + 1 < size && text[i * step + 2] != mark))
            return FALSE;
        ret_bytes[i] = (guint8)(high * 16 + low);
    }
    return TRUE;
}

/* "E2C56DB5-DFFB-48D2-B060-D0F5A71096E0" */
static gboolean read_uuid(const char *text, guint8 ret_uuid[16])
{
    g_autofree char *digits = g_malloc(strlen(text) + 1);
    char *end = digits;

    if (!g_uuid_string_is_valid(text))
        return FALSE;
    for (; *text != '\0'; text++)
        if (*text != '-')
            *end++ = *text;
    *end = '\0';
    return read_bytes(digits, '\0', ret_uuid, 16);
}

static gboolean read_reference(const char *text, struct settings_reference *ret_reference)
{
    struct settings_reference reference = {.kind = REFERENCE_NONE};
    g_auto(GStrv) parts = g_strsplit(text, "/", 4);
    gint major, minor;

    if (read_bytes(text, ':', reference.address, sizeof(reference.address))) {
        reference.kind = REFERENCE_ADDRESS;
    } else if (*text != '\0') {
        if (g_strv_length(parts) != 3 || !read_uuid(parts[0], reference.uuid) ||
            !read_number(parts[1], 0, G_MAXUINT16, &major) ||
            !read_number(parts[2], 0, G_MAXUINT16, &minor))
            return FALSE;
        reference.kind = REFERENCE_IBEACON;
        reference.major = (guint16)major;
        reference.minor = (guint16)minor;
    }
    *ret_reference = reference;
    return TRUE;
}

gboolean setting_parse(const struct setting *setting, const char *text, struct settings *settings)
{
    static const char *const switches[] = {"off", "on", NULL};
    void *field = member(setting, settings);

    switch (setting->kind) {
    case SETTING_TEXT:
    case SETTING_PATH:
    case SETTING_LISTEN:
    case SETTING_URL:
    case SETTING_ZONE:
        return read_text(setting, text, settings);
    case SETTING_NUMBER:
    case SETTING_COUNT:
        return read_integer(setting, text, field);
    case SETTING_SWITCH:
        return read_choice(text, switches, field);
    case SETTING_CHOICE:
        return read_choice(text, setting->choices, field);
    case SETTING_DATE:
        return read_date(text, field);
    case SETTING_MINUTES:
        return read_minutes(text, field);
    case SETTING_REFERENCE:
        return read_reference(text, field);
    }
    return FALSE;
}

static char *expected_choice(const struct setting *setting)
{
    GString *text = g_string_new(_("one of"));

    for (guint i = 0; setting->choices[i] != NULL; i++)
        g_string_append_printf(text, "%s %s", i > 0 ? "," : "", setting->choices[i]);
    return g_string_free(text, FALSE);
}

char *setting_expected(const struct setting *setting)
{
    switch (setting->kind) {
    case SETTING_TEXT:
        return g_strdup_printf(_("one line of text, up to %d bytes of UTF-8"), TEXT_MAX);
    case SETTING_PATH:
        return g_strdup(_("the name of a file"));
    case SETTING_LISTEN:
        return g_strdup(_("an address and a port, such as 127.0.0.1:8740 or [::1]:8740"));
    case SETTING_URL:
        return g_strdup(_("a web address that begins with https:// or http://"));
    case SETTING_ZONE:
        return g_strdup(_("a time zone, such as Asia/Ho_Chi_Minh or +07:00"));
    case SETTING_NUMBER:
        return g_strdup_printf(_("a whole number from %d to %d"), setting->min, setting->max);
    case SETTING_COUNT:
        return g_strdup_printf(_("a whole number from %d to %d, or nothing"), setting->min,
                               setting->max);
    case SETTING_SWITCH:
        return g_strdup(_("on or off"));
    case SETTING_CHOICE:
        return expected_choice(setting);
    case SETTING_DATE:
        return g_strdup(_("a day of the years 1970 to 2100, such as 2020-08-10, or nothing"));
    case SETTING_MINUTES:
        return g_strdup(_("a time of day from 00:00 to 24:00, such as 07:30"));
    case SETTING_REFERENCE:
        break;
    }
    return g_strdup(_("a beacon's address, such as AA:BB:CC:DD:EE:FF, or UUID/MAJOR/MINOR"));
}

void settings_clear(struct settings *settings)
{
    for (gsize i = 0; i < SETTINGS_COUNT; i++) {
        const struct setting *setting = &settings_table[i];

        if (setting->kind <= SETTING_ZONE)
            g_clear_pointer((char **)member(setting, settings), g_free);
    }
}
