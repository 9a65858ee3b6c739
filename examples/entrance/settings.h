/* SPDX-License-Identifier: MIT */
/* The settings of the check: one table of them, read from flags, the environment, a file, or what
 * they are otherwise, in this order. */
#ifndef ENTRANCE_SETTINGS_H
#define ENTRANCE_SETTINGS_H

#include "words.h"

#define SETTINGS_FILE "/etc/beacon-entrance.conf"

#define SETTINGS_ERROR (settings_error_quark())
GQuark settings_error_quark(void);

enum settings_error {
    SETTINGS_ERROR_USAGE, /* a flag; the text names it and says what was expected */
    SETTINGS_ERROR_INPUT, /* the file or the environment; the text names file and line, or variable
                           */
    SETTINGS_ERROR_IO,    /* the file cannot be read */
};

/* The fixed beacon by which it is known that the receiver hears (proof A). */
enum reference_kind { REFERENCE_NONE, REFERENCE_ADDRESS, REFERENCE_IBEACON };

struct settings_reference {
    enum reference_kind kind;
    guint8 address[6]; /* ADDRESS: most significant byte first */
    guint8 uuid[16];   /* IBEACON */
    guint16 major, minor;
};

/* Texts are never NULL: "" is none. */
struct settings {
    /* general */
    enum language language;
    char *timezone; /* "Asia/Ho_Chi_Minh", "+07:00"; "": the system's */

    /* radio */
    char *radio; /* as beacon_radio_open takes it */
    guint scan_interval_ms, scan_window_ms;
    struct settings_reference reference;
    gint reference_level_dbm; /* expected of it; 0: as calibration measures it */

    /* check */
    enum check_mode mode;
    enum person person;
    enum direction direction;
    char *calibration_file;

    /* tally */
    char *tally_file;
    guint condense_days;

    /* screen */
    gboolean terminal, bell;

    /* web; addresses are "127.0.0.1:8740" or "[::1]:8740", "": not listened on */
    char *web_listen;        /* the local screen */
    char *web_listen_tls;    /* with certificate and key */
    char *web_listen_totals; /* hourly totals, plain */
    char *web_certificate, *web_key, *web_pin_file;
    char *web_hosts;   /* names of this machine, by commas */
    char *install_url; /* in the QR code and in words */

    /* report */
    char *organisation;         /* the issuing unit */
    char *superior;             /* the one above it */
    char *abbreviation;         /* of the unit, in the report's number: "STTTT" */
    char *place;                /* of signing */
    char *recipients;           /* Nơi nhận, by semicolons */
    char *report_number;        /* "12"; "": left open, to be written in */
    char *head_title;           /* of who signs; "": as usual in the language */
    char *province_letter;      /* "4758/VP-KGVX" */
    GDate province_letter_date; /* a date that is not set is cleared: !g_date_valid */
    char *province_letter_from; /* who wrote it */
    char *ministry_letter;      /* "2841/BTTTT-THH" */
    GDate ministry_letter_date;
    char *ministry_letter_from;
    GDate due_date;
    gint staff_total;                           /* -1: not entered */
    gint staff_with_smartphone;                 /* -1: not entered */
    guint office_from_minute, office_to_minute; /* office hours, minutes of the day */
};

/* Groups of settings, for the flags of one command. The file and the environment have them all. */
enum settings_group {
    SETTINGS_GENERAL = 1 << 0,
    SETTINGS_RADIO = 1 << 1,
    SETTINGS_CHECK = 1 << 2,
    SETTINGS_TALLY = 1 << 3,
    SETTINGS_SCREEN = 1 << 4,
    SETTINGS_WEB = 1 << 5,
    SETTINGS_REPORT = 1 << 6,
    SETTINGS_ALL = (1 << 7) - 1,
};

/* What came on the command line. */
struct settings_flags;

/*
 * Flags of the groups, and --config FILE, to be filled by GOption. `own`: options of the command,
 * which come first; ends with one that has no name; NULL: none. The options are borrowed from the
 * flags, and end so too. Each takes a text (G_OPTION_ARG_FILENAME_ARRAY).
 */
struct settings_flags *settings_flags_new(guint groups, const GOptionEntry own[]);
const GOptionEntry *settings_flags_options(struct settings_flags *flags);
struct settings_flags *settings_flags_free(struct settings_flags *flags);

/* What is in force. flags: NULL is none. SETTINGS_FILE need not be there; one that was named
 * (--config, BEACON_ENTRANCE_CONFIG) must. */
struct settings *settings_read(const struct settings_flags *flags, GError **error);
struct settings *settings_free(struct settings *settings);

/* For check-config: each setting with its value and where it is from, as lines of a file that would
 * say the same. The caller frees it. */
char *settings_text(const struct settings_flags *flags, GError **error);

/* The exit code for an error of this page. */
int settings_exit_code(const GError *error);

#endif
