#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two clients of btvirt's meet: an advertisement is heard, a link carries data both ways. Run by `run`."""
import unittest

import h4

PAYLOAD = bytes.fromhex("0303564E" "0FFFB522" "0102030405060708090A0B0C")
ATT = 4


class Meet(unittest.TestCase):
    def setUp(self):
        self.one, self.other = h4.Controller(), h4.Controller()
        self.addCleanup(self.one.close)
        self.addCleanup(self.other.close)
        self.one_address, self.other_address = self.one.start(), self.other.start()

    def test_addresses_differ(self):
        self.assertNotEqual(self.one_address, self.other_address)

    def test_advertisement_is_heard(self):
        self.other.scan()
        for last in range(3):  # each enabling is heard once, from the address and with the data of that moment
            address, data = f"C1:02:03:04:05:{last:02X}", PAYLOAD[:-1] + bytes([last])
            self.one.advertise(data, address)
            report = self.other.report()
            self.assertEqual((report.address, report.address_type), (address, h4.RANDOM))
            self.assertEqual((report.kind, report.data, report.rssi), (h4.NOT_CONNECTABLE, data, None))
            self.one.stop_advertising()

    def test_address_is_kept_while_on_air(self):
        self.one.advertise(PAYLOAD, "C1:02:03:04:05:06")
        with self.assertRaises(h4.Refused) as refused:
            self.one.command(h4.LE_SET_RANDOM_ADDRESS, h4.address_bytes("C1:02:03:04:05:07"))
        self.assertEqual(refused.exception.status, 0x0C)  # Command Disallowed

    def test_link_carries_data(self):
        self.one.advertise(PAYLOAD, kind=h4.CONNECTABLE)
        self.other.create_connection(self.one_address)
        here, there = self.one.connected(), self.other.connected()
        self.other.send(there, ATT, b"\x0a\x03\x00")
        self.assertEqual(self.one.frame(), (ATT, b"\x0a\x03\x00"))
        self.one.send(here, ATT, b"\x0bhello")
        self.assertEqual(self.other.frame(), (ATT, b"\x0bhello"))
        self.other.disconnect(there)
        self.one.disconnected()

    def test_nobody_there(self):
        self.other.create_connection(self.one_address)
        with self.assertRaises(h4.Refused) as refused:
            self.other.connected()
        self.assertEqual(refused.exception.status, 0x3E)  # Connection Failed to be Established

    def test_le_only_server(self):
        with h4.Controller("bt-server-le") as third:
            third.start()
            third.scan()
            self.one.advertise(PAYLOAD)
            self.assertEqual(third.report().address, self.one_address)


if __name__ == "__main__":
    unittest.main()
