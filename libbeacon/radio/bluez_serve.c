/* SPDX-License-Identifier: MIT */
/* Being visited through bluetoothd: an application of one service with one characteristic, while we
 * may be connectable at all. */
#include "radio/bluez.h"

#include "radio/text.h"
#include <string.h>

#define SERVICE        "org.bluez.GattService1"
#define CHARACTERISTIC "org.bluez.GattCharacteristic1"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

#define ROOT_PATH           "/beacon/server"
#define SERVICE_PATH        ROOT_PATH "/service"
#define CHARACTERISTIC_PATH SERVICE_PATH "/identifier"

enum { REGISTER_MS = 10000 };

static const char root_xml[] =
    "<node><interface name='" OBJECT_MANAGER "'><method name='GetManagedObjects'>"
    "<arg name='objects' type='a{oa{sa{sv}}}' direction='out'/></method></interface></node>";

static const char service_xml[] = "<node><interface name='" SERVICE "'>"
                                  "<property name='UUID' type='s' access='read'/>"
                                  "<property name='Primary' type='b' access='read'/>"
                                  "</interface></node>";

static const char characteristic_xml[] =
    "<node><interface name='" CHARACTERISTIC "'>"
    "<method name='ReadValue'><arg name='options' type='a{sv}' direction='in'/>"
    "<arg name='value' type='ay' direction='out'/></method>"
    "<property name='UUID' type='s' access='read'/>"
    "<property name='Service' type='o' access='read'/>"
    "<property name='Flags' type='as' access='read'/></interface></node>";

static GVariant *service_property(struct bcn_bluez *bluez, const char *name)
{
    (void)bluez;
    if (strcmp(name, "UUID") == 0)
        return g_variant_new_string(BEACON_IPHONE_SERVICE);
    return g_variant_new_boolean(TRUE);
}

static GVariant *characteristic_property(struct bcn_bluez *bluez, const char *name)
{
    static const char *const flags[] = {"read", NULL};
    (void)bluez;
    if (strcmp(name, "UUID") == 0)
        return g_variant_new_string(BEACON_IPHONE_CHARACTERISTIC);
    if (strcmp(name, "Service") == 0)
        return g_variant_new_object_path(SERVICE_PATH);
    return g_variant_new_strv(flags, -1);
}

static GVariant *no_property(struct bcn_bluez *bluez, const char *name)
{
    (void)bluez, (void)name;
    return NULL;
}

static void add_object(GVariantBuilder *objects, const char *path, const char *interface,
                       const char *const *names, bcn_bluez_get get)
{
    GVariantBuilder properties, interfaces;
    g_variant_builder_init(&properties, G_VARIANT_TYPE_VARDICT);
    for (; *names != NULL; names++)
        g_variant_builder_add(&properties, "{sv}", *names, get(NULL, *names));
    g_variant_builder_init(&interfaces, G_VARIANT_TYPE("a{sa{sv}}"));
    g_variant_builder_add(&interfaces, "{sa{sv}}", interface, &properties);
    g_variant_builder_add(objects, "{oa{sa{sv}}}", path, &interfaces);
}

static void give_objects(struct bcn_bluez *bluez, const char *method, GVariant *parameters,
                         GDBusMethodInvocation *invocation)
{
    static const char *const of_service[] = {"UUID", "Primary", NULL};
    static const char *const of_characteristic[] = {"UUID", "Service", "Flags", NULL};
    (void)bluez, (void)method, (void)parameters;
    GVariantBuilder objects;
    g_variant_builder_init(&objects, G_VARIANT_TYPE("a{oa{sa{sv}}}"));
    add_object(&objects, SERVICE_PATH, SERVICE, of_service, service_property);
    add_object(&objects, CHARACTERISTIC_PATH, CHARACTERISTIC, of_characteristic,
               characteristic_property);
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(a{oa{sa{sv}}})", &objects));
}

/* The value from an offset, for a visitor who reads it in pieces. */
static void give_value(struct bcn_bluez *bluez, const char *method, GVariant *parameters,
                       GDBusMethodInvocation *invocation)
{
    (void)method;
    struct beacon_identifier identifier;
    guint16 offset = 0;
    GVariant *options = g_variant_get_child_value(parameters, 0);
    g_variant_lookup(options, "offset", "q", &offset);
    g_variant_unref(options);
    if (offset == 0)
        bluez->counters->visitors++;
    if (!bcn_face_value(bluez->base.face, &identifier)) {
        bluez->counters->visitors_refused++;
        g_dbus_method_invocation_return_dbus_error(invocation, "org.bluez.Error.Failed",
                                                   "no identifier at this moment");
        return;
    }
    if (offset > sizeof identifier.bytes) {
        g_dbus_method_invocation_return_dbus_error(invocation, "org.bluez.Error.InvalidOffset",
                                                   "beyond the value");
        return;
    }
    GVariant *value = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, identifier.bytes + offset,
                                                sizeof identifier.bytes - offset, 1);
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(@ay)", value));
}

static void drop_objects(struct bcn_bluez *bluez)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bluez->serve.objects); i++)
        bcn_bluez_unexport(bluez, &bluez->serve.objects[i]);
}

static void registered(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    struct bcn_bluez_serve *serve = &bluez->serve;
    serve->part.busy = FALSE;
    /* Where an earlier request had been given up and was heard after all, it is there. */
    serve->registered = reply != NULL || bcn_bluez_error_is(error, "AlreadyExists");
    if (serve->registered) {
        bcn_bluez_is_well(&serve->part);
    } else {
        drop_objects(bluez);
        bcn_bluez_refused(&serve->part, _("bluetoothd does not serve for us"), error);
    }
    bcn_bluez_reconcile(bluez);
}

static void unregistered(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    (void)reply, (void)error;
    bluez->serve.part.busy = FALSE;
    bluez->serve.registered = FALSE;
    drop_objects(bluez);
    bcn_bluez_reconcile(bluez);
}

static void start(struct bcn_bluez *bluez)
{
    guint *objects = bluez->serve.objects;
    GVariantBuilder options;
    objects[0] = bcn_bluez_export(bluez, ROOT_PATH, root_xml, give_objects, no_property);
    objects[1] = bcn_bluez_export(bluez, SERVICE_PATH, service_xml, give_objects, service_property);
    objects[2] = bcn_bluez_export(bluez, CHARACTERISTIC_PATH, characteristic_xml, give_value,
                                  characteristic_property);
    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    bluez->serve.part.busy = TRUE;
    bcn_bluez_call(bluez, bluez->adapter, BCN_BLUEZ_SERVER, "RegisterApplication",
                   g_variant_new("(oa{sv})", ROOT_PATH, &options), REGISTER_MS, registered);
}

static void stop(struct bcn_bluez *bluez)
{
    bluez->serve.part.busy = TRUE;
    bcn_bluez_call(bluez, bluez->adapter, BCN_BLUEZ_SERVER, "UnregisterApplication",
                   g_variant_new("(o)", ROOT_PATH), bluez->options.command_ms, unregistered);
}

void bcn_bluez_serve_step(struct bcn_bluez *bluez)
{
    struct bcn_bluez_serve *serve = &bluez->serve;
    if (!bcn_bluez_may_step(&serve->part))
        return;
    if (!serve->wanted) {
        g_clear_pointer(&serve->part.trouble, g_free);
        if (serve->registered)
            stop(bluez);
        return;
    }
    if (serve->registered)
        return;
    if (!bluez->offers_server)
        bcn_bluez_refused(&serve->part, _("bluetoothd cannot serve with this adapter"), NULL);
    else if (!bluez->is_private)
        bcn_bluez_refused(&serve->part,
                          _("bluetoothd would serve from the adapter's own address, which never "
                            "changes; set Privacy=device in /etc/bluetooth/main.conf"),
                          NULL);
    else
        start(bluez);
}

void bcn_bluez_serve_forget(struct bcn_bluez *bluez)
{
    bluez->serve.registered = FALSE;
    drop_objects(bluez);
}

void bcn_bluez_serve_last_words(struct bcn_bluez *bluez)
{
    if (bluez->serve.registered)
        bcn_bluez_say(bluez, bluez->adapter, BCN_BLUEZ_SERVER, "UnregisterApplication",
                      g_variant_new("(o)", ROOT_PATH));
}
