/* SPDX-License-Identifier: MIT */
/* A visit through bluetoothd: connect, read the one characteristic, and leave nothing behind: no
 * link, no pairing, no device in the daemon's memory that it did not know before. */
#include "radio/bluez.h"

#include "radio/text.h"
#include <string.h>

#define CHARACTERISTIC "org.bluez.GattCharacteristic1"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

enum { SET_MS = 1000, LEAVE_MS = 5000, STRANGERS_MAX = 32 };

static void set_pairable(struct bcn_bluez *bluez, gboolean pairable, bcn_bluez_then then);
static void leave(struct bcn_bluez *bluez, enum beacon_visit_result result);

/* ---- The end: whoever waits is told at once, for the daemon takes 2 s to end a link ---- */

static void tell(struct bcn_bluez *bluez, enum beacon_visit_result result)
{
    bcn_face_visited(bluez->base.face, result, &bluez->visit.identifier);
}

static void clear(struct bcn_bluez *bluez)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    beacon_clock_cancel(bluez->clock, &visit->deadline);
    visit->step = BCN_BLUEZ_NOT_VISITING;
    visit->connects = visit->is_stranger = FALSE;
    g_clear_pointer(&visit->device, g_free);
}

static void finish(struct bcn_bluez *bluez)
{
    struct beacon_address next = bluez->visit.next;
    gboolean has_next = bluez->visit.has_next;
    bluez->visit.has_next = FALSE;
    clear(bluez);
    if (has_next)
        bcn_bluez_visit_begin(bluez, &next);
}

static void pairable_was_restored(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    (void)error;
    if (reply != NULL)
        bluez->visit.owes_pairable = FALSE;
    if (bluez->visit.step == BCN_BLUEZ_VISIT_LEAVES)
        finish(bluez);
    bcn_bluez_reconcile(bluez);
}

static void restore_pairable(struct bcn_bluez *bluez)
{
    if (bluez->visit.owes_pairable)
        set_pairable(bluez, TRUE, pairable_was_restored);
    else
        pairable_was_restored(bluez, NULL, NULL);
}

/* Whether the daemon removed it, or did not have it any more, it is not there now. */
static void was_removed(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    if (reply != NULL || !bcn_bluez_is_timeout(error))
        g_free(g_queue_pop_tail(&bluez->visit.strangers));
    restore_pairable(bluez);
}

static void remove_stranger(struct bcn_bluez *bluez)
{
    const char *path = g_queue_peek_tail(&bluez->visit.strangers);
    if (path != NULL && bluez->visit.is_stranger)
        bcn_bluez_call(bluez, bluez->adapter, BCN_BLUEZ_ADAPTER, "RemoveDevice",
                       g_variant_new("(o)", path), LEAVE_MS, was_removed);
    else
        restore_pairable(bluez);
}

static void was_disconnected(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    (void)reply, (void)error;
    remove_stranger(bluez);
}

static void leave(struct bcn_bluez *bluez, enum beacon_visit_result result)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    if (visit->step == BCN_BLUEZ_VISIT_LEAVES)
        return;
    visit->step = BCN_BLUEZ_VISIT_LEAVES;
    beacon_clock_cancel(bluez->clock, &visit->deadline);
    if (visit->connects)
        bcn_bluez_call(bluez, visit->device, BCN_BLUEZ_DEVICE, "Disconnect", NULL, LEAVE_MS,
                       was_disconnected);
    else
        remove_stranger(bluez);
    bcn_bluez_scan_step(bluez);
    tell(bluez, result);
}

/* ---- The way there ---- */

static gboolean asks_for_pairing(const GError *error)
{
    static const char *const words[] = {"0x05", "0x0f", "0x08", "0x0c", "Not paired"};
    if (bcn_bluez_error_is(error, "NotAuthorized") ||
        bcn_bluez_error_is(error, "AuthenticationFailed"))
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(error->message, words[i]) != NULL)
            return TRUE;
    return FALSE;
}

static void was_read(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    if (visit->step != BCN_BLUEZ_VISIT_READS)
        return;
    if (reply == NULL) {
        leave(bluez, bcn_bluez_is_timeout(error) ? BEACON_VISIT_STALLED
                     : asks_for_pairing(error)   ? BEACON_VISIT_PROTECTED
                                                 : BEACON_VISIT_FOREIGN);
        return;
    }
    gsize size = 0;
    const guint8 *bytes = NULL;
    GVariant *value = g_variant_get_child_value(reply, 0);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING))
        bytes = g_variant_get_fixed_array(value, &size, 1);
    gboolean is_identifier = size == sizeof visit->identifier.bytes;
    if (is_identifier)
        memcpy(visit->identifier.bytes, bytes, size);
    g_variant_unref(value);
    leave(bluez, is_identifier ? BEACON_VISIT_READ : BEACON_VISIT_FOREIGN);
}

static gboolean is_the_one(const char *device, const char *path, GVariant *interfaces)
{
    const char *uuid = "";
    GVariant *properties =
        g_variant_lookup_value(interfaces, CHARACTERISTIC, G_VARIANT_TYPE_VARDICT);
    if (properties == NULL)
        return FALSE;
    g_variant_lookup(properties, "UUID", "&s", &uuid);
    gboolean is = g_str_has_prefix(path, device) && path[strlen(device)] == '/' &&
                  g_ascii_strcasecmp(uuid, BEACON_IPHONE_CHARACTERISTIC) == 0;
    g_variant_unref(properties);
    return is;
}

/* Its path, the caller's; or NULL. */
static char *find_characteristic(const char *device, GVariant *reply)
{
    GVariant *interfaces, *objects = g_variant_get_child_value(reply, 0);
    GVariantIter iter;
    const char *path;
    char *found = NULL;
    g_variant_iter_init(&iter, objects);
    while (g_variant_iter_loop(&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
        if (found == NULL && is_the_one(device, path, interfaces))
            found = g_strdup(path);
    g_variant_unref(objects);
    return found;
}

static void was_listed(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    (void)error;
    if (bluez->visit.step != BCN_BLUEZ_VISIT_READS)
        return;
    char *path = reply != NULL && g_variant_is_of_type(reply, G_VARIANT_TYPE("(a{oa{sa{sv}}})"))
                     ? find_characteristic(bluez->visit.device, reply)
                     : NULL;
    GVariantBuilder options;
    if (path == NULL) {
        leave(bluez, BEACON_VISIT_FOREIGN);
        return;
    }
    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    bcn_bluez_call(bluez, path, CHARACTERISTIC, "ReadValue", g_variant_new("(a{sv})", &options),
                   bluez->options.visit_ms, was_read);
    g_free(path);
}

static void read_value(struct bcn_bluez *bluez)
{
    bluez->visit.step = BCN_BLUEZ_VISIT_READS;
    bcn_bluez_call(bluez, "/", OBJECT_MANAGER, "GetManagedObjects", NULL, bluez->options.visit_ms,
                   was_listed);
}

static void were_resolved(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    (void)error;
    GVariant *value = NULL;
    if (bluez->visit.step != BCN_BLUEZ_VISIT_RESOLVES || reply == NULL ||
        !g_variant_is_of_type(reply, G_VARIANT_TYPE("(v)")))
        return;
    g_variant_get(reply, "(v)", &value);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean(value))
        read_value(bluez);
    g_variant_unref(value);
}

/* Its services may have been resolved before we could be told. */
static void was_connected(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    if (visit->step != BCN_BLUEZ_VISIT_CONNECTS)
        return;
    if (reply == NULL) {
        leave(bluez,
              bcn_bluez_error_is(error, "NotReady") || bcn_bluez_error_is(error, "InProgress")
                  ? BEACON_VISIT_DROPPED
                  : BEACON_VISIT_UNREACHABLE);
        return;
    }
    visit->step = BCN_BLUEZ_VISIT_RESOLVES;
    bcn_bluez_call(bluez, visit->device, BCN_BLUEZ_PROPERTIES, "Get",
                   g_variant_new("(ss)", BCN_BLUEZ_DEVICE, "ServicesResolved"),
                   bluez->options.visit_ms, were_resolved);
}

static void remember_stranger(struct bcn_bluez *bluez)
{
    GQueue *strangers = &bluez->visit.strangers;
    if (g_queue_get_length(strangers) >= STRANGERS_MAX)
        g_free(g_queue_pop_head(strangers));
    g_queue_push_tail(strangers, g_strdup(bluez->visit.device));
}

static void connect(struct bcn_bluez *bluez)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    gboolean connected = FALSE;
    if (!bcn_bluez_device_find(bluez, visit->device, &visit->is_stranger, &connected)) {
        visit->is_stranger = FALSE;
        leave(bluez, BEACON_VISIT_UNREACHABLE);
        return;
    }
    visit->connects = !connected; /* somebody else's link is not ours to end */
    if (visit->is_stranger)
        remember_stranger(bluez);
    bcn_bluez_call(bluez, visit->device, BCN_BLUEZ_DEVICE, "Connect", NULL,
                   2 * bluez->options.visit_ms, was_connected);
}

static void is_not_pairable(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    (void)error;
    if (bluez->visit.step != BCN_BLUEZ_VISIT_CONNECTS)
        return;
    if (reply != NULL)
        connect(bluez);
    else
        leave(bluez, BEACON_VISIT_DROPPED); /* we would not be sure that nobody is asked to pair */
}

static void set_pairable(struct bcn_bluez *bluez, gboolean pairable, bcn_bluez_then then)
{
    bcn_bluez_call(
        bluez, bluez->adapter, BCN_BLUEZ_PROPERTIES, "Set",
        g_variant_new("(ssv)", BCN_BLUEZ_ADAPTER, "Pairable", g_variant_new_boolean(pairable)),
        SET_MS, then);
}

/* ---- Begun, and gone on with ---- */

static void is_too_late(gpointer user)
{
    struct bcn_bluez *bluez = user;
    struct bcn_bluez_visit *visit = &bluez->visit;
    visit->deadline = 0;
    gboolean linked =
        visit->step == BCN_BLUEZ_VISIT_RESOLVES || visit->step == BCN_BLUEZ_VISIT_READS;
    if (visit->step == BCN_BLUEZ_VISIT_BEGUN)
        visit->is_stranger = FALSE;
    leave(bluez, linked ? BEACON_VISIT_STALLED : BEACON_VISIT_UNREACHABLE);
}

static void go(gpointer user)
{
    struct bcn_bluez *bluez = user;
    struct bcn_bluez_visit *visit = &bluez->visit;
    const guint8 *b = visit->address.bytes;
    visit->deadline = 0;
    if (!bcn_bluez_is_ready(bluez)) {
        clear(bluez);
        tell(bluez, BEACON_VISIT_DROPPED);
        return;
    }
    visit->device = g_strdup_printf("%s/dev_%02X_%02X_%02X_%02X_%02X_%02X", bluez->adapter, b[0],
                                    b[1], b[2], b[3], b[4], b[5]);
    visit->deadline = beacon_clock_after(bluez->clock, (gint64)bluez->options.visit_ms * 1000,
                                         is_too_late, bluez);
    bcn_bluez_scan_step(bluez);
    bcn_bluez_visit_step(bluez);
}

/* The answer never comes within the question: it is set out a moment later. */
void bcn_bluez_visit_begin(struct bcn_bluez *bluez, const struct beacon_address *address)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    if (visit->step == BCN_BLUEZ_VISIT_LEAVES) {
        visit->next = *address;
        visit->has_next = TRUE;
        return;
    }
    memset(&visit->identifier, 0, sizeof visit->identifier);
    visit->address = *address;
    visit->step = BCN_BLUEZ_VISIT_BEGUN;
    visit->deadline = beacon_clock_after(bluez->clock, 0, go, bluez);
}

gboolean bcn_bluez_visit_needs_silence(const struct bcn_bluez *bluez)
{
    return bluez->visit.step != BCN_BLUEZ_NOT_VISITING &&
           bluez->visit.step != BCN_BLUEZ_VISIT_LEAVES;
}

static void nobody_waits(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    (void)reply, (void)error;
    bcn_bluez_reconcile(bluez);
}

/* What a visit left behind when the daemon or the adapter went in the midst of it. */
static void pay_debts(struct bcn_bluez *bluez)
{
    char *path = g_queue_pop_tail(&bluez->visit.strangers);
    if (path != NULL)
        bcn_bluez_call(bluez, bluez->adapter, BCN_BLUEZ_ADAPTER, "RemoveDevice",
                       g_variant_new("(o)", path), LEAVE_MS, nobody_waits);
    else if (bluez->visit.owes_pairable && bluez->pairable)
        bluez->visit.owes_pairable = FALSE;
    else if (bluez->visit.owes_pairable) {
        bluez->visit.owes_pairable = FALSE;
        set_pairable(bluez, TRUE, nobody_waits);
    }
    g_free(path);
}

void bcn_bluez_visit_step(struct bcn_bluez *bluez)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    if (visit->step == BCN_BLUEZ_NOT_VISITING)
        pay_debts(bluez);
    if (visit->step != BCN_BLUEZ_VISIT_BEGUN || visit->device == NULL ||
        bluez->scan.hearing == BCN_BLUEZ_DISCOVERS || bluez->scan.part.busy)
        return;
    visit->step = BCN_BLUEZ_VISIT_CONNECTS;
    if (!bluez->pairable) {
        connect(bluez);
        return;
    }
    visit->owes_pairable = TRUE;
    set_pairable(bluez, FALSE, is_not_pairable);
}

void bcn_bluez_visit_changed(struct bcn_bluez *bluez, const char *path, GVariant *changed)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    gboolean flag;
    if (visit->device == NULL || strcmp(path, visit->device) != 0)
        return;
    gboolean linked =
        visit->step == BCN_BLUEZ_VISIT_RESOLVES || visit->step == BCN_BLUEZ_VISIT_READS;
    if (linked && g_variant_lookup(changed, "Connected", "b", &flag) && !flag)
        leave(bluez, BEACON_VISIT_LOST);
    else if (visit->step == BCN_BLUEZ_VISIT_RESOLVES &&
             g_variant_lookup(changed, "ServicesResolved", "b", &flag) && flag)
        read_value(bluez);
}

/* The caller has seen to it that no answer comes any more. */
void bcn_bluez_visit_forget(struct bcn_bluez *bluez)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    gboolean told = visit->step == BCN_BLUEZ_VISIT_LEAVES && !visit->has_next;
    if (visit->step == BCN_BLUEZ_NOT_VISITING || visit->device == NULL)
        return;
    visit->has_next = FALSE;
    clear(bluez);
    if (!told)
        tell(bluez, BEACON_VISIT_DROPPED);
}

void bcn_bluez_visit_last_words(struct bcn_bluez *bluez)
{
    struct bcn_bluez_visit *visit = &bluez->visit;
    if (visit->connects && visit->step > BCN_BLUEZ_VISIT_BEGUN)
        bcn_bluez_say(bluez, visit->device, BCN_BLUEZ_DEVICE, "Disconnect", NULL);
    if (visit->is_stranger && !g_queue_is_empty(&visit->strangers))
        bcn_bluez_say(bluez, bluez->adapter, BCN_BLUEZ_ADAPTER, "RemoveDevice",
                      g_variant_new("(o)", g_queue_peek_tail(&visit->strangers)));
    if (visit->owes_pairable)
        bcn_bluez_say(
            bluez, bluez->adapter, BCN_BLUEZ_PROPERTIES, "Set",
            g_variant_new("(ssv)", BCN_BLUEZ_ADAPTER, "Pairable", g_variant_new_boolean(TRUE)));
}

void bcn_bluez_visit_clear(struct bcn_bluez *bluez)
{
    clear(bluez);
    g_queue_clear_full(&bluez->visit.strangers, g_free);
}
