# SPDX-License-Identifier: MIT
"""What the tool says in Vietnamese."""
import pathlib
import shutil
import subprocess
import unittest

from support import COMMANDS, ROOM, USAGE, ToolTest, environment, key_list, record, swapped_capture


@unittest.skipUnless(shutil.which("msgfmt"), "msgfmt is missing (Debian: gettext)")
class Vietnamese(ToolTest):
    def setUp(self):
        super().setUp()
        catalogue = pathlib.Path(self.path("locale/vi/LC_MESSAGES/beacon.mo"))
        catalogue.parent.mkdir(parents=True)
        subprocess.run(["msgfmt", "-c", "-o", str(catalogue), str(ROOM / "po/vi.po")], check=True)
        self.env = environment(LANGUAGE="vi", BEACON_LOCALEDIR=self.path("locale"))

    def test_the_verdict(self):
        words = ["match", "--keys", self.file("keys", key_list(record())), "--trace",
                 self.file("trace", swapped_capture())]
        text = self.ran(*words, env=self.env)
        self.assertIn("Bản ghi 1: 101 lần ghi nhận, khe 23 đến 26\n", text)
        self.assertIn("Đã đối chiếu: 1 bản ghi (96 mã định danh) với 101 lần ghi nhận.", text)

    def test_help_and_errors(self):
        for command in COMMANDS:
            text = self.ran(*command, "--help", env=self.env)
            self.assertTrue(text.startswith("Cách dùng: beacon " + " ".join(command)))
        self.assertIn("Mã thoát:", self.ran("--help", env=self.env))
        message = self.refused("match", env=self.env, code=USAGE)
        self.assertIn("còn thiếu", message)

    def test_a_terminal_without_those_letters(self):
        text = self.ran("--help", env=dict(self.env, LC_ALL="C"))
        self.assertTrue(text.isascii())
        self.assertIn("Usage:", text)


if __name__ == "__main__":
    unittest.main()
