/* SPDX-License-Identifier: MIT */
/* The made-up bluetoothd: its bus, its objects, and how it answers. */
#include "radio/mock_bluez.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define MANAGER    "org.freedesktop.DBus.ObjectManager"
#define ADAPTER    "org.bluez.Adapter1"
#define DEVICE     "org.bluez.Device1"

enum { NOT_RUN = 77 };

/* ---- The bus ---- */

static char *in_folder(const struct mock *mock, const char *name)
{
    return g_build_filename(mock->folder, name, NULL);
}

static void write_file(const struct mock *mock, const char *name, int mode, const char *text)
{
    char *path = in_folder(mock, name);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(chmod(path, (mode_t)mode), ==, 0);
    g_free(path);
}

/* Of the system's type, for only that starts daemons through a helper. */
static void write_configuration(const struct mock *mock, gboolean denies)
{
    char *text = g_strdup_printf(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" "
        "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\"><busconfig>"
        "<type>system</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>"
        "<servicedir>%s</servicedir><servicehelper>%s/helper</servicehelper>"
        "<policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/>"
        "<allow send_destination=\"*\"/><allow receive_sender=\"*\"/></policy>"
        "<policy context=\"mandatory\">%s</policy></busconfig>",
        mock->folder, mock->folder, mock->folder,
        denies ? "<deny send_destination=\"org.bluez\"/>" : "");
    write_file(mock, "bus.conf", 0600, text);
    g_free(text);
}

/* The helper's statuses are dbus's own (bus/activation-exit-codes.h). */
static void write_activation(const struct mock *mock, int status)
{
    char *text =
        g_strdup_printf("#!/bin/sh\necho >>'%s/activations'\nexit %d\n", mock->folder, status);
    write_file(mock, "helper", 0700, text);
    g_free(text);
    if (status >= 0)
        write_file(mock, "org.bluez.service", 0600,
                   "[D-BUS Service]\nName=org.bluez\nExec=/bin/false\nUser=root\n");
}

void mock_start_bus(struct mock *mock)
{
    char *configuration = in_folder(mock, "bus.conf"), *socket = in_folder(mock, "bus");
    char *option = g_strconcat("--config-file=", configuration, NULL);
    char dbus_daemon[] = "dbus-daemon", no_fork[] = "--nofork", print[] = "--print-address";
    char *words[] = {dbus_daemon, option, no_fork, print, NULL};
    char line[256];
    int out;
    g_unlink(socket);
    if (!g_spawn_async_with_pipes(NULL, words, NULL,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                      G_SPAWN_STDERR_TO_DEV_NULL,
                                  NULL, NULL, &mock->bus, NULL, &out, NULL, NULL)) {
        puts("not run: dbus-daemon is not there (Debian: dbus-daemon)");
        exit(NOT_RUN);
    }
    g_assert_cmpint(read(out, line, sizeof line), >, 0); /* it listens */
    close(out);
    g_free(option);
    g_free(socket);
    g_free(configuration);
}

void mock_stop_bus(struct mock *mock)
{
    kill(mock->bus, SIGTERM);
    waitpid(mock->bus, NULL, 0);
    g_spawn_close_pid(mock->bus);
    g_clear_object(&mock->connection);
}

guint mock_activations(struct mock *mock)
{
    char *path = in_folder(mock, "activations"), *text = NULL;
    gsize size = 0;
    g_file_get_contents(path, &text, &size, NULL);
    g_free(text);
    g_free(path);
    return (guint)size;
}

static void free_rule(gpointer data)
{
    struct mock_rule *rule = data;
    g_free(rule->error);
    g_free(rule->message);
    g_free(rule);
}

struct mock *mock_new(int activation, gboolean denies)
{
    struct mock *mock = g_new0(struct mock, 1);
    mock->folder = g_dir_make_tmp("beacon-bus-XXXXXX", NULL);
    g_mutex_init(&mock->lock);
    mock->log = g_string_new(NULL);
    mock->objects =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
    mock->rules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_rule);
    mock->answers = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_variant_unref);
    mock->resolves = TRUE;
    write_configuration(mock, denies);
    write_activation(mock, activation);
    mock_start_bus(mock);
    char *address = g_strdup_printf("unix:path=%s/bus", mock->folder);
    g_setenv("DBUS_SYSTEM_BUS_ADDRESS", address, TRUE);
    g_free(address);
    return mock;
}

static void empty_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
        g_free(path);
    }
    g_dir_close(dir);
    g_rmdir(folder);
}

void mock_free(struct mock *mock)
{
    mock_stop(mock);
    mock_stop_bus(mock);
    empty_folder(mock->folder);
    g_hash_table_unref(mock->objects);
    g_hash_table_unref(mock->rules);
    g_hash_table_unref(mock->answers);
    g_clear_pointer(&mock->filter, g_variant_unref);
    g_clear_pointer(&mock->value, g_variant_unref);
    g_string_free(mock->log, TRUE);
    g_mutex_clear(&mock->lock);
    g_free(mock->client);
    g_free(mock->advert);
    g_free(mock->folder);
    g_free(mock);
}

/* ---- Objects ---- */

static void emit(struct mock *mock, const char *path, const char *interface, const char *signal,
                 GVariant *parameters)
{
    GVariant *sunk = g_variant_ref_sink(parameters);
    if (mock->connection != NULL)
        g_dbus_connection_emit_signal(mock->connection, NULL, path, interface, signal, sunk, NULL);
    g_variant_unref(sunk);
}

static GHashTable *object(struct mock *mock, const char *path)
{
    GHashTable *interfaces = g_hash_table_lookup(mock->objects, path);
    if (interfaces == NULL) {
        interfaces =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_variant_unref);
        g_hash_table_insert(mock->objects, g_strdup(path), interfaces);
    }
    return interfaces;
}

static GVariant *all_of(GHashTable *interfaces)
{
    GVariantBuilder builder;
    GHashTableIter iter;
    gpointer name, properties;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{sa{sv}}"));
    g_hash_table_iter_init(&iter, interfaces);
    while (g_hash_table_iter_next(&iter, &name, &properties))
        g_variant_builder_add(&builder, "{s@a{sv}}", name, properties);
    return g_variant_builder_end(&builder);
}

static GVariant *all_objects(struct mock *mock)
{
    GVariantBuilder builder;
    GHashTableIter iter;
    gpointer path, interfaces;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{oa{sa{sv}}}"));
    g_hash_table_iter_init(&iter, mock->objects);
    while (g_hash_table_iter_next(&iter, &path, &interfaces))
        g_variant_builder_add(&builder, "{o@a{sa{sv}}}", path, all_of(interfaces));
    return g_variant_new("(@a{oa{sa{sv}}})", g_variant_builder_end(&builder));
}

/* Takes the properties. */
static void put(struct mock *mock, const char *path, const char *interface, GVariant *properties)
{
    g_hash_table_replace(object(mock, path), g_strdup(interface), g_variant_take_ref(properties));
}

static void tell_added(struct mock *mock, const char *path)
{
    emit(mock, "/", MANAGER, "InterfacesAdded",
         g_variant_new("(o@a{sa{sv}})", path, all_of(object(mock, path))));
}

/* The caller's. */
static GVariant *parse(const char *properties)
{
    return g_variant_parse(G_VARIANT_TYPE_VARDICT, properties, NULL, NULL, NULL);
}

void mock_add_adapter(struct mock *mock, const char *name, const char *address)
{
    static const char *const managers[] = {"org.bluez.LEAdvertisingManager1",
                                           "org.bluez.GattManager1",
                                           "org.bluez.AdvertisementMonitorManager1"};
    char *path = g_strconcat("/org/bluez/", name, NULL);
    char *properties =
        g_strdup_printf("{'Address': <'%s'>, 'Powered': <true>, 'Pairable': <true>}", address);
    g_mutex_lock(&mock->lock);
    put(mock, path, ADAPTER, parse(properties));
    for (gsize i = 0; i < G_N_ELEMENTS(managers); i++)
        put(mock, path, managers[i], parse("{}"));
    tell_added(mock, path);
    g_mutex_unlock(&mock->lock);
    g_free(properties);
    g_free(path);
}

void mock_add_object(struct mock *mock, const char *path, const char *interface, const char *name,
                     const char *value)
{
    GVariantDict all;
    g_variant_dict_init(&all, NULL);
    g_variant_dict_insert(&all, name, "s", value);
    g_mutex_lock(&mock->lock);
    put(mock, path, interface, g_variant_dict_end(&all));
    tell_added(mock, path);
    g_mutex_unlock(&mock->lock);
}

void mock_take_away(struct mock *mock, const char *path, const char *interface)
{
    g_mutex_lock(&mock->lock);
    g_hash_table_remove(object(mock, path), interface);
    g_mutex_unlock(&mock->lock);
}

void mock_remove(struct mock *mock, const char *path)
{
    g_mutex_lock(&mock->lock);
    GHashTable *interfaces = object(mock, path);
    char **names = (char **)g_hash_table_get_keys_as_array(interfaces, NULL);
    emit(mock, "/", MANAGER, "InterfacesRemoved", g_variant_new("(o^as)", path, names));
    g_free(names);
    g_hash_table_remove(mock->objects, path);
    g_mutex_unlock(&mock->lock);
}

static void set(struct mock *mock, const char *path, const char *interface, const char *property,
                GVariant *value)
{
    GVariant *before = g_hash_table_lookup(object(mock, path), interface);
    GVariantDict all, changed;
    g_variant_dict_init(&all, before);
    g_variant_dict_init(&changed, NULL);
    g_variant_ref_sink(value);
    g_variant_dict_insert_value(&all, property, value);
    g_variant_dict_insert_value(&changed, property, value);
    put(mock, path, interface, g_variant_dict_end(&all));
    emit(mock, path, PROPERTIES, "PropertiesChanged",
         g_variant_new("(s@a{sv}as)", interface, g_variant_dict_end(&changed), NULL));
    g_variant_unref(value);
}

void mock_set(struct mock *mock, const char *path, const char *interface, const char *property,
              GVariant *value)
{
    g_mutex_lock(&mock->lock);
    set(mock, path, interface, property, value);
    g_mutex_unlock(&mock->lock);
}

char *mock_hear(struct mock *mock, const char *address, const char *properties)
{
    char *underlined = g_strdelimit(g_strdup(address), ":", '_');
    char *path = g_strconcat("/org/bluez/hci0/dev_", underlined, NULL);
    GVariantDict all;
    GVariant *said = parse(properties);
    g_variant_dict_init(&all, said);
    g_variant_dict_insert(&all, "Address", "s", address);
    g_mutex_lock(&mock->lock);
    put(mock, path, DEVICE, g_variant_dict_end(&all));
    tell_added(mock, path);
    g_mutex_unlock(&mock->lock);
    g_variant_unref(said);
    g_free(underlined);
    return path;
}

/* ---- How it answers ---- */

/* TRUE: a rule has answered, or has seen to it that nobody does. */
static gboolean obey_rule(struct mock *mock, GDBusMessage *call, GDBusMessage **ret_reply)
{
    struct mock_rule *rule = g_hash_table_lookup(mock->rules, g_dbus_message_get_member(call));
    if (rule == NULL || rule->times == 0)
        return FALSE;
    rule->times--;
    if (rule->error != NULL)
        *ret_reply = g_dbus_message_new_method_error_literal(call, rule->error, rule->message);
    return TRUE;
}

static void take_property(struct mock *mock, const char *path, GVariant *body)
{
    const char *interface, *name;
    GVariant *value;
    g_variant_get(body, "(&s&sv)", &interface, &name, &value);
    g_string_append_printf(mock->log, "=%s",
                           g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN) &&
                                   g_variant_get_boolean(value)
                               ? "true"
                               : "false");
    set(mock, path, interface, name, value);
    g_variant_unref(value);
}

static GVariant *give_property(struct mock *mock, const char *path, GVariant *body)
{
    const char *interface, *name;
    g_variant_get(body, "(&s&s)", &interface, &name);
    GVariant *properties = g_hash_table_lookup(object(mock, path), interface);
    GVariant *value = properties != NULL ? g_variant_lookup_value(properties, name, NULL) : NULL;
    GVariant *answer = g_variant_new("(v)", value != NULL ? value : g_variant_new_boolean(FALSE));
    g_clear_pointer(&value, g_variant_unref);
    return answer;
}

static void take_advert(struct mock *mock, const char *method, GVariant *body)
{
    g_clear_pointer(&mock->advert, g_free);
    if (g_str_has_prefix(method, "Register"))
        g_variant_get_child(body, 0, "o", &mock->advert);
}

static void link_device(struct mock *mock, const char *path, gboolean up)
{
    set(mock, path, DEVICE, "Connected", g_variant_new_boolean(up));
    set(mock, path, DEVICE, "ServicesResolved", g_variant_new_boolean(up && mock->resolves));
}

/* The body of a reply; NULL: an empty one. */
static GVariant *do_as_asked(struct mock *mock, GDBusMessage *call)
{
    const char *method = g_dbus_message_get_member(call), *path = g_dbus_message_get_path(call);
    GVariant *body = g_dbus_message_get_body(call);
    if (strcmp(method, "GetManagedObjects") == 0)
        return all_objects(mock);
    if (strcmp(method, "Get") == 0)
        return give_property(mock, path, body);
    if (strcmp(method, "Set") == 0)
        take_property(mock, path, body);
    else if (g_str_has_suffix(method, "Advertisement"))
        take_advert(mock, method, body);
    else if (strcmp(method, "Connect") == 0 || strcmp(method, "Disconnect") == 0)
        link_device(mock, path, method[0] == 'C');
    else if (strcmp(method, "SetDiscoveryFilter") == 0) {
        g_clear_pointer(&mock->filter, g_variant_unref);
        mock->filter = g_variant_get_child_value(body, 0);
    } else if (strcmp(method, "ReadValue") == 0 && mock->value != NULL)
        return g_variant_new("(@ay)", mock->value);
    return NULL;
}

static GDBusMessage *answer_call(struct mock *mock, GDBusMessage *call)
{
    GDBusMessage *reply = NULL;
    const char *separator = mock->log->len > 0 ? " " : "";
    g_string_append_printf(mock->log, "%s%s", separator, g_dbus_message_get_member(call));
    g_free(mock->client);
    mock->client = g_strdup(g_dbus_message_get_sender(call));
    if (obey_rule(mock, call, &reply))
        return reply;
    GVariant *body = do_as_asked(mock, call);
    reply = g_dbus_message_new_method_reply(call);
    if (body != NULL)
        g_dbus_message_set_body(reply, body);
    return reply;
}

static void note_answer(struct mock *mock, GDBusMessage *message)
{
    GVariant *body = g_dbus_message_get_body(message);
    const char *error = g_dbus_message_get_error_name(message);
    GVariant *kept = error != NULL  ? g_variant_new_string(error)
                     : body != NULL ? body
                                    : g_variant_new_tuple(NULL, 0);
    g_hash_table_replace(mock->answers, GUINT_TO_POINTER(g_dbus_message_get_reply_serial(message)),
                         g_variant_ref_sink(kept));
}

/* In GDBus's thread. */
static GDBusMessage *on_message(GDBusConnection *connection, GDBusMessage *message,
                                gboolean incoming, gpointer user)
{
    struct mock *mock = user;
    GDBusMessageType type = g_dbus_message_get_message_type(message);
    const char *sender = g_dbus_message_get_sender(message);
    if (!incoming || type == G_DBUS_MESSAGE_TYPE_SIGNAL ||
        g_strcmp0(sender, "org.freedesktop.DBus") == 0)
        return message;
    g_mutex_lock(&mock->lock);
    GDBusMessage *reply = NULL;
    if (type == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        reply = answer_call(mock, message);
    else
        note_answer(mock, message);
    if (reply != NULL)
        g_dbus_connection_send_message(connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
                                       NULL);
    g_mutex_unlock(&mock->lock);
    g_clear_object(&reply);
    g_object_unref(message);
    g_main_context_wakeup(NULL); /* whoever waits for what we were asked */
    return NULL;
}

void mock_start(struct mock *mock)
{
    GDBusConnection *connection =
        g_dbus_connection_new_for_address_sync(g_getenv("DBUS_SYSTEM_BUS_ADDRESS"),
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, NULL);
    g_assert_nonnull(connection);
    g_dbus_connection_set_exit_on_close(connection, FALSE);
    g_dbus_connection_add_filter(connection, on_message, mock, NULL);
    GVariant *reply = g_dbus_connection_call_sync(
        connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
        g_variant_new("(su)", "org.bluez", 0), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    g_assert_nonnull(reply);
    g_variant_unref(reply);
    mock->connection = connection;
}

void mock_stop(struct mock *mock)
{
    if (mock->connection != NULL)
        g_dbus_connection_close_sync(mock->connection, NULL, NULL);
    g_clear_object(&mock->connection);
    g_mutex_lock(&mock->lock);
    g_clear_pointer(&mock->advert, g_free);
    g_mutex_unlock(&mock->lock);
}

void mock_refuse(struct mock *mock, const char *method, const char *error, const char *message,
                 guint times)
{
    struct mock_rule *rule = g_new(struct mock_rule, 1);
    *rule = (struct mock_rule){g_strdup(error), g_strdup(message), times};
    g_mutex_lock(&mock->lock);
    g_hash_table_replace(mock->rules, g_strdup(method), rule);
    g_mutex_unlock(&mock->lock);
}

/* ---- What it was asked ---- */

guint mock_count(struct mock *mock, const char *method)
{
    guint count = 0;
    g_mutex_lock(&mock->lock);
    char **words = g_strsplit(mock->log->str, " ", -1);
    g_mutex_unlock(&mock->lock);
    for (char **word = words; *word != NULL; word++)
        count += strcmp(*word, method) == 0;
    g_strfreev(words);
    return count;
}

char *mock_log(struct mock *mock)
{
    g_mutex_lock(&mock->lock);
    char *copy = g_strdup(mock->log->str);
    g_string_truncate(mock->log, 0);
    g_mutex_unlock(&mock->lock);
    return copy;
}

guint32 mock_ask(struct mock *mock, const char *path, const char *interface, const char *method,
                 GVariant *parameters)
{
    guint32 serial = 0;
    g_mutex_lock(&mock->lock);
    GDBusMessage *call = g_dbus_message_new_method_call(mock->client, path, interface, method);
    if (parameters != NULL)
        g_dbus_message_set_body(call, parameters);
    g_dbus_connection_send_message(mock->connection, call, G_DBUS_SEND_MESSAGE_FLAGS_NONE, &serial,
                                   NULL);
    g_object_unref(call);
    g_mutex_unlock(&mock->lock);
    return serial;
}

GVariant *mock_answer(struct mock *mock, guint32 serial)
{
    g_mutex_lock(&mock->lock);
    GVariant *answer = g_hash_table_lookup(mock->answers, GUINT_TO_POINTER(serial));
    if (answer != NULL)
        g_variant_ref(answer);
    g_mutex_unlock(&mock->lock);
    return answer;
}
