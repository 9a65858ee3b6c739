/* SPDX-License-Identifier: MIT */
/* beacon advert encode: the advertising data that carries an identifier. */
#include "command.h"
#include "hex_operand.h"
#include "output.h"
#include "text.h"

#include <beacon/advert.h>

#include <string.h>

static int print(const struct beacon_advert *advert)
{
    GString *text = g_string_new(NULL);
    int code;

    for (size_t i = 0; i < advert->size; i++)
        g_string_append_printf(text, "%02X", advert->bytes[i]);
    g_string_append_c(text, '\n');
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

static int encode_android(const char *operand)
{
    struct beacon_identifier identifier;
    struct beacon_advert advert;
    size_t size;
    int code = hex_operand(operand, sizeof(identifier.bytes), identifier.bytes, &size);

    if (code != EXIT_RAN)
        return code;
    if (size != sizeof(identifier.bytes)) {
        say(_("expected an identifier of 24 hexadecimal digits"));
        return EXIT_INPUT;
    }
    beacon_advert_android(&identifier, &advert);
    return print(&advert);
}

static int encode_iphone(const struct command *command, const char *state)
{
    struct beacon_advert advert;

    if (strcmp(state, "open") == 0)
        beacon_advert_iphone_open(&advert);
    else if (strcmp(state, "background") == 0)
        beacon_advert_iphone_background(NULL, &advert);
    else
        return usage_error(command, _("--iphone: expected open or background"));
    return print(&advert);
}

static int run(const struct command *command, int argc, char *argv[])
{
    g_auto(GStrv) iphone = NULL;
    const GOptionEntry options[] = {
        {"iphone", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &iphone,
         N_("an iPhone's form instead: open or background"), N_("STATE")},
        {.long_name = NULL},
    };
    struct operands operands;
    const char *state;
    int code = EXIT_USAGE;

    if (!command_parse(command, options, argc, argv, 0, 1, &operands, &code) ||
        !option_once(command, "--iphone", iphone, &state))
        return code;
    if ((state != NULL) == (operands.count == 1))
        return usage_error(command, _("expected either HEX or --iphone"));
    return state != NULL ? encode_iphone(command, state) : encode_android(operands.values[0]);
}

const struct command command_advert_encode = {
    .group = "advert",
    .name = "encode",
    .operands = N_("HEX | --iphone open|background"),
    .summary = N_("the advertising data that carries an identifier"),
    .description = N_(
        "Prints, in hexadecimal digits, what an Android phone advertises for the identifier HEX\n"
        "(24 digits; - reads them from standard input). An iPhone advertises the same for every\n"
        "identifier and lets it be read over a connection: --iphone prints that, for the app\n"
        "open or in the background."),
    .examples = "  beacon advert encode B9A665D754FE65E665D76A45\n"
                "  beacon advert encode --iphone background\n",
    .run = run,
};
