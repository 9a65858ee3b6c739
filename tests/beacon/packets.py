# SPDX-License-Identifier: MIT
"""Captures made by hand: btsnoop files of LE advertising reports, as the specifications lay them out."""
import struct

H4 = 1002
FIRST_DAY_US = 0x00DCDDB30F2F8000  # 1970-01-01 in btsnoop's time, which begins in the year 0
UUID, COMPANY = bytes.fromhex("0303564E"), bytes.fromhex("0FFFB522")
RECEIVED_EVENT = 3


def android(identifier):
    """Protocol 2.2."""
    return bytes.fromhex("020102") + COMPANY + bytes.fromhex(identifier) + UUID


# Protocol 12.5.
IPHONE_OPEN = bytes.fromhex("02011A110767A607ADD1172FA1C44BF573564E00000909426C75657A6F6E65")
IPHONE_HIDDEN = bytes.fromhex("02011A14FF4C000108000000000000000000000000000000")
EARBUDS = bytes.fromhex("02010603030FFE")


def report(address, data, rssi):
    """An event with one report, in H4's form (Core 5.3, vol 4 part E, 7.7.65.2): random address, ADV_IND."""
    body = bytes([0x02, 1, 0, 1]) + bytes.fromhex(address.replace(":", ""))[::-1]
    body += bytes([len(data)]) + data + struct.pack("b", rssi)
    return b"\x04\x3e" + bytes([len(body)]) + body


def capture(records):
    """A file of (milliseconds since 1970, packet)."""
    parts = [b"btsnoop\0" + struct.pack(">II", 1, H4)]
    for time_ms, packet in records:
        parts.append(struct.pack(">IIIIQ", len(packet), len(packet), RECEIVED_EVENT, 0, FIRST_DAY_US + time_ms * 1000))
        parts.append(packet)
    return b"".join(parts)
