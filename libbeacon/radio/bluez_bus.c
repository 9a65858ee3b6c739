/* SPDX-License-Identifier: MIT */
/* A connection of our own to the system's bus: calls, signals, exported objects, and errors in
 * words. Closing it ends whatever bluetoothd still does for us. */
#include "radio/bluez.h"

#include "radio/text.h"
#include <string.h>

#define BLUEZ       "org.bluez"
#define BUS         "org.freedesktop.DBus"
#define MANAGER     "org.freedesktop.DBus.ObjectManager"
#define ERROR_NAMES "org.bluez.Error."

enum { LAST_WORD_MS = 250, ACTIVATION_MS = 5000 };

/* GDBus answers into the context that is the thread's when it is asked: ours must be. */
static void enter(struct bcn_bluez *bluez)
{
    g_main_context_push_thread_default(beacon_clock_context(bluez->clock));
}

static void leave(struct bcn_bluez *bluez)
{
    g_main_context_pop_thread_default(beacon_clock_context(bluez->clock));
}

/* ---- Calls ---- */

struct call {
    struct bcn_bluez *bluez;
    GCancellable *cancellable; /* as it was when it was asked */
    bcn_bluez_then then;
};

static struct bcn_bluez *hold(struct bcn_bluez *bluez)
{
    bluez->references++;
    return bluez;
}

static void let_go(struct bcn_bluez *bluez)
{
    if (--bluez->references == 0)
        g_free(bluez);
}

static struct call *new_call(struct bcn_bluez *bluez, bcn_bluez_then then)
{
    struct call *call = g_new(struct call, 1);
    *call = (struct call){hold(bluez), g_object_ref(bluez->cancellable), then};
    return call;
}

static void free_call(struct call *call)
{
    let_go(call->bluez);
    g_object_unref(call->cancellable);
    g_free(call);
}

static void answered(GObject *source, GAsyncResult *result, gpointer user)
{
    struct call *call = user;
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    if (!g_cancellable_is_cancelled(call->cancellable)) {
        if (error != NULL && bcn_bluez_is_timeout(error))
            call->bluez->counters->timeouts++;
        call->then(call->bluez, reply, error);
    }
    g_clear_pointer(&reply, g_variant_unref);
    g_clear_error(&error);
    free_call(call);
}

static void ask(struct bcn_bluez *bluez, const char *name, const char *path, const char *interface,
                const char *method, GVariant *parameters, guint timeout_ms, bcn_bluez_then then)
{
    struct call *call = new_call(bluez, then);
    enter(bluez);
    g_dbus_connection_call(bluez->connection, name, path, interface, method, parameters, NULL,
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, (gint)timeout_ms, bluez->cancellable,
                           answered, call);
    leave(bluez);
}

void bcn_bluez_call(struct bcn_bluez *bluez, const char *path, const char *interface,
                    const char *method, GVariant *parameters, guint timeout_ms, bcn_bluez_then then)
{
    bluez->counters->commands++;
    ask(bluez, BLUEZ, path, interface, method, parameters, timeout_ms, then);
}

void bcn_bluez_say(struct bcn_bluez *bluez, const char *path, const char *interface,
                   const char *method, GVariant *parameters)
{
    GVariant *reply = g_dbus_connection_call_sync(bluez->connection, BLUEZ, path, interface, method,
                                                  parameters, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                                  LAST_WORD_MS, NULL, NULL);
    g_clear_pointer(&reply, g_variant_unref);
}

/* ---- Who has the name ---- */

static void was_started(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    if (reply != NULL)
        bcn_bluez_find_owner(bluez);
    else
        bcn_bluez_no_owner(bluez, error);
}

/* Somebody who stopped the daemon would not want it started again: it is asked for once. */
static void found_owner(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    const char *owner;
    if (reply != NULL && g_variant_is_of_type(reply, G_VARIANT_TYPE("(s)"))) {
        g_variant_get(reply, "(&s)", &owner);
        bcn_bluez_owner_is(bluez, owner);
    } else if (!bluez->activated) {
        bluez->activated = TRUE;
        ask(bluez, BUS, "/org/freedesktop/DBus", BUS, "StartServiceByName",
            g_variant_new("(su)", BLUEZ, 0), ACTIVATION_MS, was_started);
    } else {
        bcn_bluez_no_owner(bluez, error);
    }
}

void bcn_bluez_find_owner(struct bcn_bluez *bluez)
{
    ask(bluez, BUS, "/org/freedesktop/DBus", BUS, "GetNameOwner", g_variant_new("(s)", BLUEZ),
        bluez->options.command_ms, found_owner);
}

/* ---- Signals; anybody may send us one, so the sender is looked at ---- */

static gboolean is_daemons(const struct bcn_bluez *bluez, const char *sender)
{
    return bluez->owner != NULL && g_strcmp0(sender, bluez->owner) == 0;
}

static void owner_changed(GDBusConnection *connection, const char *sender, const char *path,
                          const char *interface, const char *signal, GVariant *parameters,
                          gpointer user)
{
    (void)connection, (void)path, (void)interface, (void)signal;
    const char *name, *after;
    if (g_strcmp0(sender, BUS) != 0 || !g_variant_is_of_type(parameters, G_VARIANT_TYPE("(sss)")))
        return;
    g_variant_get(parameters, "(&s&s&s)", &name, NULL, &after);
    if (strcmp(name, BLUEZ) == 0)
        bcn_bluez_owner_is(user, after[0] != '\0' ? after : NULL);
}

static void object_added(GDBusConnection *connection, const char *sender, const char *path,
                         const char *interface, const char *signal, GVariant *parameters,
                         gpointer user)
{
    (void)connection, (void)path, (void)interface, (void)signal;
    const char *object;
    GVariant *interfaces;
    if (!is_daemons(user, sender) ||
        !g_variant_is_of_type(parameters, G_VARIANT_TYPE("(oa{sa{sv}})")))
        return;
    g_variant_get(parameters, "(&o@a{sa{sv}})", &object, &interfaces);
    bcn_bluez_object_added(user, object, interfaces);
    g_variant_unref(interfaces);
}

static void object_removed(GDBusConnection *connection, const char *sender, const char *path,
                           const char *interface, const char *signal, GVariant *parameters,
                           gpointer user)
{
    (void)connection, (void)path, (void)interface, (void)signal;
    const char *object;
    const char **interfaces;
    if (!is_daemons(user, sender) || !g_variant_is_of_type(parameters, G_VARIANT_TYPE("(oas)")))
        return;
    g_variant_get(parameters, "(&o^a&s)", &object, &interfaces);
    bcn_bluez_object_removed(user, object, interfaces);
    g_free(interfaces);
}

static void object_changed(GDBusConnection *connection, const char *sender, const char *path,
                           const char *interface, const char *signal, GVariant *parameters,
                           gpointer user)
{
    (void)connection, (void)interface, (void)signal;
    const char *of;
    const char **invalidated;
    GVariant *changed;
    if (!is_daemons(user, sender) ||
        !g_variant_is_of_type(parameters, G_VARIANT_TYPE("(sa{sv}as)")))
        return;
    g_variant_get(parameters, "(&s@a{sv}^a&s)", &of, &changed, &invalidated);
    bcn_bluez_object_changed(user, path, of, changed, invalidated);
    g_variant_unref(changed);
    g_free(invalidated);
}

static guint subscribe(struct bcn_bluez *bluez, const char *sender, const char *interface,
                       const char *signal, const char *about, GDBusSignalCallback callback)
{
    return g_dbus_connection_signal_subscribe(bluez->connection, sender, interface, signal, NULL,
                                              about, G_DBUS_SIGNAL_FLAGS_NONE, callback, bluez,
                                              NULL);
}

static void subscribe_all(struct bcn_bluez *bluez)
{
    guint *signals = bluez->signals;
    signals[0] = subscribe(bluez, BUS, BUS, "NameOwnerChanged", BLUEZ, owner_changed);
    signals[1] = subscribe(bluez, BLUEZ, MANAGER, "InterfacesAdded", NULL, object_added);
    signals[2] = subscribe(bluez, BLUEZ, MANAGER, "InterfacesRemoved", NULL, object_removed);
    signals[3] =
        subscribe(bluez, BLUEZ, BCN_BLUEZ_PROPERTIES, "PropertiesChanged", NULL, object_changed);
}

/* ---- The connection ---- */

static void let_connection_go(struct bcn_bluez *bluez)
{
    if (bluez->connection == NULL)
        return;
    g_signal_handler_disconnect(bluez->connection, bluez->closed);
    for (gsize i = 0; i < G_N_ELEMENTS(bluez->signals); i++)
        g_dbus_connection_signal_unsubscribe(bluez->connection, bluez->signals[i]);
    g_clear_object(&bluez->connection);
}

static void was_closed(GDBusConnection *connection, gboolean by_peer, GError *error, gpointer user)
{
    (void)connection, (void)by_peer;
    struct bcn_bluez *bluez = user;
    hold(bluez);
    bcn_bluez_owner_is(bluez, NULL);
    let_connection_go(bluez);
    bcn_bluez_connected(bluez, error);
    let_go(bluez);
}

static void take_connection(struct bcn_bluez *bluez, GDBusConnection *connection)
{
    bluez->connection = connection;
    g_dbus_connection_set_exit_on_close(connection, FALSE);
    bluez->closed = g_signal_connect(connection, "closed", G_CALLBACK(was_closed), bluez);
    enter(bluez);
    subscribe_all(bluez);
    leave(bluez);
}

static void connected(GObject *source, GAsyncResult *result, gpointer user)
{
    (void)source;
    struct call *call = user;
    struct bcn_bluez *bluez = call->bluez;
    GError *error = NULL;
    GDBusConnection *connection = g_dbus_connection_new_for_address_finish(result, &error);
    if (g_cancellable_is_cancelled(call->cancellable)) {
        g_clear_object(&connection);
    } else {
        if (connection != NULL)
            take_connection(bluez, connection);
        bcn_bluez_connected(bluez, error);
    }
    g_clear_error(&error);
    free_call(call);
}

void bcn_bluez_connect(struct bcn_bluez *bluez)
{
    GError *error = NULL;
    char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
    if (address == NULL) {
        bcn_bluez_connected(bluez, error);
        g_error_free(error);
        return;
    }
    enter(bluez);
    g_dbus_connection_new_for_address(address,
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                      NULL, bluez->cancellable, connected, new_call(bluez, NULL));
    leave(bluez);
    g_free(address);
}

void bcn_bluez_close(struct bcn_bluez *bluez)
{
    if (bluez->connection == NULL)
        return;
    GDBusConnection *connection = g_object_ref(bluez->connection);
    let_connection_go(bluez);
    g_dbus_connection_close_sync(connection, NULL, NULL);
    g_object_unref(connection);
}

/* ---- Objects of ours ---- */

struct object {
    struct bcn_bluez *bluez;
    bcn_bluez_handle handle;
    bcn_bluez_get get;
};

/* The bus's policy keeps other callers out; where it does not, we do. */
static void handle_method(GDBusConnection *connection, const char *sender, const char *path,
                          const char *interface, const char *method, GVariant *parameters,
                          GDBusMethodInvocation *invocation, gpointer user)
{
    (void)connection, (void)path, (void)interface;
    struct object *object = user;
    if (is_daemons(object->bluez, sender))
        object->handle(object->bluez, method, parameters, invocation);
    else
        g_dbus_method_invocation_return_dbus_error(
            invocation, "org.freedesktop.DBus.Error.AccessDenied", "for bluetoothd only");
}

static GVariant *get_property(GDBusConnection *connection, const char *sender, const char *path,
                              const char *interface, const char *name, GError **error,
                              gpointer user)
{
    (void)connection, (void)path, (void)interface;
    struct object *object = user;
    GVariant *value = is_daemons(object->bluez, sender) ? object->get(object->bluez, name) : NULL;
    if (value == NULL)
        g_set_error_literal(error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY, name);
    return value;
}

guint bcn_bluez_export(struct bcn_bluez *bluez, const char *path, const char *xml,
                       bcn_bluez_handle handle, bcn_bluez_get get)
{
    static const GDBusInterfaceVTable table = {
        .method_call = handle_method,
        .get_property = get_property,
    };
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(xml, NULL);
    struct object *object = g_new(struct object, 1);
    *object = (struct object){bluez, handle, get};
    enter(bluez);
    guint id = g_dbus_connection_register_object(bluez->connection, path, node->interfaces[0],
                                                 &table, object, g_free, NULL);
    leave(bluez);
    g_dbus_node_info_unref(node);
    return id;
}

void bcn_bluez_unexport(struct bcn_bluez *bluez, guint *object)
{
    if (*object != 0 && bluez->connection != NULL)
        g_dbus_connection_unregister_object(bluez->connection, *object);
    *object = 0;
}

/* ---- Errors ---- */

static gboolean has_name(const GError *error, const char *prefix, const char *name)
{
    char *remote = error != NULL ? g_dbus_error_get_remote_error(error) : NULL;
    gboolean is = remote != NULL && g_str_has_prefix(remote, prefix) &&
                  g_str_has_prefix(remote + strlen(prefix), name);
    g_free(remote);
    return is;
}

gboolean bcn_bluez_error_is(const GError *error, const char *name)
{
    return has_name(error, ERROR_NAMES, name);
}

gboolean bcn_bluez_is_timeout(const GError *error)
{
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);
}

static char *other_words(const GError *error)
{
    GError *copy = g_error_copy(error);
    g_dbus_error_strip_remote_error(copy);
    char *text = g_strdup(copy->message);
    g_error_free(copy);
    return text;
}

char *bcn_bluez_error_text(const GError *error)
{
    static const char errors[] = BUS ".Error.";
    if (bcn_bluez_is_timeout(error))
        return g_strdup(_("bluetoothd did not answer"));
    if (bcn_bluez_error_is(error, "NotReady"))
        return g_strdup(_("the adapter is not ready"));
    if (bcn_bluez_error_is(error, "InProgress"))
        return g_strdup(_("bluetoothd is still busy with something like it"));
    if (bcn_bluez_error_is(error, "NotPermitted") && strstr(error->message, "Maximum") != NULL)
        return g_strdup(_("other programs have all of the adapter's advertisements"));
    if (has_name(error, errors, "AccessDenied"))
        return g_strdup(_("the bus does not let this user talk to bluetoothd (its policy is in "
                          "dbus-1/system.d/bluetooth.conf; often the group \"bluetooth\" may)"));
    if (has_name(error, errors, "Spawn.") || has_name(error, errors, "ServiceUnknown") ||
        has_name(error, errors, "NameHasNoOwner"))
        return g_strdup(_("bluetoothd does not run (systemctl start bluetooth)"));
    return other_words(error);
}
