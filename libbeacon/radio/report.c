/* SPDX-License-Identifier: MIT */
/* Advertising reports: events of a controller, read as packets, and made of packets. Pure
 * bytes. */
#include "radio/report.h"

#include "radio/transport.h"
#include <string.h>

enum { ADDRESS_SIZE = 6, LEGACY_DATA_MAX = BEACON_ADVERT_SIZE_MAX };

/* Where the fields of a report stand (vol 4 part E, 7.7.65.2, .11 and .13). */
/* clang-format off */
enum {
    LEGACY_TYPE = 0,   LEGACY_ADDRESS = 1,   LEGACY_LENGTH = 8,    LEGACY_DATA = 9,
    DIRECTED_ADDRESS = 1,   DIRECTED_RSSI = 15,   DIRECTED_SIZE = 16,
    EXTENDED_TYPE = 0,   EXTENDED_ADDRESS = 2,   EXTENDED_PHY = 9,   EXTENDED_SET = 11,
    EXTENDED_TX_POWER = 12,   EXTENDED_RSSI = 13,   EXTENDED_LENGTH = 23,   EXTENDED_DATA = 24,
};

/* Event types of legacy reports. */
enum { ADV_IND = 0, ADV_DIRECT_IND = 1, ADV_SCAN_IND = 2, ADV_NONCONN_IND = 3, SCAN_RSP = 4 };

/* Bits of an extended report's event type; of the data status, two bits, 0 is "complete". */
enum { CONNECTABLE = 1 << 0, SCANNABLE = 1 << 1, RESPONSE = 1 << 3, LEGACY_PDU = 1 << 4 };
enum { DATA_STATUS = 3 << 5, DATA_CUT = 2 << 5 };

enum { PHY_1M = 1, NO_SET = 0xFF };
/* clang-format on */

/* Power as controllers tell it, -127 … 20 dBm; 127 is "not available", the rest reserved. */
enum { POWER_MIN_DBM = -127, POWER_MAX_DBM = 20 };

G_STATIC_ASSERT(BEACON_RSSI_ABSENT == 127 && BEACON_TX_POWER_ABSENT == 127);

static gint8 to_power(guint8 byte)
{
    gint8 dbm = (gint8)byte;
    return dbm >= POWER_MIN_DBM && dbm <= POWER_MAX_DBM ? dbm : BEACON_RSSI_ABSENT;
}

/* The type's byte, then the address, least significant byte first. Identity addresses (2, 3) are
 * public and random ones that the controller resolved; 0xFF is anonymous. */
static struct beacon_address to_address(const guint8 *bytes)
{
    const guint8 *low = bytes + 1;
    return (struct beacon_address){
        .bytes = {low[5], low[4], low[3], low[2], low[1], low[0]},
        .type = (bytes[0] & 1) != 0 ? BEACON_ADDRESS_RANDOM : BEACON_ADDRESS_PUBLIC,
    };
}

struct bcn_reports bcn_reports_begin(const guint8 *parameters, gsize size)
{
    /* An event without a report contradicts itself: it is one report that cannot be read. */
    if (size < 2 || parameters[1] == 0)
        return (struct bcn_reports){.left_reports = 1};
    return (struct bcn_reports){
        .at = parameters + 2,
        .left_bytes = size - 2,
        .left_reports = parameters[1],
        .subevent = parameters[0],
    };
}

/* Each of these reads one report and answers how many bytes it took; 0 if it cannot be one. */

static gsize read_legacy(const guint8 *at, gsize left, struct beacon_radio_packet *packet)
{
    if (left <= LEGACY_DATA)
        return 0;
    guint8 type = at[LEGACY_TYPE];
    gsize size = at[LEGACY_LENGTH];
    if (type > SCAN_RSP || size > LEGACY_DATA_MAX || left - LEGACY_DATA <= size)
        return 0;
    packet->address = to_address(at + LEGACY_ADDRESS);
    packet->rssi_dbm = to_power(at[LEGACY_DATA + size]);
    packet->tx_power_dbm = BEACON_TX_POWER_ABSENT;
    packet->connectable = type == ADV_IND || type == ADV_DIRECT_IND;
    packet->scannable = type == ADV_IND || type == ADV_SCAN_IND || type == SCAN_RSP;
    packet->scan_response = type == SCAN_RSP;
    packet->data = at + LEGACY_DATA;
    packet->size = size;
    return LEGACY_DATA + size + 1;
}

static gsize read_directed(const guint8 *at, gsize left, struct beacon_radio_packet *packet)
{
    if (left < DIRECTED_SIZE || at[0] != ADV_DIRECT_IND)
        return 0;
    packet->address = to_address(at + DIRECTED_ADDRESS);
    packet->rssi_dbm = to_power(at[DIRECTED_RSSI]);
    packet->tx_power_dbm = BEACON_TX_POWER_ABSENT;
    packet->connectable = TRUE;
    packet->scannable = FALSE;
    packet->scan_response = FALSE;
    packet->data = at;
    packet->size = 0;
    return DIRECTED_SIZE;
}

static gsize read_extended(const guint8 *at, gsize left, struct beacon_radio_packet *packet,
                           gboolean *ret_truncated)
{
    if (left < EXTENDED_DATA)
        return 0;
    guint type = at[EXTENDED_TYPE];
    gsize size = at[EXTENDED_LENGTH];
    if (left - EXTENDED_DATA < size)
        return 0;
    packet->address = to_address(at + EXTENDED_ADDRESS);
    packet->rssi_dbm = to_power(at[EXTENDED_RSSI]);
    packet->tx_power_dbm = to_power(at[EXTENDED_TX_POWER]);
    packet->connectable = (type & CONNECTABLE) != 0;
    packet->scannable = (type & SCANNABLE) != 0;
    packet->scan_response = (type & RESPONSE) != 0;
    packet->data = at + EXTENDED_DATA;
    packet->size = size;
    *ret_truncated = (type & DATA_STATUS) != 0;
    return EXTENDED_DATA + size;
}

static gsize read_report(struct bcn_reports *reports, struct beacon_radio_packet *packet)
{
    switch (reports->subevent) {
    case BCN_REPORT_LEGACY:
        return read_legacy(reports->at, reports->left_bytes, packet);
    case BCN_REPORT_DIRECTED:
        return read_directed(reports->at, reports->left_bytes, packet);
    case BCN_REPORT_EXTENDED:
        return read_extended(reports->at, reports->left_bytes, packet, &reports->truncated);
    default:
        return 0;
    }
}

int bcn_reports_next(struct bcn_reports *reports, struct beacon_radio_packet *ret_packet)
{
    if (reports->left_reports == 0)
        return 0;
    gsize taken = read_report(reports, ret_packet);
    if (taken == 0) {
        reports->left_reports = 0;
        return -1;
    }
    reports->at += taken;
    reports->left_bytes -= taken;
    reports->left_reports--;
    return 1;
}

/* Legacy PDUs are connectable and scannable, one of both with an addressee, or neither. */
static gboolean is_legacy(const struct beacon_radio_packet *packet)
{
    return packet->size <= LEGACY_DATA_MAX &&
           (packet->scannable || (!packet->connectable && !packet->scan_response));
}

static guint8 to_type(const struct beacon_radio_packet *packet)
{
    guint type = is_legacy(packet) ? LEGACY_PDU : 0;
    type |= packet->connectable ? CONNECTABLE : 0;
    type |= packet->scannable ? SCANNABLE : 0;
    type |= packet->scan_response ? RESPONSE : 0;
    type |= packet->size > BCN_REPORT_DATA_MAX ? DATA_CUT : 0;
    return (guint8)type;
}

static void write_address(const struct beacon_address *address, guint8 *ret_bytes)
{
    ret_bytes[0] = address->type;
    for (gsize i = 0; i < ADDRESS_SIZE; i++)
        ret_bytes[ADDRESS_SIZE - i] = address->bytes[i];
}

gsize bcn_report_write(const struct beacon_radio_packet *packet,
                       guint8 ret_event[BCN_REPORT_EVENT_MAX])
{
    gsize size = MIN(packet->size, BCN_REPORT_DATA_MAX);
    guint8 *report = ret_event + 5;
    memset(ret_event, 0, BCN_REPORT_EVENT_MAX);
    ret_event[0] = BCN_H4_EVENT;
    ret_event[1] = BCN_EVENT_LE_META;
    ret_event[2] = (guint8)(2 + EXTENDED_DATA + size);
    ret_event[3] = BCN_REPORT_EXTENDED;
    ret_event[4] = 1;
    report[EXTENDED_TYPE] = to_type(packet);
    write_address(&packet->address, report + EXTENDED_ADDRESS);
    report[EXTENDED_PHY] = PHY_1M;
    report[EXTENDED_SET] = NO_SET;
    report[EXTENDED_TX_POWER] = (guint8)packet->tx_power_dbm;
    report[EXTENDED_RSSI] = (guint8)packet->rssi_dbm;
    report[EXTENDED_LENGTH] = (guint8)size;
    if (size > 0)
        memcpy(report + EXTENDED_DATA, packet->data, size);
    return 5 + EXTENDED_DATA + size;
}
