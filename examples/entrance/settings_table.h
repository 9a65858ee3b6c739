/* SPDX-License-Identifier: MIT */
/* The table of all settings, and how a value of each kind is read. */
#ifndef ENTRANCE_SETTINGS_TABLE_H
#define ENTRANCE_SETTINGS_TABLE_H

#include "settings.h"

/* What a value is, and the member of struct settings that it fills. */
enum setting_kind {
    SETTING_TEXT,      /* char *: one line; "" is none */
    SETTING_PATH,      /* char *: a file's; min 1: not "" */
    SETTING_LISTEN,    /* char *: "127.0.0.1:8740", "[::1]:8740", "" */
    SETTING_URL,       /* char *: http or https */
    SETTING_ZONE,      /* char * */
    SETTING_NUMBER,    /* gint, min to max */
    SETTING_COUNT,     /* gint, min to max; "" is -1 */
    SETTING_SWITCH,    /* gboolean: on, off */
    SETTING_CHOICE,    /* an enumeration, by the names of its values */
    SETTING_DATE,      /* GDate: "2020-08-10", "" */
    SETTING_MINUTES,   /* guint, minutes of the day: "07:00" */
    SETTING_REFERENCE, /* struct settings_reference */
};

struct setting {
    const char *name; /* in the file; with "--" the flag; in capitals the variable's ending */
    enum settings_group group;
    enum setting_kind kind;
    gsize offset;
    gint min, max;
    const char *const *choices; /* ended by NULL */
    const char *otherwise;      /* the value when nobody says one */
    const char *argument;       /* in the list of options */
    const char *help;
};

#define SETTINGS_COUNT 41
extern const struct setting settings_table[SETTINGS_COUNT];

/* "web": the group's name in the file. */
const char *settings_group_name(enum settings_group group);

/* Reads a value into the member, freeing what was there; FALSE when it is not of the kind. */
gboolean setting_parse(const struct setting *setting, const char *text, struct settings *settings);

/* What a value should be, in words; the caller frees it. */
char *setting_expected(const struct setting *setting);

/* Frees what the members hold. */
void settings_clear(struct settings *settings);

#endif
