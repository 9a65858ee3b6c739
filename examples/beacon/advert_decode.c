/* SPDX-License-Identifier: MIT */
/* beacon advert decode: what advertising data is, field by field. */
#include "command.h"
#include "hex_operand.h"
#include "json.h"
#include "output.h"
#include "text.h"

#include <beacon/advert.h>

#include <string.h>

enum {
    DATA_MAX = 1650
}; /* the longest advertising data there is (Bluetooth Core 5.3, 6.B.2.3.4) */

/* Types of AD structures (Bluetooth Assigned Numbers, 2.3) that these phones, or those around them,
 * send. */
enum {
    AD_FLAGS = 0x01,
    AD_UUID16_SOME = 0x02,
    AD_UUID16_ALL = 0x03,
    AD_UUID32_SOME = 0x04,
    AD_UUID32_ALL = 0x05,
    AD_UUID128_SOME = 0x06,
    AD_UUID128_ALL = 0x07,
    AD_NAME_SHORT = 0x08,
    AD_NAME = 0x09,
    AD_TX_POWER = 0x0A,
    AD_SERVICE_DATA16 = 0x16,
    AD_COMPANY = 0xFF,
};

static const char *field_name(uint8_t type)
{
    switch (type) {
    case AD_FLAGS:
        return N_("flags");
    case AD_UUID16_SOME:
    case AD_UUID16_ALL:
        return N_("16-bit services");
    case AD_UUID32_SOME:
    case AD_UUID32_ALL:
        return N_("32-bit services");
    case AD_UUID128_SOME:
    case AD_UUID128_ALL:
        return N_("128-bit services");
    case AD_NAME_SHORT:
    case AD_NAME:
        return N_("name");
    case AD_TX_POWER:
        return N_("transmit power");
    case AD_SERVICE_DATA16:
        return N_("service data");
    case AD_COMPANY:
        return N_("manufacturer data");
    default:
        return N_("other");
    }
}

static const char *kind_word(enum beacon_advert_kind kind)
{
    switch (kind) {
    case BEACON_ADVERT_ANDROID:
        return "android";
    case BEACON_ADVERT_IPHONE_OPEN:
        return "iphone-open";
    case BEACON_ADVERT_IPHONE_BACKGROUND:
        return "iphone-background";
    case BEACON_ADVERT_OTHER:
    default:
        return "other";
    }
}

static const char *kind_sentence(enum beacon_advert_kind kind)
{
    switch (kind) {
    case BEACON_ADVERT_ANDROID:
        return _("An Android phone with the app running; it sends its identifier.");
    case BEACON_ADVERT_IPHONE_OPEN:
        return _("An iPhone with the app open; its identifier is read over a connection.");
    case BEACON_ADVERT_IPHONE_BACKGROUND:
        return _("Probably an iPhone with the app in the background; another app may set the same "
                 "bit, so only a connection tells.");
    case BEACON_ADVERT_OTHER:
    default:
        return _("Nothing of this protocol.");
    }
}

static void append_hex(GString *text, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%02X", bytes[i]);
}

/* Numbers of `width` bytes, the least significant byte first, as UUIDs are written. */
static void append_uuids(GString *text, const struct beacon_ad_field *field, size_t width)
{
    size_t offset = 0;

    for (; offset + width <= field->size; offset += width) {
        g_string_append(text, offset > 0 ? " 0x" : "0x");
        for (size_t i = width; i > 0; i--)
            g_string_append_printf(text, "%02X", field->value[offset + i - 1]);
    }
    if (offset < field->size) {
        g_string_append_c(text, ' ');
        append_hex(text, field->value + offset, field->size - offset);
    }
}

static void append_name(GString *text, const struct beacon_ad_field *field)
{
    g_autofree char *name = g_strndup((const char *)field->value, field->size);
    g_autofree char *safe = say_safe(name);

    g_string_append_printf(text, "\"%s\"", safe);
}

static void append_company(GString *text, const struct beacon_ad_field *field)
{
    if (field->size < 2) {
        append_hex(text, field->value, field->size);
        return;
    }
    g_string_append_printf(text, "0x%02X%02X ", field->value[1], field->value[0]);
    append_hex(text, field->value + 2, field->size - 2);
}

static void append_value(GString *text, const struct beacon_ad_field *field)
{
    switch (field->type) {
    case AD_UUID16_SOME:
    case AD_UUID16_ALL:
        append_uuids(text, field, 2);
        break;
    case AD_UUID32_SOME:
    case AD_UUID32_ALL:
        append_uuids(text, field, 4);
        break;
    case AD_UUID128_SOME:
    case AD_UUID128_ALL:
        append_uuids(text, field, 16);
        break;
    case AD_NAME_SHORT:
    case AD_NAME:
        append_name(text, field);
        break;
    case AD_SERVICE_DATA16:
    case AD_COMPANY:
        append_company(text, field);
        break;
    default:
        append_hex(text, field->value, field->size);
    }
}

static int print_text(const uint8_t *bytes, size_t size, const struct beacon_advert_info *info)
{
    struct beacon_ad_walk walk = beacon_ad_walk(bytes, size);
    GString *text = g_string_new(NULL);
    struct beacon_ad_field field;
    int code;

    g_string_append_printf(text, "%s\n", kind_sentence(info->kind));
    if (info->kind == BEACON_ADVERT_ANDROID) {
        char hex[2 * BEACON_IDENTIFIER_SIZE + 1];

        beacon_identifier_to_hex(&info->identifier, hex);
        g_string_append_printf(text, _("Identifier: %s\n"), hex);
    }
    if (info->tx_power_dbm != BEACON_TX_POWER_ABSENT)
        g_string_append_printf(text, _("Transmit power: %d dBm\n"), info->tx_power_dbm);
    while (beacon_ad_next(&walk, &field) == 1) {
        g_string_append_printf(text, "  0x%02X %s: ", field.type, _(field_name(field.type)));
        append_value(text, &field);
        g_string_append_c(text, '\n');
    }
    if (info->truncated)
        g_string_append(text, _("The last field is cut.\n"));
    code = output_text(text);
    g_string_free(text, TRUE);
    return code;
}

static void put_field(struct json *json, const struct beacon_ad_field *field)
{
    GString *value = g_string_new(NULL);

    append_hex(value, field->value, field->size);
    json_open_object(json);
    json_named_integer(json, "type", field->type);
    json_named_string(json, "name", field_name(field->type));
    json_named_string(json, "value", value->str);
    json_close_object(json);
    g_string_free(value, TRUE);
}

static int print_json(const uint8_t *bytes, size_t size, const struct beacon_advert_info *info)
{
    struct beacon_ad_walk walk = beacon_ad_walk(bytes, size);
    struct beacon_ad_field field;
    struct json json;

    json_begin(&json);
    json_open_object(&json);
    json_named_string(&json, "kind", kind_word(info->kind));
    if (info->kind == BEACON_ADVERT_ANDROID) {
        json_named_identifier(&json, "identifier", &info->identifier);
    } else {
        json_name(&json, "identifier");
        json_null(&json);
    }
    json_name(&json, "tx_power_dbm");
    if (info->tx_power_dbm != BEACON_TX_POWER_ABSENT)
        json_integer(&json, info->tx_power_dbm);
    else
        json_null(&json);
    json_name(&json, "truncated");
    json_boolean(&json, info->truncated);
    json_name(&json, "fields");
    json_open_array(&json);
    while (beacon_ad_next(&walk, &field) == 1)
        put_field(&json, &field);
    json_close_array(&json);
    json_close_object(&json);
    return json_end(&json);
}

static int run(const struct command *command, int argc, char *argv[])
{
    gboolean is_json = FALSE;
    const GOptionEntry options[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &is_json, N_("print JSON"), NULL},
        {.long_name = NULL},
    };
    struct beacon_advert_info info;
    struct operands operands;
    uint8_t bytes[DATA_MAX];
    size_t size;
    int code;

    if (!command_parse(command, options, argc, argv, 1, 1, &operands, &code))
        return code;
    code = hex_operand(operands.values[0], sizeof(bytes), bytes, &size);
    if (code != EXIT_RAN)
        return code;
    beacon_advert_recognise(bytes, size, &info);
    return is_json ? print_json(bytes, size, &info) : print_text(bytes, size, &info);
}

const struct command command_advert_decode = {
    .group = "advert",
    .name = "decode",
    .operands = N_("HEX [--json]"),
    .summary = N_("what advertising data is, field by field"),
    .description = N_(
        "Says what the advertising data HEX is: an Android phone with its identifier, an iPhone\n"
        "with the app open or in the background, or nothing of this protocol; then its fields.\n"
        "Digits may be parted by spaces, colons or hyphens; - reads them from standard input.\n"
        "\n"
        "With --json: {\"kind\",\"identifier\",\"tx_power_dbm\",\"truncated\",\"fields\"}."),
    .examples = "  beacon advert decode 0201020FFFB522B9A665D754FE65E665D76A450303564E\n"
                "  beacon advert encode B9A665D754FE65E665D76A45 | beacon advert decode -\n",
    .run = run,
};
