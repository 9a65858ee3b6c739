/* SPDX-License-Identifier: MIT */
/* Whether a request was meant for us and comes from our own page: Host, Origin, token, cookie. */
#include "web_parts.h"

#include <sodium.h>

#include <string.h>

void web_random_hex(char ret_digits[TOKEN_DIGITS + 1])
{
    unsigned char bytes[TOKEN_DIGITS / 2];

    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(ret_digits, TOKEN_DIGITS + 1, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}

/* Whether `given` is the name with the port, which may be left out where it is the usual one. */
static gboolean is_host(const char *given, const char *name, guint port, guint usual)
{
    char *whole = g_strdup_printf("%s:%u", name, port);
    gboolean result = g_ascii_strcasecmp(given, whole) == 0 ||
                      (port == usual && g_ascii_strcasecmp(given, name) == 0);

    g_free(whole);
    return result;
}

/*
 * A name that somebody else's server gives out for our address (DNS rebinding) is not ours. Ours
 * are the very address that was connected to, "localhost" on the local screen, and the names in
 * the settings elsewhere.
 */
gboolean web_host_is_ours(const struct web_listener *listener, const char *host,
                          GSocketAddress *local)
{
    GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS(local);
    guint port = g_inet_socket_address_get_port(inet);
    guint usual = listener->place == WEB_TLS ? 443 : 80;
    char *text = g_inet_address_to_string(g_inet_socket_address_get_address(inet));
    char *bracketed = strchr(text, ':') != NULL ? g_strdup_printf("[%s]", text) : g_strdup(text);
    gboolean result = is_host(host, bracketed, port, usual);

    g_free(bracketed);
    g_free(text);
    if (listener->place == WEB_LOCAL)
        return result || is_host(host, "localhost", port, usual);
    for (char **name = listener->web->hosts; !result && *name != NULL; name++)
        result = is_host(host, *name, port, usual);
    return result;
}

gboolean web_origin_is_ours(const struct web_listener *listener, const char *origin,
                            const char *host)
{
    const char *scheme = listener->place == WEB_TLS ? "https://" : "http://";

    return g_str_has_prefix(origin, scheme) &&
           g_ascii_strcasecmp(origin + strlen(scheme), host) == 0;
}

gboolean web_token_is(const char *token, const char *given)
{
    return given != NULL && strlen(given) == TOKEN_DIGITS &&
           sodium_memcmp(token, given, TOKEN_DIGITS) == 0;
}

char *web_cookie(const char *header, const char *name, gsize digits)
{
    char **parts = g_strsplit(header, ";", 32);
    char *result = NULL;

    for (char **part = parts; *part != NULL && result == NULL; part++) {
        const char *text = g_strchug(*part);
        gsize length = strlen(name);

        if (g_str_has_prefix(text, name) && text[length] == '=' &&
            strlen(text + length + 1) == digits)
            result = g_strdup(text + length + 1);
    }
    g_strfreev(parts);
    return result;
}
