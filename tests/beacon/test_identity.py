# SPDX-License-Identifier: MIT
"""beacon identity: the file, what is shown of it, and the report that replaces it."""
import json
import os
import pathlib
import re
import resource
import signal
import stat
import subprocess
import unittest

from support import (BEACON, DAY_MS, IO, RAN, USAGE, ToolTest, call, daily_key, environment,
                     identifiers, preloaded)

NOW = 1795488000  # 2026-11-24T02:40:00Z
TODAY = NOW // 86400
OLD_KEY = bytes(range(32))
OLD_TEXT = f"beacon-identity 1\nbase-day 2026-11-09\nslots-per-day 144\nbase-key {OLD_KEY.hex().upper()}\n"


class IdentityTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.identity = self.path("phone.identity")

    def make(self, text=OLD_TEXT, mode=0o600):
        if os.path.lexists(self.identity):
            os.unlink(self.identity)
        self.file("phone.identity", text)
        os.chmod(self.identity, mode)
        return self.identity

    def base_key(self, path=None):
        return re.search("base-key (.*)", pathlib.Path(path or self.identity).read_text())[1]

    def names(self):
        return sorted(os.listdir(self.directory))


class New(IdentityTest):
    def test_the_file_is_whole_and_private(self):
        before = os.umask(0)
        try:
            self.assertEqual(self.ran("identity", "new", self.identity, "--at", str(NOW)), "")
        finally:
            os.umask(before)
        status = os.stat(self.identity)
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o600)
        self.assertEqual(status.st_nlink, 1)
        self.assertRegex(pathlib.Path(self.identity).read_text(),
                         r"\Abeacon-identity 1\nbase-day 2026-11-09\nslots-per-day 96\n"
                         r"base-key [0-9A-F]{64}\n\Z")
        self.assertEqual(self.names(), ["phone.identity"])

    def test_a_tight_umask_changes_nothing(self):
        before = os.umask(0o777)
        try:
            self.ran("identity", "new", self.identity)
        finally:
            os.umask(before)
        self.assertEqual(stat.S_IMODE(os.stat(self.identity).st_mode), 0o600)

    def test_each_has_its_own_key(self):
        for name in ("a", "b"):
            self.ran("identity", "new", self.path(name))
        self.assertNotEqual(self.base_key(self.path("a")), self.base_key(self.path("b")))

    def test_nothing_is_overwritten(self):
        for make in (lambda: self.make(), lambda: os.symlink("nowhere", self.identity),
                     lambda: os.mkdir(self.identity)):
            make()
            before = os.lstat(self.identity)
            for env in (None, preloaded(NO_RENAMEAT2=1)):
                self.refused("identity", "new", self.identity, code=IO, env=env)
            self.assertEqual(os.lstat(self.identity).st_ino, before.st_ino)
            self.assertEqual(self.names(), ["phone.identity"])
            (os.rmdir if stat.S_ISDIR(before.st_mode) else os.unlink)(self.identity)

    def test_a_file_system_without_that_rename(self):
        self.ran("identity", "new", self.identity, env=preloaded(NO_RENAMEAT2=1))
        self.assertEqual(self.names(), ["phone.identity"])
        self.ran("identity", "show", self.identity)

    def test_slots_are_kept_and_used(self):
        for slots in (1, 5, 144, 1440):
            path = self.path(str(slots))
            self.ran("identity", "new", path, "--slots", str(slots))
            self.assertIn(f"slots-per-day {slots}\n", pathlib.Path(path).read_text())
            shown = self.json("identity", "show", path)
            self.assertEqual(shown["end_ms"] - shown["start_ms"], DAY_MS // slots)
        for slots in ("0", "7", "1441", "x"):
            self.refused("identity", "new", self.path("bad"), "--slots", slots, code=USAGE)
        self.assertNotIn("bad", self.names())

    def test_a_directory_that_is_not_there(self):
        self.assertIn("No such file", self.refused("identity", "new", self.path("no/where"), code=IO))

    def test_killed_at_any_step_the_file_is_whole_or_not_there(self):
        for at in range(1, 20):
            result = call("identity", "new", self.identity, env=preloaded(KILL_AT=at))
            if os.path.lexists(self.identity):
                self.ran("identity", "show", self.identity)
                os.unlink(self.identity)
            if result.returncode == RAN:
                break
            self.assertEqual(result.returncode, -signal.SIGKILL)
        self.assertIn(at, range(3, 19))

    def test_a_failure_at_any_step_is_told(self):
        for at in range(1, 20):
            result = call("identity", "new", self.identity, env=preloaded(FAIL_AT=at))
            if result.returncode == RAN:
                break
            self.assertEqual(result.returncode, IO)
            self.assertIn(b"Input/output error", result.stderr)
            for name in self.names():
                self.assertEqual(name, "phone.identity")
                os.unlink(self.path(name))
        self.assertIn(at, range(3, 19))


class Show(IdentityTest):
    def expected(self, time_ms, slots=144):
        day = time_ms // DAY_MS
        slot = time_ms % DAY_MS // (DAY_MS // slots)
        start = day * DAY_MS + slot * (DAY_MS // slots)
        key = daily_key(OLD_KEY, day - (TODAY - 15))
        return {"identifier": identifiers(key, slots)[slot], "slot": slot, "start_ms": start,
                "end_ms": start + DAY_MS // slots}

    def test_times_in_each_form(self):
        self.make()
        time_ms = NOW * 1000 + 123
        for text, expected in ((str(NOW), NOW * 1000), (f"{time_ms}ms", time_ms),
                               ("2026-11-24T02:40:00Z", NOW * 1000),
                               ("2026-11-24T09:40:00+07:00", NOW * 1000),
                               ("2026-11-24T02:40:00.123Z", time_ms),
                               ("2026-11-24T02:40:00", NOW * 1000)):
            self.assertEqual(self.json("identity", "show", self.identity, "--at", text),
                             self.expected(expected), text)
        self.assertEqual(self.json("identity", "show", self.identity, "--at", "2026-11-24T09:40:00",
                                   env=environment(TZ="Asia/Ho_Chi_Minh")),
                         self.expected(NOW * 1000))

    def test_either_side_of_a_slots_edge(self):
        self.make()
        edge = (NOW // 600 + 1) * 600000
        for time_ms in (edge - 1, edge):
            self.assertEqual(self.json("identity", "show", self.identity, "--at", f"{time_ms}ms"),
                             self.expected(time_ms))

    def test_times_that_are_none(self):
        self.make()
        for text in ("", "now", "1596866191387", "-1", "2026-11-24", "2026-13-24T00:00:00Z", "1e9",
                     "2101-01-01T00:00:00Z", "12s", "99999999999999999999", "1795488000 "):
            message = self.refused("identity", "show", self.identity, "--at", text, code=USAGE)
            self.assertIn("--at", message)

    def test_before_the_base_day(self):
        self.make()
        self.refused("identity", "show", self.identity, "--at", "2026-11-08T23:59:59Z")
        self.ran("identity", "show", self.identity, "--at", "2026-11-09T00:00:00Z")

    def test_never_a_key(self):
        self.make()
        for words in (["show", self.identity, "--at", str(NOW)],
                      ["table", self.identity, "--day", "2026-11-24"],
                      ["table", self.identity, "--day", "2026-11-09"]):
            for more in ([], ["--json"]):
                text = self.ran("identity", *words, *more)
                self.assertIsNone(re.search("[0-9A-Fa-f]{25}", text))

    def test_the_table_is_that_of_derive(self):
        self.make()
        table = self.json("identity", "table", self.identity, "--day", "2026-11-24")
        key = daily_key(OLD_KEY, 15).hex()
        self.assertEqual(table, self.json("derive", "--daily-key", key, "--start",
                                          str(TODAY * 86400), "--slots", "144"))
        for text in ("2026-11-31", "26-11-24", "2026-1-24", "2101-01-01", "24/11/2026", ""):
            self.refused("identity", "table", self.identity, "--day", text, code=USAGE)
        self.refused("identity", "table", self.identity, "--day", "2026-11-08")
        self.refused("identity", "table", self.identity, code=USAGE)

    def test_a_file_others_can_access_is_refused(self):
        for bit in (0o040, 0o020, 0o010, 0o004, 0o002, 0o001):
            self.make(mode=0o600 | bit)
            for words in (["show"], ["table", "--day", "2026-11-24"], ["report"]):
                message = self.refused("identity", words[0], self.identity, *words[1:])
                self.assertIn(f"chmod 600 '{self.identity}'", message)
        self.assertEqual(pathlib.Path(self.identity).read_text(), OLD_TEXT)
        for mode in (0o600, 0o400, 0o700):
            self.make(mode=0o600)
            os.chmod(self.identity, mode)
            self.ran("identity", "show", self.identity, "--at", str(NOW))

    def test_what_is_not_a_regular_file_is_refused(self):
        self.make()
        os.symlink(self.identity, self.path("link"))
        self.assertIn("symbolic link", self.refused("identity", "show", self.path("link")))
        os.mkfifo(self.path("fifo"), 0o600)
        os.mkdir(self.path("directory"), 0o700)
        for name in ("fifo", "directory"):
            self.assertIn("regular file", self.refused("identity", "show", self.path(name)))
        self.assertIn("No such file",
                      self.refused("identity", "show", self.path("nothing"), code=IO))

    def test_text_that_is_no_identity(self):
        for text in ("", "x", OLD_TEXT[:-1], OLD_TEXT[1:], OLD_TEXT + "\n", OLD_TEXT * 2,
                     OLD_TEXT.replace("144", "7"), OLD_TEXT.replace("00010203", "0001020G"),
                     OLD_TEXT.replace("2026-11-09", "2026-11-31"), "\0" * 129, "A" * 1000000):
            self.make(text)
            message = self.refused("identity", "show", self.identity)
            self.assertIn("phone.identity: not an identity file", message)
            self.assertIsNone(re.search("[0-9A-F]{24}", message))


class Report(IdentityTest):
    def report(self, *more, **options):
        return call("identity", "report", self.identity, "--at", str(NOW), *more, **options)

    def expected(self, days):
        return {"data": [{"daily_key": daily_key(OLD_KEY, 15 - days).hex().upper(),
                          "time_start": (TODAY - days) * 86400, "max": 144, "time_end": NOW}]}

    def check_replaced(self):
        text = pathlib.Path(self.identity).read_text()
        self.assertRegex(text, r"\Abeacon-identity 1\nbase-day 2026-11-09\nslots-per-day 144\n")
        self.assertNotEqual(self.base_key(), OLD_KEY.hex().upper())
        self.assertEqual(stat.S_IMODE(os.stat(self.identity).st_mode), 0o600)
        self.assertEqual(self.names(), ["phone.identity"])

    def test_the_record_of_the_days_asked_for(self):
        for days in (0, 1, 13, 14):
            self.make()
            result = self.report("--days", str(days))
            self.assertEqual(result.returncode, RAN)
            self.assertEqual(json.loads(result.stdout), self.expected(days))
            self.assertIn(b"warning", result.stderr)
            self.assertIn(str(14 - days + 10).encode(), result.stderr)
            self.check_replaced()
        self.make()
        self.assertEqual(json.loads(self.report().stdout), self.expected(14))

    def test_never_the_base_key_unless_it_is_of_today(self):
        for days in (15, 16, 399):
            self.make()
            self.assertEqual(json.loads(self.report("--days", str(days)).stdout), self.expected(14))
        self.make(OLD_TEXT.replace("2026-11-09", "2026-11-24"))
        record = json.loads(self.report().stdout)["data"][0]
        self.assertEqual(record["daily_key"], OLD_KEY.hex().upper())
        self.assertEqual(record["time_start"], TODAY * 86400)

    def test_a_base_day_that_is_to_come(self):
        text = OLD_TEXT.replace("2026-11-09", "2026-11-25")
        self.make(text)
        self.refused("identity", "report", self.identity, "--at", str(NOW))
        self.assertEqual(pathlib.Path(self.identity).read_text(), text)
        self.assertEqual(self.names(), ["phone.identity"])

    def test_days_have_limits(self):
        self.make()
        for days in ("-1", "400", "x", "1.5", ""):
            self.refused("identity", "report", self.identity, "--days", days, code=USAGE)
        self.assertEqual(pathlib.Path(self.identity).read_text(), OLD_TEXT)

    def test_others_find_out_by_it(self):
        self.make()
        shown = self.json("identity", "show", self.identity, "--at", str(NOW - 3 * 86400))
        report = self.file("report.json", self.report().stdout)
        trace = self.file("trace", f"{'0' * 24}\t{shown['identifier']}\t-50\t{shown['start_ms']}\n")
        found = self.json("match", "--keys", report, "--trace", trace, "--strict")
        self.assertEqual(found["matches"][0]["sightings"], 1)

    def test_a_full_disk_leaves_the_identity_as_it_was(self):
        self.make()
        with open("/dev/full", "wb") as full:
            result = self.report(stdout=full)
        self.assertEqual(result.returncode, IO)
        self.assertIn(b"No space left", result.stderr)
        self.assertEqual(pathlib.Path(self.identity).read_text(), OLD_TEXT)
        self.assertEqual(self.names(), ["phone.identity"])

    def test_a_closed_standard_output_leaves_the_identity_as_it_was(self):
        self.make()
        result = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", BEACON, "identity", "report",
                                 self.identity], env=environment(), stderr=subprocess.PIPE,
                                check=False)
        self.assertEqual(result.returncode, IO)
        self.assertEqual(pathlib.Path(self.identity).read_text(), OLD_TEXT)
        self.assertEqual(self.names(), ["phone.identity"])

    def test_a_record_printed_in_part_replaces_the_key_and_can_be_made_again(self):
        self.make()

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (140, resource.RLIM_INFINITY))

        with open(self.path("part"), "wb") as part:
            result = self.report(stdout=part, preexec_fn=limit, restore_signals=False)
        self.assertEqual(result.returncode, IO)
        self.assertEqual(os.path.getsize(self.path("part")), 140)
        os.unlink(self.path("part"))
        self.assertNotEqual(self.base_key(), OLD_KEY.hex().upper())
        fresh = self.base_key()
        self.assertIn("phone.identity.reported", self.names())
        again = self.report()
        self.assertEqual(json.loads(again.stdout), self.expected(14))
        self.assertIn(b"interrupted", again.stderr)
        self.assertEqual(self.base_key(), fresh)
        self.check_replaced()

    def test_a_kept_identity_that_others_can_read_is_refused(self):
        self.make()
        self.file("phone.identity.reported", OLD_TEXT)
        os.chmod(self.path("phone.identity.reported"), 0o644)
        self.refused("identity", "report", self.identity)
        self.assertEqual(pathlib.Path(self.identity).read_text(), OLD_TEXT)

    def stopped_at_each_step(self, how):
        """Yields the result of a report that was stopped at a step, for each step there is."""
        for at in range(1, 40):
            for name in self.names():
                os.unlink(self.path(name))
            self.make()
            output = self.directory.parent / (self.directory.name + ".out")
            with open(output, "wb") as stream:
                result = self.report(stdout=stream, env=preloaded(**{how: at}))
            result.stdout = output.read_bytes()
            output.unlink()
            if result.returncode == RAN:
                self.assertGreater(at, 8)
                return
            yield result
        self.fail("no end")

    def check_nothing_is_lost(self, result):
        is_old = self.base_key() == OLD_KEY.hex().upper()
        kept = self.path("phone.identity.reported")
        if result.stdout:
            self.assertEqual(json.loads(result.stdout), self.expected(14))
            self.assertFalse(is_old, "the key is in use after its record was given out")
        elif not is_old:
            self.assertEqual(self.base_key(kept), OLD_KEY.hex().upper())
        if is_old or os.path.exists(kept):
            again = self.report()
            self.assertEqual(again.returncode, RAN)
            self.assertEqual(json.loads(again.stdout), self.expected(14))
            self.assertNotEqual(self.base_key(), OLD_KEY.hex().upper())
            self.assertFalse(os.path.exists(kept))
        else:
            self.assertTrue(result.stdout)

    def test_killed_at_any_step_nothing_is_lost_and_no_key_used_again(self):
        for result in self.stopped_at_each_step("KILL_AT"):
            self.assertEqual(result.returncode, -signal.SIGKILL)
            self.check_nothing_is_lost(result)

    def test_a_failure_at_any_step_loses_nothing(self):
        for result in self.stopped_at_each_step("FAIL_AT"):
            self.assertEqual(result.returncode, IO)
            self.assertIn(b"Input/output error", result.stderr)
            if not result.stdout:
                self.assertEqual(pathlib.Path(self.identity).read_text(), OLD_TEXT)
            self.check_nothing_is_lost(result)

    def test_a_record_that_did_not_reach_the_disk_can_be_made_again(self):
        self.make()
        result = self.report(env=preloaded(FAIL_OUTPUT=1))
        self.assertEqual(result.returncode, IO)
        self.assertNotEqual(self.base_key(), OLD_KEY.hex().upper())
        self.assertEqual(json.loads(self.report().stdout), self.expected(14))
        self.check_replaced()


if __name__ == "__main__":
    unittest.main()
