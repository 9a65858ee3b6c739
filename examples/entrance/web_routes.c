/* SPDX-License-Identifier: MIT */
/* What is answered to what: each request is checked before its body is read, and everything that
 * is not named here is refused. */
#include "web_parts.h"

#include "say.h"
#include "tongue.h"

#include <sodium.h>

#include <string.h>

#include "json.h"

/* Of a body that was refused, what is still read so that the refusal arrives. */
enum { DRAIN_MAX = 65536 };

/* A session's ends with the browser; a device's stays, and gives nothing but a pace of its own. */
#define SESSION_COOKIE "__Host-session"
#define DEVICE_COOKIE  "__Host-device"

enum { TOO_MANY_REQUESTS = 429 }; /* RFC 6585; libsoup has no name for it */

struct request {
    struct web_listener *listener;
    SoupServerMessage *message;
    SoupMessageHeaders *headers;
    const char *path, *query;
};

/* ---- In which language ---- */

/* That of the page, which its visitor may have changed; else the program's. */
static enum language language_of(const struct web_listener *listener, SoupServerMessage *message)
{
    const char *name = soup_message_headers_get_one(
        soup_server_message_get_request_headers(message), "X-Language");

    if (g_strcmp0(name, "vi") == 0)
        return LANGUAGE_VI;
    return g_strcmp0(name, "en") == 0 ? LANGUAGE_EN : listener->web->language;
}

/* ---- Answers ---- */

static void answer_bytes(SoupServerMessage *message, const char *type, GBytes *bytes)
{
    soup_server_message_set_status(message, SOUP_STATUS_OK, NULL);
    soup_message_headers_set_content_type(soup_server_message_get_response_headers(message), type,
                                          NULL);
    soup_message_body_append_bytes(soup_server_message_get_response_body(message), bytes);
}

/* text: freed. */
static void answer_text(SoupServerMessage *message, guint status, const char *type, char *text)
{
    GBytes *bytes = g_bytes_new_take(text, strlen(text));

    answer_bytes(message, type, bytes);
    soup_server_message_set_status(message, status, NULL);
    g_bytes_unref(bytes);
}

static void refuse(SoupServerMessage *message, guint status, const char *why)
{
    yajl_gen json = yajl_gen_alloc(NULL);

    yajl_gen_map_open(json);
    json_put_text(json, "error", why);
    yajl_gen_map_close(json);
    answer_text(message, status, "application/json", json_end(json));
}

/* What browsers shall do with every answer: nothing that we did not send. */
static void protect(const struct web_listener *listener, SoupServerMessage *message)
{
    static const char *const headers[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
         "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
        {"Cache-Control", "no-store"},
    };
    SoupMessageHeaders *answer = soup_server_message_get_response_headers(message);

    for (guint i = 0; i < G_N_ELEMENTS(headers); i++)
        soup_message_headers_replace(answer, headers[i][0], headers[i][1]);
    if (listener->place == WEB_TLS)
        soup_message_headers_replace(answer, "Strict-Transport-Security", "max-age=31536000");
}

/* ---- Who asks ---- */

static const char *header(const struct request *request, const char *name)
{
    return soup_message_headers_get_list(request->headers, name);
}

static char *cookie_of(const struct request *request, const char *name, gsize digits)
{
    const char *cookies = header(request, "Cookie");

    return cookies != NULL ? web_cookie(cookies, name, digits) : NULL;
}

/* The session of a request over TLS; NULL without one. The caller's. */
static char *session_of(const struct request *request)
{
    char *session = cookie_of(request, SESSION_COOKIE, TOKEN_DIGITS);

    if (request->listener->web->pin != NULL && web_pin_has(request->listener->web->pin, session))
        return session;
    g_free(session);
    return NULL;
}

static gboolean is_open_to_all(const char *path)
{
    static const char *const paths[] = {
        "/login", "/login.js", "/texts.js", "/style.css", "/icon.svg",
    };

    for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
        if (strcmp(path, paths[i]) == 0)
            return TRUE;
    return FALSE;
}

static gboolean is_known(const struct request *request)
{
    return request->listener->place != WEB_TLS || is_open_to_all(request->path);
}

/* A request that another site's page makes, where a browser says so. */
static gboolean is_of_another_site(const struct request *request)
{
    const char *site = header(request, "Sec-Fetch-Site");

    return site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
}

/* ---- Pages and data ---- */

static const char *type_of(const char *path)
{
    if (g_str_has_suffix(path, ".js"))
        return "text/javascript; charset=utf-8";
    if (g_str_has_suffix(path, ".css"))
        return "text/css; charset=utf-8";
    if (g_str_has_suffix(path, ".svg"))
        return "image/svg+xml";
    return "text/html; charset=utf-8";
}

static void get_page(struct request *request)
{
    GBytes *page = g_hash_table_lookup(request->listener->pages, request->path);

    answer_bytes(request->message, type_of(request->path), page);
}

static void get_totals(struct request *request)
{
    GBytes *page = web_totals_page(request->listener->web);

    answer_bytes(request->message, "text/html; charset=utf-8", page);
    g_bytes_unref(page);
}

static void get_events(struct request *request)
{
    char *session = session_of(request);

    web_events_add(request->listener->web->events, request->message, session);
    g_free(session);
}

/* text: freed; NULL and an error: refused. */
static void answer_report(struct request *request, const char *type, char *text, GError *error)
{
    if (text != NULL) {
        answer_text(request->message, SOUP_STATUS_OK, type, text);
        return;
    }
    refuse(request->message,
           g_error_matches(error, WEB_ERROR, WEB_ERROR_INPUT) ? SOUP_STATUS_BAD_REQUEST
                                                              : SOUP_STATUS_INTERNAL_SERVER_ERROR,
           error->message);
    g_error_free(error);
}

static void get_report_json(struct request *request)
{
    GError *error = NULL;
    char *text = web_report_json(request->listener->web, request->query, &error);

    answer_report(request, "application/json", text, error);
}

/* A file to keep: a screen without keys could not come back from it. Shown all the same, it is
 * bound to be a document that does nothing. */
static void get_official(struct request *request)
{
    SoupMessageHeaders *headers = soup_server_message_get_response_headers(request->message);
    gboolean is_letter = g_str_has_suffix(request->path, ".html");
    GError *error = NULL;
    char *text = web_official(request->listener->web, request->path, request->query, &error);

    soup_message_headers_replace(headers, "Content-Security-Policy",
                                 "default-src 'none'; style-src 'unsafe-inline'; sandbox; "
                                 "frame-ancestors 'none'");
    if (text != NULL)
        soup_message_headers_replace(headers, "Content-Disposition",
                                     is_letter ? "attachment; filename=\"bluezone.html\""
                                               : "attachment; filename=\"bluezone.csv\"");
    answer_report(request, is_letter ? "text/html; charset=utf-8" : "text/csv; charset=utf-8", text,
                  error);
}

/* ---- Actions ---- */

static GBytes *body_of(SoupServerMessage *message)
{
    return soup_message_body_flatten(soup_server_message_get_request_body(message));
}

static void post_act(struct request *request)
{
    struct door *door = request->listener->web->door;
    GBytes *body = body_of(request->message);
    struct door_action action;
    GError *error = NULL;

    if (!web_action_parse(g_bytes_get_data(body, NULL), g_bytes_get_size(body), &action, &error))
        refuse(request->message, SOUP_STATUS_BAD_REQUEST, error->message);
    else if (!door_act(door, &action, &error))
        refuse(request->message, SOUP_STATUS_CONFLICT, error->message);
    else
        answer_text(request->message, SOUP_STATUS_OK, "application/json", g_strdup("{}"));
    g_clear_error(&error);
    g_bytes_unref(body);
}

static void set_cookie(SoupServerMessage *message, const char *name, const char *value,
                       const char *more)
{
    char *cookie =
        g_strdup_printf("%s=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", name, value, more);

    soup_message_headers_append(soup_server_message_get_response_headers(message), "Set-Cookie",
                                cookie);
    sodium_memzero(cookie, strlen(cookie));
    g_free(cookie);
}

static void answer_pin(enum web_pin_result result, const char *session, const char *device,
                       SoupServerMessage *message)
{
    switch (result) {
    case WEB_PIN_RIGHT:
        set_cookie(message, SESSION_COOKIE, session, "");
        set_cookie(message, DEVICE_COOKIE, device, "; Max-Age=31536000");
        answer_text(message, SOUP_STATUS_OK, "application/json", g_strdup("{}"));
        break;
    case WEB_PIN_WRONG:
        refuse(message, SOUP_STATUS_FORBIDDEN, _("not this PIN"));
        break;
    case WEB_PIN_WAIT:
        refuse(message, TOO_MANY_REQUESTS,
               _("too many attempts; please wait, or use the screen at the door"));
        break;
    }
}

static void on_pin(enum web_pin_result result, const char *session, const char *device,
                   SoupServerMessage *message, gpointer user)
{
    gpointer before;

    if (g_object_get_data(G_OBJECT(message), "finished") != NULL)
        return; /* whoever asked has gone */
    before = tongue_of(language_of(user, message));
    answer_pin(result, session, device, message);
    tongue_back(before);
    soup_server_message_unpause(message);
}

static void post_login(struct request *request)
{
    GBytes *body = body_of(request->message);
    GError *error = NULL;
    char *digits = web_pin_parse(g_bytes_get_data(body, NULL), g_bytes_get_size(body), &error);
    char *peer, *device;

    g_bytes_unref(body);
    if (digits == NULL) {
        refuse(request->message, SOUP_STATUS_BAD_REQUEST, error->message);
        g_error_free(error);
        return;
    }
    peer = web_gate_peer(soup_server_message_get_remote_address(request->message));
    device = cookie_of(request, DEVICE_COOKIE, WEB_DEVICE_DIGITS);
    soup_server_message_pause(request->message);
    web_pin_try(request->listener->web->pin, peer, device, digits, request->message, on_pin,
                request->listener);
    g_free(device);
    g_free(peer);
    sodium_memzero(digits, strlen(digits));
    g_free(digits);
}

static void post_logout(struct request *request)
{
    char *session = session_of(request);

    if (session != NULL)
        web_pin_forget(request->listener->web->pin, session);
    set_cookie(request->message, SESSION_COOKIE, "", "; Max-Age=0");
    answer_text(request->message, SOUP_STATUS_OK, "application/json", g_strdup("{}"));
    g_free(session);
}

/* ---- Routes ---- */

enum { AT_LOCAL = 1 << WEB_LOCAL, AT_TLS = 1 << WEB_TLS, AT_TOTALS = 1 << WEB_TOTALS };

struct route {
    const char *method, *path;
    unsigned places;
    gboolean has_query;
    void (*answer)(struct request *request);
};

static const struct route routes[] = {
    {"GET", "/", AT_TOTALS, FALSE, get_totals},
    {"GET", "/events", AT_LOCAL | AT_TLS, FALSE, get_events},
    {"GET", "/report.json", AT_LOCAL | AT_TLS, TRUE, get_report_json},
    {"GET", "/report.html", AT_LOCAL | AT_TLS, TRUE, get_official},
    {"GET", "/report.csv", AT_LOCAL | AT_TLS, TRUE, get_official},
    {"GET", "/report-semicolon.csv", AT_LOCAL | AT_TLS, TRUE, get_official},
    {"POST", "/act", AT_LOCAL | AT_TLS, FALSE, post_act},
    {"POST", "/login", AT_TLS, FALSE, post_login},
    {"POST", "/logout", AT_TLS, FALSE, post_logout},
};

static const struct route page_route = {"GET", NULL, AT_LOCAL | AT_TLS, FALSE, get_page};

static gboolean is_offered(const struct request *request, const struct route *route)
{
    return route->answer != get_official || request->listener->web->settings != NULL;
}

static const struct route *find_route(const struct request *request, const char *method)
{
    for (guint i = 0; i < G_N_ELEMENTS(routes); i++) {
        const struct route *route = &routes[i];

        if ((route->places & 1U << request->listener->place) != 0 &&
            strcmp(route->path, request->path) == 0 && strcmp(route->method, method) == 0)
            return is_offered(request, route) ? route : NULL;
    }
    if (strcmp(method, "GET") == 0 &&
        g_hash_table_contains(request->listener->pages, request->path))
        return &page_route;
    return NULL;
}

static struct request request_of(struct web_listener *listener, SoupServerMessage *message)
{
    GUri *uri = soup_server_message_get_uri(message);

    return (struct request){
        .listener = listener,
        .message = message,
        .headers = soup_server_message_get_request_headers(message),
        .path = g_uri_get_path(uri),
        .query = g_uri_get_query(uri),
    };
}

/* ---- Checks, on the headers alone ---- */

/* Who is let in without a PIN sits at this machine; behind a proxy it could be anybody. */
static gboolean came_by_proxy(const struct request *request)
{
    static const char *const names[] = {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (request->listener->place == WEB_LOCAL && header(request, names[i]) != NULL)
            return TRUE;
    return FALSE;
}

static gboolean check_host(struct request *request)
{
    const char *host = header(request, "Host");
    const char *origin = header(request, "Origin");
    GSocketAddress *local = soup_server_message_get_local_address(request->message);

    if (host == NULL || !web_host_is_ours(request->listener, host, local)) {
        refuse(request->message, SOUP_STATUS_FORBIDDEN, _("this is not the host you ask for"));
        return FALSE;
    }
    if (origin != NULL && !web_origin_is_ours(request->listener, origin, host)) {
        refuse(request->message, SOUP_STATUS_FORBIDDEN, _("not from another site"));
        return FALSE;
    }
    return TRUE;
}

static gboolean check_body(struct request *request, gboolean is_post)
{
    const char *length = header(request, "Content-Length");
    const char *type = soup_message_headers_get_content_type(request->headers, NULL);
    guint64 size = 0;

    if (header(request, "Transfer-Encoding") != NULL || (is_post && length == NULL))
        refuse(request->message, SOUP_STATUS_LENGTH_REQUIRED, _("how long is it?"));
    else if (length != NULL &&
             (!g_ascii_string_to_unsigned(length, 10, 0, G_MAXINT64, &size, NULL) ||
              size > (is_post ? BODY_MAX : 0)))
        refuse(request->message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, _("that is too long"));
    else if (is_post && g_strcmp0(type, "application/json") != 0)
        refuse(request->message, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE, _("JSON was expected"));
    else
        return TRUE;
    return FALSE;
}

static gboolean check_route(struct request *request, const char *method)
{
    const struct route *route = find_route(request, method);

    if (route == NULL || (request->query != NULL && !route->has_query)) {
        refuse(request->message, SOUP_STATUS_NOT_FOUND, _("there is nothing here"));
        return FALSE;
    }
    if (route != &page_route && request->listener->place != WEB_TOTALS &&
        is_of_another_site(request)) {
        refuse(request->message, SOUP_STATUS_FORBIDDEN, _("not from another site"));
        return FALSE;
    }
    return TRUE;
}

static void send_to_login(struct request *request)
{
    soup_server_message_set_status(request->message, SOUP_STATUS_SEE_OTHER, NULL);
    soup_message_headers_replace(soup_server_message_get_response_headers(request->message),
                                 "Location", "/login");
}

static gboolean check_session(struct request *request)
{
    char *session;

    if (is_known(request))
        return TRUE;
    session = session_of(request);
    if (session == NULL && find_route(request, "GET") == &page_route)
        send_to_login(request);
    else if (session == NULL)
        refuse(request->message, SOUP_STATUS_UNAUTHORIZED, _("the PIN is needed first"));
    g_free(session);
    return soup_server_message_get_status(request->message) == 0;
}

static gboolean check_post(struct request *request)
{
    if (header(request, "Origin") == NULL ||
        !web_token_is(request->listener->token, header(request, "X-Token"))) {
        refuse(request->message, SOUP_STATUS_FORBIDDEN,
               _("not from our own page; please load it again"));
        return FALSE;
    }
    return TRUE;
}

static void check(struct request *request)
{
    const char *method = soup_server_message_get_method(request->message);
    gboolean is_post = g_strcmp0(method, "POST") == 0;

    if (came_by_proxy(request)) {
        refuse(request->message, SOUP_STATUS_FORBIDDEN,
               _("this page is for this machine alone, not for a proxy"));
        return;
    }
    if (!check_host(request))
        return;
    if (!is_post && g_strcmp0(method, "GET") != 0) {
        soup_message_headers_replace(soup_server_message_get_response_headers(request->message),
                                     "Allow", "GET, POST");
        refuse(request->message, SOUP_STATUS_METHOD_NOT_ALLOWED, _("GET or POST"));
        return;
    }
    if (check_route(request, method) && check_body(request, is_post) && check_session(request) &&
        is_post)
        check_post(request);
}

static void on_headers(SoupServer *soup, SoupServerMessage *message, const char *path,
                       GHashTable *query, gpointer user)
{
    struct web_listener *listener = user;
    struct request request = request_of(listener, message);
    gpointer before;

    (void)soup, (void)path, (void)query;
    protect(listener, message);
    soup_message_headers_remove(request.headers, "Range"); /* parts of pages could be made many */
    before = tongue_of(language_of(listener, message));
    check(&request);
    tongue_back(before);
    if (soup_server_message_get_status(message) == 0)
        return;
    soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
    soup_message_headers_replace(soup_server_message_get_response_headers(message), "Connection",
                                 "close");
}

static void on_request(SoupServer *soup, SoupServerMessage *message, const char *path,
                       GHashTable *query, gpointer user)
{
    struct request request = request_of(user, message);
    const struct route *route = find_route(&request, soup_server_message_get_method(message));
    gpointer before;

    (void)soup, (void)path, (void)query;
    before = tongue_of(language_of(request.listener, message));
    if (route != NULL) /* as the headers promised */
        route->answer(&request);
    else
        refuse(message, SOUP_STATUS_NOT_FOUND, _("there is nothing here"));
    tongue_back(before);
}

/* ---- The course of a request ---- */

static void on_chunk(SoupServerMessage *message, GBytes *chunk, struct web_listener *listener)
{
    gsize read = GPOINTER_TO_SIZE(g_object_get_data(G_OBJECT(message), "read"));

    read += g_bytes_get_size(chunk);
    g_object_set_data(G_OBJECT(message), "read", GSIZE_TO_POINTER(read));
    if (read > DRAIN_MAX)
        web_gate_drop(listener->web->gate, message);
}

static void on_started(SoupServer *soup, SoupServerMessage *message, struct web_listener *listener)
{
    (void)soup;
    g_signal_connect(message, "got-chunk", G_CALLBACK(on_chunk), listener);
}

static void on_read(SoupServer *soup, SoupServerMessage *message, struct web_listener *listener)
{
    (void)soup;
    web_gate_moved(listener->web->gate, message);
}

static void on_ended(SoupServer *soup, SoupServerMessage *message, struct web_listener *listener)
{
    (void)soup;
    g_object_set_data(G_OBJECT(message), "finished", message);
    web_gate_moved(listener->web->gate, message);
}

void web_routes_serve(struct web_listener *listener)
{
    listener->pages = web_pages_of(listener);
    g_signal_connect(listener->soup, "request-started", G_CALLBACK(on_started), listener);
    g_signal_connect(listener->soup, "request-read", G_CALLBACK(on_read), listener);
    g_signal_connect(listener->soup, "request-finished", G_CALLBACK(on_ended), listener);
    g_signal_connect(listener->soup, "request-aborted", G_CALLBACK(on_ended), listener);
    soup_server_add_early_handler(listener->soup, NULL, on_headers, listener, NULL);
    soup_server_add_handler(listener->soup, NULL, on_request, listener, NULL);
}
