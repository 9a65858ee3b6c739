#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random cases for the matching engine, judged by a slow oracle written from the protocol's text with hashlib.

Usage: oracle.py [--cases N] [--seed N] -- DRIVER [ARGUMENT]...
"""
import argparse
import hashlib
import os
import random
import subprocess
import sys

SALT = bytes.fromhex("626C757A6F6E657375626B6579")
TAKEN = (0, 4, 8, 12, 16, 18, 20, 22, 24, 26, 28, 30)
DAY = 86_400_000
BASE = 1_596_844_800_000
SLOT_COUNTS = [n for n in range(1, 1441) if DAY % n == 0]


def sha256(data):
    return hashlib.sha256(data).digest()


def slots_of(key):
    """(start of slot, identifier) of every slot that a record tests: the loop of the protocol's section 6.3."""
    daily_key, slots_per_day, start, end = key
    length = DAY // slots_per_day
    time, index, sub_key = start, 0, sha256(daily_key + SALT)
    while time <= end:
        yield time, bytes(sub_key[i] for i in TAKEN)
        time += length
        index += 1
        if index == slots_per_day:
            daily_key, index = sha256(daily_key), 0
            sub_key = sha256(daily_key + SALT)
        else:
            sub_key = sha256(sub_key)


def expected(case):
    """The matches as (key, time, identifier, start of slot), and how many identifiers are covered."""
    by_identifier = {}
    for time, identifier in case["sightings"]:
        by_identifier.setdefault(identifier, []).append(time)
    matches, covered = [], 0
    for number, key in enumerate(case["keys"]):
        length = DAY // key[1]
        for start, identifier in slots_of(key):
            covered += 1
            for time in by_identifier.get(identifier, ()):
                if start - case["tolerance"] <= time <= start + length + case["tolerance"]:
                    matches.append((number, time, identifier.hex().upper(), start))
    return sorted(matches), covered


def random_key(rng):
    slots_per_day = rng.choice([96, 96, 96, 24, 48, 144, 1440, rng.choice(SLOT_COUNTS)])
    length = DAY // slots_per_day
    start = BASE + rng.randrange(-3, 4) * DAY
    if rng.random() < 0.4:  # not at midnight: by whole slots, or by anything
        start += rng.choice([rng.randrange(slots_per_day) * length, rng.randrange(DAY), 1, -1])
    span = rng.choice([0, 1, length - 1, length, length + 1, DAY - 1, DAY, rng.randrange(3 * DAY), 14 * DAY])
    if slots_per_day > 300:
        span = min(span, 2 * DAY)
    return (rng.randbytes(32), slots_per_day, start, start + span)


def edge_times(rng, start, length, tolerance):
    """A time at, or a millisecond beside, an edge of a slot's window, with or without the tolerance."""
    edge = rng.choice([start, start + length])
    return edge + rng.choice([-1, 1]) * rng.choice([0, tolerance]) + rng.choice([-1, 0, 1])


def hostile_keys(rng):
    """Many short records that each begin at a time of their own, and one phone under many starts."""
    keys = []
    for _ in range(rng.randrange(5, 30)):
        slots_per_day = rng.choice([96, 1, 2, 24, rng.choice(SLOT_COUNTS)])
        start = BASE + rng.randrange(-DAY, 2 * DAY)
        span = rng.randrange(3 * DAY if slots_per_day < 100 else DAY // 8)
        keys.append((rng.randbytes(32), slots_per_day, start, start + span))
    daily_key, slots_per_day, start, end = keys[0]
    shifts = (0, 1, 1000, DAY // slots_per_day, DAY)
    keys += [(daily_key, slots_per_day, start + shift, end + shift) for shift in shifts]
    return keys


def crowd(rng):
    """Enough records of one phase for them to be matched together, and a few of others."""
    start, length = BASE + rng.randrange(DAY), DAY // 48
    keys = [(rng.randbytes(32), 48, start + rng.randrange(2) * DAY, start + DAY + rng.randrange(12) * length)
            for _ in range(100)]
    return keys + [random_key(rng) for _ in range(2)]


def random_case(rng):
    tolerance = rng.choice([0, 0, 150_000, 150_000, 1, 1000, 900_000, rng.randrange(1, DAY), DAY])
    kind = rng.random()
    if kind < 0.05:
        keys = hostile_keys(rng)
    elif kind < 0.08:
        keys = crowd(rng)
    else:
        keys = [random_key(rng) for _ in range(rng.randrange(1, 5))]
    if rng.random() < 0.3:  # one phone listed twice, and once more from a later day on
        keys.append(keys[0])
        daily_key, slots_per_day, start, end = keys[0]
        if end - start > DAY:
            keys.append((sha256(daily_key), slots_per_day, start + DAY, end))
    sightings = []
    for key in keys:
        slots = list(slots_of(key))
        extended = list(slots_of((key[0], key[1], key[2], key[3] + 3 * DAY // key[1])))
        for _ in range(rng.randrange(12)):
            start, identifier = rng.choice(rng.choice([slots, slots, extended, slots[:1], slots[-1:], extended[-3:]]))
            time = edge_times(rng, start, DAY // key[1], tolerance)
            if rng.random() < 0.3:
                time = start + rng.randrange(-2 * DAY // key[1], 3 * DAY // key[1])
            sightings += [(time, identifier)] * rng.choice([1, 1, 1, 2, 5])
            if rng.random() < 0.2:  # nearly the same identifier
                spoilt = bytearray(identifier)
                spoilt[rng.randrange(12)] ^= 1 << rng.randrange(8)
                sightings.append((time, bytes(spoilt)))
    for _ in range(rng.randrange(20)):
        sightings.append((BASE + rng.randrange(-4 * DAY, 16 * DAY), rng.randbytes(12)))
    rng.shuffle(sightings)
    return {"tolerance": tolerance, "keys": keys, "sightings": sightings}


def write_case(stream, case):
    stream.write(f"case {case['tolerance'] or 'strict'}\n")
    for time, identifier in case["sightings"]:
        stream.write(f"s {time} {identifier.hex()}\n")
    for daily_key, slots_per_day, start, end in case["keys"]:
        stream.write(f"k {daily_key.hex()} {slots_per_day} {start} {end}\n")
    stream.write("run\n")
    stream.flush()


def read_answer(stream):
    matches = []
    for line in stream:
        words = line.split()
        if words[0] == "done":
            if int(words[2]) != len(matches):
                sys.exit(f"oracle: {words[2]} matches counted, {len(matches)} reported")
            return sorted(matches), int(words[1])
        matches.append((int(words[1]), int(words[2]), words[3], int(words[4])))
    sys.exit("oracle: the driver stopped")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("driver", nargs="+", help="the driver's command")
    parser.add_argument("--cases", type=int, default=3000 if os.environ.get("BEACON_TEST_LONG") else 1000)
    parser.add_argument("--seed", type=int, default=2841)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    total = 0
    with subprocess.Popen(options.driver, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as driver:
        kernels = driver.stdout.readline().split()[1:]
        for number in range(options.cases):
            case = random_case(rng)
            write_case(driver.stdin, case)
            want = expected(case)
            for kernel in kernels:
                got = read_answer(driver.stdout)
                if want != got:
                    missed = [match for match in want[0] if match not in got[0]]
                    invented = [match for match in got[0] if match not in want[0]]
                    sys.exit(f"oracle: seed {options.seed}, case {number}, {kernel}: missed {missed[:3]}, "
                             f"invented {invented[:3]}, identifiers {got[1]} for {want[1]}")
            total += len(want[0])
        driver.stdin.close()
    if driver.returncode != 0 or total < options.cases or not kernels:
        sys.exit(f"oracle: driver's status {driver.returncode}, {total} matches in {options.cases} cases")
    print(f"{options.cases} cases agree, {total} matches, kernels: {' '.join(kernels)}")


if __name__ == "__main__":
    main()
