/* SPDX-License-Identifier: MIT */
/* Advertising data, between its bytes and the properties that bluetoothd makes of them. */
#include "radio/bluez.h"

#include <string.h>

/* Types of AD structures (Assigned Numbers, 2.3). */
enum {
    FLAGS = 0x01,
    UUIDS16_MORE = 0x02,
    UUIDS16 = 0x03,
    UUIDS32_MORE = 0x04,
    UUIDS32 = 0x05,
    UUIDS128_MORE = 0x06,
    UUIDS128 = 0x07,
    NAME_SHORT = 0x08,
    NAME = 0x09,
    TX_POWER = 0x0A,
    SERVICE_DATA16 = 0x16,
    SERVICE_DATA32 = 0x20,
    SERVICE_DATA128 = 0x21,
    MANUFACTURER = 0xFF,
};

enum { VALUE_MAX = 254, NAME_MAX_SIZE = 248 };

/* ---- UUIDs: in text most significant byte first, on the air last ---- */

static const char base_uuid[] = "-0000-1000-8000-00805f9b34fb";

/* Its shortest form, 2, 4 or 16 bytes; 0 where the text is none. */
static gsize uuid_bytes(const char *text, guint8 ret_bytes[16])
{
    guint8 whole[16];
    gsize digits = 0;
    if (strlen(text) != 36)
        return 0;
    for (gsize i = 0; i < 36; i++) {
        gboolean is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        gint digit = g_ascii_xdigit_value(text[i]);
        if (is_dash ? text[i] != '-' : digit < 0)
            return 0;
        if (is_dash)
            continue;
        guint8 *byte = &whole[15 - digits++ / 2];
        *byte = (guint8)(digits % 2 == 1 ? digit << 4 : *byte | digit);
    }
    if (g_ascii_strcasecmp(text + 8, base_uuid) != 0) {
        memcpy(ret_bytes, whole, 16);
        return 16;
    }
    memcpy(ret_bytes, whole + 12, 4);
    return whole[14] == 0 && whole[15] == 0 ? 2 : 4;
}

static char *uuid_text(const guint8 *bytes, gsize size)
{
    guint8 whole[16] = {0xFB, 0x34, 0x9B, 0x5F, 0x80, 0, 0, 0x80, 0, 0x10};
    memcpy(size == 16 ? whole : whole + 12, bytes, size);
    const guint8 *w = whole;
    return g_strdup_printf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                           w[15], w[14], w[13], w[12], w[11], w[10], w[9], w[8], w[7], w[6], w[5],
                           w[4], w[3], w[2], w[1], w[0]);
}

/* ---- From properties to bytes ---- */

static void add(GByteArray *data, guint8 type, const guint8 *head, gsize head_size,
                const guint8 *value, gsize size)
{
    gsize whole = head_size + size;
    if (whole > VALUE_MAX || data->len + 2 + whole > BCN_BLUEZ_DATA_MAX)
        return;
    const guint8 start[2] = {(guint8)(whole + 1), type};
    g_byte_array_append(data, start, 2);
    if (head_size > 0)
        g_byte_array_append(data, head, (guint)head_size);
    if (size > 0)
        g_byte_array_append(data, value, (guint)size);
}

/* The bytes of an "ay"; NULL and 0 for anything else. */
static const guint8 *bytes_in(GVariant *value, gsize *ret_size)
{
    *ret_size = 0;
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING))
        return NULL;
    return g_variant_get_fixed_array(value, ret_size, 1);
}

static void add_flags(GVariant *properties, GByteArray *data)
{
    GVariant *flags =
        g_variant_lookup_value(properties, "AdvertisingFlags", G_VARIANT_TYPE_BYTESTRING);
    if (flags == NULL)
        return;
    gsize size;
    const guint8 *bytes = bytes_in(flags, &size);
    if (size > 0)
        add(data, FLAGS, NULL, 0, bytes, size);
    g_variant_unref(flags);
}

static void add_uuids(GVariant *properties, GByteArray *data, gsize wanted, guint8 type)
{
    GVariant *list = g_variant_lookup_value(properties, "UUIDs", G_VARIANT_TYPE_STRING_ARRAY);
    guint8 value[VALUE_MAX], uuid[16];
    gsize size = 0;
    for (gsize i = 0; list != NULL && i < g_variant_n_children(list); i++) {
        const char *text;
        g_variant_get_child(list, i, "&s", &text);
        if (uuid_bytes(text, uuid) == wanted && size + wanted <= sizeof value) {
            memcpy(value + size, uuid, wanted);
            size += wanted;
        }
    }
    if (size > 0)
        add(data, type, NULL, 0, value, size);
    g_clear_pointer(&list, g_variant_unref);
}

static void add_manufacturers(GVariant *properties, GByteArray *data)
{
    GVariant *all = g_variant_lookup_value(properties, "ManufacturerData", G_VARIANT_TYPE("a{qv}"));
    for (gsize i = 0; all != NULL && i < g_variant_n_children(all); i++) {
        guint16 company;
        GVariant *value;
        gsize size;
        g_variant_get_child(all, i, "{qv}", &company, &value);
        const guint8 head[2] = {(guint8)company, (guint8)(company >> 8)};
        const guint8 *bytes = bytes_in(value, &size);
        add(data, MANUFACTURER, head, sizeof head, bytes, size);
        g_variant_unref(value);
    }
    g_clear_pointer(&all, g_variant_unref);
}

static void add_service_data(GVariant *properties, GByteArray *data)
{
    GVariant *all = g_variant_lookup_value(properties, "ServiceData", G_VARIANT_TYPE_VARDICT);
    for (gsize i = 0; all != NULL && i < g_variant_n_children(all); i++) {
        const char *text;
        GVariant *value;
        guint8 uuid[16];
        gsize size;
        g_variant_get_child(all, i, "{&sv}", &text, &value);
        gsize head = uuid_bytes(text, uuid);
        const guint8 *bytes = bytes_in(value, &size);
        if (head != 0)
            add(data,
                head == 2   ? SERVICE_DATA16
                : head == 4 ? SERVICE_DATA32
                            : SERVICE_DATA128,
                uuid, head, bytes, size);
        g_variant_unref(value);
    }
    g_clear_pointer(&all, g_variant_unref);
}

static void add_name(GVariant *properties, GByteArray *data)
{
    const char *name;
    if (g_variant_lookup(properties, "Name", "&s", &name) && name[0] != '\0')
        add(data, NAME, NULL, 0, (const guint8 *)name, MIN(strlen(name), NAME_MAX_SIZE));
}

static void add_tx_power(GVariant *properties, GByteArray *data)
{
    gint16 power;
    if (!g_variant_lookup(properties, "TxPower", "n", &power) || power < -127 || power > 126)
        return;
    const guint8 value[1] = {(guint8)power};
    add(data, TX_POWER, NULL, 0, value, 1);
}

/* What we look for comes first: if anything lacks room, it is something else. */
void bcn_bluez_data_of(GVariant *properties, GByteArray *data)
{
    g_byte_array_set_size(data, 0);
    add_flags(properties, data);
    add_uuids(properties, data, 2, UUIDS16);
    add_manufacturers(properties, data);
    add_uuids(properties, data, 16, UUIDS128);
    add_tx_power(properties, data);
    add_name(properties, data);
    add_uuids(properties, data, 4, UUIDS32);
    add_service_data(properties, data);
}

/* ---- From bytes to properties ---- */

struct builders {
    GVariantBuilder uuids, manufacturers, services, others;
    char *name;
    gboolean tells_power;
    gboolean can_be_said;
};

static void say_uuids(struct builders *say, const struct beacon_ad_field *field, gsize each)
{
    for (gsize at = 0; at + each <= field->size; at += each) {
        char *text = uuid_text(field->value + at, each);
        g_variant_builder_add(&say->uuids, "s", text);
        g_free(text);
    }
    if (field->size % each != 0)
        say->can_be_said = FALSE;
}

static GVariant *byte_variant(const guint8 *bytes, gsize size)
{
    return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes, size, 1);
}

static void say_manufacturer(struct builders *say, const struct beacon_ad_field *field)
{
    if (field->size < 2) {
        say->can_be_said = FALSE;
        return;
    }
    guint16 company = (guint16)(field->value[0] | field->value[1] << 8);
    g_variant_builder_add(&say->manufacturers, "{qv}", company,
                          byte_variant(field->value + 2, field->size - 2));
}

static void say_service(struct builders *say, const struct beacon_ad_field *field, gsize uuid)
{
    if (field->size < uuid) {
        say->can_be_said = FALSE;
        return;
    }
    char *text = uuid_text(field->value, uuid);
    g_variant_builder_add(&say->services, "{sv}", text,
                          byte_variant(field->value + uuid, field->size - uuid));
    g_free(text);
}

static void say_name(struct builders *say, const struct beacon_ad_field *field)
{
    g_free(say->name);
    say->name = g_strndup((const char *)field->value, field->size);
    if (!g_utf8_validate(say->name, -1, NULL))
        say->can_be_said = FALSE;
}

static void say_field(struct builders *say, const struct beacon_ad_field *field)
{
    switch (field->type) {
    case FLAGS: /* the kernel's business */
        break;
    case UUIDS16_MORE:
    case UUIDS16:
        say_uuids(say, field, 2);
        break;
    case UUIDS32_MORE:
    case UUIDS32:
        say_uuids(say, field, 4);
        break;
    case UUIDS128_MORE:
    case UUIDS128:
        say_uuids(say, field, 16);
        break;
    case NAME_SHORT:
    case NAME:
        say_name(say, field);
        break;
    case TX_POWER: /* the controller's own is put in */
        say->tells_power = TRUE;
        break;
    case SERVICE_DATA16:
        say_service(say, field, 2);
        break;
    case SERVICE_DATA32:
        say_service(say, field, 4);
        break;
    case SERVICE_DATA128:
        say_service(say, field, 16);
        break;
    case MANUFACTURER:
        say_manufacturer(say, field);
        break;
    default:
        g_variant_builder_add(&say->others, "{yv}", field->type,
                              byte_variant(field->value, field->size));
    }
}

static void put(GVariantBuilder *all, const char *name, GVariantBuilder *values)
{
    GVariant *value = g_variant_ref_sink(g_variant_builder_end(values));
    if (g_variant_n_children(value) > 0)
        g_variant_builder_add(all, "{sv}", name, value);
    g_variant_unref(value);
}

static void put_interval(GVariantBuilder *all, guint16 interval)
{
    guint32 ms = MAX((guint32)interval * 625 / 1000, 20);
    g_variant_builder_add(all, "{sv}", "MinInterval", g_variant_new_uint32(ms));
    g_variant_builder_add(all, "{sv}", "MaxInterval", g_variant_new_uint32(ms));
}

static GVariant *put_together(struct builders *say, const struct bcn_advert_order *order)
{
    static const char *const power[] = {"tx-power", NULL};
    GVariantBuilder all;
    g_variant_builder_init(&all, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&all, "{sv}", "Type",
                          g_variant_new_string(order->connectable ? "peripheral" : "broadcast"));
    put(&all, "ServiceUUIDs", &say->uuids);
    put(&all, "ManufacturerData", &say->manufacturers);
    put(&all, "ServiceData", &say->services);
    put(&all, "Data", &say->others);
    if (say->name != NULL)
        g_variant_builder_add(&all, "{sv}", "LocalName", g_variant_new_string(say->name));
    if (say->tells_power)
        g_variant_builder_add(&all, "{sv}", "Includes", g_variant_new_strv(power, -1));
    put_interval(&all, order->interval);
    return g_variant_builder_end(&all);
}

GVariant *bcn_bluez_properties_of(const struct bcn_advert_order *order)
{
    struct builders say = {.can_be_said = TRUE};
    struct beacon_ad_walk walk = beacon_ad_walk(order->advert.bytes, order->advert.size);
    struct beacon_ad_field field;
    int status;
    g_variant_builder_init(&say.uuids, G_VARIANT_TYPE_STRING_ARRAY);
    g_variant_builder_init(&say.manufacturers, G_VARIANT_TYPE("a{qv}"));
    g_variant_builder_init(&say.services, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_init(&say.others, G_VARIANT_TYPE("a{yv}"));
    while ((status = beacon_ad_next(&walk, &field)) == 1)
        say_field(&say, &field);
    GVariant *properties = NULL;
    if (status == 0 && say.can_be_said)
        properties = put_together(&say, order);
    g_variant_builder_clear(&say.uuids);
    g_variant_builder_clear(&say.manufacturers);
    g_variant_builder_clear(&say.services);
    g_variant_builder_clear(&say.others);
    g_free(say.name);
    return properties;
}
