# SPDX-License-Identifier: MIT
"""beacon sim: the truth it writes, held against what was heard and against the protocol's text."""
import json
import unittest

from support import INPUT, IO, ROOM, RAN, USAGE, ToolTest, daily_key, identifiers

SCENARIOS = sorted((ROOM.parent / "air").glob("*.air"))
DOOR = """seed 3
start 2020-08-10T00:44:00Z
length 2 min
receiver away from 10 s to 12 s
phone a android-background at 1 m
phone b iphone-open at 2 m from 5 s to 70.5 s
phone c android-silent at 20 cm then android-open at 20 s
check c from 15 s to 30 s
"""


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


class Sim(ToolTest):
    def played(self, scenario=DOOR, *words):
        path = self.file("scenario.air", scenario)
        heard = lines(self.ran("sim", path, "--json", "--truth", self.path("truth"), *words))
        return heard, lines((self.directory / "truth").read_text())

    def test_truth_and_heard_agree(self):
        heard, truth = self.played()
        seconds = [line for line in truth if line["type"] == "second"]
        packets = [line for line in heard if "kind" in line]
        self.assertEqual(sum(line["arrived"] for line in seconds), len(packets))
        for line in seconds:
            self.assertEqual(line["sent"], line["arrived"] + line["lost"] + line["weak"] + line["away"])
            inside = [packet["rssi_dbm"] for packet in packets
                      if line["time_us"] <= packet["time_ms"] * 1000 + 999 < line["time_us"] + 1000000]
            if line["arrived"]:
                self.assertIn(line["rssi_max_dbm"], inside)
            else:
                self.assertIsNone(line["rssi_max_dbm"])

    def test_every_second_of_every_phone_is_there(self):
        _, truth = self.played()
        start = truth[0]["start_us"]
        for device, first, last in ((0, 0, 120), (1, 5, 71), (2, 0, 120)):
            times = [line["time_us"] for line in truth
                     if line["type"] == "second" and line["device"] == device]
            self.assertEqual(times, [start + second * 1000000 for second in range(first, last)])
        silent = [line for line in truth if line["type"] == "second" and line["device"] == 2
                  and line["time_us"] < start + 20000000]
        self.assertTrue(all(line["sent"] == 0 and line["identifier"] is None
                            and line["distance_m"] == 0.2 for line in silent))

    def test_identifiers_are_the_protocols(self):
        _, truth = self.played()
        keys = {line["device"]: line for line in truth if line["type"] == "arrive"}
        for line in truth:
            if line["type"] != "second" or line["identifier"] is None:
                continue
            phone = keys[line["device"]]
            day, slot = divmod(line["time_us"] // 1000000 // 900, 96)
            key = daily_key(bytes.fromhex(phone["base_key"]), day - phone["base_day"])
            now = identifiers(key, 96)
            self.assertIn(line["identifier"], (now[slot], now[slot - 1]))
            if not line["stale"] and line["time_us"] // 1000000 % 900 < 899:
                self.assertEqual(line["identifier"], now[slot])

    def test_other_events(self):
        heard, truth = self.played()
        start = truth[0]["start_us"] // 1000
        events = [(line["event"], (line["time_ms"] - start) // 1000) for line in heard if "event" in line]
        self.assertEqual(events, [("away", 10), ("back", 12), ("check", 15), ("opened", 20)])
        types = [line["type"] for line in truth if line["type"] not in ("second", "arrive")]
        self.assertEqual(types, ["air", "receiver", "away", "back", "check", "opened", "leave"])

    def test_repeatable_and_settable(self):
        path = self.file("x.air", DOOR)
        first = self.ran("sim", path, "--json")
        self.assertEqual(first, self.ran("sim", path, "--json"))
        self.assertNotEqual(first, self.ran("sim", path, "--json", "--set", "seed 4"))
        without = lines(self.ran("sim", path, "--json", "--set", "receiver without rssi"))
        self.assertTrue(all(line["rssi_dbm"] is None for line in without if "kind" in line))
        self.assertIn("devices: 3\n", self.ran("sim", path))

    def test_refusals(self):
        bad = self.file("bad.air", "length 5\n")
        self.assertIn("bad.air:1: expected a time", self.refused("sim", bad, code=INPUT))
        self.refused("sim", self.path("none.air"), code=IO)
        self.refused("sim", bad, "--truth", "a", "--truth", "b", code=USAGE)
        good = self.file("good.air", DOOR)
        self.assertIn("setting:1: ", self.refused("sim", good, "--set", "loss much", code=INPUT))
        self.refused("sim", good, "--truth", self.path("no/such/folder"), code=IO)

    def test_the_scenarios_that_are_shown_are_good(self):
        self.assertTrue(SCENARIOS)
        for path in SCENARIOS:
            with self.subTest(path.name):
                self.ran("sim", str(path), "--set", "length 30 s", code=RAN)


if __name__ == "__main__":
    unittest.main()
