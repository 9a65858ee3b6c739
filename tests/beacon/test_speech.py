# SPDX-License-Identifier: MIT
"""What the tool says about itself: help, version, man page, completion."""
import re
import subprocess
import unittest

from support import COMMANDS, IO, ROOM, USAGE, ToolTest, call


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


if __name__ == "__main__":
    unittest.main()
