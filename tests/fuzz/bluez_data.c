/* SPDX-License-Identifier: MIT */
/* Any bytes as a device's properties, as a bus might bring them: what comes out is whole structures
 * within its limit. And any bytes as an advertisement: where D-Bus can say it, our kinds are heard
 * again as they were. */
#include "radio/bluez.h"

#include "fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static void require(gboolean holds)
{
    if (!holds)
        abort();
}

static void check_structures(const GByteArray *data)
{
    gsize at = 0;
    require(data->len <= BCN_BLUEZ_DATA_MAX);
    while (at < data->len) {
        require(data->data[at] > 0);
        at += 1u + data->data[at];
    }
    require(at == data->len);
}

static void take_properties(const uint8_t *bytes, size_t size, GByteArray *data)
{
    GVariant *any = g_variant_ref_sink(
        g_variant_new_from_data(G_VARIANT_TYPE_VARDICT, bytes, size, FALSE, NULL, NULL));
    GVariant *properties = g_variant_get_normal_form(any); /* as the bus would have it */
    bcn_bluez_data_of(properties, data);
    check_structures(data);
    g_variant_unref(properties);
    g_variant_unref(any);
}

/* The type and the interval are said of every advertisement; of the rest a device is made. */
static void take_advert(const uint8_t *bytes, size_t size, GByteArray *data)
{
    struct bcn_advert_order order = {.interval = 160};
    struct beacon_advert_info before, after;
    order.advert.size = (uint8_t)MIN(size, sizeof order.advert.bytes);
    memcpy(order.advert.bytes, bytes, order.advert.size);
    GVariant *properties = bcn_bluez_properties_of(&order);
    if (properties == NULL)
        return;
    g_variant_ref_sink(properties);
    GVariantDict device;
    g_variant_dict_init(&device, properties);
    GVariant *uuids = g_variant_lookup_value(properties, "ServiceUUIDs", NULL);
    if (uuids != NULL)
        g_variant_dict_insert_value(&device, "UUIDs", uuids);
    g_clear_pointer(&uuids, g_variant_unref);
    GVariant *heard = g_variant_ref_sink(g_variant_dict_end(&device));
    bcn_bluez_data_of(heard, data);
    check_structures(data);
    beacon_advert_recognise(order.advert.bytes, order.advert.size, &before);
    beacon_advert_recognise(data->data, data->len, &after);
    if (before.kind == BEACON_ADVERT_ANDROID)
        require(after.kind == BEACON_ADVERT_ANDROID);
    g_variant_unref(heard);
    g_variant_unref(properties);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    GByteArray *made = g_byte_array_new();
    take_properties(data, size, made);
    take_advert(data, size, made);
    g_byte_array_unref(made);
    return 0;
}
