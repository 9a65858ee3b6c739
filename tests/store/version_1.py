#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes version-1.db, a store of version 1: a plain table, one row a sighting. Rows follow from their number.

version_1.py FILE [COUNT]
"""
import sqlite3
import sys

START_MS = 1596844800000


def row(number):
    head = (number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8, 'little')
    return (START_MS + number * 1000, bytes([0xA5] * 4) + head, head + bytes([0x5A] * 4), -30 - number % 60,
            number % 20, number % 3)


def main():
    database = sqlite3.connect(sys.argv[1])
    database.execute('PRAGMA application_id = 0x42434E53')
    database.execute('PRAGMA user_version = 1')
    database.execute('CREATE TABLE sighting (time_ms INTEGER, own BLOB, contact BLOB, rssi_dbm INTEGER, '
                     'tx_power_dbm INTEGER, platform INTEGER)')
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    database.executemany('INSERT INTO sighting VALUES (?, ?, ?, ?, ?, ?)', map(row, range(count)))
    database.commit()
    database.close()


if __name__ == '__main__':
    main()
