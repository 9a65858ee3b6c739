# SPDX-License-Identifier: MIT
"""The node's unit, as systemd reads it."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from support import BEACON, ToolTest

UNIT = pathlib.Path(os.environ["BEACON_UNIT"]).read_text()


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is missing (Debian: systemd)")
class Unit(ToolTest):
    def analyze(self, *words):
        path = self.file("beacon-node.service", re.sub(r"(?m)^ExecStart=\S+", "ExecStart=" + BEACON, UNIT))
        return subprocess.run(["systemd-analyze", *words, path], capture_output=True, text=True, check=False, timeout=60)

    def test_it_is_understood(self):
        result = self.analyze("verify", "--man=no")
        self.assertEqual((result.returncode, result.stdout + result.stderr), (0, ""))

    def test_it_is_given_little(self):
        result = self.analyze("security", "--offline=true", "--no-pager", "--threshold=30")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class Command(ToolTest):
    def test_its_command_is_one(self):
        words = re.search(r"(?m)^ExecStart=\S+ (.*)$", UNIT)[1]
        words = words.replace("$BEACON_RADIO", "sim:" + self.path("none")).replace("$BEACON_CYCLE", "phone")
        words = words.replace("%S/beacon-node", str(self.directory)).split()
        self.assertIn("phone.identity", self.refused(*words, code=4))  # called rightly: the identity is missed


if __name__ == "__main__":
    unittest.main()
