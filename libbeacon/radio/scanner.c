/* SPDX-License-Identifier: MIT */
/* Hearing: the wish to scan, and its duty cycle, turned into orders. */
#include "radio/face.h"
#include "radio/text.h"

#define UNIT_US 625

enum { INTERVAL_US = 60000, INTERVAL_MIN_US = 2500, INTERVAL_MAX_US = 10240000 };

static void order(gpointer user)
{
    beacon_radio *radio = user;
    struct bcn_scanner *scanner = &radio->scanner;
    bcn_face_enter(radio);
    gboolean on = scanner->wanted && scanner->cycle.on;
    radio->backend->class->scan(radio->backend, on ? &scanner->order : NULL);
    bcn_face_count_deafness(radio);
    bcn_face_leave(radio);
}

void bcn_scanner_init(beacon_radio *radio)
{
    radio->scanner.cycle =
        (struct bcn_cycle){.clock = radio->clock, .turned = order, .user = radio};
}

void bcn_scanner_stop(beacon_radio *radio)
{
    radio->scanner.wanted = FALSE;
    bcn_cycle_stop(&radio->scanner.cycle);
}

static struct bcn_scan_order to_order(const struct beacon_radio_scan *scan)
{
    guint32 interval = scan->interval_us != 0 ? scan->interval_us : INTERVAL_US;
    interval = CLAMP(interval, INTERVAL_MIN_US, INTERVAL_MAX_US);
    guint32 window = scan->window_us != 0 ? scan->window_us : interval;
    window = CLAMP(window, INTERVAL_MIN_US, interval);
    return (struct bcn_scan_order){
        .active = scan->active,
        .monitor = scan->monitor && !scan->active,
        .interval = (guint16)(interval / UNIT_US),
        .window = (guint16)(window / UNIT_US),
    };
}

gboolean beacon_radio_scan(beacon_radio *radio, const struct beacon_radio_scan *scan,
                           GError **error)
{
    if (scan == NULL) {
        bcn_scanner_stop(radio);
        order(radio);
        return TRUE;
    }
    g_return_val_if_fail(scan->size == sizeof *scan, FALSE);
    guint needed = scan->active ? BEACON_RADIO_CAN_SCAN_ACTIVELY : BEACON_RADIO_CAN_SCAN;
    if (!bcn_face_can(radio, needed,
                      scan->active ? _("the radio %s cannot scan actively")
                                   : _("the radio %s cannot scan"),
                      error))
        return FALSE;
    radio->scanner.wanted = TRUE;
    radio->scanner.order = to_order(scan);
    bcn_cycle_start(&radio->scanner.cycle, scan->cycle, 0);
    order(radio);
    return TRUE;
}
