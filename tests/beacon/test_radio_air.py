# SPDX-License-Identifier: MIT
"""Two processes meet on an air: beacon advertise and beacon scan, on controllers that BlueZ's btvirt emulates.

Run by tests/btvirt/run. The wall clocks of all are ahead, so that a minute's edge is near, but in the test that is long.
"""
import json
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

import h4
from support import BEACON, IO, RADIO, RAN, ToolTest, call, environment

EXTENDED, LEGACY = "bt-server-bredrle", "bt-server-le"
LIMIT_S = 30
MINUTE_MS = 60000
LEAD_MS = 8000  # in which both have begun, and have met

# The emulator reports an advertisement when a scan or the advertising begins, and not again: so scans begin often.
SCANS = "2/0.2"

# How late a process may send or hear on a machine that is busy with other tests; that a rotation is at its moment is tested
# by a clock that goes by hand (tests/radio/host_rotate.c).
BUSY_MS = 20000


def until_edge(lead_ms):
    """How far a clock must be ahead to come to the next minute in lead_ms."""
    return -(int(time.time() * 1000) + lead_ms) % MINUTE_MS


def ahead(ms):
    options = os.environ.get("ASAN_OPTIONS", "")
    return environment(LD_PRELOAD=os.environ["BEACON_CLOCK_AHEAD"], CLOCK_AHEAD_MS=str(ms),
                       ASAN_OPTIONS=options + ":verify_asan_link_order=0")


class Process:
    """The tool at work; its lines as they come."""

    def __init__(self, test, *words, env=None):
        self.process = subprocess.Popen([BEACON, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=env or environment())
        self.rest, self.lines = b"", []
        test.addCleanup(self.stop)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        for stream in self.process.stdout, self.process.stderr:
            stream.close()
        self.process.wait()

    def line(self, limit_s=LIMIT_S):
        """The next line as JSON; it must come."""
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], limit_s)[0]:
                raise TimeoutError(f"no line in {limit_s} s")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                raise EOFError(self.process.stderr.read().decode())
            self.rest += piece
        line, self.rest = self.rest.split(b"\n", 1)
        self.lines.append(json.loads(line))
        return self.lines[-1]

    def until(self, is_it, limit_s=LIMIT_S):
        while True:
            line = self.line(limit_s)
            if is_it(line):
                return line

    def end(self, number=signal.SIGTERM):
        """Its exit code and what it said on standard error, after a signal."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=LIMIT_S)
        self.lines += [json.loads(line) for line in (self.rest + output).splitlines()]
        return self.process.returncode, errors.decode()


class AirTest(ToolTest):
    def radio(self, server=EXTENDED):
        return "h4:" + os.path.join(os.environ["BTVIRT_DIR"], server)

    def identity(self, name="identity", env=None):
        self.ran("identity", "new", self.path(name), "--slots", "1440", env=env)
        return self.path(name)

    def scan(self, *more, env=None, server=EXTENDED):
        return Process(self, "scan", "--radio", self.radio(server), "--json", *more, env=env)

    def advertise(self, identity, *more, env=None, server=EXTENDED):
        return Process(self, "advertise", "--radio", self.radio(server), "--identity", identity, "--json", *more,
                       env=env)

    def rotation(self, advertiser, limit_s=LIMIT_S):
        return advertiser.until(lambda line: line["event"] == "rotation", limit_s)


class Rotations(AirTest):
    def met_through(self, edges, env, server, *form):
        """A advertises, B keeps a history, through edges of minutes; A's report finds every row."""
        identity, trace = self.identity(env=env), self.path("trace")
        a = self.advertise(identity, *form, env=env, server=server)
        told = [self.rotation(a)]
        b = self.scan("--trace", trace, "--cycle", SCANS, env=env, server=server)
        heard = [b.until(lambda line: "identifier" in line)]
        for _ in range(edges):
            told.append(self.rotation(a, MINUTE_MS / 1000 + LIMIT_S))
            heard.append(b.until(lambda line: line.get("identifier") == told[-1]["identifier"]))
        self.assertEqual([end[0] for end in (b.end(), a.end())], [RAN, RAN])
        self.assertEqual([line["identifier"] for line in heard], [line["identifier"] for line in told])
        self.assertEqual(len({line["address"] for line in told}), edges + 1)
        self.assertEqual([line["address"] for line in heard], [line["address"] for line in told])
        for line in told[1:]:
            self.assertLess(line["time_ms"] % MINUTE_MS, BUSY_MS)  # not before
        self.assert_matched(identity, trace, edges, env)

    def assert_matched(self, identity, trace, edges, env):
        with open(trace, encoding="ascii") as file:
            rows = file.read().splitlines()
        report = self.file("report", self.ran("identity", "report", identity, env=env))
        found = self.json("match", "--keys", report, "--trace", trace, "--tolerance", str(BUSY_MS / 1000),
                          env=env)
        self.assertGreater(len(rows), edges)
        self.assertEqual([match["sightings"] for match in found["matches"]], [len(rows)])

    def test_through_an_edge(self):
        self.met_through(1, ahead(until_edge(LEAD_MS)), EXTENDED)

    def test_through_an_edge_with_legacy_commands_and_without_connections(self):
        self.met_through(1, ahead(until_edge(LEAD_MS)), LEGACY, "--not-connectable")

    @unittest.skipUnless(os.environ.get("BEACON_TEST_LONG"), "it takes more than a minute: tests/run --all")
    def test_through_the_edges_of_real_minutes(self):
        self.met_through(1, environment(), EXTENDED)


class IPhone(AirTest):
    def test_it_is_read_once(self):
        env = ahead(until_edge(40000))
        a = self.advertise(self.identity(env=env), "--form", "iphone", env=env)
        told = self.rotation(a)
        b = self.scan("--trace", self.path("trace"), env=env)
        read = b.until(lambda line: "identifier" in line)
        self.assertEqual((read["kind"], read["identifier"], read["address"]),
                         ("iphone", told["identifier"], told["address"]))
        self.assertIn("iPhones asked: 1, without an answer: 0\n", b.end()[1])
        self.assertEqual(a.end()[0], RAN)
        contacts = [row.split("\t")[1] for row in (self.directory / "trace").read_text().splitlines()]
        self.assertEqual(set(contacts), {told["identifier"]})

    def test_its_address_rolls_with_the_identifier(self):
        env = ahead(until_edge(LEAD_MS))
        a = self.advertise(self.identity(env=env), "--form", "iphone", env=env)
        b = self.scan("--cycle", SCANS, env=env)
        for _ in range(2):
            told = self.rotation(a)
            read = b.until(lambda line: line.get("identifier") == told["identifier"])
            self.assertEqual(read["address"], told["address"])
        self.assertEqual((a.end()[0], b.end()[0]), (RAN, RAN))

    def test_it_need_not_answer(self):
        a = self.advertise(self.identity(), "--form", "iphone", "--no-serve")
        self.rotation(a)
        b = self.scan("--no-visits")
        self.assertEqual(b.line()["kind"], "iphone")
        self.assertEqual((a.end()[0], b.end()[0]), (RAN, RAN))


class Tap:
    """Stands between the tool and its controller, and keeps which commands were the last to switch something."""
    SWITCHES = {0x200A: "advertising", 0x2039: "advertising", 0x200C: "scanning", 0x2042: "scanning"}  # 7.8

    def __init__(self, path, target):
        self.is_on, self.was_on, self.commands = {}, set(), b""
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen()
        self.thread = threading.Thread(target=self.relay, args=(target,))
        self.thread.start()

    def relay(self, target):
        host = self.server.accept()[0]
        with self.server, host, socket.socket(socket.AF_UNIX) as controller:
            controller.connect(target)
            while True:
                for source in select.select([host, controller], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is host:
                        self.note(data)
                    (controller if source is host else host).sendall(data)

    def note(self, data):
        self.commands += data
        while len(self.commands) >= 4:
            kind, opcode, size = struct.unpack_from("<BHB", self.commands)
            assert kind == h4.COMMAND, self.commands
            if len(self.commands) < 4 + size:
                return
            what = self.SWITCHES.get(opcode)
            if what:
                self.is_on[what] = self.commands[4] != 0
                self.was_on |= {what} if self.is_on[what] else set()
            self.commands = self.commands[4 + size:]

    def end(self):
        """What was switched on, and what was left on, when the tool had closed."""
        self.thread.join(LIMIT_S)
        return self.was_on, {what for what, is_on in self.is_on.items() if is_on}


class Ends(AirTest):
    """Whatever ends the tool, it leaves its controller silent."""

    def tap(self, server=EXTENDED):
        path = self.path(f"tap-{len(list(self.directory.iterdir()))}")
        self.tapped = Tap(path, os.path.join(os.environ["BTVIRT_DIR"], server))
        return path

    def radio(self, server=EXTENDED):
        return "h4:" + self.tap(server)

    def assert_silent(self, what="advertising"):
        self.assertEqual(self.tapped.end(), ({what}, set()))

    def test_signals(self):
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            for server in EXTENDED, LEGACY:
                a = self.advertise(self.identity(f"identity-{number}-{server}"), server=server)
                self.rotation(a)
                self.assertEqual(a.end(number), (RAN, ""))
                self.assert_silent()

    def test_a_reader_that_leaves(self):
        a = self.advertise(self.identity())
        self.rotation(a)
        a.process.stdout.close()
        self.assertEqual(a.process.wait(timeout=LIMIT_S), IO)
        self.assertIn(b"Broken pipe", a.process.stderr.read())
        self.assert_silent()

    def test_after_a_time(self):
        a = self.advertise(self.identity(), "--for", "0.5")
        self.assertEqual(a.process.wait(timeout=LIMIT_S), RAN)
        self.assert_silent()

    def test_a_scan_too(self):
        for server in EXTENDED, LEGACY:
            self.assertEqual(self.ran("scan", "--radio", self.radio(server), "--json", "--for", "0.5"), "")
            self.assert_silent("scanning")

    def test_a_controller_that_never_answers(self):
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(self.path("mute"))
        server.listen()
        result = call("scan", "--radio", "h4:" + self.path("mute"), "--for", "0.5")
        self.assertEqual(result.returncode, RADIO)
        self.assertIn(b"the radio was not working at the end", result.stderr)


if __name__ == "__main__":
    unittest.main()
