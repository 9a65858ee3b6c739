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


if __name__ == "__main__":
    unittest.main()
