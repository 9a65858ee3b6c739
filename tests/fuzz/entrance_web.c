/* SPDX-License-Identifier: MIT */
/* What visitors of the page send and we read ourselves: bodies of actions and of the PIN, Host and
 * Origin, cookies, periods. What is taken is within its range; what is refused is said. */
#include "web_parts.h"

#include "fuzz/replay.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_error(bool taken, GError *error)
{
    check(taken == (error == NULL));
    check(taken || g_error_matches(error, WEB_ERROR, WEB_ERROR_INPUT));
    check(taken || g_utf8_validate(error->message, -1, NULL));
    g_clear_error(&error);
}

static bool is_flag(gboolean value)
{
    return value == TRUE || value == FALSE;
}

static void check_note(const struct door_note *note)
{
    check(note->installed <= INSTALLED_NO);
    check(is_flag(note->installed_seen) && is_flag(note->told) && is_flag(note->helped));
    check(is_flag(note->exempt) && is_flag(note->declined));
}

static void read_action(const char *text, gsize size)
{
    struct door_action action;
    GError *error = NULL;
    bool taken = web_action_parse(text, size, &action, &error);

    check_error(taken, error);
    if (!taken)
        return;
    check(size <= BODY_MAX && action.act <= DOOR_DO_STOP_CALIBRATING);
    check(action.person <= PERSON_VISITOR && action.direction <= DIRECTION_OUT);
    check(action.mode < MODES);
    check_note(&action.note);
    check((action.act == DOOR_DO_BY_HAND) == (action.count >= 1) && action.count <= 999);
    check(action.row >= (action.act == DOOR_DO_UNDO ? 1 : 0));
    check(action.row == 0 || action.act == DOOR_DO_UNDO || action.act == DOOR_DO_AMEND);
}

static void read_pin(const char *text, gsize size)
{
    GError *error = NULL;
    char *pin = web_pin_parse(text, size, &error);

    check_error(pin != NULL, error);
    check(pin == NULL || strlen(pin) <= size);
    g_free(pin);
}

static void read_headers(const char *text)
{
    char name[] = "cua.local";
    char *hosts[] = {name, NULL};
    struct web web = {.hosts = hosts};
    struct web_listener listener = {.web = &web, .place = WEB_TLS};
    GSocketAddress *local = g_inet_socket_address_new_from_string("192.0.2.7", 8443);
    char *session = web_cookie(text, "__Host-session", TOKEN_DIGITS);
    char *lower = g_ascii_strdown(text, -1);

    check(session == NULL || strlen(session) == TOKEN_DIGITS);
    check(web_host_is_ours(&listener, text, local) ==
          (strcmp(lower, "192.0.2.7:8443") == 0 || strcmp(lower, "cua.local:8443") == 0));
    check(web_origin_is_ours(&listener, text, "cua.local:8443") ==
          (g_str_has_prefix(text, "https://") && strcmp(lower, "https://cua.local:8443") == 0));
    g_free(lower);
    g_free(session);
    g_object_unref(local);
}

static void read_days(const char *text)
{
    GDate from, to;
    GError *error = NULL;
    bool taken = web_report_days(text, text, &from, &to, &error);

    check_error(taken, error);
    check(!taken || (g_date_valid(&from) && g_date_compare(&from, &to) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = g_strndup((const char *)data, size);
    GError *error = NULL;

    read_action((const char *)data, size);
    read_pin((const char *)data, size);
    read_headers(text);
    read_days(text);
    if (web_code_check(text, &error)) {
        char *svg = web_code_svg(text);

        check(strchr(svg, '&') == NULL || strchr(text, '&') != NULL);
        g_free(svg);
    }
    g_clear_error(&error);
    g_free(text);
    return 0;
}
