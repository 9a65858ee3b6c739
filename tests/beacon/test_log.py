# SPDX-License-Identifier: MIT
"""beacon log: the app's history into a log and out again, and what is kept secret on the way."""
import os
import pty
import re
import stat
import termios
import time
import unittest

from support import BEACON, CAPTURE, DAY_C, INPUT, IO, NO, RAN, USAGE, ToolTest, call, environment, swapped_capture

HEX = re.compile(r"[0-9A-Fa-f]{24}")


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0xFF]))


class LogTest(ToolTest):
    def log(self, name="log", trace=str(CAPTURE), *more):
        self.ran("log", "import", "--store", self.path(name), trace, *more)
        return self.path(name)

    def export(self, log, *more):
        return self.ran("log", "export", "--store", log, *more)


class ImportAndExport(LogTest):
    def test_a_real_history_comes_back_as_it_was(self):
        log = self.log()
        self.assertEqual(self.export(log).encode(), CAPTURE.read_bytes())
        for name in ("log", "log.key"):
            self.assertEqual(stat.S_IMODE((self.directory / name).stat().st_mode), 0o600)

    def test_an_import_says_what_is_new(self):
        words = ("log", "import", "--store", self.path("log"))
        rows = len(CAPTURE.read_text().splitlines())
        self.assertEqual(self.ran(*words, str(CAPTURE)), f"{rows} rows read, {rows} new\n")
        self.assertEqual(self.ran(*words, "-", input=CAPTURE.read_bytes()), f"{rows} rows read, 0 new\n")
        self.assertEqual(self.export(self.path("log")).encode(), CAPTURE.read_bytes())

    def test_rows_come_back_by_time_and_equal_rows_as_often_as_they_were(self):
        lines = CAPTURE.read_text().splitlines(keepends=True)
        log = self.log("log", self.file("trace", "".join(reversed(lines)) + lines[0] + lines[50]))
        self.assertEqual(self.export(log), "".join(sorted(lines + [lines[0], lines[50]],
                                                          key=lambda line: line.split("\t")[3])))

    def test_seconds_come_back_as_milliseconds(self):
        rows = [line.split("\t") for line in CAPTURE.read_text().splitlines()]
        trace = self.file("trace", "".join("\t".join([*row[:3], row[3][:-3]]) + "\n" for row in rows))
        for row, back in zip(rows, self.export(self.log("log", trace)).splitlines()):
            self.assertEqual(back.split("\t"), [*row[:3], row[3][:-3] + "000"])

    def test_rows_in_seconds_that_are_there_in_milliseconds(self):
        log = self.log()
        rows = [line.split("\t") for line in CAPTURE.read_text().splitlines()]
        seconds = ["\t".join([*row[:3], row[3][:-3]]) + "\n" for row in rows]
        other = "\t".join([*rows[0][:2], "-1", rows[0][3][:-3]]) + "\n"
        words = ("log", "import", "--store", log)
        self.assertIn(", 0 new\n", self.ran(*words, self.file("seconds", "".join(seconds))))
        self.assertEqual(self.export(log).encode(), CAPTURE.read_bytes())
        trace = self.file("more", "".join(seconds) + seconds[7] + other)
        self.assertIn(", 2 new\n", self.ran(*words, trace))  # one more than there is, and another RSSI
        self.assertIn(", 0 new\n", self.ran(*words, trace))

    def test_rows_in_milliseconds_that_are_there_in_seconds(self):
        rows = [line.split("\t") for line in CAPTURE.read_text().splitlines()]
        log = self.log("log", self.file("seconds", "".join("\t".join([*row[:3], row[3][:-3]]) + "\n" for row in rows)))
        before = self.export(log)
        words = ("log", "import", "--store", log)
        self.assertIn(", 0 new\n", self.ran(*words, str(CAPTURE)))
        self.assertEqual(self.export(log), before)  # the row that came first stays
        other = "\t".join([*rows[0][:2], "-1", rows[0][3]]) + "\n"
        trace = self.file("more", CAPTURE.read_text() + "\t".join(rows[7]) + "\n" + other)
        self.assertIn(", 2 new\n", self.ran(*words, trace))  # one more than there is, and another RSSI
        self.assertIn(", 0 new\n", self.ran(*words, trace))

    def test_a_row_at_a_full_second_keeps_its_own(self):
        second = DAY_C * 1000
        lines = ["\t".join(["00" * 12, "AB" * 12, "-60", str(second + ms)]) + "\n" for ms in (0, 400)]
        log = self.log("log", self.file("trace", "".join(lines)))
        words = ("log", "import", "--store", log)
        self.assertIn(", 0 new\n", self.ran(*words, self.file("again", "".join(reversed(lines)))))
        first = self.log("first", self.file("one", lines[0]))
        self.assertEqual(self.ran("log", "import", "--store", first, self.path("trace")), "2 rows read, 1 new\n")

    def test_a_bad_line_leaves_nothing_behind(self):
        trace = self.file("trace", CAPTURE.read_text() + "not a row\n")
        self.assertIn("line 102", self.refused("log", "import", "--store", self.path("log"), trace))
        self.assertEqual([path.name for path in self.directory.iterdir()], ["trace"])
        self.refused("log", "import", "--store", self.path("log"), self.path("nowhere"), code=IO)

    def test_a_log_that_cannot_be_made_leaves_nothing_behind(self):
        key = self.file("bad.key", "no key\n")
        os.chmod(key, 0o600)
        words = ("log", "import", "--store", self.path("log"), str(CAPTURE))
        self.refused(*words, "--key", key)
        self.refused(*words, "--key", self.path("nowhere/key"), code=IO)
        self.refused(*words, "--credential", "none")
        self.assertEqual([path.name for path in self.directory.iterdir()], ["bad.key"])
        self.log("log", str(CAPTURE), "--key", self.path("good.key"))  # the next one is not hindered

    def test_what_was_there_before_stays(self):
        self.file("log", "no log\n" * 1000)
        self.refused("log", "import", "--store", self.path("log"), str(CAPTURE))
        self.refused("log", "purge", "--store", self.path("log"), "--undated")
        self.assertEqual([path.name for path in self.directory.iterdir()], ["log"])
        self.assertEqual((self.directory / "log").read_text(), "no log\n" * 1000)
        log = self.log("real")
        before = {path.name: path.read_bytes() for path in self.directory.iterdir()}
        key = self.file("bad.key", "no key\n")
        os.chmod(key, 0o600)
        self.refused("log", "import", "--store", log, str(CAPTURE), "--key", key)
        os.remove(key)
        self.assertEqual({path.name: path.read_bytes() for path in self.directory.iterdir()}, before)

    def test_days(self):
        lines = ["\t".join(["00" * 12, f"{day:024X}", "-60", str((DAY_C + day * 86400 + 5) * 1000)]) + "\n"
                 for day in range(5)]
        log = self.log("log", self.file("trace", "".join(lines)))
        self.assertEqual(self.export(log, "--from", "2020-08-09", "--to", "2020-08-10"), "".join(lines[1:3]))
        self.assertEqual(self.export(log, "--to", "2020-08-08"), lines[0])
        shown = self.json("log", "show", "--store", log, "--from", "2020-08-11")
        self.assertEqual([day["day"] for day in shown["days"]], ["2020-08-11", "2020-08-12"])
        self.refused("log", "export", "--store", log, "--from", "yesterday", code=USAGE)
        for command in "export", "show":
            self.refused("log", command, "--store", log, "--from", "2020-08-09", "--to", "2020-08-08", code=USAGE)

    def test_a_full_disk_behind_standard_output(self):
        log = self.log()
        with open("/dev/full", "wb") as full:
            for command in "export", "show":
                self.assertEqual(call("log", command, "--store", log, stdout=full).returncode, IO)


class Show(LogTest):
    def test_encounters_of_the_real_history(self):
        log = self.log()
        shown = self.json("log", "show", "--store", log)
        rows = CAPTURE.read_text().splitlines()
        self.assertEqual((shown["sightings"], shown["undated"]), (len(rows), 0))
        day, = shown["days"]
        self.assertEqual((day["day"], day["sightings"]), ("2020-08-08", len(rows)))
        self.assertEqual(sum(one["sightings"] for one in day["encounters"]), len(rows))
        self.assertEqual(len(day["encounters"]), len({row.split("\t")[1] for row in rows}))
        self.assertEqual(day["encounters"][0]["start_ms"], int(rows[0].split("\t")[3]))
        text = self.ran("log", "show", "--store", log)
        self.assertIn(f"2020-08-08  {len(rows)} sightings, {len(day['encounters'])} encounters\n", text)

    def test_it_shows_no_identifier(self):
        log = self.log()
        for words in (("show",), ("show", "--json"), ("check",), ("check", "--json")):
            self.assertIsNone(HEX.search(self.ran("log", words[0], "--store", log, *words[1:])))

    def test_a_phone_that_listens_now_and_then(self):
        lines = ["\t".join(["00" * 12, "AB" * 12, "-60", str((DAY_C + second) * 1000)]) + "\n"
                 for scan in range(9) for second in range(scan * 300, scan * 300 + 40, 5)]
        log = self.log("log", self.file("trace", "".join(lines)))
        for cycle, minutes in ("full", 8 * 5 + 35 / 60), ("phone", 8 * 5 + (35 + 260) / 60), \
                ("40/260", 8 * 5 + (35 + 260) / 60):
            encounter, = self.json("log", "show", "--store", log, "--cycle", cycle)["days"][0]["encounters"]
            self.assertAlmostEqual(encounter["minutes"], minutes, delta=0.06)
        self.refused("log", "show", "--store", log, "--cycle", "never", code=USAGE)
        self.assertIn("--cycle phone", self.ran("log", "show", "--store", log))  # what it took for granted
        self.assertNotIn("--cycle", self.ran("log", "show", "--store", log, "--cycle", "full"))

    def test_an_empty_log(self):
        log = self.log("log", self.file("trace", ""))
        self.assertEqual(self.ran("log", "show", "--store", log), "0 sightings in the log.\n")


class Purge(LogTest):
    def setUp(self):
        super().setUp()
        lines = ["\t".join(["00" * 12, f"{day:024X}", "-60", str((DAY_C + day * 86400 + 43200) * 1000)]) + "\n"
                 for day in range(5)]
        self.lines = lines
        self.store = self.log("log", self.file("trace", "".join(lines)))

    def purge(self, *more, **how):
        return self.ran("log", "purge", "--store", self.store, *more, **how)

    def test_before_a_day_or_a_time(self):
        self.assertIn("1 sighting,", self.purge("--before", "2020-08-09"))
        self.assertEqual(self.export(self.store), "".join(self.lines[1:]))
        self.assertIn("1 sighting,", self.purge("--before", "2020-08-09T18:00:00Z"))
        self.assertEqual(self.export(self.store), "".join(self.lines[2:]))
        self.assertIn("0 sightings,", self.purge("--before", "2020-08-09"))

    def test_older_than(self):
        self.purge("--older-than", "2", "--at", "2020-08-12T12:00:00Z")
        self.assertEqual(self.export(self.store), "".join(self.lines[2:]))
        self.purge("--older-than", "1")
        self.assertEqual(self.export(self.store), "")

    def test_what_is_gone_is_in_no_file(self):
        before = {path.name: path.read_bytes() for path in self.directory.glob("log*")}
        self.purge("--before", "2020-08-13")
        for path in self.directory.glob("log*"):
            self.assertFalse(path.name == "log" and before["log"] in path.read_bytes())
        self.assertEqual(self.json("log", "check", "--store", self.store)["chunks"], 0)

    def test_wrong_calls(self):
        for words in ((), ("--before", "2020-08-09", "--older-than", "2"), ("--before", "soon"),
                      ("--older-than", "-1")):
            self.refused("log", "purge", "--store", self.store, *words, code=USAGE)


class CheckAndSalvage(LogTest):
    def damaged(self):
        lines = ["\t".join(["00" * 12, f"{number:024X}", "-60", str((DAY_C + number * 86400 // 200) * 1000)]) + "\n"
                 for number in range(1000)]
        log = self.log("log", self.file("trace", "".join(lines)))
        flip(log, 6 * 4096 + 2000)
        return log, lines

    def test_a_whole_log(self):
        self.assertTrue(self.json("log", "check", "--store", self.log())["whole"])

    def test_a_damaged_log_and_what_is_left_of_it(self):
        log, lines = self.damaged()
        report = self.json("log", "check", "--store", log, code=NO)
        self.assertFalse(report["whole"])
        self.assertIn("damaged", self.ran("log", "check", "--store", log, code=NO))
        saved = self.json("log", "salvage", log, self.path("saved"))
        self.assertGreaterEqual(saved["sightings"], 1000 - 110)
        self.assertLess(saved["sightings"], 1000)
        self.assertTrue(self.json("log", "check", "--store", self.path("saved"))["whole"])
        left = self.export(self.path("saved")).splitlines(keepends=True)
        self.assertEqual(len(left), saved["sightings"])
        self.assertLessEqual(set(left), set(lines))
        self.refused("log", "salvage", log, self.path("saved"), code=IO)

    def test_the_whole_days_of_a_damaged_log_are_exported(self):
        lines = ["\t".join(["00" * 12, f"{number:024X}", "-60", str((DAY_C + number * 86400 // 500) * 1000)]) + "\n"
                 for number in range(2000)]
        log = self.log("log", self.file("trace", "".join(lines)))
        with open(log, "rb") as file:
            pages = len(file.read()) // 4096
        whole = [lines[day * 500:(day + 1) * 500] for day in range(4)]
        damaged = set()
        for page in range(4, pages):
            flip(log, page * 4096 + 2000)
            result = call("log", "export", "--store", log)
            flip(log, page * 4096 + 2000)
            if result.returncode == RAN:  # a page with nothing on that place
                continue
            self.assertEqual(result.returncode, INPUT)
            named = [day for day in range(4) if f"2020-08-{8 + day:02}" in result.stderr.decode()]
            self.assertEqual(len(named), 1, result.stderr)
            left = [line for day in range(4) if day not in named for line in whole[day]]
            self.assertEqual(result.stdout.decode(), "".join(left))
            damaged.update(named)
        self.assertEqual(damaged, set(range(4)))

    def test_a_log_that_cannot_be_opened_any_more(self):
        log, _ = self.damaged()
        with open(log, "r+b") as file:
            file.write(bytes(4096))
        self.assertIn("damaged", self.refused("log", "check", "--store", log, code=NO))
        self.refused("log", "show", "--store", log)
        self.assertIn("was recovered", self.ran("log", "salvage", log, self.path("saved")))
        self.assertGreaterEqual(self.json("log", "show", "--store", self.path("saved"))["sightings"], 1000 - 110)

    def test_what_is_no_log(self):
        self.refused("log", "show", "--store", str(CAPTURE))
        self.refused("log", "check", "--store", self.path("nowhere"), code=IO)
        self.assertFalse((self.directory / "nowhere").exists())


class Keys(LogTest):
    def secret(self, name, text):
        path = self.file(name, text)
        os.chmod(path, 0o600)
        return path

    def test_the_key_elsewhere(self):
        key = self.path("elsewhere")
        log = self.log("log", str(CAPTURE), "--key", key)
        self.assertFalse((self.directory / "log.key").exists())
        self.assertEqual(self.export(log, "--key", key).encode(), CAPTURE.read_bytes())
        self.refused("log", "export", "--store", log)
        other = self.log("other")
        self.refused("log", "export", "--store", other, "--key", key)
        os.chmod(key, 0o640)
        self.refused("log", "export", "--store", log, "--key", key)

    def test_a_passphrase(self):
        good = self.secret("passphrase", "correct horse battery\n")
        log = self.log("log", str(CAPTURE), "--passphrase-file", good)
        self.assertEqual(self.export(log, "--passphrase-file", good).encode(), CAPTURE.read_bytes())
        for text in "wrong horse\n", "\n", "":
            self.refused("log", "export", "--store", log, "--passphrase-file", self.secret("bad", text))
        os.chmod(good, 0o644)
        self.assertIn("chmod 600", self.refused("log", "export", "--store", log, "--passphrase-file", good))

    def typed(self, answers, *words):
        """Runs the tool at a terminal of its own, answering each question; its exit code and all that was shown."""
        process, terminal = pty.fork()
        if process == 0:
            os.execve(BEACON, [BEACON, *words], environment())
        shown = b""
        for number, answer in enumerate(answers):
            while len(re.findall(rb": (?=$|\r)", shown)) <= number:
                shown += os.read(terminal, 4096)
            while termios.tcgetattr(terminal)[3] & termios.ECHO:
                time.sleep(0.01)  # it asks before it is silent
            os.write(terminal, answer + b"\n")
        try:
            while chunk := os.read(terminal, 4096):
                shown += chunk
        except OSError:
            pass
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown

    def test_a_passphrase_that_is_asked_for(self):
        words = ["--store", self.path("log"), "--passphrase-prompt"]
        code, shown = self.typed([b"one thing", b"another"], "log", "import", *words, str(CAPTURE))
        self.assertEqual(code, INPUT)
        self.assertIn(b"differ", shown)
        self.assertFalse((self.directory / "log").exists())
        code, shown = self.typed([b"one thing"] * 2, "log", "import", *words, str(CAPTURE))
        self.assertEqual(code, RAN)
        self.assertNotIn(b"one thing", shown)
        self.assertEqual(self.typed([b"one thing"], "log", "check", *words)[0], RAN)
        self.assertEqual(self.typed([b"another"], "log", "check", *words)[0], INPUT)
        self.assertEqual(self.typed([b"\x03"], "log", "check", *words)[0], INPUT)
        with open(self.secret("kept", "one thing\n"), encoding="ascii") as kept:
            self.ran("log", "check", "--store", self.path("log"), "--passphrase-file", kept.name)

    def test_a_credential(self):
        log = self.log()
        os.rename(log + ".key", self.path("beacon-log"))
        env = environment(CREDENTIALS_DIRECTORY=str(self.directory))
        self.assertEqual(self.ran("log", "export", "--store", log, "--credential", "beacon-log", env=env).encode(),
                         CAPTURE.read_bytes())
        self.refused("log", "export", "--store", log, "--credential", "beacon-log")

    def test_one_of_them(self):
        self.refused("log", "show", "--store", "x", "--key", "a", "--credential", "b", code=USAGE)
        self.refused("log", "show", code=USAGE)
        self.refused("log", "show", "--store", "", code=USAGE)
        self.refused("log", "import", "--store", "", str(CAPTURE), code=USAGE)


class Match(LogTest):
    def setUp(self):
        super().setUp()
        self.trace = self.file("trace", swapped_capture())
        self.store = self.log("log", self.trace)
        self.list = self.file("list", '{"data":[{"daily_key":"4C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED63'
                                      '57E21084","time_start":1596844800,"max":96,"time_end":1596931199}]}')

    def match(self, *words, **how):
        return self.ran("match", "--keys", self.list, *words, **how)

    def test_the_same_verdict_as_of_the_history(self):
        for more in (), ("--json",), ("--strict",), ("--cycle", "phone", "--json"):
            self.assertEqual(self.match("--store", self.store, *more), self.match("--trace", self.trace, *more))

    def test_what_is_taken_for_granted_of_listening_is_said(self):
        self.assertIn("--cycle phone", self.match("--store", self.store))
        self.assertNotIn("--cycle", self.match("--store", self.store, "--cycle", "full"))

    def test_several_histories(self):
        lines = swapped_capture().splitlines(keepends=True)
        half = self.file("half", "".join(lines[:50]))
        whole = self.match("--trace", self.trace, "--json")
        for words in (("--trace", half, "--trace", self.trace), ("--trace", half, "--store", self.store),
                      ("--store", self.store, "--trace", self.trace)):
            self.assertEqual(self.match(*words, "--json"), whole)
        self.refused("match", "--keys", self.list, code=USAGE)
        self.refused("match", "--keys", "-", "--trace", "-", code=USAGE)

    def test_a_page(self):
        page = self.path("page.html")
        text = self.match("--store", self.store, "--html", page)
        self.assertEqual(text, self.match("--store", self.store))
        html = (self.directory / "page.html").read_text()
        self.assertEqual(stat.S_IMODE((self.directory / "page.html").stat().st_mode), 0o600)
        self.assertTrue(html.startswith("<!DOCTYPE html>\n<html lang=\"en\">"))
        self.assertEqual(html.count("<tr"), 3)  # the head, and two exposures
        self.assertIn("<td>2020-08-08</td><td>05:56–06:07</td>", html)
        self.assertIn("24.7", html)
        self.assertIn("<svg ", html)
        self.assertIn("A match is not a diagnosis", html)
        self.assertNotIn("<script", html)
        self.assertNotIn("http", html)
        self.assertIsNone(HEX.search(html))
        self.assertEqual(sorted(path.name for path in self.directory.glob("page*")), ["page.html"])

    def test_a_page_of_nothing(self):
        nobody = self.file("nobody", '{"data":[{"daily_key":"' + "AB" * 32 +
                           '","time_start":1596844800,"max":96,"time_end":1596931199}]}')
        self.ran("match", "--keys", nobody, "--store", self.store, "--html", self.path("page"))
        html = (self.directory / "page").read_text()
        self.assertIn('class="verdict green"', html)
        self.assertNotIn("<svg", html)

    def test_a_page_that_cannot_be_written(self):
        self.refused("match", "--keys", self.list, "--store", self.store, "--html", "/nowhere/page", code=IO)
        self.refused("match", "--keys", self.list, "--store", self.store, "--html", "-", code=USAGE)
        self.refused("match", "--keys", self.file("bad", "{"), "--store", self.store, "--html", self.path("none"))
        self.assertFalse((self.directory / "none").exists())


if __name__ == "__main__":
    unittest.main()
