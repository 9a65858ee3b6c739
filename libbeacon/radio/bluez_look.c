/* SPDX-License-Identifier: MIT */
/* Asks bluetoothd, once and without starting it, what adapters it has and what it does with them.
 */
#include "radio/bluez_look.h"

#include "radio/bluez.h"
#include "radio/text.h"
#include <string.h>

enum { ANSWER_MS = 3000 };

/* The bus's connection, or NULL and why. */
static GDBusConnection *reach_bus(char **ret_why)
{
    GError *error = NULL;
    GDBusConnection *connection = NULL;
    char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
    if (address != NULL)
        connection = g_dbus_connection_new_for_address_sync(
            address,
            G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
            NULL, NULL, &error);
    if (connection == NULL)
        *ret_why = bcn_bluez_error_text(error);
    else
        g_dbus_connection_set_exit_on_close(connection, FALSE);
    g_clear_error(&error);
    g_free(address);
    return connection;
}

/* All that bluetoothd has, a{oa{sa{sv}}}, or NULL and why. */
static GVariant *ask(GDBusConnection *connection, char **ret_why)
{
    GError *error = NULL;
    GVariant *objects = NULL;
    GVariant *reply = g_dbus_connection_call_sync(
        connection, "org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
        NULL, G_VARIANT_TYPE("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, ANSWER_MS, NULL,
        &error);
    if (reply != NULL)
        objects = g_variant_get_child_value(reply, 0);
    else
        *ret_why = bcn_bluez_error_text(error);
    g_clear_pointer(&reply, g_variant_unref);
    g_clear_error(&error);
    return objects;
}

static void take_adapter(struct bcn_bluez_sight *sight, const char *name, const char *address,
                         GVariant *adapter, GVariant *interfaces)
{
    GVariant *advertiser = g_variant_lookup_value(interfaces, BCN_BLUEZ_ADVERTISER, NULL);
    sight->name = g_strdup(name);
    sight->address = g_strdup(address);
    g_variant_lookup(adapter, "Powered", "b", &sight->powered);
    sight->is_private = bcn_bluez_is_private(name);
    sight->advertises = advertiser != NULL;
    g_clear_pointer(&advertiser, g_variant_unref);
}

static void note_other(struct bcn_bluez_sight *sight, const char *name, const char *address)
{
    char *before = sight->others;
    sight->others = g_strdup_printf("%s%s%s (%s)", before != NULL ? before : "",
                                    before != NULL ? ", " : "", name, address);
    g_free(before);
}

static void look_at(struct bcn_bluez_sight *sight, const char *wanted, const char *path,
                    GVariant *interfaces)
{
    const char *address = "", *name = strrchr(path, '/') + 1;
    GVariant *adapter =
        g_variant_lookup_value(interfaces, BCN_BLUEZ_ADAPTER, G_VARIANT_TYPE_VARDICT);
    if (adapter == NULL)
        return;
    g_variant_lookup(adapter, "Address", "&s", &address);
    if (strcmp(name, wanted) == 0 || g_ascii_strcasecmp(address, wanted) == 0)
        take_adapter(sight, name, address, adapter, interfaces);
    else
        note_other(sight, name, address);
    g_variant_unref(adapter);
}

struct bcn_bluez_sight *bcn_bluez_look(const char *wanted)
{
    struct bcn_bluez_sight *sight = g_new0(struct bcn_bluez_sight, 1);
    GDBusConnection *connection = reach_bus(&sight->no_bus);
    GVariant *interfaces, *objects = NULL;
    GVariantIter iter;
    const char *path;
    if (connection != NULL)
        objects = ask(connection, &sight->no_daemon);
    if (objects != NULL) {
        g_variant_iter_init(&iter, objects);
        while (g_variant_iter_loop(&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
            look_at(sight, wanted, path, interfaces);
        g_variant_unref(objects);
    }
    if (connection != NULL)
        g_dbus_connection_close_sync(connection, NULL, NULL);
    g_clear_object(&connection);
    return sight;
}

void bcn_bluez_sight_free(struct bcn_bluez_sight *sight)
{
    g_free(sight->no_bus);
    g_free(sight->no_daemon);
    g_free(sight->name);
    g_free(sight->address);
    g_free(sight->others);
    g_free(sight);
}
