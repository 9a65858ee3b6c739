# SPDX-License-Identifier: MIT
"""beacon scan of captures: what is shown, and the history that is kept."""
import fcntl
import json
import os
import re
import resource
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from packets import EARBUDS, IPHONE_HIDDEN, IPHONE_OPEN, android, capture, report
from support import (BEACON, CAPTURE, DAY_C, INPUT, IO, KEY_C, NO, RADIO, RAN, USAGE, ToolTest, call, environment,
                     identifiers, key_list, record)

A, B, C, D = "4B:7F:01:02:03:1C", "52:00:11:22:33:44", "61:AA:BB:CC:DD:EE", "7F:01:02:03:04:05"
FIRST, SECOND = "7C3DEC4246EA6F90E38EA254", "D5C64E218D3EB652F3C07FB1"
START = DAY_C * 1000
OF_ALL_KINDS = [(START, report(A, android(FIRST), -71)), (START + 100, report(B, IPHONE_OPEN, -127)),
                (START + 200, report(C, IPHONE_HIDDEN, 127)), (START + 300, report(D, EARBUDS, -40)),
                (START + 400, report(A, android(FIRST), 21))]
ZEROS = "0" * 24
F_GETPIPE_SZ = 1032  # of <fcntl.h>; Python has it from 3.10 on


def line(time, kind, rssi, address, identifier=None):
    result = {"time_ms": START + time, "kind": kind, "rssi_dbm": rssi, "address": address}
    return dict(result, identifier=identifier) if identifier else result


class ScanTest(ToolTest):
    def words(self, records, *more):
        return ["scan", "--radio", "capture:" + self.file("capture", capture(records)), *(more or ("--speed", "max"))]

    def max(self, records, *more):
        return self.words(records, "--speed", "max", *more)

    def lines(self, *words):
        return [json.loads(text) for text in self.ran(*words).splitlines()]


class Shown(ScanTest):
    def test_json_of_every_kind(self):
        ours = [line(0, "android", -71, "4B:7F:..:1C", FIRST), line(100, "iphone", -127, "52:00:..:44"),
                line(200, "iphone-background", None, "61:AA:..:EE"),
                line(400, "android", None, "4B:7F:..:1C", FIRST)]  # 21 dBm: no radio measures that
        self.assertEqual(self.lines(*self.max(OF_ALL_KINDS, "--json")), ours)
        every = self.lines(*self.max(OF_ALL_KINDS, "--json", "--all"))
        self.assertEqual([one["kind"] for one in every], ["android", "iphone", "iphone-background", "other", "android"])
        self.assertEqual([one["address"] for one in every], [A, B, C, D, A])

    def test_lines_for_people_at_most_every_five_seconds_each(self):
        times = [0, 4999, 5000, 5001, 9999, 10000]
        text = self.ran(*self.max([(START + time, report(A, android(FIRST), -70)) for time in times]))
        self.assertEqual([text_line[:8] for text_line in text.splitlines()[:3]], ["00:00:00", "00:00:05", "00:00:10"])
        self.assertIn("00:00:00  " + FIRST + "   -70 dBm  4B:7F:..:1C  Android\n", text)
        self.assertIn("\n1 identifier heard in 10.0 seconds\n  Android: 6 packets, 1 identifier\n", text)
        self.assertNotIn("\033", text)

    def test_the_sum(self):
        text = self.ran(*self.max(OF_ALL_KINDS))
        self.assertTrue(text.endswith("1 identifier heard in 0.4 seconds\n  Android: 2 packets, 1 identifier\n"
                                      "  iPhone: 1 packet, 0 identifiers\n  iPhone, background: 1 packet, 0 "
                                      "identifiers\n  other: 1 packet\n"), text)
        result = call(*self.max(OF_ALL_KINDS, "--json"))
        self.assertIn(b"1 identifier heard in 0.4 seconds\n", result.stderr)

    def test_it_ends_after_a_time(self):
        for seconds, heard in ("0.3", 3), ("0.301", 4), ("100", 5):
            lines = self.lines(*self.max(OF_ALL_KINDS, "--json", "--all", "--for", seconds))
            self.assertIn(len(lines), (heard, heard + 1) if seconds == "0.3" else (heard,))

    def test_nothing_heard(self):
        self.assertEqual(self.ran(*self.max([])), "0 identifiers heard in 0.0 seconds\n")

    def test_no_reader_is_too_slow_for_a_replay(self):
        records = [(START + i, report(A, android(FIRST), -70)) for i in range(20000)]
        with subprocess.Popen([BEACON, *self.max(records, "--json")], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment()) as process:
            select.select([process.stdout], [], [])  # it writes, and fills the pipe and its own memory
            lines = process.communicate()[0].splitlines()
        self.assertEqual((process.returncode, len(lines)), (RAN, 20000))
        self.assertEqual(json.loads(lines[-1])["time_ms"], START + 19999)


class Ends(ScanTest):
    HOURS = [(START + i * 1000, report(A, android(FIRST), -70)) for i in range(20000)]

    def started(self, *more, **streams):
        """A scan in real time, once it has heard something."""
        process = subprocess.Popen([BEACON, *self.words(self.HOURS, *more)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environment(), **streams)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.assertIn(FIRST.encode(), process.stdout.readline())
        return process

    def test_signals_end_it_as_asked(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            process = self.started("--cycle", "40/260")
            process.send_signal(number)
            output, errors = process.communicate(timeout=30)
            self.assertEqual((process.returncode, errors), (RAN, b""))
            self.assertIn(b"1 identifier heard in ", output)

    def test_what_was_ignored_stays_ignored(self):
        process = self.started("--for", "1.5",
                               preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        self.assertIn(b"1 identifier heard in 1.5 seconds", process.communicate(timeout=30)[0])

    def test_a_reader_that_leaves_ends_it(self):
        process = self.started("--cycle", "1/9999")  # nothing more is heard, and nothing written
        process.stdout.close()
        self.assertEqual(process.wait(timeout=30), IO)
        self.assertIn(b"Broken pipe", process.stderr.read())

    def test_a_signal_reaches_it_while_nobody_reads(self):
        records = [(START + i, report(A, android(FIRST), -70)) for i in range(40000)]
        with subprocess.Popen([BEACON, *self.max(records, "--json")], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment()) as process:
            size = fcntl.fcntl(process.stdout, F_GETPIPE_SZ)
            while struct.unpack("i", fcntl.ioctl(process.stdout, termios.FIONREAD, b"    "))[0] < size // 2:
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)  # the pipe and its own memory hold less than all
            self.assertEqual(process.wait(timeout=60), RAN)
            errors = process.stderr.read()
        self.assertIn(b"1 identifier heard in ", errors)
        self.assertNotIn(b"in 40.0 seconds", errors)

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            result = call(*self.max(self.HOURS), stdout=full)
        self.assertEqual(result.returncode, IO)
        self.assertIn(b"No space left", result.stderr)

    def test_damage_is_told_after_what_was_heard(self):
        content = capture(self.HOURS[:10])
        for size in (len(content) - 1, len(content) - 50):
            path = self.file("damaged", content[:size])
            result = call("scan", "--radio", "capture:" + path, "--speed", "max", "--json")
            self.assertEqual((result.returncode, len(result.stdout.splitlines())), (INPUT, 9))
            self.assertIn(b"at byte ", result.stderr)

    def test_what_cannot_be_replayed(self):
        for content, code in (b"", INPUT), (b"btsnoop\0" + struct.pack(">II", 9, 1002), INPUT), (None, IO):
            path = self.path("nothing") if content is None else self.file("foreign", content)
            self.refused("scan", "--radio", "capture:" + path, code=code)


class Trace(ScanTest):
    def identity(self, base_day="2020-08-08"):
        path = self.file("identity", f"beacon-identity 1\nbase-day {base_day}\nslots-per-day 96\nbase-key {KEY_C}\n")
        os.chmod(path, 0o600)
        return path

    def rows(self):
        return [row.split("\t") for row in CAPTURE.read_text().splitlines()]

    def heard(self):
        """What the captured phone must have heard to write what it wrote."""
        return [(int(time), report(A, android(contact), int(rssi))) for _, contact, rssi, time in self.rows()]

    def trace(self, records, *more, trace="trace"):
        self.ran(*self.max(records, "--trace", self.path(trace), *more))
        return (self.directory / trace).read_text()

    def test_a_real_phones_history_byte_for_byte(self):
        self.assertEqual(self.trace(self.heard(), "--identity", self.identity()), CAPTURE.read_text())
        self.assertEqual(os.stat(self.path("trace")).st_mode & 0o777, 0o600)

    def test_packets_between_its_rows_make_no_more_of_them(self):
        heard = self.heard()
        more = [(time + i * 100, packet) for time, packet in heard for i in range(49)]
        more.sort(key=lambda one: one[0])
        self.assertEqual(self.trace(more, "--identity", self.identity()), CAPTURE.read_text())

    def test_each_identifier_has_its_five_seconds(self):
        records = [(START + i * 100, report(A, android((FIRST, SECOND)[i % 2]), -60)) for i in range(150)]
        expected, last = [], {}
        for i in range(150):
            contact, now = (FIRST, SECOND)[i % 2], START + i * 100
            if now - last.get(contact, 0) >= 5000:
                expected.append(f"{ZEROS}\t{contact}\t-60\t{now}\n")
                last[contact] = now
        self.assertEqual(self.trace(records), "".join(expected))

    def test_only_phones_whose_identifier_is_known(self):
        self.assertEqual(self.trace(OF_ALL_KINDS, "--all"), f"{ZEROS}\t{FIRST}\t-71\t{START}\n")
        without_rssi = [(START, report(A, android(FIRST), 127))]
        self.assertEqual(self.trace(without_rssi, trace="other"), f"{ZEROS}\t{FIRST}\t127\t{START}\n")

    def test_it_is_gone_on_with(self):
        heard = self.heard()
        self.trace(heard[:50])
        text = self.trace(heard[50:])
        self.assertEqual([row.split("\t")[1:] for row in text.splitlines()], [row[1:] for row in self.rows()])

    def test_in_the_unit_it_has_and_after_a_line_without_an_end(self):
        row = f"{ZEROS}\t{FIRST}\t-60\t1596866191"
        self.file("trace", row)
        self.assertEqual(self.trace(self.heard()[:1]), f"{row}\n{ZEROS}\t{FIRST}\t-71\t1596866191\n")

    def test_what_is_no_history_is_left_alone(self):
        for content in ("x\n", f"{ZEROS}\t{FIRST}\t-60\t15968661", "a\tb\tc\td\n"):
            path = self.file("trace", content)
            self.refused(*self.max(self.heard(), "--trace", path))
            self.assertEqual((self.directory / "trace").read_text(), content)

    def test_an_identity_without_identifiers_for_that_time(self):
        words = self.max(self.heard(), "--trace", self.path("trace"), "--identity", self.identity("2020-08-09"))
        result = call(*words)
        self.assertEqual(result.returncode, RAN)
        self.assertEqual(result.stderr.count(b"\n"), 1)
        self.assertIn(b"zeros stand for it", result.stderr)
        self.assertEqual({row.split("\t")[0] for row in (self.directory / "trace").read_text().splitlines()}, {ZEROS})

    def test_a_clock_that_was_never_set(self):
        result = call(*self.max([(5, report(A, android(FIRST), -60))], "--trace", self.path("trace")))
        self.assertEqual((result.returncode, (self.directory / "trace").read_text()), (RAN, ""))
        self.assertIn(b"2020", result.stderr)

    def test_a_full_disk(self):
        result = call(*self.max(self.heard(), "--trace", "/dev/full"))
        self.assertEqual(result.returncode, IO)
        self.assertIn(b"No space left", result.stderr)

    def test_killed_it_leaves_whole_lines(self):
        records = [(START + i, report(A, android(f"{i:024X}"), -60)) for i in range(50000)]
        words = self.words(records, "--speed", "5", "--trace", self.path("trace"))
        with subprocess.Popen([BEACON, *words], stdout=subprocess.PIPE, env=environment()) as process:
            for _ in range(100):
                process.stdout.readline()
            process.kill()
        rows = (self.directory / "trace").read_text().splitlines(keepends=True)
        self.assertGreater(len(rows), 50)
        for i, row in enumerate(rows):
            self.assertEqual(row, f"{ZEROS}\t{i:024X}\t-60\t{START + i}\n")

    def test_match_finds_every_row(self):
        mine = identifiers(bytes.fromhex(KEY_C), 96)
        records = [(START + i * 60000, report(A, android(mine[i // 15]), -60)) for i in range(24 * 60)]
        self.assertEqual(self.trace(records).count("\n"), 24 * 60)
        found = self.json("match", "--keys", self.file("keys", key_list(record())), "--trace", self.path("trace"),
                          "--strict")
        self.assertEqual(found["matches"][0]["sightings"], 24 * 60)


class Record(ScanTest):
    def test_it_can_be_replayed(self):
        self.ran(*self.max(OF_ALL_KINDS, "--record", self.path("record")))
        words = ["scan", "--speed", "max", "--json", "--all", "--radio"]
        self.assertEqual(self.lines(*words, "capture:" + self.path("record")),
                         self.lines(*words, "capture:" + self.path("capture")))

    def test_never_over_a_file(self):
        path = self.file("record", "precious")
        self.refused(*self.max(OF_ALL_KINDS, "--record", path), code=IO)
        self.assertEqual((self.directory / "record").read_text(), "precious")

    def test_a_full_disk_is_told_and_what_was_heard_too(self):
        def may_write_little():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        for count in 5, 5000:  # written at the end, and long before it
            records = [(START + i, report(A, android(FIRST), -70)) for i in range(count)]
            result = call(*self.max(records, "--record", self.path(f"record-{count}")), preexec_fn=may_write_little)
            self.assertEqual(result.returncode, IO)
            self.assertIn(f"Android: {count} packets".encode(), result.stdout)
            self.assertIn(f"record-{count}: could not be written: ".encode(), result.stderr)
            self.assertLessEqual(os.path.getsize(self.path(f"record-{count}")), 100)


class Air(ScanTest):
    """A simulated air, which answers as iPhones do."""
    SCENARIO = ("seed 7\nstart 2020-08-08T00:14:30Z\nlength 60 s\nreceiver door\nphone one iphone-open at 50 cm\n"
                "phone two iphone-background at 50 cm\nphone other iphone-same-bit at 50 cm\n"
                "phone lazy iphone-stalling at 50 cm\nphone robot android-open at 50 cm\n")

    def scan(self, *more):
        return self.lines("scan", "--radio", "sim:" + self.file("air", self.SCENARIO), "--speed", "max", "--json",
                          *more)

    def test_iphones_are_asked_once_a_slot(self):
        edge = START + 15 * 60000
        by_address = {}
        for one in self.scan():
            by_address.setdefault((one["kind"], one["address"]), []).append(one)
        read = 0
        for (kind, _), heard in by_address.items():
            for is_after in False, True:
                slot = [one for one in heard if (one["time_ms"] >= edge) == is_after]
                names = {one["identifier"] for one in slot if "identifier" in one}
                self.assertLessEqual(len(names), 1)
                read += bool(names) and kind != "android"
        self.assertGreaterEqual(read, 4)  # two iPhones, two slots

    def test_another_apps_bit_is_no_phone_of_ours(self):
        kinds = [one["kind"] for one in self.scan("--all")]
        self.assertIn("other", kinds)
        self.assertNotIn("other", [one["kind"] for one in self.scan()])

    def test_unless_it_is_not_to_be_asked(self):
        heard = self.scan("--no-visits")
        self.assertEqual({"identifier" in one for one in heard if one["kind"] != "android"}, {False})

    def test_the_history_has_iphones_too(self):
        path = self.path("trace")
        self.scan("--trace", path)
        contacts = {row.split("\t")[1] for row in (self.directory / "trace").read_text().splitlines()}
        self.assertGreaterEqual(len(contacts), 5)  # an Android phone and two iPhones, in two slots, one perhaps late

    def test_settings_hold_over_the_file(self):
        self.assertNotEqual(self.scan(), self.scan("--set", "seed 8"))
        self.assertLess(self.scan("--set", "seed 7", "--set", "length 5 s")[-1]["time_ms"], START + 876000)
        air = "sim:" + self.file("air", self.SCENARIO)
        self.assertIn("setting:1: ", self.refused("scan", "--radio", air, "--set", "loss much", code=INPUT))

    def test_our_own_identifiers_are_on_the_air(self):
        identity = self.file("identity", "beacon-identity 1\nbase-day 2020-08-08\nslots-per-day 1440\n"
                                         f"base-key {KEY_C}\n")
        os.chmod(identity, 0o600)
        air = self.file("node", "seed 7\nstart 2020-08-08T00:14:30Z\nlength 30 min\nreceiver door\n"
                                "phone us node at 1 m\n")
        words = ["advertise", "--radio", "sim:" + air, "--identity", identity, "--speed", "max"]
        events = [json.loads(text) for text in self.ran(*words, "--json").splitlines()]
        told = [event for event in events if event["event"] == "rotation"]
        self.assertEqual([one["identifier"] for one in told], identifiers(bytes.fromhex(KEY_C), 1440)[14:45])
        self.assertEqual([one["time_ms"] for one in told],
                         [START + 870000, *(START + minute * 60000 for minute in range(15, 45))])
        self.assertEqual(len({one["address"] for one in told}), len(told))
        self.assertEqual([one["gap_ms"] is None for one in told], [True] + [False] * 30)
        self.assertIn({"ready"}, [{event.get("state")} for event in events])
        text = self.ran(*words)
        self.assertEqual(len(text.splitlines()), 31)
        self.assertRegex(text, r"\A00:14:30  [0-9A-F]{24}  on the air, from address ")
        self.assertEqual(len(self.ran(*words, "--set", "length 3 min").splitlines()), 4)


class Terminal(ScanTest):
    def table(self, lines, columns, *more, **env):
        leader, follower = os.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        records = [(START + i * 10, report(f"40:00:00:00:00:{i % 40:02X}", android(f"{i % 40:024X}"), -50 - i % 40))
                   for i in range(200)]
        shown = b""
        with subprocess.Popen([BEACON, *self.words(records, *more)], stdout=follower,
                              env=environment(TERM="xterm", **env)) as process:
            os.close(follower)
            try:
                while chunk := os.read(leader, 65536):
                    shown += chunk
            except OSError:
                pass
        os.close(leader)
        self.assertEqual(process.returncode, RAN)
        return shown.decode().replace("\r", "")

    def test_it_fits_the_window(self):
        for lines, columns in (24, 80), (10, 40), (4, 20), (3, 10), (1, 1):
            shown = self.table(lines, columns)
            frames = shown.split("\033[J")
            for frame in frames[:-1]:
                rows = re.sub(r"\033\[\d*[A-Zm]", "", frame).split("\n")[:-1]
                self.assertLessEqual(len(rows), max(lines, 2))
                self.assertLessEqual(max(map(len, rows)), max(columns - 1, 0))
            self.assertIn("40 identifiers heard", frames[-1])

    def test_the_nearest_first_and_how_many_are_left_out(self):
        frame = self.table(12, 100, NO_COLOR="1").split("\033[J")[-2]
        rows = re.sub(r"\033\[\d*[A-Z]", "", frame).split("\n")
        self.assertIn("000000000000..", rows[2])
        self.assertEqual([int(re.search(r"-\d+", row)[0]) for row in rows[2:10]], list(range(-50, -58, -1)))
        self.assertEqual(rows[10], "and 32 more")

    def test_at_most_four_times_a_second(self):
        start = time.monotonic()
        frames = self.table(24, 80, "--speed", "1").count("\033[J")
        self.assertTrue(2 <= frames <= 2 + (time.monotonic() - start) * 4, frames)  # fewer, if the machine is busy

    def test_colour_not_against_the_readers_will(self):
        self.assertIn("\033[32m", self.table(24, 80))
        self.assertNotIn("m", re.findall(r"\033\[\d*([A-Za-z])", self.table(24, 80, NO_COLOR="1")))


class Calls(ScanTest):
    def test_wrong_calls(self):
        good = self.file("capture", capture(OF_ALL_KINDS))
        for words in (["--radio", "x"], ["--radio", "capture:"], ["--radio", "capture:" + good, "--speed", "0"],
                      ["--speed", "fast"], ["--speed", "1e3"], ["--radio", "h4:x", "--speed", "2"], ["--cycle", "0/5"],
                      ["--cycle", "5"], ["--cycle", "5/"], ["--cycle", "/5"], ["--cycle", "1/2/3"], ["--for", "0"],
                      ["--for", "-1"], ["--for", "x"], ["--interval", "2"], ["--interval", "10241"],
                      ["--window", "61"], ["--interval", "20", "--window", "21"], ["--identity", "x"],
                      ["--radio", "x", "--radio", "y"], ["extra"], ["--trace", "x", "--trace", "y"],
                      ["--radio", "capture:" + good, "--set", "seed 1"], ["--set", "seed 1"], ["--radio", "bluez:eth0"]):
            self.refused("scan", *words, code=USAGE)
        for words in ([], ["--radio", "h4:x"], ["--identity", "x", "--form", "windows"],
                      ["--identity", "x", "--serve", "--no-serve"],
                      ["--identity", "x", "--serve", "--not-connectable"],
                      ["--identity", "x", "--form", "iphone", "--not-connectable"],
                      ["--identity", "x", "--interval", "19"], ["--identity", "x", "extra"],
                      ["--identity", "x", "--radio", "hci:hci0", "--set", "seed 1"]):
            self.refused("advertise", *words, code=USAGE)

    def test_what_a_capture_cannot_do(self):
        path = self.file("identity", f"beacon-identity 1\nbase-day 2020-08-08\nslots-per-day 96\nbase-key {KEY_C}\n")
        os.chmod(path, 0o600)
        radio = "capture:" + self.file("capture", capture(OF_ALL_KINDS))
        self.assertIn("cannot", self.refused("advertise", "--radio", radio, "--identity", path, code=RADIO))
        self.assertIn("cannot", self.refused("scan", "--radio", radio, "--active", code=RADIO))

    def test_a_radio_that_is_not_there(self):
        self.assertIn("No such file", self.refused("scan", "--radio", "h4:" + self.path("none"), code=RADIO))

    def test_the_diagnosis(self):
        good = "capture:" + self.file("capture", capture(OF_ALL_KINDS))
        self.assertIn("can be used", self.ran("radio", "diagnose", good))
        found = self.json("radio", "diagnose", "h4:" + self.path("none"), code=NO)
        self.assertEqual((set(found), found["good"]), ({"radio", "good", "findings"}, False))
        self.assertEqual({tuple(sorted(finding)) for finding in found["findings"]}, {("level", "subject", "text")})
        self.assertIn("bad", [finding["level"] for finding in found["findings"]])

    def test_bluez_without_a_bus_says_so_at_once_and_waits(self):
        env = environment(DBUS_SYSTEM_BUS_ADDRESS="unix:path=" + self.path("none"))
        result = call("scan", "--radio", "bluez:hci0", "--json", "--for", "0.3", env=env)
        self.assertEqual(result.returncode, RADIO)
        first = result.stderr.decode().splitlines()[0]
        self.assertTrue(first.startswith("beacon: bluez:hci0: the system's D-Bus cannot be reached: "), first)
        found = self.json("radio", "diagnose", "bluez:hci0", code=NO, env=env)
        self.assertEqual([(one["level"], one["subject"]) for one in found["findings"]], [("bad", "bus")])

    def test_the_list(self):
        """Whatever this machine has."""
        result = call("radio", "list", "--json")
        adapters = json.loads(result.stdout)["adapters"]
        self.assertEqual(result.returncode, RAN if adapters else NO)
        for adapter in adapters:
            self.assertEqual(set(adapter), {"name", "address", "up", "held"})


if __name__ == "__main__":
    unittest.main()
