#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who was on the air under which address: judges a btsnoop file of what a receiver's controller reported.

rotations.py FILE [AT_LEAST]   no address with two identifiers, no identifier with an address that another had, each
                               address of a form that its kind of advertisement must have; AT_LEAST identifiers in all
rotations.py --self-test       the judge judged, on files that break each rule
"""
import struct
import sys
import tempfile

MONITOR, H4, HCI = 2001, 1002, 1001
MONITOR_EVENT = 3
CONNECTABLE_LEGACY, CONNECTABLE_EXTENDED = (0x00, 0x01), 0x01


def packets(path):
    """HCI events of a btsnoop file, without their H4 byte (RFC 1761's form, with BlueZ's data links)."""
    with open(path, 'rb') as file:
        data = file.read()
    if data[:8] != b'btsnoop\0':
        raise ValueError(f'{path}: not a btsnoop file')
    link = struct.unpack_from('>I', data, 12)[0]
    at = 16
    while at + 24 <= len(data):
        size, flags = struct.unpack_from('>4xII', data, at)
        body = data[at + 24:at + 24 + size]
        at += 24 + size
        if link == MONITOR and flags & 0xFFFF == MONITOR_EVENT:
            yield body
        elif link == H4 and body[:1] == b'\x04':
            yield body[1:]
        elif link == HCI and flags & 3 == 3:
            yield body


def reports(event):
    """(connectable, address, data) of each report of an LE advertising event (Core 5.3, vol 4 part E, 7.7.65)."""
    if event[:1] != b'\x3e' or len(event) < 4:
        return
    body, at = event[2:], 2
    for _ in range(body[1]):
        if body[0] == 0x02:
            kind, size = body[at], body[at + 8]
            yield kind in CONNECTABLE_LEGACY, body[at + 2:at + 8][::-1], body[at + 9:at + 9 + size]
            at += 10 + size
        elif body[0] == 0x0D:
            kind, size = struct.unpack_from('<H', body, at)[0], body[at + 23]
            yield bool(kind & CONNECTABLE_EXTENDED), body[at + 3:at + 9][::-1], body[at + 24:at + 24 + size]
            at += 24 + size
        else:
            return


def identifier(data):
    """The 12 bytes of company 0x22B5, or None."""
    at = 0
    while at + 1 < len(data) and data[at]:
        if data[at] == 15 and data[at + 1:at + 4] == b'\xff\xb5\x22':
            return data[at + 4:at + 16]
        at += 1 + data[at]
    return None


def judge(path, at_least=1):
    """What is wrong, a line each."""
    addresses, identifiers, problems = {}, {}, []
    for event in packets(path):
        for connectable, address, data in reports(event):
            own = identifier(data)
            if own is None:
                continue
            form = 0b01 if connectable else 0b00
            if address[0] >> 6 != form:
                problems.append(f'{address.hex(":")}: its top bits are not {form:02b}')
            addresses.setdefault(address, set()).add(own)
            identifiers.setdefault(own, set()).add(address)
    for address, own in addresses.items():
        if len(own) > 1:
            problems.append(f'{address.hex(":")}: on the air with {len(own)} identifiers')
    for own, where in identifiers.items():
        if len(where) > 1:
            problems.append(f'{own.hex()}: on the air from {len(where)} addresses')
    if len(identifiers) < at_least:
        problems.append(f'{len(identifiers)} identifiers on the air, expected {at_least}')
    return sorted(set(problems))


def made_up(rows, link=H4):
    """A btsnoop file of legacy reports: (connectable, address, identifier) each."""
    data = b'btsnoop\0' + struct.pack('>II', 1, link)
    for connectable, address, own in rows:
        advert = b'\x0f\xff\xb5\x22' + own
        body = bytes([0x02, 1, 0 if connectable else 3, 1]) + address[::-1] + bytes([len(advert)]) + advert + b'\x7f'
        packet = b'\x04\x3e' + bytes([len(body)]) + body
        data += struct.pack('>IIIIq', len(packet), len(packet), 3, 0, 0) + packet
    return data


def self_test():
    one, two = bytes([0x41, 1, 2, 3, 4, 5]), bytes([0x42, 1, 2, 3, 4, 5])
    still = bytes([0x01, 1, 2, 3, 4, 5])
    a, b = b'A' * 12, b'B' * 12
    cases = [
        ('good', [(True, one, a), (True, one, a), (True, two, b)], 2, ''),
        ('good, not connectable', [(False, still, a)], 1, ''),
        ('an address with two identifiers', [(True, one, a), (True, one, b)], 1, 'with 2 identifiers'),
        ('an identifier with two addresses', [(True, one, a), (True, two, a)], 1, 'from 2 addresses'),
        ('the form of an address', [(False, one, a)], 1, 'top bits are not 00'),
        ('the other form', [(True, still, a)], 1, 'top bits are not 01'),
        ('too few', [(True, one, a)], 2, 'expected 2'),
    ]
    wrong = 0
    for name, rows, at_least, words in cases:
        with tempfile.NamedTemporaryFile() as file:
            file.write(made_up(rows))
            file.flush()
            problems = judge(file.name, at_least)
        if bool(problems) != bool(words) or (words and words not in problems[0]):
            wrong += 1
            print(f'{name}: {problems}')
    print(f'{len(cases)} made-up files, {wrong} judged wrongly')
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ['--self-test']:
        return self_test()
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    problems = judge(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 1)
    print('\n'.join(problems) or 'no address with two identifiers')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
