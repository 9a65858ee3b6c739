/* SPDX-License-Identifier: MIT */
/* Being heard through bluetoothd: each payload is an object of its own, registered when the one
 * before is gone, so that the kernel draws another address for it. */
#include "radio/bluez.h"

#include "radio/text.h"

#define INTERFACE "org.bluez.LEAdvertisement1"

enum { REGISTER_MS = 10000 };

static const char xml[] = "<node><interface name='" INTERFACE "'>"
                          "<method name='Release'/>"
                          "<property name='Type' type='s' access='read'/>"
                          "<property name='ServiceUUIDs' type='as' access='read'/>"
                          "<property name='ManufacturerData' type='a{qv}' access='read'/>"
                          "<property name='ServiceData' type='a{sv}' access='read'/>"
                          "<property name='Data' type='a{yv}' access='read'/>"
                          "<property name='LocalName' type='s' access='read'/>"
                          "<property name='Includes' type='as' access='read'/>"
                          "<property name='MinInterval' type='u' access='read'/>"
                          "<property name='MaxInterval' type='u' access='read'/>"
                          "</interface></node>";

/* ---- The object ---- */

static void drop_object(struct bcn_bluez *bluez)
{
    struct bcn_bluez_advert *advert = &bluez->advert;
    bcn_bluez_unexport(bluez, &advert->object);
    g_clear_pointer(&advert->path, g_free);
    g_clear_pointer(&advert->properties, g_variant_unref);
}

static void went_off(struct bcn_bluez *bluez)
{
    if (bluez->advert.on)
        bluez->advert.off_since_us = bcn_bluez_now_us(bluez);
    bluez->advert.on = FALSE;
}

static GVariant *get_property(struct bcn_bluez *bluez, const char *name)
{
    GVariant *properties = bluez->advert.properties;
    return properties != NULL ? g_variant_lookup_value(properties, name, NULL) : NULL;
}

/* The daemon ends, or the adapter goes: it says more of that soon. */
static void handle_method(struct bcn_bluez *bluez, const char *method, GVariant *parameters,
                          GDBusMethodInvocation *invocation)
{
    (void)method, (void)parameters;
    g_dbus_method_invocation_return_value(invocation, NULL);
    went_off(bluez);
    drop_object(bluez);
    if (!bluez->advert.part.busy)
        bcn_bluez_refused(&bluez->advert.part, _("bluetoothd ended our advertisement"), NULL);
    bcn_bluez_reconcile(bluez);
}

/* ---- On and off ---- */

static void tell_rotation(struct bcn_bluez *bluez)
{
    static const struct beacon_address unknown;
    struct bcn_bluez_advert *advert = &bluez->advert;
    gint64 gap = advert->off_since_us >= 0 ? bcn_bluez_now_us(bluez) - advert->off_since_us : 0;
    advert->off_since_us = -1;
    if (advert->told && advert->told_generation == advert->as.generation)
        return;
    advert->told = TRUE;
    advert->told_generation = advert->as.generation;
    bcn_face_rotated(bluez->base.face, &advert->as, &unknown, gap);
}

static void registered(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    struct bcn_bluez_advert *advert = &bluez->advert;
    advert->part.busy = FALSE;
    if (reply == NULL) {
        bcn_bluez_refused(&advert->part, _("bluetoothd does not advertise for us"), error);
        if (!bcn_bluez_is_timeout(error))
            drop_object(bluez);
    } else if (advert->path != NULL) {
        advert->on = TRUE;
        bcn_bluez_is_well(&advert->part);
        tell_rotation(bluez);
    }
    bcn_bluez_reconcile(bluez);
}

static void start(struct bcn_bluez *bluez)
{
    struct bcn_bluez_advert *advert = &bluez->advert;
    struct bcn_advert_order order = advert->order;
    order.connectable &= bluez->is_private;
    GVariant *properties = bcn_bluez_properties_of(&order);
    if (properties == NULL) {
        bcn_bluez_refused(&advert->part, _("D-Bus has no words for this advertisement"), NULL);
        return;
    }
    advert->as = advert->order;
    advert->connectable = order.connectable;
    advert->properties = g_variant_ref_sink(properties);
    advert->path = g_strdup_printf("/beacon/advertisement%u", ++advert->serial);
    advert->object = bcn_bluez_export(bluez, advert->path, xml, handle_method, get_property);
    advert->part.busy = TRUE;
    GVariantBuilder options;
    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    bcn_bluez_call(bluez, bluez->adapter, BCN_BLUEZ_ADVERTISER, "RegisterAdvertisement",
                   g_variant_new("(oa{sv})", advert->path, &options), REGISTER_MS, registered);
}

/* An error says that it is not registered, which is what we wanted; no answer says nothing. */
static void unregistered(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    struct bcn_bluez_advert *advert = &bluez->advert;
    advert->part.busy = FALSE;
    if (reply == NULL && bcn_bluez_is_timeout(error)) {
        bcn_bluez_refused(&advert->part, _("bluetoothd does not end our advertisement"), error);
    } else {
        went_off(bluez);
        if (!advert->wanted || !advert->order.on)
            advert->off_since_us = -1; /* silence that is wished for is no gap */
        drop_object(bluez);
    }
    bcn_bluez_reconcile(bluez);
}

static void end(struct bcn_bluez *bluez)
{
    bluez->advert.part.busy = TRUE;
    bcn_bluez_call(bluez, bluez->adapter, BCN_BLUEZ_ADVERTISER, "UnregisterAdvertisement",
                   g_variant_new("(o)", bluez->advert.path), bluez->options.command_ms,
                   unregistered);
}

static gboolean is_another(const struct bcn_advert_order *one, const struct bcn_advert_order *other)
{
    return one->generation != other->generation || one->interval != other->interval ||
           one->connectable != other->connectable || one->or_not != other->or_not;
}

void bcn_bluez_advert_step(struct bcn_bluez *bluez)
{
    struct bcn_bluez_advert *advert = &bluez->advert;
    gboolean should_be_on = advert->wanted && advert->order.on;
    if (!bcn_bluez_may_step(&advert->part))
        return;
    if (!should_be_on)
        g_clear_pointer(&advert->part.trouble, g_free);
    if (advert->path != NULL) {
        if (!should_be_on || !advert->on || is_another(&advert->as, &advert->order))
            end(bluez);
        return;
    }
    if (!should_be_on)
        return;
    if (!bluez->offers_advertiser)
        bcn_bluez_refused(&advert->part, _("bluetoothd cannot advertise with this adapter"), NULL);
    else if (advert->order.connectable && !advert->order.or_not && !bluez->is_private)
        bcn_bluez_refused(&advert->part,
                          _("bluetoothd would advertise from the adapter's own address, which "
                            "never changes; set Privacy=device in /etc/bluetooth/main.conf, or "
                            "advertise without being connectable"),
                          NULL);
    else
        start(bluez);
}

void bcn_bluez_advert_forget(struct bcn_bluez *bluez)
{
    went_off(bluez);
    drop_object(bluez);
}

void bcn_bluez_advert_last_words(struct bcn_bluez *bluez)
{
    if (bluez->advert.path != NULL)
        bcn_bluez_say(bluez, bluez->adapter, BCN_BLUEZ_ADVERTISER, "UnregisterAdvertisement",
                      g_variant_new("(o)", bluez->advert.path));
}
