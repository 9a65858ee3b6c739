/* SPDX-License-Identifier: MIT */
/* What the files of the page share, and nobody else: its listeners, and what each file does. */
#ifndef ENTRANCE_WEB_PARTS_H
#define ENTRANCE_WEB_PARTS_H

#include "web.h"

#include <libsoup/soup.h>

#define TOKEN_DIGITS      32                 /* 128 random bits, in hexadecimal */
#define BODY_MAX          1024               /* of a request */
#define WEB_DEVICE_DIGITS (2 * TOKEN_DIGITS) /* its number, and our mark */

/* Where a request came in says what it may have. */
enum web_place {
    WEB_LOCAL,  /* loopback: all */
    WEB_TLS,    /* all, to those who gave the PIN */
    WEB_TOTALS, /* hourly totals */
    WEB_PLACES,
};

struct web_listener {
    struct web *web;
    enum web_place place;
    SoupServer *soup; /* NULL: does not listen */
    GSocketService *service;
    GTlsCertificate *certificate;
    char *uri;
    char token[TOKEN_DIGITS + 1]; /* that each action must bear; known to our own pages alone */
    GHashTable *pages;            /* path to GBytes */
};

struct web {
    struct door *door;
    struct web_listener listeners[WEB_PLACES];
    struct web_gate *gate;
    struct web_pin *pin;       /* NULL: no TLS */
    struct web_events *events; /* NULL: neither local nor TLS */
    struct web_totals *totals;
    GTimeZone *timezone;
    const struct settings *settings;
    char **hosts; /* lower case */
    char *code, *unit, *timezone_name;
    enum language language;
    char start[TOKEN_DIGITS + 1]; /* another one each time the program starts; no secret */
};

void web_random_hex(char ret_digits[TOKEN_DIGITS + 1]);

/* ---- web_gate.c: who is let in, how many, and for how long ---- */

struct web_gate *web_gate_new(guint connections, guint idle_s);
struct web_gate *web_gate_free(struct web_gate *gate);
gboolean web_gate_listen(struct web_gate *gate, struct web_listener *listener, const char *address,
                         GError **error);
void web_gate_close(struct web_listener *listener);
/* A request was read or answered: its connection has time again. */
void web_gate_moved(struct web_gate *gate, SoupServerMessage *message);
/* From now on its answer has no end. */
void web_gate_streams(struct web_gate *gate, SoupServerMessage *message);
/* Ends its connection at once, whatever is still to be read or written. */
void web_gate_drop(struct web_gate *gate, SoupServerMessage *message);
/* The peer's address in words; the caller's. */
char *web_gate_peer(GSocketAddress *address);

/* ---- web_access.c: Host, Origin, token ---- */

gboolean web_host_is_ours(const struct web_listener *listener, const char *host,
                          GSocketAddress *local);
gboolean web_origin_is_ours(const struct web_listener *listener, const char *origin,
                            const char *host);
gboolean web_token_is(const char *token, const char *given);
/* The value of a cookie, of so many digits; NULL when there is none such. The caller's. */
char *web_cookie(const char *header, const char *name, gsize digits);

/* ---- web_pin.c: who gave the PIN ---- */

struct web_pin *web_pin_new(const char *path, beacon_clock *clock, GError **error);
struct web_pin *web_pin_free(struct web_pin *pin);
gboolean web_pin_has(struct web_pin *pin, const char *session);
void web_pin_forget(struct web_pin *pin, const char *session);

enum web_pin_result {
    WEB_PIN_RIGHT,
    WEB_PIN_WRONG,
    WEB_PIN_WAIT, /* guesses come too fast, of this peer or of strangers; or one is under way */
};
/* session, device: NULL unless right; the latter is what its device shall show next time. Called
 * now or later, but not once the pin is freed. */
typedef void web_pin_fn(enum web_pin_result result, const char *session, const char *device,
                        SoupServerMessage *message, gpointer user);
/* device: as it was given, or anything else; NULL: none. */
void web_pin_try(struct web_pin *pin, const char *peer, const char *device, const char *digits,
                 SoupServerMessage *message, web_pin_fn *fn, gpointer user);

/* ---- web_action.c: what a body asks for ---- */

/* An undo or an amendment must bear the row that the screen showed. */
gboolean web_action_parse(const char *body, gsize size, struct door_action *ret_action,
                          GError **error);
/* The caller wipes and frees it. */
char *web_pin_parse(const char *body, gsize size, GError **error);

/* ---- web_view.c, web_report.c, web_totals.c: what is told ---- */

char *web_view_json(const struct web *web); /* the caller's */

/* query: "from=2020-08-05&to=2020-08-06" and no other; NULL: today. */
char *web_report_json(const struct web *web, const char *query, GError **error);
gboolean web_report_days(const char *from, const char *to, GDate *ret_from, GDate *ret_to,
                         GError **error);

/* The report that is due, of "/report.html", "/report.csv" or "/report-semicolon.csv"; query:
 * "from=…&to=…&lang=vi". */
char *web_official(const struct web *web, const char *path, const char *query, GError **error);

/* One hour for the office's network: visits heard, and the others. */
struct web_total {
    guint64 heard, other;
    /* What may be shown of it. */
    gboolean shows_visits, shows_parts;
};
#define WEB_TOTAL_MIN 5
void web_total_hide(struct web_total *total);
struct web_totals *web_totals_new(void);
struct web_totals *web_totals_free(struct web_totals *totals);
GBytes *web_totals_page(struct web *web); /* the caller's reference */

/* ---- web_events.c: the view, whenever it changes ---- */

struct web_events *web_events_new(struct web *web);
struct web_events *web_events_free(struct web_events *events);
/* session: of WEB_TLS, else NULL; the stream ends with it. */
void web_events_add(struct web_events *events, SoupServerMessage *message, const char *session);

/* ---- web_routes.c: what is answered to what ---- */

void web_routes_serve(struct web_listener *listener);

/* ---- web_pages.c: the files that are compiled in ---- */

struct web_file {
    const char *name; /* "door.html" */
    const unsigned char *bytes;
    gsize size;
};
extern const struct web_file web_files[]; /* ends with one that has no name */

GBytes *web_file(const char *name);
/* A page with each {{name}} replaced; names and values alternate, and end with NULL. Values are
 * HTML already. */
GBytes *web_page_fill(const char *name, ...) G_GNUC_NULL_TERMINATED;
GHashTable *web_pages_of(const struct web_listener *listener);

/* ---- web_code.c: the address as a QR code ---- */

gboolean web_code_check(const char *code, GError **error);
char *web_code_svg(const char *code);                            /* the caller's */
char *web_code_words(const char *code);                          /* without "https://" and '/' */
char *web_code_spoken(const char *code, enum language language); /* "bluezone chấm gov chấm vn" */
char *poster_html(const char *code, const char *unit, const char *style, const char *back);

#endif
