# SPDX-License-Identifier: MIT
"""beacon run on a simulated air: what is kept, what is told, and to whom."""
import json
import os
import re
import select
import signal
import socket
import subprocess
import unittest

from support import BEACON, INPUT, IO, KEY_C, RADIO, RAN, ROOM, USAGE, ToolTest, call, environment

HEX = re.compile(r"[0-9A-Fa-f]{24}")
LIMIT_S = 30
SCENARIO = ("seed 3\nstart 2020-08-10T00:14:00Z\nlength 20 min\nphone A android-open at 1 m\n"
            "phone I iphone-open at 1 m\nphone C node at 0 m\nreceiver c on C\n")


class RunTest(ToolTest):
    def setUp(self):
        super().setUp()
        self.air = self.file("air", SCENARIO)
        self.identity = self.file("identity", "beacon-identity 1\nbase-day 2020-07-26\nslots-per-day 96\n"
                                  f"base-key {KEY_C}\n")
        os.chmod(self.identity, 0o600)

    def words(self, *more):
        return ["run", "--radio", "sim:" + self.air + "#c", "--identity", self.identity, "--store", self.path("log"),
                *more]

    def start(self, *more, **env):
        process = subprocess.Popen([BEACON, *self.words(*more)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment(**env))
        self.addCleanup(self.stop, process)
        return process

    def stop(self, process):
        if process.poll() is None:
            process.kill()
        for stream in process.stdout, process.stderr:
            stream.close()
        process.wait()

    def line(self, process):
        self.assertTrue(select.select([process.stdout], [], [], LIMIT_S)[0])
        return json.loads(process.stdout.readline())

    def until(self, process, is_it):
        while not is_it(line := self.line(process)):
            pass
        return line

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=LIMIT_S)
        return process.returncode, errors.decode()


    def mute(self):
        """The path of a controller that never answers."""
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(self.path("mute"))
        server.listen()
        return self.path("mute")


class Replay(RunTest):
    def test_who_is_met_is_kept(self):
        lines = [json.loads(line) for line in self.ran(*self.words("--speed", "max", "--json")).splitlines()]
        last = lines[-1]
        self.assertEqual({line["event"] for line in lines}, {"status"})
        self.assertEqual((last["state"], last["clock"], last["lost"]), ("ended", "right", 0))
        self.assertEqual((last["queued"], last["committed"]), (0, last["sightings"] + last["encounters"]))
        self.assertIn(max(line["about"] for line in lines), (2, 3, 4))  # both, at an edge with two identifiers each
        self.assertEqual(last["rotations"], 3)  # 00:14, :15, :30
        shown = self.json("log", "show", "--store", self.path("log"))
        self.assertEqual((shown["sightings"], shown["undated"]), (last["sightings"], 0))
        self.assertEqual(shown["stored_encounters"], last["encounters"])
        self.assertGreaterEqual(len(shown["days"][0]["encounters"]), 5)  # two phones, three slots, one perhaps short
        rows = [row.split("\t") for row in self.ran("log", "export", "--store", self.path("log")).splitlines()]
        own = {row[0] for row in rows}
        trace = self.file("trace", "".join("\t".join(row) + "\n" for row in rows))
        self.assertIn(", 0 new\n", self.ran("log", "import", "--store", self.path("log"), trace))
        table = self.json("identity", "table", self.identity, "--day", "2020-08-10")
        self.assertLessEqual(own, {slot["identifier"] for slot in table["identifiers"][:3]})

    def test_the_example_with_a_scenario_that_is_shipped_and_a_new_identity(self):
        self.ran("identity", "new", self.path("phone.identity"))
        example = self.ran("run", "--help").split("  beacon run --radio sim:")[1].replace("\\\n", "")
        command = '"$BEACON" run --json --radio sim:' + example.strip().splitlines()[0]
        command = command.replace("sim:examples", f"sim:{ROOM.parent}")
        result = subprocess.run(["sh", "-c", command], cwd=self.directory, env=environment(BEACON=BEACON),
                                capture_output=True, timeout=LIMIT_S, check=False)
        self.assertEqual((result.returncode, result.stderr), (RAN, b""))
        last = json.loads(result.stdout.splitlines()[-1])
        self.assertGreater(last["sightings"], 100)
        self.assertGreaterEqual(last["rotations"], 3)  # it sends, on this day
        self.refused("run", "--radio", "hci:hci0", "--identity", "x", "--store", "y", "--set", "seed 1", code=USAGE)

    def test_what_is_said_holds_no_identifier(self):
        for more in (), ("--json",):
            result = call(*self.words("--speed", "max", *more))
            self.assertEqual(result.returncode, RAN)
            self.assertIsNone(HEX.search((result.stdout + result.stderr).decode()))

    def test_as_an_iphone(self):
        result = call(*self.words("--speed", "max", "--form", "iphone"))
        self.assertIn(result.returncode, (RAN, RADIO))  # a simulated radio has no visitors
        self.assertEqual(result.returncode == RADIO, b"serve" in result.stderr)

    def test_cycles(self):
        counts = {}
        for cycle in "full", "phone", "10/50,15/15":
            log = self.path("log-" + cycle[:2])
            self.ran("run", "--radio", "sim:" + self.air + "#c", "--identity", self.identity, "--store", log,
                     "--speed", "max", "--cycle", cycle)
            counts[cycle] = self.json("log", "show", "--store", log)["sightings"]
        self.assertGreater(counts["full"], 3 * counts["phone"])
        self.assertGreater(counts["phone"], 10)
        self.assertGreater(counts["full"], 3 * counts["10/50,15/15"])
        for cycle in "40/260", "never", "40/260,15/15,1/1", "":
            self.refused(*self.words("--cycle", cycle), code=USAGE)

    def test_old_sightings_go(self):
        old = self.file("old", "\t".join(["00" * 12, "AB" * 12, "-60", "1595600000000"]) + "\n")
        self.ran("log", "import", "--store", self.path("log"), old)
        self.ran(*self.words("--speed", "max", "--retention", "14"))
        self.assertNotIn("AB" * 12, self.ran("log", "export", "--store", self.path("log")))

    def test_files_first(self):
        self.refused("run", "--radio", "sim:/nowhere", "--identity", self.path("none"), "--store", self.path("log"),
                     code=IO)
        self.assertFalse((self.directory / "log").exists())
        os.chmod(self.identity, 0o644)
        self.refused(*self.words())
        self.refused("run", "--store", "x", code=USAGE)
        self.refused("run", "--identity", "x", code=USAGE)

    def test_a_receiver_that_the_scenario_has_not(self):
        for words in (("scan",), ("run", "--identity", self.identity, "--store", self.path("log"))):
            self.assertIn('"zz"', self.refused(*words, "--radio", f"sim:{self.air}#zz", code=USAGE))

    def test_a_log_that_is_none(self):
        self.file("log", "no log\n" * 1000)
        os.chmod(self.path("log"), 0o600)
        self.refused(*self.words("--speed", "max"), code=INPUT)

    def test_a_radio_that_fails_leaves_no_empty_log_behind(self):
        before = sorted(self.directory.iterdir())
        words = ["run", "--identity", self.identity, "--store", self.path("log"), "--clock-is-right", "--for", "0.3"]
        for radio, code in (("h4:" + self.path("none"), RADIO), ("sim:" + self.path("none"), IO),
                            (f"sim:{self.air}#zz", USAGE)):
            self.assertEqual(call(*words, "--radio", radio).returncode, code)
            self.assertEqual(sorted(self.directory.iterdir()), before)
        self.assertEqual(call(*words, "--radio", "h4:" + self.mute()).returncode, RADIO)
        self.assertEqual({path.name for path in self.directory.iterdir()} - {path.name for path in before}, {"mute"})
        key = self.path("key")
        self.ran("log", "import", "--store", self.path("log"), "-", "--key", key, input=b"")  # an empty one that was there
        self.assertEqual(call(*words, "--radio", "h4:" + self.path("none"), "--key", key).returncode, RADIO)
        self.assertEqual(self.json("log", "show", "--store", self.path("log"), "--key", key)["sightings"], 0)

    def test_a_log_that_cannot_be_made_leaves_nothing_behind(self):
        before = sorted(self.directory.iterdir())
        self.refused(*self.words("--key", self.identity), code=INPUT)
        self.assertEqual(sorted(self.directory.iterdir()), before)


class Alive(RunTest):
    def test_one_writer_at_a_time_and_readers_beside_it(self):
        first = self.start("--json", "--status-every", "1")
        self.until(first, lambda line: line["sending"] and line["committed"] > 0)
        self.assertIn("beacon: ", self.refused(*self.words(), code=IO))
        self.assertGreater(self.json("log", "show", "--store", self.path("log"))["sightings"], 0)
        self.assertEqual(self.end(first), (RAN, ""))

    def test_a_report_replaces_the_identity_of_a_node_that_lives(self):
        process = self.start("--json", "--status-every", "1")
        self.until(process, lambda line: line["rotations"] == 1)
        self.ran("identity", "report", self.identity, "--at", "2020-08-10T00:14:00Z")
        self.until(process, lambda line: line["rotations"] == 2)
        self.assertEqual(self.end(process), (RAN, ""))

    def test_an_identity_that_goes_bad_is_told_and_the_old_one_stays(self):
        process = self.start("--json", "--status-every", "1")
        self.until(process, lambda line: line["rotations"] == 1)
        os.rename(self.file("other", "nonsense\n"), self.identity)
        self.assertTrue(select.select([process.stderr], [], [], LIMIT_S)[0])
        line = self.until(process, lambda line: True)
        self.assertEqual((line["sending"], line["rotations"]), (True, 1))
        code, errors = self.end(process)
        self.assertEqual(code, RAN)
        self.assertIn("others can access this file", errors)

    def test_the_service_manager_is_told(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(self.path("notify"))
        listener.settimeout(LIMIT_S)
        process = self.start(NOTIFY_SOCKET=self.path("notify"), WATCHDOG_USEC="200000")
        told = []
        while "READY=1" not in told or told.count("WATCHDOG=1") < 3:
            told.append(listener.recv(4096).decode())
        self.assertIn("STATUS=ready; sending; ", "\n".join(told))
        process.send_signal(signal.SIGTERM)
        while told[-1] != "STOPPING=1":
            told.append(listener.recv(4096).decode())
        process.communicate(timeout=LIMIT_S)
        self.assertEqual(process.returncode, RAN)
        self.assertIsNone(HEX.search("\n".join(told)))

    def test_no_core_is_dumped_and_secrets_are_kept_out_of_any(self):
        process = self.start("--json", "--status-every", "1")
        self.until(process, lambda line: line["sending"])
        with open(f"/proc/{process.pid}/limits", encoding="ascii") as file:
            self.assertRegex(file.read(), r"(?m)^Max core file size +0 +0 ")
        with open(f"/proc/{process.pid}/smaps", encoding="ascii") as file:
            pieces = re.findall(r"(?ms)^Size: +(\d+) kB$.*?^VmFlags: ([a-z ]+)$", file.read())
        # Small ones: a sanitizer leaves its own, which are large, out of dumps too.
        self.assertTrue(any(int(size) <= 64 and "dd" in flags.split() for size, flags in pieces))
        self.assertEqual(self.end(process), (RAN, ""))


if __name__ == "__main__":
    unittest.main()
