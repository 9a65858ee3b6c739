# SPDX-License-Identifier: MIT
"""beacon run as processes that meet on an air that BlueZ's btvirt emulates, are killed, and start again.

Run by tests/btvirt/run. Slots are minutes; the wall clocks of all are ahead, so that an edge is near. (The emulator has no
levels: nearness is not looked at.)
"""
import os
import random
import signal
import time
import unittest

from support import RAN
from test_radio_air import BUSY_MS, LIMIT_S, MINUTE_MS, SCANS, AirTest, Process, ahead, until_edge

CYCLE = SCANS + ",15/0"

# What may be lost: what waits for the next moment of syncing, and for a disk that is busy.
WINDOW_MS = 5000 + 5000


class RunAir(AirTest):
    def node(self, name, env, *more, clock=("--clock-is-right",)):
        if not os.path.exists(self.path(name)):
            self.identity(name, env=env)
        return Process(self, "run", "--radio", self.radio(), "--identity", self.path(name), "--store",
                       self.path(name + ".log"), "--json", "--status-every", "1", "--cycle", CYCLE,
                       *clock, *more, env=env)

    def rows(self, name):
        """A log's rows: own identifier, contact's, time."""
        text = self.ran("log", "export", "--store", self.path(name + ".log"))
        return [(row[0], row[1], int(row[3])) for row in (line.split("\t") for line in text.splitlines())]

    def until_rows(self, name, is_it, limit_s=MINUTE_MS / 1000 + LIMIT_S):
        """Waits for rows in the log of a node that lives: they come when it commits, and when it has heard."""
        end = time.monotonic() + limit_s
        while not is_it(rows := self.rows(name)):
            if time.monotonic() > end:
                raise TimeoutError(f"{name}: {rows}")
            time.sleep(0.3)

    def until_met_through_an_edge(self, name, other, env):
        """Until a log has rows of two identifiers of the other."""
        theirs = self.identifiers(other, env)
        self.until_rows(name, lambda rows: len({row[1] for row in rows if row[1] in theirs}) >= 2)

    def identifiers(self, name, env):
        """Those of a day or two, with their slots' begins."""
        told = {}
        for days in 0, 1:
            day = time.strftime("%Y-%m-%d", time.gmtime(self.now_ms(env) / 1000 - days * 86400))
            for slot in self.json("identity", "table", self.path(name), "--day", day)["identifiers"]:
                told[slot["identifier"]] = slot["start_ms"]
        return told

    @staticmethod
    def now_ms(env):
        return int(time.time() * 1000) + int(env.get("CLOCK_AHEAD_MS", "0"))


class Killed(RunAir):
    @staticmethod
    def kill(node):
        """Kills it at once: all that it said in its life."""
        node.process.kill()
        node.process.wait()
        try:
            while True:
                node.line()
        except EOFError:
            return node.lines

    def assert_window(self, lines):
        """What a node heard it had committed a window later, if it lived so long. How many lines show it."""
        shown = 0
        for line in lines:
            later = next((one for one in lines if one["time_ms"] >= line["time_ms"] + WINDOW_MS), None)
            if later is not None and line["sightings"] > 0:
                self.assertGreaterEqual(later["committed"], line["sightings"])
                shown += 1
        return shown

    def live_through(self, seed, env, lives):
        """A lives all the time; B and C are killed at moments drawn from the seed, and start again."""
        moments = random.Random(seed)
        nodes = {name: self.node(name, env) for name in "abc"}
        for node in nodes.values():
            node.until(lambda line: line["sending"])
        kept = {name: [] for name in "bc"}
        for name in "bc" * lives:
            nodes[name].until(lambda line: line["committed"] > 0)
            time.sleep(moments.uniform(0.2, 3.0))
            lines = self.kill(nodes[name])
            rows = self.rows(name)
            self.assertGreaterEqual(len(rows) - len(kept[name]),
                                    max(line["committed"] - line["encounters"] for line in lines))
            self.assert_window(lines)
            self.assertEqual(rows[:len(kept[name])], kept[name])  # by time: what an earlier life left stays
            kept[name] = rows
            nodes[name] = self.node(name, env)
        told = nodes["a"].until(lambda line: line["rotations"] >= 2, MINUTE_MS / 1000 + LIMIT_S)
        self.assertTrue(told["sending"])
        for name in "bc":
            self.until_met_through_an_edge(name, "a", env)
        self.assertEqual([nodes[name].end() for name in "abc"], [(RAN, "")] * 3)
        self.assertGreater(self.assert_window(nodes["a"].lines), 0)
        for name in "bc":
            self.assertEqual(self.rows(name)[:len(kept[name])], kept[name])

    def assert_matched(self, env):
        """All rows of B and C that are of A's identifiers are found by A's report, in their slots, but for how late a
        process may be that sends, or hears."""
        theirs = self.identifiers("a", env)
        report = self.file("report", self.ran("identity", "report", self.path("a"), env=env))
        for name in "bc":
            of_a = [row for row in self.rows(name) if row[1] in theirs]
            self.assertGreaterEqual(len({row[1] for row in of_a}), 2)  # through an edge
            for _, identifier, time_ms in of_a:
                self.assertLessEqual(abs(time_ms - theirs[identifier] - MINUTE_MS // 2), MINUTE_MS // 2 + BUSY_MS)
            found = self.json("match", "--keys", report, "--store", self.path(name + ".log"), "--tolerance",
                              str(BUSY_MS / 1000))
            self.assertEqual([match["sightings"] for match in found["matches"]], [len(of_a)])

    def test_what_is_lost_is_within_the_window(self):
        env = ahead(until_edge(10000))
        self.live_through(1, env, 1)
        self.assert_matched(env)

    @unittest.skipUnless(os.environ.get("BEACON_TEST_LONG"), "it takes minutes: tests/run --all")
    def test_many_deaths(self):
        for seed in range(2, 5):
            with self.subTest(seed):
                for path in self.directory.iterdir():
                    path.unlink()
                env = ahead(until_edge(40000))
                self.live_through(seed, env, 4)
                self.assert_matched(env)


class Clock(RunAir):
    def test_until_the_clock_is_right_nothing_is_said_and_nothing_lost(self):
        env = ahead(until_edge(40000))
        a = self.advertise(self.identity("other", env=env), env=env)
        self.rotation(a)
        b = self.node("b", env, clock=("--clock-flag", self.path("synchronized")))
        line = b.until(lambda line: line["undated"] > 0)
        self.assertEqual((line["clock"], line["sending"], line["sightings"], line["rotations"]),
                         ("unknown", False, 0, 0))
        began_ms = line["time_ms"]
        self.file("synchronized", "")
        b.until(lambda line: line["clock"] == "right" and line["sending"])
        b.until(lambda line: line["sightings"] > 0)
        self.assertEqual((b.end(), a.end()), ((RAN, ""), (RAN, "")))
        shown = self.json("log", "show", "--store", self.path("b.log"))
        self.assertEqual(shown["undated"], 0)
        rows = self.rows("b")
        self.assertLessEqual(abs(rows[0][2] - began_ms), 5000)
        self.assertEqual(rows[0][0], "00" * 12)  # nothing was sent then
        self.assertNotEqual(rows[-1][0], "00" * 12)


class IPhone(RunAir):
    def test_one_that_is_read_through_an_edge(self):
        env = ahead(until_edge(6000))
        a, b = self.node("a", env, "--form", "iphone"), self.node("b", env)
        a.until(lambda line: line["rotations"] >= 2)
        self.until_met_through_an_edge("b", "a", env)
        self.assertEqual((b.end(), a.end()), ((RAN, ""), (RAN, "")))
        theirs = self.identifiers("a", env)
        self.assertGreaterEqual(len({row[1] for row in self.rows("b") if row[1] in theirs}), 2)
        self.assertEqual([row for row in self.rows("b") if row[1] not in theirs], [])


class Ends(RunAir):
    def test_it_leaves_the_air(self):
        env = ahead(until_edge(40000))
        a = self.node("a", env)
        a.until(lambda line: line["sending"])
        self.assertEqual(a.end(signal.SIGINT), (RAN, ""))
        b = self.scan("--for", "1", env=env)
        b.process.wait(timeout=LIMIT_S)
        self.assertEqual(b.process.stdout.read(), b"")


if __name__ == "__main__":
    unittest.main()
