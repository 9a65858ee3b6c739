/* SPDX-License-Identifier: MIT */
/* The web page on the box: door, guard and report for the local screen, the same over TLS for who
 * knows the PIN, hourly totals for the office's network; and the poster. */
#ifndef ENTRANCE_WEB_H
#define ENTRANCE_WEB_H

#include "door.h"

#include <stdio.h>

struct settings;
struct web;

#define WEB_ERROR (web_error_quark())
GQuark web_error_quark(void);

enum web_error {
    WEB_ERROR_ADDRESS, /* an address that cannot be read, or may not be listened on */
    WEB_ERROR_LISTEN,  /* the system does not let us listen there */
    WEB_ERROR_TLS,     /* certificate or key: damaged, or readable by others */
    WEB_ERROR_PIN,     /* the PIN, or what its file holds */
    WEB_ERROR_INPUT,   /* a request that cannot be understood */
    WEB_ERROR_IO,      /* a file cannot be read or written; no memory */
};

#define WEB_LISTEN     "127.0.0.1:8740"
#define WEB_CODE       "https://www.bluezone.gov.vn/"
#define WEB_PIN_DIGITS 6 /* at least */

/*
 * Strings are copied, and "" is NULL, but for `listen`, where "" is nowhere. An address is
 * "127.0.0.1:8740" or "[::1]:8740"; port 0 takes any.
 */
struct web_options {
    gsize size;                /* of this struct */
    const char *listen;        /* the local screen: loopback only; NULL: WEB_LISTEN */
    const char *listen_tls;    /* the same over TLS, by PIN; NULL: nowhere */
    const char *certificate;   /* PEM file; needed for TLS, as the next two are */
    const char *key;           /* PEM file, for its owner and group alone */
    const char *pin_file;      /* of web_pin_write */
    const char *listen_totals; /* hourly totals without TLS; NULL: nowhere */
    const char *hosts;         /* names of this machine beside its addresses: "cua.local,cua" */
    const char *code;          /* address in the QR code and in words; NULL: WEB_CODE */
    const char *unit;          /* the office's name; NULL: none */
    enum language language;    /* that a page begins in */
    const char *timezone;      /* "Asia/Ho_Chi_Minh", "+07:00"; NULL: the system's */
    const struct settings *settings; /* of the official report; borrowed; NULL: it is not offered */
    guint connections;               /* in all; half of them are kept for `listen`; 0: 128 */
    guint idle_s;                    /* for a request to be whole, an answer to be taken; 0: 10 */
};

/*
 * Serves a door from the default main context. `door` must outlive it. Every address is
 * listened on, or none is.
 */
struct web *web_new(struct door *door, const struct web_options *options, GError **error);
struct web *web_free(struct web *web);

/* Where it listens, with the port the system chose: "http://127.0.0.1:8740/". Borrowed; NULL where
 * it does not. */
const char *web_local_uri(struct web *web);
const char *web_tls_uri(struct web *web);
const char *web_totals_uri(struct web *web);

/* Writes the hash of a PIN of digits, mode 0600, whole or not at all. */
gboolean web_pin_write(const char *path, const char *pin, GError **error);

/* The poster: the spot, the waiting line and the code, to print on A4, in both languages. */
struct poster_options {
    gsize size;       /* of this struct */
    const char *code; /* NULL: WEB_CODE */
    const char *unit; /* NULL: none */
};

gboolean poster_write(FILE *out, const struct poster_options *options, GError **error);

#endif
