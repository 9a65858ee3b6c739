# SPDX-License-Identifier: MIT
"""A small H4 client: one controller of `btvirt -s`, or of anything that speaks H4 over a stream socket.

Sections are those of the Core specification, volume 4, part E. Nothing here sleeps; every wait has a limit.
"""
import os
import select
import socket
import struct
import time

COMMAND, ACL, EVENT = 1, 2, 4
LIMIT_S = 10

DISCONNECTION_COMPLETE, COMMAND_COMPLETE, COMMAND_STATUS, LE_META = 0x05, 0x0E, 0x0F, 0x3E  # 7.7
LE_CONNECTION_COMPLETE, LE_ADVERTISING_REPORT = 0x01, 0x02  # 7.7.65

SET_EVENT_MASK, RESET = 0x0C01, 0x0C03  # 7.3
READ_BD_ADDR = 0x1009  # 7.4.6
DISCONNECT = 0x0406  # 7.1.6
LE_SET_EVENT_MASK, LE_SET_RANDOM_ADDRESS = 0x2001, 0x2005  # 7.8
LE_SET_ADVERTISING_PARAMETERS, LE_SET_ADVERTISING_DATA, LE_SET_ADVERTISING_ENABLE = 0x2006, 0x2008, 0x200A
LE_SET_SCAN_PARAMETERS, LE_SET_SCAN_ENABLE = 0x200B, 0x200C
LE_CREATE_CONNECTION = 0x200D

CONNECTABLE, NOT_CONNECTABLE = 0, 3  # advertising types, 7.8.5
PUBLIC, RANDOM = 0, 1


class Refused(Exception):
    """A command that the controller answered with another status than success."""

    def __init__(self, opcode, status):
        super().__init__(f"command 0x{opcode:04X}: status 0x{status:02X}")
        self.opcode, self.status = opcode, status


def address_bytes(text):
    """An address as it goes over the wire: its last byte first."""
    return bytes.fromhex(text.replace(":", ""))[::-1]


def address_text(data):
    return ":".join(f"{byte:02X}" for byte in reversed(data))


def packet_length(data):
    """That of the packet that begins here; None while it cannot be told."""
    if len(data) < 3:
        return None
    if data[0] == EVENT:
        return 3 + data[2]
    if data[0] == ACL:
        return None if len(data) < 5 else 5 + struct.unpack_from("<H", data, 3)[0]
    raise ValueError(f"not an event and not data: {data[:16].hex()}")


class Report:
    """One advertising report (7.7.65.2)."""

    def __init__(self, kind, address_type, address, data, rssi):
        self.kind, self.address_type, self.address, self.data, self.rssi = kind, address_type, address, data, rssi


def reports_of(packet):
    """The reports in a packet, if it is an event that holds some. 127 is no RSSI: None."""
    if packet[0] != EVENT or packet[1] != LE_META or packet[3] != LE_ADVERTISING_REPORT:
        return []
    result, at = [], 5
    for _ in range(packet[4]):
        kind, address_type, address, length = struct.unpack_from("<BB6sB", packet, at)
        rssi = struct.unpack_from("<b", packet, at + 9 + length)[0]
        result.append(Report(kind, address_type, address_text(address), packet[at + 9:at + 9 + length],
                             None if rssi == 127 else rssi))
        at += 10 + length
    return result


class Controller:
    """One connection, which is one controller; closed, the controller is gone."""

    def __init__(self, server="bt-server-bredrle", folder=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.buffer, self.packets = b"", []
        self.connect(os.path.join(folder or os.environ["BTVIRT_DIR"], server))

    def connect(self, path):
        """btvirt's socket is there a moment before it listens."""
        end = time.monotonic() + LIMIT_S
        while True:
            try:
                return self.socket.connect(path)
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def receive(self, limit_s):
        """What has come, into packets; False when nothing did."""
        if not select.select([self.socket], [], [], max(0, limit_s))[0]:
            return False
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the controller closed its socket")
        self.buffer += data
        while True:
            length = packet_length(self.buffer)
            if length is None or len(self.buffer) < length:
                return True
            self.packets.append(self.buffer[:length])
            self.buffer = self.buffer[length:]

    def take(self, wanted, limit_s=LIMIT_S):
        """The first packet for which wanted(packet); those before it stay. TimeoutError when none comes."""
        end = time.monotonic() + limit_s
        while True:
            for index, packet in enumerate(self.packets):
                if wanted(packet):
                    return self.packets.pop(index)
            if not self.receive(end - time.monotonic()):
                raise TimeoutError(f"not within {limit_s} s; other packets: {[p.hex() for p in self.packets]}")

    def command(self, opcode, parameters=b""):
        """Sends a command; the return parameters after its status. Refused where that is not success."""
        self.socket.sendall(struct.pack("<BHB", COMMAND, opcode, len(parameters)) + parameters)
        answer = self.take(lambda p: p[0] == EVENT and (
            p[1] == COMMAND_COMPLETE and struct.unpack_from("<H", p, 4)[0] == opcode or
            p[1] == COMMAND_STATUS and struct.unpack_from("<H", p, 5)[0] == opcode))
        status = answer[6] if answer[1] == COMMAND_COMPLETE else answer[3]
        if status != 0:
            raise Refused(opcode, status)
        return answer[7:] if answer[1] == COMMAND_COMPLETE else b""

    def start(self):
        """Reset, with all events; the public address as text."""
        self.command(RESET)
        self.command(SET_EVENT_MASK, b"\xff" * 8)
        self.command(LE_SET_EVENT_MASK, b"\xff" * 8)
        return address_text(self.command(READ_BD_ADDR)[:6])

    def advertise(self, data, address=None, kind=NOT_CONNECTABLE):
        """Legacy advertising, from a random address where one is given. btvirt sends each once an enabling."""
        if address is not None:
            self.command(LE_SET_RANDOM_ADDRESS, address_bytes(address))
        own = PUBLIC if address is None else RANDOM
        self.command(LE_SET_ADVERTISING_PARAMETERS,
                     struct.pack("<HHBBB6sBB", 0xA0, 0xA0, kind, own, 0, bytes(6), 7, 0))
        self.command(LE_SET_ADVERTISING_DATA, bytes([len(data)]) + data.ljust(31, b"\0"))
        self.command(LE_SET_ADVERTISING_ENABLE, b"\1")

    def stop_advertising(self):
        self.command(LE_SET_ADVERTISING_ENABLE, b"\0")

    def scan(self, active=False):
        self.command(LE_SET_SCAN_PARAMETERS, struct.pack("<BHHBB", active, 0x10, 0x10, 0, 0))
        self.command(LE_SET_SCAN_ENABLE, b"\1\0")

    def stop_scanning(self):
        self.command(LE_SET_SCAN_ENABLE, b"\0\0")

    def report(self, limit_s=LIMIT_S):
        """The next advertising report (btvirt puts one into an event)."""
        return reports_of(self.take(reports_of, limit_s))[0]

    def create_connection(self, address, address_type=PUBLIC):
        """Asks for a link; both sides then hear of it (connected)."""
        self.command(LE_CREATE_CONNECTION, struct.pack("<HHBB6sBHHHHHH", 0x10, 0x10, 0, address_type,
                                                       address_bytes(address), 0, 0x18, 0x18, 0, 0x1F4, 0, 0))

    def connected(self):
        """The handle of the link that was made."""
        event = self.take(lambda p: p[0] == EVENT and p[1] == LE_META and p[3] == LE_CONNECTION_COMPLETE)
        if event[4] != 0:
            raise Refused(LE_CREATE_CONNECTION, event[4])
        return struct.unpack_from("<H", event, 5)[0]

    def send(self, handle, channel, data):
        """One L2CAP frame (volume 3, part A, 3.1), in one piece."""
        self.socket.sendall(struct.pack("<BHHHH", ACL, handle, 4 + len(data), len(data), channel) + data)

    def frame(self):
        """The next L2CAP frame: its channel and payload."""
        packet = self.take(lambda p: p[0] == ACL)
        return struct.unpack_from("<H", packet, 7)[0], packet[9:]

    def disconnect(self, handle):
        self.command(DISCONNECT, struct.pack("<HB", handle, 0x13))

    def disconnected(self):
        self.take(lambda p: p[0] == EVENT and p[1] == DISCONNECTION_COMPLETE)
