/* SPDX-License-Identifier: MIT */
/* Hearing through bluetoothd: discovery, or its advertisement monitor, and packets made anew out of
 * what its devices' properties say. */
#include "radio/bluez.h"

#include "radio/text.h"
#include <string.h>

#define MONITOR        "org.bluez.AdvertisementMonitor1"
#define MONITOR_ROOT   "/beacon/monitors"
#define MONITOR_PATH   MONITOR_ROOT "/ours"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

enum {
    DEVICES_MAX = 1024,
    PIECE_MAX = 229,
    CALL_MS = 5000,
    SILENCE_FACTOR_MAX = 64,
};

struct bcn_bluez_device {
    GHashTable *properties; /* by name, of GVariant: those that make a packet */
    struct beacon_address address;
    gint8 rssi_dbm;
    gint64 heard_us;
    gboolean before_us, paired, connected;
};

/* ---- Devices ---- */

static void free_device(gpointer data)
{
    struct bcn_bluez_device *device = data;
    g_hash_table_unref(device->properties);
    g_free(device);
}

void bcn_bluez_scan_init(struct bcn_bluez *bluez)
{
    bluez->scan.silence_factor = 1;
    bluez->scan.devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_device);
}

void bcn_bluez_scan_clear(struct bcn_bluez *bluez)
{
    g_clear_pointer(&bluez->scan.devices, g_hash_table_unref);
}

static void forget_longest_unheard(GHashTable *devices)
{
    GHashTableIter iter;
    gpointer path, value, oldest = NULL;
    gint64 since = G_MAXINT64;
    g_hash_table_iter_init(&iter, devices);
    while (g_hash_table_iter_next(&iter, &path, &value)) {
        const struct bcn_bluez_device *device = value;
        if (device->heard_us < since) {
            since = device->heard_us;
            oldest = path;
        }
    }
    g_hash_table_remove(devices, oldest);
}

static gboolean parse_address(const char *text, guint8 ret_bytes[6])
{
    for (gsize i = 0; i < 17; i++)
        if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit(text[i]))
            return FALSE;
    for (gsize i = 0; i < 6; i++)
        ret_bytes[i] = (guint8)(g_ascii_xdigit_value(text[3 * i]) << 4 |
                                g_ascii_xdigit_value(text[3 * i + 1]));
    return text[17] == '\0';
}

static gboolean makes_packets(const char *name)
{
    static const char *const names[] = {"AdvertisingFlags", "ManufacturerData", "Name",
                                        "ServiceData",      "TxPower",          "UUIDs"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0)
            return TRUE;
    return FALSE;
}

/* The daemon says these of each advertisement that reaches it; the others are of other origin. */
static gboolean comes_from_the_air(const char *name)
{
    return strcmp(name, "RSSI") == 0 || strcmp(name, "ManufacturerData") == 0 ||
           strcmp(name, "ServiceData") == 0 || strcmp(name, "AdvertisingFlags") == 0 ||
           strcmp(name, "AdvertisingData") == 0;
}

static gint8 rssi_in(GVariant *value)
{
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE_INT16))
        return BEACON_RSSI_ABSENT;
    gint16 rssi = g_variant_get_int16(value);
    return rssi >= -127 && rssi <= 20 ? (gint8)rssi : BEACON_RSSI_ABSENT;
}

static gboolean flag_in(GVariant *value)
{
    return g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean(value);
}

/* TRUE if the device was heard. */
static gboolean note_property(struct bcn_bluez_device *device, const char *name, GVariant *value)
{
    if (strcmp(name, "RSSI") == 0)
        device->rssi_dbm = rssi_in(value);
    else if (strcmp(name, "Paired") == 0)
        device->paired = flag_in(value);
    else if (strcmp(name, "Connected") == 0)
        device->connected = flag_in(value);
    else if (makes_packets(name))
        g_hash_table_replace(device->properties, g_strdup(name), g_variant_ref(value));
    return comes_from_the_air(name);
}

static gboolean note_properties(struct bcn_bluez_device *device, GVariant *properties)
{
    GVariantIter iter;
    const char *name;
    GVariant *value;
    gboolean heard = FALSE;
    g_variant_iter_init(&iter, properties);
    while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
        heard |= note_property(device, name, value);
    return heard;
}

/* ---- Packets ---- */

static GVariant *properties_of(const struct bcn_bluez_device *device)
{
    GVariantBuilder builder;
    GHashTableIter iter;
    gpointer name, value;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_hash_table_iter_init(&iter, device->properties);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_variant_builder_add(&builder, "{sv}", name, value);
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

static gint8 tx_power_of(GVariant *properties)
{
    gint16 power;
    if (!g_variant_lookup(properties, "TxPower", "n", &power) || power < -127 || power > 126)
        return BEACON_TX_POWER_ABSENT;
    return (gint8)power;
}

/* As many whole structures as one packet holds; one that is too long for any stands alone, cut. */
static gsize piece_size(const guint8 *data, gsize size)
{
    gsize piece = 0;
    while (piece < size && piece + 1 + data[piece] <= PIECE_MAX)
        piece += 1u + data[piece];
    return piece > 0 ? MIN(piece, size) : MIN(size, PIECE_MAX);
}

static gsize whole_size(const guint8 *data, gsize size, gsize piece)
{
    return piece == PIECE_MAX && 1u + data[0] > PIECE_MAX ? MIN(1u + data[0], size) : piece;
}

static void give_packets(struct bcn_bluez *bluez, struct bcn_bluez_device *device)
{
    GVariant *properties = properties_of(device);
    GByteArray *data = g_byte_array_new();
    bcn_bluez_data_of(properties, data);
    struct beacon_radio_packet packet = {
        .time_us = beacon_clock_wall_us(bluez->clock),
        .monotonic_us = bcn_bluez_now_us(bluez),
        .address = device->address,
        .rssi_dbm = device->rssi_dbm,
        .tx_power_dbm = tx_power_of(properties),
        .connectable = TRUE, /* not known; it may be asked */
    };
    gsize at = 0;
    if (data->len == 0)
        bluez->counters->empty++;
    /* Whoever hears it may stop us, or forget the device: neither is looked at again. */
    while (at < data->len && bluez->phase != BCN_BLUEZ_STOPPED) {
        packet.data = data->data + at;
        packet.size = piece_size(packet.data, data->len - at);
        at += whole_size(packet.data, data->len - at, packet.size);
        bcn_face_packet(bluez->base.face, &packet);
    }
    g_byte_array_unref(data);
    g_variant_unref(properties);
}

static void was_heard(struct bcn_bluez *bluez, struct bcn_bluez_device *device)
{
    gint64 now = bcn_bluez_now_us(bluez);
    device->heard_us = now;
    bluez->scan.heard_us = now;
    bluez->scan.silence_factor = 1;
    if (bluez->scan.hearing != BCN_BLUEZ_DEAF || bluez->scan.part.busy)
        give_packets(bluez, device);
}

/* ---- What the daemon tells of devices ---- */

static gboolean is_of_our_adapter(const struct bcn_bluez *bluez, const char *path)
{
    return bluez->adapter != NULL && g_str_has_prefix(path, bluez->adapter) &&
           path[strlen(bluez->adapter)] == '/';
}

static struct bcn_bluez_device *new_device(GVariant *properties, gboolean before_us)
{
    const char *address, *type = "public";
    guint8 bytes[6];
    if (!g_variant_lookup(properties, "Address", "&s", &address) || !parse_address(address, bytes))
        return NULL;
    g_variant_lookup(properties, "AddressType", "&s", &type);
    struct bcn_bluez_device *device = g_new0(struct bcn_bluez_device, 1);
    memcpy(device->address.bytes, bytes, sizeof bytes);
    device->address.type =
        strcmp(type, "random") == 0 ? BEACON_ADDRESS_RANDOM : BEACON_ADDRESS_PUBLIC;
    device->rssi_dbm = BEACON_RSSI_ABSENT;
    device->before_us = before_us;
    device->properties =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_variant_unref);
    return device;
}

void bcn_bluez_device_added(struct bcn_bluez *bluez, const char *path, GVariant *properties,
                            gboolean before_us)
{
    if (!is_of_our_adapter(bluez, path) ||
        !g_variant_is_of_type(properties, G_VARIANT_TYPE_VARDICT))
        return;
    struct bcn_bluez_device *device = new_device(properties, before_us);
    if (device == NULL) {
        bluez->counters->malformed++;
        return;
    }
    g_hash_table_remove(bluez->scan.devices, path);
    if (g_hash_table_size(bluez->scan.devices) >= DEVICES_MAX)
        forget_longest_unheard(bluez->scan.devices);
    g_hash_table_insert(bluez->scan.devices, g_strdup(path), device);
    if (note_properties(device, properties) && !before_us)
        was_heard(bluez, device);
}

void bcn_bluez_device_changed(struct bcn_bluez *bluez, const char *path, GVariant *changed,
                              const char *const *invalidated)
{
    struct bcn_bluez_device *device = g_hash_table_lookup(bluez->scan.devices, path);
    if (device == NULL)
        return;
    for (gsize i = 0; invalidated[i] != NULL; i++) {
        g_hash_table_remove(device->properties, invalidated[i]);
        if (strcmp(invalidated[i], "RSSI") == 0)
            device->rssi_dbm = BEACON_RSSI_ABSENT;
    }
    if (note_properties(device, changed))
        was_heard(bluez, device);
}

void bcn_bluez_device_removed(struct bcn_bluez *bluez, const char *path)
{
    g_hash_table_remove(bluez->scan.devices, path);
}

gboolean bcn_bluez_device_find(struct bcn_bluez *bluez, const char *path, gboolean *ret_is_stranger,
                               gboolean *ret_connected)
{
    const struct bcn_bluez_device *device = g_hash_table_lookup(bluez->scan.devices, path);
    if (device == NULL)
        return FALSE;
    *ret_is_stranger = !device->before_us && !device->paired && !device->connected;
    *ret_connected = device->connected;
    return TRUE;
}

/* ---- The monitor: an object of ours that says what is to be told ---- */

static const char root_xml[] =
    "<node><interface name='" OBJECT_MANAGER "'><method name='GetManagedObjects'>"
    "<arg name='objects' type='a{oa{sa{sv}}}' direction='out'/></method></interface></node>";

static const char monitor_xml[] =
    "<node><interface name='" MONITOR "'><method name='Release'/><method name='Activate'/>"
    "<method name='DeviceFound'><arg name='device' type='o' direction='in'/></method>"
    "<method name='DeviceLost'><arg name='device' type='o' direction='in'/></method>"
    "<property name='Type' type='s' access='read'/>"
    "<property name='Patterns' type='a(yyay)' access='read'/></interface></node>";

/* Ours by company or service, an iPhone's service, and Apple's block with hidden services. */
static GVariant *patterns(void)
{
    static const struct {
        guint8 type;
        gsize size;
        guint8 bytes[16];
    } all[] = {
        {0xFF, 2, {0xB5, 0x22}},
        {0x02, 2, {0x56, 0x4E}},
        {0x03, 2, {0x56, 0x4E}},
        {0x06,
         16,
         {0x67, 0xA6, 0x07, 0xAD, 0xD1, 0x17, 0x2F, 0xA1, 0xC4, 0x4B, 0xF5, 0x73, 0x56, 0x4E}},
        {0x07,
         16,
         {0x67, 0xA6, 0x07, 0xAD, 0xD1, 0x17, 0x2F, 0xA1, 0xC4, 0x4B, 0xF5, 0x73, 0x56, 0x4E}},
        {0xFF, 3, {0x4C, 0x00, 0x01}},
    };
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(yyay)"));
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        g_variant_builder_add(
            &builder, "(yy@ay)", 0, all[i].type,
            g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, all[i].bytes, all[i].size, 1));
    return g_variant_builder_end(&builder);
}

static GVariant *get_monitor_property(struct bcn_bluez *bluez, const char *name)
{
    (void)bluez;
    return strcmp(name, "Type") == 0 ? g_variant_new_string("or_patterns") : patterns();
}

static void give_objects(struct bcn_bluez *bluez, const char *method, GVariant *parameters,
                         GDBusMethodInvocation *invocation)
{
    (void)bluez, (void)method, (void)parameters;
    GVariantBuilder properties, interfaces, objects;
    g_variant_builder_init(&properties, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&properties, "{sv}", "Type", g_variant_new_string("or_patterns"));
    g_variant_builder_add(&properties, "{sv}", "Patterns", patterns());
    g_variant_builder_init(&interfaces, G_VARIANT_TYPE("a{sa{sv}}"));
    g_variant_builder_add(&interfaces, "{sa{sv}}", MONITOR, &properties);
    g_variant_builder_init(&objects, G_VARIANT_TYPE("a{oa{sa{sv}}}"));
    g_variant_builder_add(&objects, "{oa{sa{sv}}}", MONITOR_PATH, &interfaces);
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(a{oa{sa{sv}}})", &objects));
}

/* Found once; what it says from then on comes as changes of its properties. */
static void found(struct bcn_bluez *bluez, const char *path)
{
    struct bcn_bluez_device *device = g_hash_table_lookup(bluez->scan.devices, path);
    gint64 before = bcn_bluez_now_us(bluez) - G_TIME_SPAN_SECOND;
    if (device != NULL && device->heard_us < before)
        was_heard(bluez, device);
}

static void drop_monitor(struct bcn_bluez *bluez)
{
    bcn_bluez_unexport(bluez, &bluez->scan.objects[0]);
    bcn_bluez_unexport(bluez, &bluez->scan.objects[1]);
}

static void handle_monitor(struct bcn_bluez *bluez, const char *method, GVariant *parameters,
                           GDBusMethodInvocation *invocation)
{
    const char *path;
    g_dbus_method_invocation_return_value(invocation, NULL);
    if (strcmp(method, "DeviceFound") == 0) {
        g_variant_get(parameters, "(&o)", &path);
        found(bluez, path);
    } else if (strcmp(method, "Release") == 0 &&
               bluez->scan.hearing == BCN_BLUEZ_MONITORS_ADVERTS) {
        bluez->scan.stale = TRUE;
        bcn_bluez_refused(&bluez->scan.part, _("bluetoothd ended our advertisement monitor"), NULL);
        bcn_bluez_reconcile(bluez);
    }
}

/* ---- Starting and stopping ---- */

static void silence_is_long(gpointer user);

static void watch_silence(struct bcn_bluez *bluez, gint64 for_us)
{
    struct bcn_bluez_scan *scan = &bluez->scan;
    beacon_clock_cancel(bluez->clock, &scan->silence);
    if (scan->hearing == BCN_BLUEZ_DISCOVERS)
        scan->silence = beacon_clock_after(bluez->clock, for_us, silence_is_long, bluez);
}

static gint64 silence_us(const struct bcn_bluez *bluez)
{
    return (gint64)bluez->options.silence_ms * 1000 * bluez->scan.silence_factor;
}

/* Discovery is begun anew; less and less often, since perhaps there is nothing to hear. */
static void silence_is_long(gpointer user)
{
    struct bcn_bluez *bluez = user;
    struct bcn_bluez_scan *scan = &bluez->scan;
    scan->silence = 0;
    gint64 left = scan->heard_us + silence_us(bluez) - bcn_bluez_now_us(bluez);
    if (left > 0) {
        watch_silence(bluez, left);
        return;
    }
    scan->silence_factor = MIN(scan->silence_factor * 2, SILENCE_FACTOR_MAX);
    scan->heard_us = bcn_bluez_now_us(bluez);
    scan->stale = TRUE;
    bluez->counters->restarts++;
    bcn_bluez_reconcile(bluez);
}

static void now_hears(struct bcn_bluez *bluez, enum bcn_bluez_hearing how)
{
    struct bcn_bluez_scan *scan = &bluez->scan;
    scan->hearing = how;
    if (how == BCN_BLUEZ_DEAF) {
        scan->stale = FALSE;
        drop_monitor(bluez);
    } else {
        bcn_bluez_is_well(&scan->part);
        scan->heard_us = bcn_bluez_now_us(bluez);
    }
    watch_silence(bluez, silence_us(bluez));
}

static void stopped(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    bluez->scan.part.busy = FALSE;
    if (reply == NULL && bcn_bluez_is_timeout(error))
        bcn_bluez_refused(&bluez->scan.part, _("bluetoothd does not stop scanning"), error);
    else
        now_hears(bluez, BCN_BLUEZ_DEAF);
    bcn_bluez_reconcile(bluez);
}

static void started(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    bluez->scan.part.busy = FALSE;
    if (reply != NULL) {
        now_hears(bluez, BCN_BLUEZ_DISCOVERS);
    } else {
        bluez->scan.stale = bcn_bluez_error_is(error, "InProgress") || bcn_bluez_is_timeout(error);
        bcn_bluez_refused(&bluez->scan.part, _("bluetoothd does not scan for us"), error);
    }
    bcn_bluez_reconcile(bluez);
}

static void call_adapter(struct bcn_bluez *bluez, const char *method, GVariant *parameters,
                         bcn_bluez_then then)
{
    bluez->scan.part.busy = TRUE;
    bcn_bluez_call(bluez, bluez->adapter, BCN_BLUEZ_ADAPTER, method, parameters, CALL_MS, then);
}

static void filter_was_set(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    bluez->scan.part.busy = FALSE;
    bluez->scan.filtered = reply != NULL;
    if (reply == NULL)
        bcn_bluez_refused(&bluez->scan.part, _("bluetoothd does not scan for us"), error);
    bcn_bluez_reconcile(bluez);
}

static void set_filter(struct bcn_bluez *bluez)
{
    GVariantBuilder filter;
    g_variant_builder_init(&filter, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&filter, "{sv}", "Transport", g_variant_new_string("le"));
    g_variant_builder_add(&filter, "{sv}", "DuplicateData", g_variant_new_boolean(TRUE));
    call_adapter(bluez, "SetDiscoveryFilter", g_variant_new("(a{sv})", &filter), filter_was_set);
}

static void monitor_started(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    bluez->scan.part.busy = FALSE;
    if (reply != NULL) {
        now_hears(bluez, BCN_BLUEZ_MONITORS_ADVERTS);
    } else {
        drop_monitor(bluez);
        bcn_bluez_refused(&bluez->scan.part, _("bluetoothd does not monitor for us"), error);
    }
    bcn_bluez_reconcile(bluez);
}

static void call_monitors(struct bcn_bluez *bluez, const char *method, bcn_bluez_then then)
{
    bluez->scan.part.busy = TRUE;
    bcn_bluez_call(bluez, bluez->adapter, BCN_BLUEZ_MONITORS, method,
                   g_variant_new("(o)", MONITOR_ROOT), CALL_MS, then);
}

static GVariant *no_property(struct bcn_bluez *bluez, const char *name)
{
    (void)bluez, (void)name;
    return NULL;
}

static void start_monitor(struct bcn_bluez *bluez)
{
    guint *objects = bluez->scan.objects;
    objects[0] = bcn_bluez_export(bluez, MONITOR_ROOT, root_xml, give_objects, no_property);
    objects[1] =
        bcn_bluez_export(bluez, MONITOR_PATH, monitor_xml, handle_monitor, get_monitor_property);
    call_monitors(bluez, "RegisterMonitor", monitor_started);
}

static void stop(struct bcn_bluez *bluez)
{
    if (bluez->scan.hearing == BCN_BLUEZ_MONITORS_ADVERTS)
        call_monitors(bluez, "UnregisterMonitor", stopped);
    else
        call_adapter(bluez, "StopDiscovery", NULL, stopped);
}

static enum bcn_bluez_hearing wished(const struct bcn_bluez *bluez)
{
    if (!bluez->scan.wanted)
        return BCN_BLUEZ_DEAF;
    if (bluez->scan.order.monitor && bluez->offers_monitors)
        return BCN_BLUEZ_MONITORS_ADVERTS;
    return bcn_bluez_visit_needs_silence(bluez) ? BCN_BLUEZ_DEAF : BCN_BLUEZ_DISCOVERS;
}

void bcn_bluez_scan_step(struct bcn_bluez *bluez)
{
    struct bcn_bluez_scan *scan = &bluez->scan;
    enum bcn_bluez_hearing wish = wished(bluez);
    if (!bcn_bluez_may_step(&scan->part))
        return;
    if (wish == BCN_BLUEZ_DEAF)
        g_clear_pointer(&scan->part.trouble, g_free);
    if (scan->stale || (scan->hearing != BCN_BLUEZ_DEAF && scan->hearing != wish))
        stop(bluez);
    else if (scan->hearing == wish)
        return;
    else if (wish == BCN_BLUEZ_MONITORS_ADVERTS)
        start_monitor(bluez);
    else if (!scan->filtered)
        set_filter(bluez);
    else
        call_adapter(bluez, "StartDiscovery", NULL, started);
}

void bcn_bluez_scan_forget(struct bcn_bluez *bluez)
{
    struct bcn_bluez_scan *scan = &bluez->scan;
    scan->hearing = BCN_BLUEZ_DEAF;
    scan->stale = scan->filtered = FALSE;
    beacon_clock_cancel(bluez->clock, &scan->silence);
    drop_monitor(bluez);
    g_hash_table_remove_all(scan->devices);
}

void bcn_bluez_scan_last_words(struct bcn_bluez *bluez)
{
    if (bluez->scan.hearing == BCN_BLUEZ_MONITORS_ADVERTS)
        bcn_bluez_say(bluez, bluez->adapter, BCN_BLUEZ_MONITORS, "UnregisterMonitor",
                      g_variant_new("(o)", MONITOR_ROOT));
    else if (bluez->scan.hearing == BCN_BLUEZ_DISCOVERS || bluez->scan.part.busy ||
             bluez->scan.stale)
        bcn_bluez_say(bluez, bluez->adapter, BCN_BLUEZ_ADAPTER, "StopDiscovery", NULL);
}
