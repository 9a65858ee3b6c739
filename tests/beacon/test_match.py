# SPDX-License-Identifier: MIT
"""beacon match: the captured phone, the protocol's table of edges, and what is said of it."""
import json
import os
import threading
import unittest

from support import (DAY_C, IO, KEY_C, RAN, USAGE, ToolTest, call, environment,
                     identifiers, key_list, record, swapped_capture)

NOBODY = "0" * 24
FOUND = {"keys", "identifiers", "sightings", "refused", "matches"}
MATCH = {"record", "daily_key", "sightings", "first_ms", "last_ms", "exposures"}
EXPOSURE = {"start_ms", "end_ms", "sightings", "minutes", "rssi_max_dbm", "rssi_mean_dbm", "close"}


def rows_of(trace):
    """(time, RSSI) of each line, in order of time."""
    return sorted((int(time), int(rssi)) for _, _, rssi, time in
                  (line.split("\t") for line in trace.splitlines()))


def exposures_of(rows):
    """The rule of the header, once more and plainly: joined across 10 minutes, minutes by scan."""
    meetings = [[rows[0]]]
    for row in rows[1:]:
        if row[0] - meetings[-1][-1][0] <= 600000:
            meetings[-1].append(row)
        else:
            meetings.append([row])
    for meeting in meetings:
        scans = [[meeting[0]]]
        for row in meeting[1:]:
            if row[0] - scans[-1][0][0] <= 40000:
                scans[-1].append(row)
            else:
                scans.append([row])
        counted = near = last = 0
        for scan in scans:
            time = scan[-1][0] - scan[0][0]
            if last:
                time += min(scan[0][0] - last, 300000)
            last = scan[-1][0]
            counted += time
            if sum(rssi for _, rssi in scan) / len(scan) >= -70:
                near += time
        yield {"start_ms": meeting[0][0], "end_ms": meeting[-1][0], "sightings": len(meeting),
               "minutes": round(counted / 60000, 1), "rssi_max_dbm": max(r for _, r in meeting),
               "rssi_mean_dbm": round(sum(r for _, r in meeting) / len(meeting), 1),
               "close": near >= 900000}


class MatchTest(ToolTest):
    def words(self, records, trace, *more):
        keys = self.file("keys.json", key_list(*records))
        return ["match", "--keys", keys, "--trace", self.file("trace.txt", trace), *more]

    def found(self, records, trace, *more):
        found = self.json(*self.words(records, trace, *more))
        self.assertEqual(set(found), FOUND)
        for match in found["matches"]:
            self.assertEqual(set(match), MATCH)
            for exposure in match["exposures"]:
                self.assertEqual(set(exposure), EXPOSURE)
        return found


class Capture(MatchTest):
    def test_every_row_of_the_captured_phone(self):
        trace = swapped_capture()
        rows = rows_of(trace)
        for more in (["--strict"], ["--tolerance", "0"], [], ["--tolerance", "2.5"]):
            found = self.found([record()], trace, *more)
            self.assertEqual((found["keys"], found["identifiers"], found["sightings"]),
                             (1, 96, 101))
            self.assertEqual(found["refused"], [])
            self.assertEqual(len(found["matches"]), 1)
            match = found["matches"][0]
            self.assertEqual((match["record"], match["daily_key"], match["sightings"]),
                             (1, KEY_C, 101))
            self.assertEqual((match["first_ms"], match["last_ms"]), (rows[0][0], rows[-1][0]))
            self.assertEqual(match["exposures"], list(exposures_of(rows)))

    def test_as_recorded_it_holds_nobody_else(self):
        rows = [line.split("\t") for line in swapped_capture().splitlines()]
        trace = "".join("\t".join([row[1], row[0], *row[2:]]) + "\n" for row in rows)
        found = self.found([record()], trace)
        self.assertEqual((found["sightings"], found["matches"]), (101, []))

    def test_the_verdict(self):
        text = self.ran(*self.words([record()], swapped_capture()))
        self.assertIn("Record 1: 101 sightings, slots 23 to 26\n", text)
        self.assertIn("2020-08-08 05:56:31 to ", text)
        self.assertIn("Compared: 1 record (96 identifiers) with 101 sightings.", text)
        self.assertIn("up to 150 seconds", text)
        self.assertIn("-70 dBm", text)
        self.assertNotIn("\033", text)
        text = self.ran(*self.words([record()], swapped_capture()),
                        env=environment(TZ="Asia/Ho_Chi_Minh"))
        self.assertIn("2020-08-08 12:56:31 to ", text)
        self.assertIn(" +07:00", text)

    def test_the_verdict_when_nothing_matched(self):
        text = self.ran(*self.words([record(key="00" * 32)], swapped_capture(), "--strict"))
        self.assertTrue(text.startswith("Nothing matched"), text)
        self.assertIn("Compared: 1 record (96 identifiers) with 101 sightings.", text)
        self.assertIn("exactly", text)

    def test_json_is_the_same_in_every_language(self):
        words = self.words([record()], swapped_capture(), "--json")
        expected = self.ran(*words)
        for name in ("C", "C.UTF-8", "vi_VN.UTF-8", "de_DE.UTF-8"):
            env = environment(LC_ALL=name, LANGUAGE="vi")
            self.assertEqual(self.ran(*words, env=env), expected)
            found = self.json(*words[:3], "--trace", "-", "--keep-going", env=env, input=b"x\n")
            self.assertEqual([refused["file"] for refused in found["refused"]], ["-"])


class Edges(MatchTest):
    def sighting(self, identifier, time):
        return f"{NOBODY}\t{identifier}\t-60\t{time}\n"

    def test_the_protocols_table(self):
        slot_23, slot_24 = "B9A665D754FE65E665D76A45", "3AA8DFC0A15682B27216FC31"
        next_day = "64C0D2707C49D2F0D5E3E348"
        for identifier, time, end, is_hit in (
                (slot_23, 1596865500000, 1596866400, True),
                (slot_23, 1596866400000, 1596866400, True),
                (slot_23, 1596866400001, 1596866400, False),
                (slot_23, 1596865499999, 1596866400, False),
                (slot_24, 1596866400500, 1596866400, True),
                (slot_24, 1596866400500, 1596866399, False),
                (next_day, 1596931200000, 1596931200, True)):
            found = self.found([record(end=end)], self.sighting(identifier, time), "--strict")
            self.assertEqual(len(found["matches"]), int(is_hit), (identifier, time, end))
            self.assertEqual(found["identifiers"], (end - DAY_C) // 900 + 1)

    def test_seconds_are_compared_as_the_seconds_they_are(self):
        found = self.found([record()], self.sighting("B9A665D754FE65E665D76A45", 1596865500),
                           "--strict")
        self.assertEqual(found["matches"][0]["first_ms"], 1596865500000)

    def test_tolerance_to_the_millisecond(self):
        start, end = 1596865500000, 1596866400000
        for words, slack in (([], 150000), (["--tolerance", "2.5"], 2500),
                             (["--tolerance", "0.001"], 1), (["--tolerance", "86400"], 86400000),
                             (["--tolerance", "7"], 7000)):
            for time, is_hit in ((start - slack - 1, False), (start - slack, True),
                                 (end + slack, True), (end + slack + 1, False)):
                found = self.found([record()], self.sighting("B9A665D754FE65E665D76A45", time),
                                   *words)
                self.assertEqual(len(found["matches"]), int(is_hit), (words, time))

    def test_tolerances_that_are_none(self):
        for text in ("-1", "86400.001", "86401", "1.2345", "1.", ".5", "1e2", "", "x", "1s"):
            self.refused(*self.words([record()], "", "--tolerance", text), code=USAGE)
        self.refused(*self.words([record()], "", "--tolerance", "5", "--strict"), code=USAGE)


class Records(MatchTest):
    def setUp(self):
        super().setUp()
        table = identifiers(bytes.fromhex(KEY_C), 96)
        self.trace = "".join(f"{NOBODY}\t{table[slot]}\t{rssi}\t{(DAY_C + slot * 900) * 1000 + 500}\n"
                             for slot, rssi in ((30, -60), (10, -61), (20, 127), (10, -61)))

    def test_each_listed_record_is_answered_once_in_order(self):
        other = record(key="11" * 32)
        found = self.found([other, record(), other, record(), record(slots=48)], self.trace)
        self.assertEqual([match["record"] for match in found["matches"]], [2, 4])
        for match in found["matches"]:
            self.assertEqual(match["sightings"], 4)
            self.assertEqual([exposure["sightings"] for exposure in match["exposures"]], [2, 1, 1])
            self.assertEqual([(exposure["rssi_max_dbm"], exposure["rssi_mean_dbm"])
                              for exposure in match["exposures"]],
                             [(-61, -61.0), (None, None), (-60, -60.0)])
        self.assertEqual(found["keys"], 5)
        self.assertEqual(found["identifiers"], 4 * 96 + 48)

    def test_records_are_counted_through_all_lists(self):
        good, bad = record(), record(slots=7)
        first = self.file("1", key_list(record(key="11" * 32), bad, good, bad))
        second = self.file("2", key_list(bad, good))
        empty = self.file("3", '{"data":[]}')
        found = self.json("match", "--keys", first, "--keys", empty, "--keys", second, "--trace",
                          self.file("trace", self.trace), "--keep-going")
        self.assertEqual([match["record"] for match in found["matches"]], [3, 6])
        self.assertEqual([(os.path.basename(refused["file"]), refused["record"], refused["field"])
                          for refused in found["refused"]],
                         [("1", 2, "max"), ("1", 4, "max"), ("2", 1, "max")])
        self.assertEqual(found["keys"], 3)

    def test_a_list_that_is_encoded_twice(self):
        keys = self.file("keys", json.dumps(key_list(record())))
        found = self.json("match", "--keys", keys, "--trace", self.file("trace", self.trace))
        self.assertEqual(found["matches"][0]["sightings"], 4)

    def test_more_records_than_a_batch(self):
        count = 9000
        keys = self.file("keys", key_list(*[record(key=f"{i:064X}", end=DAY_C) for i in range(count)],
                                          record()))
        found = self.json("match", "--keys", keys, "--trace", self.file("trace", self.trace))
        self.assertEqual((found["keys"], found["identifiers"]), (count + 1, count + 96))
        self.assertEqual([match["record"] for match in found["matches"]], [count + 1])

    def test_a_list_that_repeats_a_key_that_is_met_often(self):
        # 4000 keys and 300 sightings of each are more hits than a batch may have.
        count = 4000
        keys = self.file("keys", key_list(*[record(end=DAY_C)] * count))
        identifier = identifiers(bytes.fromhex(KEY_C), 1)[0]
        trace = "".join(f"{NOBODY}\t{identifier}\t-60\t{DAY_C * 1000 + i}\n" for i in range(300))
        found = self.json("match", "--keys", keys, "--trace", self.file("trace", trace))
        self.assertEqual([match["record"] for match in found["matches"]],
                         list(range(1, count + 1)))
        self.assertEqual({match["sightings"] for match in found["matches"]}, {300})
        self.assertEqual(found["identifiers"], count)
        for threads in "2", "3", "64":  # each halves its own part, and the halves are parted again
            self.assertEqual(found, self.json("match", "--keys", keys, "--trace", self.path("trace"), "--threads", threads))

    def test_a_key_that_is_met_more_often_than_a_batch_may_be(self):
        count = 1100000
        identifier = identifiers(bytes.fromhex(KEY_C), 1)[0]
        row = f"{NOBODY}\t{identifier}\t-60\t{DAY_C}\n"
        found = self.found([record(key="11" * 32), record(), record(key="11" * 32)], row * count)
        self.assertEqual([(match["record"], match["sightings"]) for match in found["matches"]],
                         [(2, count)])

    def test_order_is_that_of_time(self):
        # A sender's clock jumps back: the later slot's identifier is heard first.
        table = identifiers(bytes.fromhex(KEY_C), 96)
        edge = (DAY_C + 11 * 900) * 1000
        trace = "".join(f"{NOBODY}\t{table[slot]}\t{rssi}\t{edge + ms}\n"
                        for slot, ms, rssi in ((11, 1000, -70), (10, 100000, -60), (11, -100000, -50)))
        match = self.found([record()], trace)["matches"][0]
        self.assertEqual((match["first_ms"], match["last_ms"]), (edge - 100000, edge + 100000))
        self.assertEqual(match["exposures"],
                         list(exposures_of([(edge - 100000, -50), (edge + 1000, -70),
                                            (edge + 100000, -60)])))

    def test_standard_input_can_be_either(self):
        keys, trace = key_list(record()), self.trace
        for words, given in ((["--keys", "-", "--trace", self.file("trace", trace)], keys),
                             (["--trace", "-", "--keys", self.file("keys", keys)], trace)):
            found = self.json("match", *words, input=given.encode())
            self.assertEqual(found["matches"][0]["sightings"], 4)
        self.refused("match", "--keys", "-", "--trace", "-", code=USAGE)
        self.refused("match", "--keys", "-", "--keys", "-", "--trace", "x", code=USAGE)

    def test_nothing_to_compare(self):
        found = self.found([], "")
        self.assertEqual(found, {"keys": 0, "identifiers": 0, "sightings": 0, "refused": [],
                                 "matches": []})
        for records, trace in (([], ""), ([record()], ""), ([], self.trace)):
            text = self.ran(*self.words(records, trace))
            self.assertTrue(text.startswith("Nothing was compared"), text)
        text = self.ran(*self.words([record(slots=7), record(key="11" * 32)], self.trace,
                                    "--keep-going"))
        self.assertTrue(text.startswith("Nothing matched, but not everything"), text)

    def test_wrong_calls(self):
        for words in ([], ["--keys", "x"], ["--trace", "x"], ["--keys", "x", "--trace"],
                      ["--keys", "x", "--store", "x", "--store", "y"],
                      ["--keys", "x", "--trace", "x", "y"], ["--keys", "x", "--trace", "x", "--fast"]):
            self.refused("match", *words, code=USAGE)

    def test_what_cannot_be_read(self):
        keys, trace = self.file("keys", key_list(record())), self.file("trace", self.trace)
        nothing = self.path("nothing")
        for words in (["--keys", nothing, "--trace", trace], ["--keys", keys, "--trace", nothing]):
            self.assertIn("No such file", self.refused("match", *words, code=IO))
        for words in (["--keys", str(self.directory), "--trace", trace],
                      ["--keys", keys, "--trace", str(self.directory)]):
            self.assertIn("Is a directory", self.refused("match", *words, code=IO))

    def test_what_cannot_be_written(self):
        for more in ([], ["--json"]):
            with open("/dev/full", "wb") as full:
                result = call(*self.words([record()], self.trace, *more), stdout=full)
            self.assertEqual(result.returncode, IO)
            self.assertIn(b"No space left", result.stderr)
            reader, writer = os.pipe()
            os.close(reader)
            result = call(*self.words([record()], self.trace, *more), stdout=writer)
            os.close(writer)
            self.assertEqual(result.returncode, IO)
            self.assertIn(b"Broken pipe", result.stderr)


class Terminal(MatchTest):
    def on_terminal(self, words, which, env):
        """Runs the tool with standard output or standard error a terminal; what it showed there."""
        leader, follower = os.openpty()
        shown = []

        def read():
            try:
                while chunk := os.read(leader, 65536):
                    shown.append(chunk)
            except OSError:
                pass  # the terminal's other side is closed

        reader = threading.Thread(target=read)
        reader.start()
        result = call(*words, env=env, **({"stdout": follower} if which == 1 else {}),
                      **({"preexec_fn": lambda: os.dup2(follower, 2)} if which == 2 else {}))
        os.close(follower)
        reader.join()
        os.close(leader)
        self.assertEqual(result.returncode, RAN)
        return b"".join(shown).decode()

    def test_colour_in_a_terminal_only_and_not_against_the_readers_will(self):
        words = self.words([record()], swapped_capture())
        self.assertIn("\033[1;3", self.on_terminal(words, 1, environment(TERM="xterm")))
        for env in (environment(TERM="xterm", NO_COLOR="1"), environment(TERM="dumb")):
            self.assertNotIn("\033", self.on_terminal(words, 1, env))

    def test_progress_in_a_terminal_only_and_cleared(self):
        records = [record(key=f"{i:064X}", end=DAY_C) for i in range(5000)]
        words = self.words(records, swapped_capture(), "--progress-after", "0")
        shown = self.on_terminal(words, 2, environment(TERM="xterm"))
        self.assertRegex(shown, r"\rmatching \d+ %\033\[K")
        self.assertTrue(shown.endswith("\r\033[K"), shown)
        self.assertEqual(call(*words).stderr, b"")
        words[-1] = "3600000"
        self.assertEqual(self.on_terminal(words, 2, environment(TERM="xterm")), "")


if __name__ == "__main__":
    unittest.main()
