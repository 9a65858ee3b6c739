# SPDX-License-Identifier: MIT
"""What the tool says about itself: help, version, man page, completion."""
import os
import re
import subprocess
import unittest

from support import (CAPTURE, COMMANDS, DAY_C, INPUT, IO, NO, RADIO, RAN, ROOM, USAGE, ToolTest, call, key_list, record)


class Help(ToolTest):
    def options(self, command):
        return set(re.findall("--[a-z-]+", self.ran(*command, "--help").split("Options:")[1]
                              .split("Examples:")[0]))

    def test_each_command_has_help_with_examples(self):
        overview = self.ran("--help")
        for command in COMMANDS:
            self.assertIn("  " + " ".join(command) + " ", overview)
            text = self.ran(*command, "--help")
            self.assertEqual(text, self.ran(*command, "-h"))
            self.assertTrue(text.startswith("Usage: beacon " + " ".join(command) + " "), text)
            self.assertIn("\nExamples:\n  beacon " + command[0], text)
            self.assertNotIn("--progress-after", text)
            self.assertLessEqual(max(map(len, text.splitlines()[1:])), 100)
        for code in range(6):
            self.assertIn(f"\n  {code}  ", overview)
        self.assertIn("identity report", self.ran("identity", "--help"))
        self.assertNotIn("derive", self.ran("identity", "-h"))

    def test_the_version(self):
        self.assertRegex(self.ran("--version"), r"\Abeacon \d+\.\d+\.\d+\n\Z")

    def test_wrong_calls(self):
        for words in ([], ["walk"], ["identity"], ["identity", "walk"], ["advert", "new"],
                      ["-x"], ["identity", "new"], ["identity", "new", "a", "b"], [""]):
            self.refused(*words, code=USAGE)

    def test_help_that_cannot_be_written(self):
        for words in (["--help"], ["--version"], ["match", "--help"], ["identity", "--help"]):
            with open("/dev/full", "wb") as full:
                self.assertEqual(call(*words, stdout=full).returncode, IO)

    def test_an_operand_that_looks_like_an_option(self):
        self.ran("identity", "new", "--", "--odd", cwd=self.directory)
        self.ran("identity", "show", "--json", "--", "--odd", cwd=self.directory)
        self.refused("identity", "show", "--odd", cwd=self.directory, code=USAGE)

    def test_the_man_page_knows_every_option(self):
        page = (ROOM / "beacon.1").read_text().replace("\\-", "-")
        for command in COMMANDS:
            self.assertIn("beacon " + " ".join(command), page)
            for option in self.options(command):
                self.assertIn(option, page)

    def test_the_man_pages_synopsis_has_every_command_with_its_options(self):
        page = re.sub(r'^\.\w+ ?|\\f.|["\[\]]| *\\\||\.br', "", (ROOM / "beacon.1").read_text().replace("\\-", "-"),
                      flags=re.M)
        synopsis = " ".join(page.split("SYNOPSIS")[1].split("DESCRIPTION")[0].split())
        for command, text in zip(COMMANDS, re.split(r"(?<!^)(?=beacon )", synopsis)):
            self.assertTrue(text.startswith("beacon " + " ".join(command) + " "), text)
            self.assertEqual(set(re.findall("--[a-z-]+", text)) | {"--help"}, self.options(command))

    def test_examples_of_both_kinds_of_key_files(self):
        page = (ROOM / "beacon.1").read_text().replace("\\-", "-")
        for text in (self.ran("match", "--help").split("Examples:")[1], page.split(".SH EXAMPLES")[1]):
            self.assertRegex(text, r"match --keys \S+\.json ")
            self.assertRegex(text, r"match --keys \S+\.keys [^$]*--require-signed [0-9A-F]{64}\n")
        for command in ("keys new", "keys pack", "keys verify"):
            self.assertIn("beacon " + command, page.split(".SH EXAMPLES")[1])
        for kind in ("Bundle", "Signing key"):
            self.assertIn(f".TP\n{kind}\n", page.split(".SH FILES")[1])

    def complete(self, *words):
        script = (f'source "{ROOM}/completion.bash"; COMP_WORDS=(beacon "$@"); COMP_CWORD=$#;'
                  ' _beacon; printf "%s\\n" "${COMPREPLY[@]}"')
        result = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True,
                                text=True, check=True, cwd=self.directory)
        self.assertEqual(result.stderr, "")
        return set(result.stdout.split())

    def test_completion_knows_every_command_and_option(self):
        self.assertEqual(self.complete(""), {command[0] for command in COMMANDS} |
                         {"--help", "--version"})
        for command in COMMANDS:
            if len(command) == 2:
                self.assertIn(command[1], self.complete(command[0], ""))
            self.assertEqual(self.complete(*command, "--"), self.options(command))
        self.assertEqual(self.complete("advert", "encode", "--iphone", ""), {"open", "background"})
        self.file("keys.json", "")
        self.assertEqual(self.complete("match", "--keys", "k"), {"keys.json"})
        self.assertEqual(self.complete("identity", "show", "k"), {"keys.json"})
        self.assertEqual(self.complete("scan", "--radio", "s"), {"sim:"})
        self.assertEqual(self.complete("scan", "--radio", "capture", ":", "k"), {"keys.json"})
        self.assertEqual(self.complete("scan", "--trace", "k"), {"keys.json"})
        self.assertEqual(self.complete("advertise", "--form", ""), {"android", "iphone"})


class ExitCodes(ToolTest):
    """Each means the same whatever the command is."""

    def setUp(self):
        super().setUp()
        self.list = self.file("list", key_list(record()))
        self.identity = self.path("identity")
        self.ran("identity", "new", self.identity)
        self.bad = self.file("bad", "nothing of the kind\n")
        os.chmod(self.bad, 0o600)
        self.none = self.path("none")

    def assert_code(self, code, *calls):
        for words in calls:
            result = call(*words)
            self.assertEqual((words, result.returncode), (words, code), result.stderr)
            if code > NO:
                self.assertTrue(result.stderr.startswith(b"beacon: "), words)

    def with_log(self, *words):
        return [*words, "--store", self.path("log")]

    def test_it_ran(self):
        self.assert_code(RAN, ["--version"], ["match", "--keys", self.list, "--trace", str(CAPTURE)],
                         ["identity", "show", self.identity])

    def test_the_answer_is_no(self):
        self.ran("keys", "pack", self.list, "--output", self.path("keys"), "--region", "VN", "--at", str(DAY_C))
        self.ran(*self.with_log("log", "import", str(CAPTURE)))
        with open(self.path("log"), "r+b") as file:
            for page in range(2, os.path.getsize(self.path("log")) // 4096):
                file.seek(page * 4096 + 2000)
                file.write(b"damage")
        self.assert_code(NO, self.with_log("log", "check"), ["radio", "diagnose", "h4:" + self.none])
        self.assertEqual(call("keys", "verify", self.path("keys"), "--signer", "AB" * 32).returncode, NO)

    def test_not_how_it_is_called(self):
        self.assert_code(USAGE, [], ["walk"], ["scan", "--colour"], ["scan", "--radio", "fm:1"],
                         ["scan", "--radio", f"sim:{ROOM.parent}/air/rush.air#nobody"])

    def test_bad_input(self):
        self.assert_code(INPUT, ["identity", "show", self.bad], ["identity", "report", self.bad],
                         ["match", "--keys", self.bad, "--trace", str(CAPTURE)],
                         ["match", "--keys", self.list, "--trace", self.bad],
                         self.with_log("log", "import", self.bad), ["log", "show", "--store", self.bad],
                         ["keys", "unpack", self.bad], ["keys", "sign", self.bad, "--key", self.bad],
                         ["sim", self.bad], ["scan", "--radio", "sim:" + self.bad],
                         ["scan", "--radio", "capture:" + self.bad],
                         ["advertise", "--identity", self.bad],
                         ["run", "--identity", self.bad, "--store", self.path("log")])

    def test_what_cannot_be_read_or_written(self):
        self.assert_code(IO, ["identity", "show", self.none], ["identity", "new", self.identity],
                         ["match", "--keys", self.none, "--trace", str(CAPTURE)],
                         ["match", "--keys", self.list, "--trace", self.none],
                         self.with_log("log", "import", self.none), ["log", "show", "--store", self.none],
                         ["keys", "unpack", self.none], ["keys", "info", self.none],
                         ["keys", "verify", self.none, "--signer", "AB" * 32],
                         ["sim", self.none], ["scan", "--radio", "sim:" + self.none],
                         ["scan", "--radio", "capture:" + self.none], ["advertise", "--identity", self.none],
                         ["run", "--identity", self.none, "--store", self.path("log")],
                         ["run", "--identity", self.identity, "--store", self.path("log"), "--radio", "sim:" + self.none])
        with open("/dev/full", "wb") as full:
            self.assertEqual(call("identity", "show", self.identity, stdout=full).returncode, IO)

    def test_the_radio_failed(self):
        self.assert_code(RADIO, ["scan", "--radio", "h4:" + self.none], ["scan", "--radio", "hci:hci77"],
                         ["advertise", "--identity", self.identity, "--radio", "h4:" + self.none],
                         ["run", "--identity", self.identity, "--store", self.path("log"), "--radio", "h4:" + self.none])

    def test_help_and_man_page_have_the_same_codes(self):
        codes = re.findall(r"^  (\d)  ", self.ran("--help").split("Exit codes:")[1], re.M)
        page = (ROOM / "beacon.1").read_text().split(".SH EXIT STATUS")[1].split(".SH ")[0]
        self.assertEqual(codes, re.findall(r"^\.B (\d)$", page, re.M))
        self.assertEqual(codes, [str(code) for code in (RAN, NO, USAGE, INPUT, IO, RADIO)])


if __name__ == "__main__":
    unittest.main()
