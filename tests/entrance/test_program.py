# SPDX-License-Identifier: MIT
"""beacon-entrance as people and systemd start it: its words, exit codes and lines, and that no end of it loses a row."""
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest

from entrance import (ENTRANCE, INPUT, IO, LIMIT_S, NO, RADIO, RAN, ROOM, RUSH, USAGE, Door, EntranceTest, Page, call,
                      environment, free_port)

COMMANDS = ["run", "calibrate", "diagnose", "report", "poster", "check-config", "pin"]
NOWHERE = ["--web-listen", ""]
ANY_PORT = ["--web-listen", "127.0.0.1:0"]


class Calls(EntranceTest):
    def test_help_tells_commands_examples_and_exit_codes(self):
        result = call("--help")
        self.assertEqual(result.returncode, RAN)
        for word in COMMANDS + ["sim:", "Exit codes"]:
            self.assertIn(word.encode(), result.stdout)

    def test_each_command_has_help_with_an_example(self):
        for command in COMMANDS:
            result = call(command, "--help")
            self.assertEqual(result.returncode, RAN)
            self.assertIn(b"beacon-entrance " + command.encode(), result.stdout)

    def test_the_man_page_names_every_option_of_its_own(self):
        page = (ROOM / "beacon-entrance.1").read_text().replace("\\-", "-")
        for option in ["--json", "--speed", "--guard", "--keep", "--auto", "--set", "--config", "--from", "--to", "--format",
                       "--separator", "--output"]:
            self.assertIn(option, page)

    @unittest.skipUnless(shutil.which("groff"), "groff is missing (Debian: groff-base)")
    def test_the_man_page_is_well_formed(self):
        result = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", str(ROOM / "beacon-entrance.1")],
                                capture_output=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))

    def test_wrong_calls(self):
        for words in (["dance"], ["run", "dance"], ["--colour"], ["--speed", "3"], ["--radio", RUSH, "--speed", "fast"],
                      ["--guard", "--radio", "capture:x"], ["--auto"], ["--radio", "fm:1"], ["report", "--from", "yesterday"],
                      ["report", "--format", "pdf"], ["--radio", RUSH, "--set", "seed 3"]):
            result = call(*words)
            self.assertEqual((words, result.returncode), (words, USAGE))
            self.assertTrue(result.stderr.startswith(b"beacon-entrance: "), words)

    def test_without_an_adapter_it_names_the_simulated_air(self):
        result = call("--tally-file", self.path("tally.db"), *NOWHERE)
        if result.returncode == RAN:
            self.skipTest("this machine has an adapter")
        self.assertEqual(result.returncode, RADIO)
        self.assertIn(b"sim:FILE", result.stderr)

    def test_a_scenario_that_is_damaged(self):
        result = call("--radio", self.scenario("phone x\n"), *NOWHERE)
        self.assertEqual(result.returncode, INPUT)
        self.assertIn(b"door.air:7", result.stderr)

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            result = call("--radio", self.scenario(), "--web-listen", address)
        self.assertEqual(result.returncode, IO)
        self.assertIn(address.encode(), result.stderr)

    def test_a_tally_that_cannot_be_opened(self):
        pathlib.Path(self.path("tally.db")).write_text("this is no tally\n" * 100)
        result = call("--radio", self.scenario(), *self.kept(), *NOWHERE)
        self.assertEqual(result.returncode, INPUT)
        self.assertIn(b"tally.db", result.stderr)

    def test_poster_and_settings_are_printed(self):
        self.assertIn(b"<svg", call("poster").stdout)
        self.assertIn(b"condense-days=30", call("check-config").stdout)


class Diagnose(EntranceTest):
    def findings(self, *words, tally="tally.db", port=None, host="127.0.0.1"):
        result = call("diagnose", "--json", "--tally-file", self.path(tally), "--calibration-file",
                      self.path("calibration"), "--web-listen", "%s:%d" % (host, port or free_port()), *words)
        answer = json.loads(result.stdout)
        self.assertEqual(result.returncode, RAN if answer["good"] else NO)
        levels = {}
        for finding in answer["findings"]:
            self.assertTrue(finding["text"])
            levels.setdefault(finding["subject"], []).append(finding["level"])
        return levels

    def test_each_subject_has_a_word(self):
        levels = self.findings("--radio", RUSH)
        self.assertEqual((levels["settings"], levels["file"], levels["disk"], levels["calibration"], levels["page"]),
                         (["good"], ["good"], ["good"], ["note"], ["good"]))
        self.assertIn("clock", levels)

    def test_a_folder_that_is_not_there(self):
        self.assertEqual(self.findings(tally="no/tally.db")["disk"], ["note"])  # the check makes it
        pathlib.Path(self.path("file")).write_text("")
        self.assertEqual(self.findings(tally="file/no/tally.db")["disk"], ["bad"])

    def test_a_tally_that_is_none(self):
        pathlib.Path(self.path("tally.db")).write_text("this is no tally\n" * 100)
        self.assertEqual(self.findings()["tally"], ["bad"])

    def test_a_page_that_somebody_else_has(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.assertEqual(self.findings(port=taken.getsockname()[1])["page"], ["bad"])

    def test_a_page_for_everybody_without_tls(self):
        self.assertEqual(self.findings(host="0.0.0.0")["page"], ["bad"])

    def test_a_key_that_everybody_reads(self):
        key = pathlib.Path(self.path("key.pem"))
        key.write_text("key")
        key.chmod(0o644)
        levels = self.findings("--web-listen-tls", "127.0.0.1:%d" % free_port(), "--web-key", str(key), "--web-certificate",
                               str(key), "--web-pin-file", self.path("pin"))
        self.assertEqual(levels["page"].count("bad"), 2)  # the key's mode; no PIN

    def test_settings_that_cannot_be_read(self):
        pathlib.Path(self.path("conf")).write_text("radio=\nnonsense\n")
        self.assertEqual(self.findings("--config", self.path("conf"))["settings"], ["bad"])

    def test_a_damaged_calibration(self):
        pathlib.Path(self.path("calibration")).write_text("soup")
        self.assertEqual(self.findings()["calibration"], ["bad"])


class Runs(EntranceTest):
    def test_a_scenario_without_a_terminal_ends_by_itself(self):
        result = call("--radio", RUSH, "--guard", "--speed", "max", "--language", "en", *NOWHERE)
        self.assertEqual(result.returncode, RAN)
        lines = result.stdout.decode().splitlines()
        self.assertTrue(lines[-1].startswith("In 60, out 0: heard "), lines[-1])
        self.assertGreater(sum("✓ BLUEZONE HEARD" in line for line in lines), 30)

    def test_lines_for_machines(self):
        door = Door(self, "--radio", self.scenario("phone a android-open at 12 cm from 60 s to 90 s\n"
                                                   "check a from 60 s to 85 s\n"), "--guard", "--speed", "max", "--json",
                    *NOWHERE)
        start = door.until("start")
        self.assertTrue(start["radio"].startswith("sim:"))
        verdict = door.until("verdict")
        self.assertEqual((verdict["verdict"], verdict["platform"]), ("heard", "android"))
        self.assertEqual(door.until("summary")["heard"], 1)
        self.assertEqual(door.process.wait(LIMIT_S), RAN)

    def test_the_door_in_a_pipe_that_closes(self):
        door = Door(self, "--radio", RUSH, "--guard", "--speed", "30", "--json", *NOWHERE)
        door.line()
        door.process.stdout.close()
        self.assertEqual(door.process.wait(LIMIT_S), IO)
        door.process.stdout = open(os.devnull, "rb")

    def test_it_keeps_nothing_of_a_made_up_air(self):
        call("--radio", self.scenario(), "--speed", "max", "--tally-file", self.path("tally.db"), "--calibration-file",
             self.path("calibration"), *NOWHERE)
        self.assertEqual(os.listdir(self.folder), ["door.air"])

    def test_signals_end_it_well(self):
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            door = Door(self, "--radio", self.scenario(), "--language", "en", *ANY_PORT)
            door.page()
            code, output, _ = door.end(number)
            self.assertEqual(code, RAN)
            self.assertIn(b"In 0, out 0", output)

    def test_no_core_is_dumped(self):
        door = Door(self, "--radio", self.scenario(), *ANY_PORT)
        door.page()
        limits = pathlib.Path(f"/proc/{door.process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")


class Service(EntranceTest):
    """What systemd would hear."""

    def start(self, *words):
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(self.path("notify"))
        self.manager.settimeout(LIMIT_S)
        return Door(self, *words, *self.kept(), *ANY_PORT,
                    env=environment(NOTIFY_SOCKET=self.path("notify"), WATCHDOG_USEC="200000"))

    def hear(self, beginning):
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            word = self.manager.recv(4096).decode()
            if word.startswith(beginning):
                return word
        raise TimeoutError(beginning)

    def test_ready_status_alive_stopping(self):
        door = self.start("--radio", self.scenario())
        self.hear("READY=1")
        for _ in range(3):
            self.hear("WATCHDOG=1")
        door.process.send_signal(signal.SIGTERM)
        self.hear("STOPPING=1")
        self.assertEqual(door.process.wait(LIMIT_S), RAN)

    def test_it_waits_for_a_radio_that_is_not_there(self):
        door = self.start("--radio", "h4:" + self.path("controller"))
        self.assertIn("controller", self.hear("STATUS="))
        self.assertTrue(Page(*door.page()).state()["deaf"])
        self.assertEqual(door.end()[0], RAN)

    def test_it_stops_telling_that_it_lives_when_it_does_not(self):
        door = self.start("--radio", self.scenario())
        self.hear("WATCHDOG=1")
        door.process.send_signal(signal.SIGSTOP)
        self.manager.settimeout(1)
        with self.assertRaises(socket.timeout):
            while True:
                self.manager.recv(4096)
        door.process.send_signal(signal.SIGCONT)
        self.manager.settimeout(LIMIT_S)
        self.hear("WATCHDOG=1")


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is missing (Debian: systemd)")
class Unit(EntranceTest):
    def test_the_unit_is_understood_and_gives_up_what_it_can(self):
        unit = pathlib.Path(self.path("beacon-entrance.service"))
        unit.write_text((ROOM / "beacon-entrance.service.in").read_text().replace("@ENTRANCE@", ENTRANCE))
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, check=False)
        self.assertEqual((verified.returncode, verified.stderr), (0, b""))
        rated = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", str(unit)],
                               capture_output=True, check=False)
        self.assertEqual(rated.returncode, 0, rated.stdout.decode())


class Rows(EntranceTest):
    """The real program, its real disk."""

    def keep(self, *words, radio=RUSH, speed="120"):
        return Door(self, "--radio", radio, "--speed", speed, *self.kept(), *words)

    def test_killed_in_the_middle_of_a_check_it_loses_no_row(self):
        door = self.keep("--guard", "--json", *NOWHERE)
        told = 0
        while told < 8:
            line = door.line()
            told += line["type"] == "verdict"
        door.until("check")
        door.process.kill()
        door.process.wait()
        rows = self.rows()
        self.assertGreaterEqual(len(rows), told)
        self.assertLessEqual(len(rows), told + 1)  # one may have been written and not told

        again = self.keep(*ANY_PORT)
        state = Page(*again.page()).state()
        self.assertEqual(state["staff"]["total"], len(rows))
        self.assertEqual(state["staff"]["heard"], sum(row["verdict"] == 1 for row in rows))

    def test_a_page_and_its_tally(self):
        door = self.keep(*ANY_PORT, radio=self.scenario("phone a android-open at 12 cm from 20 s to 60 s\n"), speed="10")
        page = Page(*door.page())
        note = {"installed": "unknown", "installed_seen": False, "told": True, "helped": False, "exempt": False,
                "declined": False}
        self.assertEqual(page.act("by_hand", count=3, **note)[0] // 100, 2)
        heard = page.until(lambda state: state["phase"] == "showing" and state["verdict"] == "heard")
        self.assertEqual(heard["staff"]["total"], 4)
        self.assertEqual(page.act("undo", row=heard["row"])[0] // 100, 2)
        state = page.until(lambda state: state["staff"]["total"] == 3)
        self.assertFalse(state["can_undo"])
        code, _, _ = door.end()
        self.assertEqual(code, RAN)
        rows = self.rows()
        self.assertEqual([row["count"] for row in rows], [3, 1])
        self.assertEqual(stat.S_IMODE(os.stat(self.path("tally.db")).st_mode) & 0o007, 0)

    def test_a_second_program_is_refused(self):
        door = self.keep(*ANY_PORT, radio=self.scenario(), speed="1")
        door.page()
        result = call("--radio", self.scenario(), *self.kept(), *NOWHERE)
        self.assertEqual(result.returncode, IO)
        self.assertIn(b"tally.db", result.stderr)

    def test_a_report_beside_the_check(self):
        door = self.keep("--guard", "--json", *NOWHERE)
        for _ in range(5):
            door.until("verdict")
        result = call("report", "--tally-file", self.path("tally.db"), "--from", "2020-08-10", "--to", "2020-08-10",
                      "--format", "json")
        self.assertEqual(result.returncode, RAN)
        self.assertGreaterEqual(json.loads(result.stdout)["period"]["staff"]["total"], 5)

    def test_nothing_of_a_phone_is_on_the_disk(self):
        """No column could hold an address, an identifier, a level, a name or a word."""
        door = self.keep("--guard", "--json", *NOWHERE)
        for _ in range(3):
            door.until("verdict")
        door.end()
        for row in self.rows():
            self.assertEqual(row["time"] % 300, 0)
            for value in row.values():
                self.assertIsInstance(value, (int, type(None)))
                self.assertLess(abs(value or 0), 2 ** 32)


class Calibrates(EntranceTest):
    def test_a_phone_that_never_leaves_the_spot(self):
        """Typed ahead: each line waits for its step."""
        phone = self.scenario("phone helper android-open at 12 cm from 21 s cycle 10 min / 1 s\n")
        result = call("calibrate", "--radio", phone, "--calibration-file", self.path("calibration"), "--speed", "20",
                      "--language", "en", input=b"\n\n\n\n\nk\n")
        self.assertEqual(result.returncode, NO, result)
        for step in range(1, 7):
            self.assertIn(b"%d/9  " % step, result.stdout)
        self.assertIn(b"tray", result.stdout)

    def test_without_an_answer_it_says_so(self):
        result = call("calibrate", "--radio", self.scenario(), "--calibration-file", self.path("calibration"), input=b"")
        self.assertEqual(result.returncode, NO)
        self.assertFalse(os.path.exists(self.path("calibration")))


if __name__ == "__main__":
    unittest.main()
