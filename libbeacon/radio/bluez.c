/* SPDX-License-Identifier: MIT */
/* The radio beside bluetoothd: finds its adapter, and again after the daemon, the adapter or the
 * bus was away; takes orders, and tells how it stands. */
#include "radio/bluez.h"

#include "radio/text.h"
#include <string.h>

enum {
    WELL_AFTER_S = 10,
    RETRY_FIRST_MS = 250,
    RETRY_LAST_MS = 8000, /* what can be done again is done within 10 s */
    SOON_MAX = 40,
    LIST_MS = 5000,
};

gint64 bcn_bluez_now_us(const struct bcn_bluez *bluez)
{
    return beacon_clock_monotonic_us(bluez->clock);
}

gboolean bcn_bluez_is_ready(const struct bcn_bluez *bluez)
{
    return bluez->phase == BCN_BLUEZ_THERE && bluez->powered;
}

static gint64 retry_us(guint attempts)
{
    guint ms = attempts < 8 ? (guint)RETRY_FIRST_MS << attempts : RETRY_LAST_MS;
    return (gint64)MIN(ms, RETRY_LAST_MS) * 1000;
}

/* ---- Parts: each retries by itself ---- */

gboolean bcn_bluez_may_step(const struct bcn_bluez_part *part)
{
    return bcn_bluez_is_ready(part->bluez) && !part->busy && part->retry == 0;
}

void bcn_bluez_is_well(struct bcn_bluez_part *part)
{
    part->well_since_us = bcn_bluez_now_us(part->bluez);
    g_clear_pointer(&part->trouble, g_free);
}

static void may_step_again(gpointer user)
{
    struct bcn_bluez_part *part = user;
    part->retry = 0;
    part->bluez->counters->restarts++;
    bcn_bluez_reconcile(part->bluez);
}

void bcn_bluez_refused(struct bcn_bluez_part *part, const char *what, const GError *error)
{
    struct bcn_bluez *bluez = part->bluez;
    char *why = error != NULL ? bcn_bluez_error_text(error) : NULL;
    gint64 well_us = bcn_bluez_now_us(bluez) - part->well_since_us;
    if (part->trouble == NULL && well_us > WELL_AFTER_S * G_TIME_SPAN_SECOND)
        part->attempts = 0;
    bluez->counters->refused++;
    g_free(part->trouble);
    part->trouble = why != NULL ? g_strdup_printf("%s: %s", what, why) : g_strdup(what);
    g_free(why);
    /* What is in progress ends: a scan that a killed daemon has left to the kernel, in 10 s. */
    gboolean soon = bcn_bluez_error_is(error, "InProgress") && part->attempts < SOON_MAX;
    guint attempts = part->attempts++;
    beacon_clock_cancel(bluez->clock, &part->retry);
    part->retry =
        beacon_clock_after(bluez->clock, retry_us(soon ? 1 : attempts), may_step_again, part);
}

static void forget_part(struct bcn_bluez_part *part)
{
    beacon_clock_cancel(part->bluez->clock, &part->retry);
    g_clear_pointer(&part->trouble, g_free);
    part->busy = FALSE;
    part->attempts = 0;
}

/* ---- How it stands ---- */

static const char *find_trouble(const struct bcn_bluez *bluez)
{
    const char *trouble = bluez->scan.part.trouble;
    if (trouble == NULL && bluez->advert.wanted)
        trouble = bluez->advert.part.trouble;
    return trouble != NULL ? trouble : bluez->serve.part.trouble;
}

static const char *ready_text(const struct bcn_bluez *bluez)
{
    if (bluez->scan.hearing == BCN_BLUEZ_DISCOVERS && bluez->scan.order.monitor)
        return _("ready; bluetoothd offers no advertisement monitor here, so it scans actively");
    if (bluez->advert.on && bluez->advert.order.connectable && !bluez->advert.connectable)
        return _("ready; it takes no connections, for which bluetoothd would advertise from the "
                 "adapter's own address (Privacy=device in /etc/bluetooth/main.conf changes that)");
    if (bluez->advert.wanted && bluez->is_private)
        return _("ready; the kernel changes the address in its own time, not with the payload");
    if (bluez->advert.wanted && bluez->advert.told)
        return _("ready; bluetoothd decides how often the advertisement goes out: as asked, or "
                 "every 1.28 s");
    return _("ready");
}

static void tell_away(struct bcn_bluez *bluez, const char *text)
{
    bcn_face_state(bluez->base.face, BEACON_RADIO_LOST, BEACON_RADIO_STEP_WAIT, text);
}

static void tell_off(struct bcn_bluez *bluez)
{
    char *text = g_strdup_printf(
        _("the adapter %s is switched off or blocked (bluetoothctl power on; rfkill list)"),
        strrchr(bluez->adapter, '/') + 1);
    tell_away(bluez, text);
    g_free(text);
}

/* Whether all is done that is wished. */
static gboolean is_settled(const struct bcn_bluez *bluez)
{
    const struct bcn_bluez_advert *advert = &bluez->advert;
    gboolean hears = bluez->scan.hearing != BCN_BLUEZ_DEAF;
    gboolean advertises = !advert->wanted || !advert->order.on || advert->on;
    return (hears || !bluez->scan.wanted) && advertises &&
           (bluez->serve.registered || !bluez->serve.wanted);
}

/* Ready once all is done, and then until something goes wrong. */
static void tell_there(struct bcn_bluez *bluez)
{
    const char *trouble = find_trouble(bluez);
    bluez->told_ready = trouble == NULL && (bluez->told_ready || is_settled(bluez));
    if (trouble != NULL)
        bcn_face_state(bluez->base.face, BEACON_RADIO_RECOVERING, BEACON_RADIO_STEP_RESTART,
                       trouble);
    else if (bluez->told_ready)
        bcn_face_state(bluez->base.face, BEACON_RADIO_READY, BEACON_RADIO_STEP_NONE,
                       ready_text(bluez));
}

static void tell(struct bcn_bluez *bluez)
{
    gboolean ready = bcn_bluez_is_ready(bluez);
    bcn_face_on_air(bluez->base.face, ready && bluez->scan.hearing != BCN_BLUEZ_DEAF,
                    ready && bluez->advert.on);
    if (bluez->phase == BCN_BLUEZ_AWAY)
        tell_away(bluez, bluez->away);
    else if (bluez->phase == BCN_BLUEZ_ENDED)
        bcn_face_state(bluez->base.face, BEACON_RADIO_ENDED, BEACON_RADIO_STEP_WAIT, bluez->away);
    else if (bluez->phase == BCN_BLUEZ_THERE && !bluez->powered)
        tell_off(bluez);
    else if (bluez->phase == BCN_BLUEZ_THERE)
        tell_there(bluez);
    if (!ready)
        bluez->told_ready = FALSE;
}

void bcn_bluez_reconcile(struct bcn_bluez *bluez)
{
    if (bcn_bluez_is_ready(bluez)) {
        bcn_bluez_visit_step(bluez);
        bcn_bluez_scan_step(bluez);
        bcn_bluez_serve_step(bluez);
        bcn_bluez_advert_step(bluez);
    }
    if (bluez->phase != BCN_BLUEZ_STOPPED)
        tell(bluez);
}

/* ---- Away ---- */

/* No answer that is under way matters any more. */
static void drop_calls(struct bcn_bluez *bluez)
{
    g_cancellable_cancel(bluez->cancellable);
    g_object_unref(bluez->cancellable);
    bluez->cancellable = g_cancellable_new();
}

/* The adapter has gone, or the daemon with all that it did for us. */
static void forget(struct bcn_bluez *bluez)
{
    drop_calls(bluez);
    if (bluez->phase == BCN_BLUEZ_THERE)
        bluez->phase = BCN_BLUEZ_STARTING;
    g_clear_pointer(&bluez->adapter, g_free);
    bluez->powered = bluez->offers_advertiser = bluez->offers_server = bluez->offers_monitors =
        FALSE;
    forget_part(&bluez->scan.part);
    forget_part(&bluez->advert.part);
    forget_part(&bluez->serve.part);
    bcn_bluez_scan_forget(bluez);
    bcn_bluez_advert_forget(bluez);
    bcn_bluez_serve_forget(bluez);
    bcn_bluez_visit_forget(bluez);
}

static void list(struct bcn_bluez *bluez);

static void try_again(gpointer user)
{
    struct bcn_bluez *bluez = user;
    bluez->wait = 0;
    bluez->counters->reopenings++;
    if (bluez->connection == NULL)
        bcn_bluez_connect(bluez);
    else if (bluez->owner == NULL)
        bcn_bluez_find_owner(bluez);
    else
        list(bluez);
}

static void stay_away(struct bcn_bluez *bluez, char *text_taken)
{
    if (bluez->phase == BCN_BLUEZ_STOPPED) {
        g_free(text_taken);
        return;
    }
    g_free(bluez->away);
    bluez->away = text_taken;
    beacon_clock_cancel(bluez->clock, &bluez->wait);
    guint limit = bluez->options.lost_limit;
    if (limit != 0 && bluez->tries >= limit) {
        bluez->phase = BCN_BLUEZ_ENDED;
    } else {
        bluez->phase = BCN_BLUEZ_AWAY;
        bluez->wait = beacon_clock_after(bluez->clock, retry_us(bluez->tries++), try_again, bluez);
    }
    bcn_bluez_reconcile(bluez);
}

/* ---- The adapter ---- */

static gboolean get_flag(GVariant *properties, const char *name, gboolean otherwise)
{
    gboolean value = otherwise;
    g_variant_lookup(properties, name, "b", &value);
    return value;
}

static gboolean is_ours(const struct bcn_bluez *bluez, const char *path, GVariant *adapter)
{
    const char *address = "", *name = strrchr(path, '/');
    g_variant_lookup(adapter, "Address", "&s", &address);
    if (bluez->wanted_address != NULL)
        return g_ascii_strcasecmp(address, bluez->wanted_address) == 0;
    return name != NULL && strcmp(name + 1, bluez->wanted_name) == 0;
}

/* From now on this one, whatever number it will have. */
static void remember(struct bcn_bluez *bluez, GVariant *adapter)
{
    const char *address;
    if (bluez->wanted_address == NULL && g_variant_lookup(adapter, "Address", "&s", &address))
        bluez->wanted_address = g_strdup(address);
}

static void note_offers(struct bcn_bluez *bluez, GVariant *interfaces)
{
    GVariant *found;
    const struct {
        const char *name;
        gboolean *offers;
    } all[] = {
        {BCN_BLUEZ_ADVERTISER, &bluez->offers_advertiser},
        {BCN_BLUEZ_SERVER, &bluez->offers_server},
        {BCN_BLUEZ_MONITORS, &bluez->offers_monitors},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        found = g_variant_lookup_value(interfaces, all[i].name, G_VARIANT_TYPE_VARDICT);
        *all[i].offers |= found != NULL;
        g_clear_pointer(&found, g_variant_unref);
    }
}

static void take_adapter(struct bcn_bluez *bluez, const char *path, GVariant *adapter)
{
    remember(bluez, adapter);
    g_free(bluez->adapter);
    bluez->adapter = g_strdup(path);
    bluez->powered = get_flag(adapter, "Powered", FALSE);
    bluez->pairable = get_flag(adapter, "Pairable", FALSE);
    bluez->is_private = bcn_bluez_is_private(strrchr(path, '/') + 1);
}

static void find_adapter(struct bcn_bluez *bluez, GVariant *objects)
{
    GVariantIter iter;
    const char *path;
    GVariant *interfaces;
    g_variant_iter_init(&iter, objects);
    while (g_variant_iter_loop(&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
        GVariant *adapter =
            g_variant_lookup_value(interfaces, BCN_BLUEZ_ADAPTER, G_VARIANT_TYPE_VARDICT);
        if (adapter != NULL && bluez->adapter == NULL && is_ours(bluez, path, adapter)) {
            take_adapter(bluez, path, adapter);
            note_offers(bluez, interfaces);
        }
        g_clear_pointer(&adapter, g_variant_unref);
    }
}

static void find_devices(struct bcn_bluez *bluez, GVariant *objects)
{
    GVariantIter iter;
    const char *path;
    GVariant *interfaces;
    g_variant_iter_init(&iter, objects);
    while (g_variant_iter_loop(&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
        GVariant *device =
            g_variant_lookup_value(interfaces, BCN_BLUEZ_DEVICE, G_VARIANT_TYPE_VARDICT);
        if (device != NULL)
            bcn_bluez_device_added(bluez, path, device, TRUE);
        g_clear_pointer(&device, g_variant_unref);
    }
}

static void listed(struct bcn_bluez *bluez, GVariant *reply, const GError *error)
{
    if (reply == NULL || !g_variant_is_of_type(reply, G_VARIANT_TYPE("(a{oa{sa{sv}}})"))) {
        stay_away(bluez, error != NULL ? bcn_bluez_error_text(error)
                                       : g_strdup(_("bluetoothd gave an answer without sense")));
        return;
    }
    GVariant *objects = g_variant_get_child_value(reply, 0);
    find_adapter(bluez, objects);
    if (bluez->adapter != NULL) {
        bluez->phase = BCN_BLUEZ_THERE;
        bluez->tries = 0;
        beacon_clock_cancel(bluez->clock, &bluez->wait);
        find_devices(bluez, objects);
        bcn_bluez_reconcile(bluez);
    } else {
        stay_away(bluez, g_strdup_printf(_("bluetoothd has no adapter %s"),
                                         bluez->wanted_address != NULL ? bluez->wanted_address
                                                                       : bluez->wanted_name));
    }
    g_variant_unref(objects);
}

/* Asks anew for all that the daemon has. */
static void list(struct bcn_bluez *bluez)
{
    forget(bluez);
    if (bluez->phase != BCN_BLUEZ_STOPPED)
        bcn_bluez_call(bluez, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
                       LIST_MS, listed);
}

/* ---- What the bus tells ---- */

void bcn_bluez_connected(struct bcn_bluez *bluez, const GError *error)
{
    if (bluez->phase == BCN_BLUEZ_STOPPED)
        return;
    if (bluez->connection != NULL) {
        bcn_bluez_find_owner(bluez);
        return;
    }
    char *why = error != NULL ? bcn_bluez_error_text(error) : g_strdup(_("it was closed"));
    stay_away(bluez, g_strdup_printf(_("the system's D-Bus cannot be reached: %s"), why));
    g_free(why);
}

void bcn_bluez_no_owner(struct bcn_bluez *bluez, const GError *error)
{
    stay_away(bluez,
              error != NULL ? bcn_bluez_error_text(error) : g_strdup(_("bluetoothd does not run")));
}

void bcn_bluez_owner_is(struct bcn_bluez *bluez, const char *owner)
{
    if (bluez->phase == BCN_BLUEZ_STOPPED || bluez->phase == BCN_BLUEZ_ENDED ||
        g_strcmp0(owner, bluez->owner) == 0)
        return;
    g_free(bluez->owner);
    bluez->owner = g_strdup(owner);
    if (owner != NULL) {
        list(bluez);
        return;
    }
    forget(bluez);
    stay_away(bluez, g_strdup(_("bluetoothd has ended; waiting until it runs again")));
}

static gboolean is_our_adapter(const struct bcn_bluez *bluez, const char *path)
{
    return bluez->adapter != NULL && strcmp(bluez->adapter, path) == 0;
}

void bcn_bluez_object_added(struct bcn_bluez *bluez, const char *path, GVariant *interfaces)
{
    GVariant *device = g_variant_lookup_value(interfaces, BCN_BLUEZ_DEVICE, NULL);
    GVariant *adapter = g_variant_lookup_value(interfaces, BCN_BLUEZ_ADAPTER, NULL);
    if (device != NULL) {
        bcn_bluez_device_added(bluez, path, device, FALSE);
    } else if (is_our_adapter(bluez, path)) {
        note_offers(bluez, interfaces);
        bcn_bluez_reconcile(bluez);
    } else if (adapter != NULL && bluez->adapter == NULL && is_ours(bluez, path, adapter)) {
        bluez->counters->reopenings++;
        list(bluez);
    }
    g_clear_pointer(&device, g_variant_unref);
    g_clear_pointer(&adapter, g_variant_unref);
}

void bcn_bluez_object_removed(struct bcn_bluez *bluez, const char *path,
                              const char *const *interfaces)
{
    if (g_strv_contains(interfaces, BCN_BLUEZ_DEVICE))
        bcn_bluez_device_removed(bluez, path);
    if (!is_our_adapter(bluez, path) || !g_strv_contains(interfaces, BCN_BLUEZ_ADAPTER))
        return;
    char *text = g_strdup_printf(_("the adapter %s has gone; waiting until it is back"),
                                 bluez->wanted_address);
    forget(bluez);
    stay_away(bluez, text);
}

/* What was asked for before is asked for anew: who knows what the daemon remembers of it. */
static void power_changed(struct bcn_bluez *bluez)
{
    bluez->is_private = bcn_bluez_is_private(strrchr(bluez->adapter, '/') + 1);
    forget_part(&bluez->scan.part);
    forget_part(&bluez->advert.part);
    forget_part(&bluez->serve.part);
    if (bluez->powered) {
        bluez->counters->reopenings++;
        return;
    }
    drop_calls(bluez);
    bluez->scan.stale |= bluez->scan.hearing == BCN_BLUEZ_DISCOVERS;
    bluez->scan.filtered = FALSE;
    if (bluez->scan.hearing == BCN_BLUEZ_DISCOVERS)
        bluez->scan.hearing = BCN_BLUEZ_DEAF;
    if (bluez->advert.on)
        bluez->advert.off_since_us = bcn_bluez_now_us(bluez);
    bluez->advert.on = FALSE;
    bcn_bluez_visit_forget(bluez);
}

static void adapter_changed(struct bcn_bluez *bluez, GVariant *changed)
{
    gboolean powered = get_flag(changed, "Powered", bluez->powered);
    bluez->pairable = get_flag(changed, "Pairable", bluez->pairable);
    if (powered == bluez->powered)
        return;
    bluez->powered = powered;
    power_changed(bluez);
    bcn_bluez_reconcile(bluez);
}

void bcn_bluez_object_changed(struct bcn_bluez *bluez, const char *path, const char *interface,
                              GVariant *changed, const char *const *invalidated)
{
    if (strcmp(interface, BCN_BLUEZ_DEVICE) == 0) {
        bcn_bluez_visit_changed(bluez, path, changed);
        bcn_bluez_device_changed(bluez, path, changed, invalidated);
    } else if (strcmp(interface, BCN_BLUEZ_ADAPTER) == 0 && is_our_adapter(bluez, path)) {
        adapter_changed(bluez, changed);
    }
}

/* ---- Orders ---- */

static void bluez_scan(struct bcn_backend *backend, const struct bcn_scan_order *order)
{
    struct bcn_bluez *bluez = (struct bcn_bluez *)backend;
    bluez->scan.wanted = order != NULL;
    if (order != NULL)
        bluez->scan.order = *order;
    if (bcn_bluez_is_ready(bluez))
        bcn_bluez_scan_step(bluez);
}

static void bluez_advertise(struct bcn_backend *backend, const struct bcn_advert_order *order)
{
    struct bcn_bluez *bluez = (struct bcn_bluez *)backend;
    bluez->advert.wanted = order != NULL;
    if (order != NULL)
        bluez->advert.order = *order;
    if (bcn_bluez_is_ready(bluez))
        bcn_bluez_advert_step(bluez);
}

static void bluez_visit(struct bcn_backend *backend, const struct beacon_address *address)
{
    bcn_bluez_visit_begin((struct bcn_bluez *)backend, address);
}

static void bluez_serve(struct bcn_backend *backend, gboolean serve)
{
    struct bcn_bluez *bluez = (struct bcn_bluez *)backend;
    bluez->serve.wanted = serve;
    if (bcn_bluez_is_ready(bluez))
        bcn_bluez_serve_step(bluez);
}

/* Connectable only where the kernel's addresses are private: from the adapter's own address,
 * whoever advertises is known wherever he goes. */
static guint bluez_capabilities(const struct bcn_backend *backend)
{
    const struct bcn_bluez *bluez = (const struct bcn_bluez *)backend;
    guint can = BEACON_RADIO_CAN_SCAN | BEACON_RADIO_CAN_SCAN_ACTIVELY | BEACON_RADIO_TELLS_RSSI |
                BEACON_RADIO_CAN_READ;
    gboolean unknown = bluez->phase != BCN_BLUEZ_THERE;
    if (unknown || bluez->offers_advertiser)
        can |= BEACON_RADIO_CAN_ADVERTISE;
    if (!bluez->is_private)
        can |= BEACON_RADIO_ROLLS_ADDRESS;
    if (unknown || (bluez->offers_advertiser && bluez->is_private))
        can |= BEACON_RADIO_CAN_BE_CONNECTABLE;
    if (unknown || (bluez->offers_server && bluez->is_private))
        can |= BEACON_RADIO_CAN_SERVE;
    return can;
}

/* ---- The end ---- */

static void last_words(struct bcn_bluez *bluez)
{
    bcn_bluez_advert_last_words(bluez);
    bcn_bluez_scan_last_words(bluez);
    bcn_bluez_serve_last_words(bluez);
    bcn_bluez_visit_last_words(bluez);
}

static void bluez_stop(struct bcn_backend *backend)
{
    struct bcn_bluez *bluez = (struct bcn_bluez *)backend;
    gboolean hears_us = bluez->phase == BCN_BLUEZ_THERE && bluez->connection != NULL;
    bluez->phase = BCN_BLUEZ_STOPPED;
    g_cancellable_cancel(bluez->cancellable);
    beacon_clock_cancel(bluez->clock, &bluez->wait);
    if (hears_us)
        last_words(bluez);
    forget_part(&bluez->scan.part);
    forget_part(&bluez->advert.part);
    forget_part(&bluez->serve.part);
    bcn_bluez_scan_forget(bluez);
    bcn_bluez_advert_forget(bluez);
    bcn_bluez_serve_forget(bluez);
    bcn_bluez_visit_clear(bluez);
    bcn_bluez_close(bluez);
}

static void bluez_free(struct bcn_backend *backend)
{
    struct bcn_bluez *bluez = (struct bcn_bluez *)backend;
    if (bluez->phase != BCN_BLUEZ_STOPPED)
        bluez_stop(backend);
    bcn_bluez_scan_clear(bluez);
    g_clear_object(&bluez->cancellable);
    g_clear_pointer(&bluez->wanted_name, g_free);
    g_clear_pointer(&bluez->wanted_address, g_free);
    g_clear_pointer(&bluez->owner, g_free);
    g_clear_pointer(&bluez->adapter, g_free);
    g_clear_pointer(&bluez->away, g_free);
    beacon_clock_unref(bluez->clock);
    if (--bluez->references == 0)
        g_free(bluez);
}

static const struct bcn_backend_class class = {
    .stop = bluez_stop,
    .free = bluez_free,
    .capabilities = bluez_capabilities,
    .scan = bluez_scan,
    .advertise = bluez_advertise,
    .visit = bluez_visit,
    .serve = bluez_serve,
};

/* ---- The beginning ---- */

static gboolean is_name(const char *text)
{
    gsize digits = g_str_has_prefix(text, "hci") ? strspn(text + 3, "0123456789") : 0;
    return digits > 0 && digits < 6 && text[3 + digits] == '\0';
}

static gboolean is_address(const char *text)
{
    for (gsize i = 0; i < 17; i++)
        if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit(text[i]))
            return FALSE;
    return text[17] == '\0';
}

static struct bcn_bluez *new_bluez(const struct bcn_opening *opening)
{
    struct bcn_bluez *bluez = g_new0(struct bcn_bluez, 1);
    bluez->base = (struct bcn_backend){&class, opening->face};
    bluez->references = 1;
    bluez->clock = beacon_clock_ref(opening->clock);
    bluez->options = opening->options;
    bluez->counters = bcn_face_counters(opening->face);
    bluez->cancellable = g_cancellable_new();
    bluez->scan.part.bluez = bluez->advert.part.bluez = bluez->serve.part.bluez = bluez;
    bluez->advert.off_since_us = -1;
    bcn_bluez_scan_init(bluez);
    return bluez;
}

/* Calls nobody back within beacon_radio_open. */
static void begin(gpointer user)
{
    struct bcn_bluez *bluez = user;
    bluez->wait = 0;
    bcn_bluez_connect(bluez);
}

struct bcn_backend *bcn_backend_bluez(const struct bcn_opening *opening, GError **error)
{
    if (!is_name(opening->rest) && !is_address(opening->rest)) {
        g_set_error(error, BEACON_RADIO_ERROR, BEACON_RADIO_ERROR_ADDRESS,
                    _("\"%s\" does not name an adapter: expected hci0 or AA:BB:CC:DD:EE:FF"),
                    opening->rest);
        return NULL;
    }
    struct bcn_bluez *bluez = new_bluez(opening);
    if (is_name(opening->rest))
        bluez->wanted_name = g_strdup(opening->rest);
    else
        bluez->wanted_address = g_ascii_strup(opening->rest, -1);
    bluez->wait = beacon_clock_after(bluez->clock, 0, begin, bluez);
    return &bluez->base;
}
