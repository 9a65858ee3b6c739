# SPDX-License-Identifier: MIT
"""beacon-entrance as people and systemd start it: its words, exit codes and lines, and that no end of it loses a row."""
import json
import os
import pathlib
import re
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

    def test_wrong_calls(self):
        for words in (["dance"], ["run", "dance"], ["--colour"], ["--speed", "3"], ["--radio", RUSH, "--speed", "fast"],
                      ["--guard", "--radio", "capture:x"], ["--auto"], ["--radio", "fm:1"], ["report", "--from", "yesterday"],
                      ["report", "--format", "pdf"], ["--radio", RUSH, "--set", "seed 3"]):
            result = call(*words)
            self.assertEqual((words, result.returncode), (words, USAGE))
            self.assertTrue(result.stderr.startswith(b"beacon-entrance: "), words)

    def test_a_separator_is_for_csv_alone(self):
        for words in ([], ["--format", "html"], ["--format", "json"], ["--format", "text"]):
            result = call("report", *words, "--separator", ";")
            self.assertEqual((result.returncode, result.stdout), (USAGE, b""))
            self.assertIn(b"--separator is for --format csv only", result.stderr)

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
        self.assertIn(b"# not set: this is the default\ncondense-days=30", call("check-config").stdout)


class ManPage(EntranceTest):
    """Man page, help, completion and the table of settings list the same options."""

    def setUp(self):
        super().setUp()
        self.page = (ROOM / "beacon-entrance.1").read_text().replace("\\-", "-")
        self.settings = {"--" + name for name in re.findall(r"^([a-z-]+)=", call("check-config").stdout.decode(), re.M)}

    def section(self, name):
        return self.page.split(f".SH {name}\n")[1].split("\n.SH ")[0]

    def named(self, section):
        """The options that a section has an entry for, each with its text."""
        entries = re.findall(r"^\.TP\n\.BI? (--.*)\n((?:(?!\.TP).*\n?)*)", section, re.M)
        return {option: text for head, text in entries for option in re.findall("--[a-z-]+", head)}

    def options(self, command):
        text = call(command, "--help").stdout.decode().split("Options:\n")[1].split("Examples:")[0]
        return dict(re.findall(r"^  (?:-\w, )?(--[a-z-]+)(?: \S+)? +(.*)$", text, re.M))

    def test_the_synopsis_has_each_command_with_its_own_options(self):
        synopsis = re.sub(r'^\.\w+ ?|\\f.|["\[\]]| *\\\|', "", self.section("SYNOPSIS"), flags=re.M)
        found = {}
        for line in " ".join(synopsis.split()).split("beacon-entrance ")[1:]:
            found.setdefault(line.split()[0], set()).update(re.findall("--[a-z-]+", line))
            self.assertIn("setting", line)
        self.assertEqual(set(found), set(COMMANDS))
        for command in COMMANDS:
            self.assertEqual(found[command], set(self.options(command)) - self.settings - {"--config", "--help"}, command)

    def test_every_option_has_an_entry(self):
        own = {option for command in COMMANDS for option in self.options(command)} - {"--help"}
        self.assertEqual(set(self.named(self.section("OPTIONS"))), own - self.settings)
        self.assertEqual(set(self.named(self.section("SETTINGS"))), self.settings)
        self.assertEqual(self.settings - own, set())

    def test_settings_mean_there_what_they_mean_in_the_help(self):
        helps = self.options("check-config")
        for option, text in self.named(self.section("SETTINGS")).items():
            self.assertEqual(text.strip().rstrip(".").lower(), helps[option].lower())

    def test_completion_offers_them(self):
        for command in COMMANDS:
            script = (f'PATH=; source "{ROOM}/completion.bash"; PATH=/usr/bin:/bin; '
                      'COMP_WORDS=("$ENTRANCE" "$1" --); COMP_CWORD=2; _beacon_entrance; printf "%s\\n" "${COMPREPLY[@]}"')
            result = subprocess.run(["bash", "-c", script, "bash", command], capture_output=True, text=True, check=True,
                                    env=environment())
            self.assertEqual(set(result.stdout.split()), set(self.options(command)))

    @unittest.skipUnless(shutil.which("groff"), "groff is missing (Debian: groff-base)")
    def test_it_is_well_formed(self):
        result = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", str(ROOM / "beacon-entrance.1")],
                                capture_output=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))


class ExitCodes(EntranceTest):
    """Each means the same whatever the command is."""

    def setUp(self):
        super().setUp()
        self.none = self.path("none")
        self.bad = self.write("bad", "nothing of the kind\n" * 100)

    def write(self, name, text):
        path = pathlib.Path(self.path(name))
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def assert_code(self, code, *calls, **more):
        for words in calls:
            result = call(*words, **more)
            self.assertEqual((words, result.returncode), (words, code), result.stderr)
            if code > NO:
                self.assertTrue(result.stderr.startswith(b"beacon-entrance: "), words)

    def replay(self, *words):
        return ["--radio", self.scenario(), "--speed", "max", *NOWHERE, *words]

    def test_it_ran(self):
        self.assert_code(RAN, ["--version"], ["check-config"], self.replay(), self.replay("--auto"))

    def test_the_answer_is_no(self):
        self.assert_code(NO, ["diagnose", "--tally-file", self.bad, *NOWHERE])
        result = call("calibrate", "--radio", self.scenario(), "--calibration-file", self.path("calibration"))
        self.assertEqual(result.returncode, NO)

    def test_not_how_it_is_called(self):
        for command in set(COMMANDS) - {"pin", "poster", "report"}:
            self.assert_code(USAGE, [command, "--mode", "bogus"], [command, "--mode", "attended", "--mode", "attended"])
        self.assert_code(USAGE, ["dance"], ["pin", "--web-listen", "x"], ["poster", "--install-url", "x"],
                         ["report", "--due-date", "soon"],
                         ["--radio", "fm:1", *NOWHERE], ["--radio", "hci:hci0", "--guard"])
        self.assert_code(RAN, self.replay(*self.kept()))
        self.assert_code(USAGE, ["report", "--tally-file", self.path("tally.db"), "--from", "2020-08-10", "--to",
                                 "2020-08-09"])

    def test_bad_input(self):
        config = self.write("conf", "[check]\nmode=bogus\n")
        for command in set(COMMANDS) - {"diagnose"}:  # of that it is a finding
            self.assert_code(INPUT, [command, "--config", config])
            self.assert_code(INPUT, [command], env=environment(BEACON_ENTRANCE_MODE="bogus"))
        for words in (self.replay("--auto"), self.replay("--guard"), self.replay(), ["calibrate"]):
            radio = ["--radio", "sim:" + self.bad]
            self.assert_code(INPUT, [*words[:1], *radio] if words[0] == "calibrate" else [*radio, *words[2:]])
        self.assert_code(INPUT, ["--radio", "capture:" + self.bad, *NOWHERE],
                         self.replay("--keep", "--tally-file", self.bad),
                         self.replay("--keep", "--tally-file", self.path("tally"), "--calibration-file", self.bad),
                         ["report", "--tally-file", self.bad], ["pin"])
        self.assert_code(INPUT, ["pin", "--web-pin-file", self.path("pin")], input=b"12x456\n")
        self.assert_code(INPUT, ["pin", "--web-pin-file", self.path("pin")], input=b"")

    def test_what_cannot_be_read_or_written(self):
        for command in set(COMMANDS) - {"diagnose"}:
            self.assert_code(IO, [command, "--config", self.none])
        for kind, more in (("sim:", []), ("sim:", ["--auto"]), ("sim:", ["--guard"]), ("capture:", [])):
            self.assert_code(IO, ["--radio", kind + self.none, *more, *NOWHERE])
        self.assert_code(IO, ["calibrate", "--radio", "sim:" + self.none], ["report", "--tally-file", self.none])
        self.assert_code(IO, ["pin", "--web-pin-file", self.path("no/pin")], input=b"123456\n")
        tls = ["--web-listen-tls", "127.0.0.1:0", "--web-certificate", self.none, "--web-key", self.none, "--web-pin-file"]
        self.assert_code(IO, self.replay(*tls, self.none))
        with open("/dev/full", "wb") as full:
            for words in (["poster"], ["check-config"], ["--help"], ["diagnose"]):
                result = subprocess.run([ENTRANCE, *words], stdout=full, stderr=subprocess.PIPE, env=environment(),
                                        timeout=LIMIT_S, check=False)
                self.assertEqual((words, result.returncode), (words, IO))

    def test_the_radio_failed(self):
        for radio in "h4:" + self.none, "hci:hci77":
            self.assert_code(RADIO, ["--radio", radio, *NOWHERE, "--tally-file", self.path("tally")],
                             ["calibrate", "--radio", radio])

    def test_help_and_man_page_have_the_same_codes(self):
        codes = re.findall(r"^  (\d)  ", call("--help").stdout.decode().split("Exit codes:")[1], re.M)
        page = (ROOM / "beacon-entrance.1").read_text().split(".SH EXIT STATUS")[1].split(".SH ")[0]
        self.assertEqual(codes, re.findall(r"^\.B (\d)$", page, re.M))
        self.assertEqual(codes, [str(code) for code in (RAN, NO, USAGE, INPUT, IO, RADIO)])


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

    def test_lines_and_words_end_in_the_same_sums(self):
        """The scenario ends within a quarter of an hour, which is added as far as it is."""
        words = ["--radio", RUSH, "--guard", "--speed", "max", "--language", "en", *NOWHERE]
        *_, summary = map(json.loads, call(*words, "--json").stdout.splitlines())
        self.assertEqual(summary["type"], "summary")
        said = re.search(rb"By the radio's own counting (\d+) to (\d+) visits with an Android phone", call(*words).stdout)
        low, high = (summary["visits"] + side * summary["visits_band"] for side in (-1, 1))
        for number, bound in zip(said.groups(), (max(low, 0), high)):
            self.assertAlmostEqual(int(number), bound, delta=0.51)
        auto = call("--radio", RUSH, "--auto", "--json").stdout.splitlines()
        slots = [line for line in map(json.loads, auto) if line["type"] == "slot" and line["counted"]]
        self.assertGreater(json.loads(auto[-1])["visits"], sum(slot["visits"] for slot in slots))

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

    def test_a_scenario_is_not_played_twice_into_one_tally(self):
        words = ["--radio", RUSH, "--speed", "max", *self.kept(), *NOWHERE]
        self.assertEqual(call(*words, "--guard").returncode, RAN)
        rows = self.rows()
        again = call(*words, "--guard", "--json")
        self.assertEqual((again.returncode, again.stdout), (INPUT, b""))
        self.assertIn(b"tally.db has %d visits already" % len(rows), again.stderr)
        self.assertEqual(self.rows(), rows)
        unguarded = call(*words)  # somebody may go on with the day
        self.assertEqual(unguarded.returncode, RAN)
        self.assertIn(b"visits already", unguarded.stderr)
        other = self.scenario().replace("door.air", "next.air")
        pathlib.Path(other[4:]).write_text(pathlib.Path(RUSH[4:]).read_text() + "start 2020-09-14T01:00:00Z\n")
        self.assertEqual(call("--radio", other, *words[2:], "--guard").returncode, RAN)

    def test_signals_end_it_well(self):
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            door = Door(self, "--radio", self.scenario(), "--language", "en", *ANY_PORT)
            door.page()
            code, output, _ = door.end(number)
            self.assertEqual(code, RAN)
            self.assertIn(b"In 0, out 0", output)

    def test_refusal_and_trouble_have_the_language_of_the_page(self):
        refusals = {"vi": "không có lượt kiểm tra nào đang chạy", "en": "no check is under way"}
        locale = self.vietnamese()
        for own in "vi", "en":
            door = Door(self, "--radio", "h4:" + self.path("controller"), *self.kept(), *ANY_PORT, "--language", own,
                        env=environment(BEACON_LOCALEDIR=locale, NOTIFY_SOCKET=self.path("notify")))
            page = Page(*door.page())
            for language in "en", "vi", None, "fr":
                status, text = page.act("opened", language=language)
                self.assertEqual(status, 409)
                self.assertIn(refusals[language if language in refusals else own], text)
            trouble = page.state()["trouble"]  # that the spot is not calibrated, or the clock not set
            self.assertEqual((trouble["vi"].isascii(), trouble["en"].isascii()), (False, True))
            door.end()

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
