/* SPDX-License-Identifier: MIT */
/* Any bytes as the parameters of an LE Meta event: each report lies inside and behind the one
 * before, is within its ranges, and the walk ends. */
#include "radio/report.h"

#include "fuzz/replay.h"

#include <stdlib.h>

static void require(gboolean holds)
{
    if (!holds)
        abort();
}

static gboolean is_power(gint8 dbm)
{
    return (dbm >= -127 && dbm <= 20) || dbm == 127;
}

static void check_packet(const struct beacon_radio_packet *packet)
{
    require(packet->size <= BCN_REPORT_DATA_MAX);
    require(is_power(packet->rssi_dbm) && is_power(packet->tx_power_dbm));
    require(packet->address.type <= BEACON_ADDRESS_RANDOM);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bcn_reports reports = bcn_reports_begin(data, size);
    struct beacon_radio_packet packet;
    const guint8 *end = data;
    int count = 0, more;

    if (size > 255)
        return 0;
    while ((more = bcn_reports_next(&reports, &packet)) == 1) {
        check_packet(&packet);
        require(packet.data > end && packet.data + packet.size <= data + size);
        end = packet.data + packet.size;
        count++;
    }
    require(more == -1 || count == data[1]);
    require(bcn_reports_next(&reports, &packet) == 0);
    return 0;
}
