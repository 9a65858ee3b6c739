/* SPDX-License-Identifier: MIT */
/* The page as a whole: its options looked at, its listeners opened and closed. */
#include "web_parts.h"

#include "say.h"

#include <sodium.h>

#include <string.h>

G_DEFINE_QUARK(entrance - web - error, web_error)

static const char *given(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

static gboolean read_hosts(struct web *web, const char *hosts, GError **error)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    char *lower = g_ascii_strdown(hosts != NULL ? hosts : "", -1);

    web->hosts = g_strsplit(lower, ",", -1);
    g_free(lower);
    for (char **host = web->hosts; *host != NULL; host++) {
        g_strstrip(*host);
        if (strspn(*host, letters) != strlen(*host)) {
            g_set_error(error, WEB_ERROR, WEB_ERROR_ADDRESS,
                        _("\"%s\" is not the name of a host, as in \"cua.local\""), *host);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean read_code(struct web *web, const char *code, GError **error)
{
    web->code = g_strdup(given(code) != NULL ? code : WEB_CODE);
    return web_code_check(web->code, error);
}

static gboolean read_timezone(struct web *web, const char *name, GError **error)
{
    web->timezone_name = g_strdup(given(name));
    web->timezone =
        given(name) != NULL ? g_time_zone_new_identifier(name) : g_time_zone_new_local();
    if (web->timezone == NULL)
        g_set_error(error, WEB_ERROR, WEB_ERROR_ADDRESS,
                    _("\"%s\" is not a time zone, as in \"Asia/Ho_Chi_Minh\" or \"+07:00\""), name);
    return web->timezone != NULL;
}

/* A key that others may read is no secret. */
static gboolean check_key_mode(const char *path, GError **error)
{
    GFile *file = g_file_new_for_path(path);
    GFileInfo *info =
        g_file_query_info(file, G_FILE_ATTRIBUTE_UNIX_MODE, G_FILE_QUERY_INFO_NONE, NULL, NULL);
    gboolean wide = info != NULL &&
                    (g_file_info_get_attribute_uint32(info, G_FILE_ATTRIBUTE_UNIX_MODE) & 07) != 0;

    if (wide)
        g_set_error(error, WEB_ERROR, WEB_ERROR_TLS,
                    _("%s: others may read or write it; allow its owner and group alone"), path);
    g_clear_object(&info);
    g_object_unref(file);
    return !wide;
}

static gboolean read_certificate(struct web_listener *listener, const struct web_options *options,
                                 GError **error)
{
    GError *cause = NULL;

    if (given(options->certificate) == NULL || given(options->key) == NULL ||
        given(options->pin_file) == NULL) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_TLS,
                    _("to listen over TLS takes a certificate, its key, and a PIN"));
        return FALSE;
    }
    if (!g_tls_backend_supports_tls(g_tls_backend_get_default())) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_TLS,
                    _("this system has no TLS for GLib (Debian: glib-networking)"));
        return FALSE;
    }
    if (!check_key_mode(options->key, error))
        return FALSE;
    listener->certificate =
        g_tls_certificate_new_from_files(options->certificate, options->key, &cause);
    if (listener->certificate == NULL) {
        g_set_error(error, WEB_ERROR,
                    cause->domain == G_FILE_ERROR || cause->domain == G_IO_ERROR ? WEB_ERROR_IO
                                                                                 : WEB_ERROR_TLS,
                    _("certificate %s with key %s: %s"), options->certificate, options->key,
                    cause->message);
        g_error_free(cause);
    }
    return listener->certificate != NULL;
}

static gboolean open_tls(struct web *web, const struct web_options *options, GError **error)
{
    if (given(options->listen_tls) == NULL)
        return TRUE;
    if (!read_certificate(&web->listeners[WEB_TLS], options, error))
        return FALSE;
    web->pin = web_pin_new(options->pin_file, door_clock(web->door), error);
    return web->pin != NULL &&
           web_gate_listen(web->gate, &web->listeners[WEB_TLS], options->listen_tls, error);
}

static gboolean open_all(struct web *web, const struct web_options *options, GError **error)
{
    const char *local = options->listen != NULL ? options->listen : WEB_LISTEN;

    if (*local != '\0' && !web_gate_listen(web->gate, &web->listeners[WEB_LOCAL], local, error))
        return FALSE;
    if (!open_tls(web, options, error))
        return FALSE;
    return given(options->listen_totals) == NULL ||
           web_gate_listen(web->gate, &web->listeners[WEB_TOTALS], options->listen_totals, error);
}

static gboolean read_options(struct web *web, const struct web_options *options, GError **error)
{
    web->language = options->language;
    web->unit = g_strdup(given(options->unit));
    web->settings = options->settings;
    web->gate = web_gate_new(options->connections, options->idle_s);
    return read_hosts(web, options->hosts, error) && read_code(web, options->code, error) &&
           read_timezone(web, options->timezone, error);
}

static void serve(struct web *web)
{
    web->totals = web_totals_new();
    web->events = web_events_new(web);
    for (guint i = 0; i < WEB_PLACES; i++)
        if (web->listeners[i].soup != NULL)
            web_routes_serve(&web->listeners[i]);
}

struct web *web_new(struct door *door, const struct web_options *options, GError **error)
{
    struct web *web = g_new0(struct web, 1);

    g_assert(options->size == sizeof *options);
    web->door = door;
    for (guint i = 0; i < WEB_PLACES; i++) {
        web->listeners[i].web = web;
        web->listeners[i].place = (enum web_place)i;
    }
    if (sodium_init() < 0) {
        g_set_error(error, WEB_ERROR, WEB_ERROR_PIN, _("this machine has no randomness"));
        return web_free(web);
    }
    web_random_hex(web->start);
    for (guint i = 0; i < WEB_PLACES; i++)
        web_random_hex(web->listeners[i].token);
    if (!read_options(web, options, error) || !open_all(web, options, error))
        return web_free(web);
    serve(web);
    return web;
}

struct web *web_free(struct web *web)
{
    if (web == NULL)
        return NULL;
    web->pin = web_pin_free(web->pin);
    for (guint i = 0; i < WEB_PLACES; i++)
        web_gate_close(&web->listeners[i]);
    web->events = web_events_free(web->events);
    web->gate = web_gate_free(web->gate);
    web->totals = web_totals_free(web->totals);
    for (guint i = 0; i < WEB_PLACES; i++) {
        struct web_listener *listener = &web->listeners[i];

        g_clear_object(&listener->certificate);
        g_clear_pointer(&listener->pages, g_hash_table_unref);
        g_free(listener->uri);
        sodium_memzero(listener->token, sizeof listener->token);
    }
    g_clear_pointer(&web->timezone, g_time_zone_unref);
    g_strfreev(web->hosts);
    g_free(web->code);
    g_free(web->unit);
    g_free(web->timezone_name);
    g_free(web);
    return NULL;
}

const char *web_local_uri(struct web *web)
{
    return web->listeners[WEB_LOCAL].uri;
}

const char *web_tls_uri(struct web *web)
{
    return web->listeners[WEB_TLS].uri;
}

const char *web_totals_uri(struct web *web)
{
    return web->listeners[WEB_TOTALS].uri;
}
