/* SPDX-License-Identifier: MIT */
/* Advertising reports: events of a controller, read as packets, and made of packets. Pure
 * bytes. */
#ifndef BCN_RADIO_REPORT_H
#define BCN_RADIO_REPORT_H

#include <beacon/radio.h>

/* Subevents of LE Meta (Bluetooth Core 5.3, vol 4 part E, 7.7.65.2, .11 and .13). */
enum {
    BCN_REPORT_LEGACY = 0x02,
    BCN_REPORT_DIRECTED = 0x0B,
    BCN_REPORT_EXTENDED = 0x0D,
};

#define BCN_EVENT_LE_META 0x3E

/* Data in one extended report: what the largest event has room for. */
#define BCN_REPORT_DATA_MAX 229

static inline gboolean bcn_is_report(guint8 subevent)
{
    return subevent == BCN_REPORT_LEGACY || subevent == BCN_REPORT_EXTENDED ||
           subevent == BCN_REPORT_DIRECTED;
}

/* A walk over the reports of one event. A plain value. */
struct bcn_reports {
    const guint8 *at;
    gsize left_bytes;
    guint8 left_reports;
    guint8 subevent;
    gboolean truncated; /* the report last given is not all the data that its sender had */
};

/* Starts on the parameters of an LE Meta event, subevent first; the bytes are borrowed. */
struct bcn_reports bcn_reports_begin(const guint8 *parameters, gsize size);

/*
 * The next report: 1, and everything of the packet but its times, which are left as they are; 0 at
 * the end; -1, once, for what contradicts itself (the reports before it were good), and then 0.
 *
 * Data that comes in pieces is given piece by piece, each as a packet of its own, with `truncated`
 * set on all but the last: ours always fits into one, and nobody's memory is filled by strangers
 * who begin and never end. An anonymous advertiser is the random address that is all zero. What the
 * specification reserves in RSSI and TX power is "absent".
 */
int bcn_reports_next(struct bcn_reports *reports, struct beacon_radio_packet *ret_packet);

/* An event in H4's form: type, code, length; subevent, count, and one report. */
#define BCN_REPORT_EVENT_MAX (3 + 2 + 24 + BCN_REPORT_DATA_MAX)

/*
 * The event, an extended report, from which the packet would be read again as it is. Data that one
 * report has no room for is cut, and says so. Answers its size.
 */
gsize bcn_report_write(const struct beacon_radio_packet *packet,
                       guint8 ret_event[BCN_REPORT_EVENT_MAX]);

#endif
