/* SPDX-License-Identifier: MIT */
/* How a reader says what it refuses, and what else went wrong: to its caller's callback or as a
 * GError. */
#include "exchange/refuse.h"

#include "exchange/text.h"

GQuark beacon_exchange_error_quark(void)
{
    return g_quark_from_static_string("beacon-exchange-error-quark");
}

/* A file may have been named by a stranger too: what could steer a terminal becomes '?'. */
static GString *start_message(const char *name)
{
    GString *message = g_string_new(NULL);

    while (*name) {
        gunichar c = g_utf8_get_char_validated(name, -1);
        bool is_character = c != (gunichar)-1 && c != (gunichar)-2;

        if (is_character && g_unichar_isprint(c))
            g_string_append_unichar(message, c);
        else
            g_string_append_c(message, '?');
        name += is_character ? g_unichar_to_utf8(c, NULL) : 1;
    }
    g_string_append(message, ": ");
    return message;
}

static char *message_of(const struct beacon_refusal *refusal)
{
    GString *message = start_message(refusal->name);

    if (refusal->record > 0)
        g_string_append_printf(message, _("record %llu"), (unsigned long long)refusal->record);
    if (refusal->line > 0)
        g_string_append_printf(message, _("line %llu"), (unsigned long long)refusal->line);
    if (refusal->record > 0 || refusal->line > 0)
        g_string_append(message, ": ");
    if (refusal->field)
        g_string_append_printf(message, "%s: ", refusal->field);
    g_string_append_printf(message, _("expected %s"), refusal->expected);
    return g_string_free(message, FALSE);
}

bool bcn_refuse(const struct bcn_reader *reader, uint64_t record, uint64_t line, const char *field,
                const char *expected)
{
    struct beacon_refusal refusal = {
        .name = reader->name, .record = record, .line = line, .field = field, .expected = expected};
    char *message = message_of(&refusal);
    bool goes_on = false;

    refusal.message = message;
    if (!reader->on_refused)
        g_set_error_literal(reader->error, BEACON_EXCHANGE_ERROR, BEACON_EXCHANGE_ERROR_INPUT,
                            message);
    else if (reader->on_refused(&refusal, reader->user))
        goes_on = true;
    else
        bcn_fail_canceled(reader);
    g_free(message);
    return goes_on;
}

static bool fail(const char *name, BeaconExchangeError code, const char *text, GError **error)
{
    GString *message = start_message(name);

    g_string_append(message, text);
    g_set_error_literal(error, BEACON_EXCHANGE_ERROR, (int)code, message->str);
    g_string_free(message, TRUE);
    return false;
}

bool bcn_fail_canceled(const struct bcn_reader *reader)
{
    return fail(reader->name, BEACON_EXCHANGE_ERROR_CANCELED,
                _(beacon_error_text(BEACON_ECANCELED)), reader->error);
}

static bool fail_io(const char *name, const char *format, int error_number, GError **error)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s: %s", format, g_strerror(error_number));
    fail(name, BEACON_EXCHANGE_ERROR_IO, text->str, error);
    g_string_free(text, TRUE);
    return false;
}

bool bcn_fail_reading(const struct bcn_reader *reader, int error_number)
{
    return fail_io(reader->name, _("could not be read"), error_number, reader->error);
}

bool bcn_fail_writing(const char *name, int error_number, GError **error)
{
    return fail_io(name, _("could not be written"), error_number, error);
}
