# SPDX-License-Identifier: MIT
"""What the tool says in Vietnamese."""
import gettext
import pathlib
import re
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

    def catalogue(self, po):
        """The texts of a catalogue, English to Vietnamese; of a plural the first form."""
        subprocess.run(["msgfmt", "-o", self.path("mo"), str(po)], check=True)
        with open(self.path("mo"), "rb") as file:
            texts = gettext.GNUTranslations(file)._catalog
        return {key[0] if isinstance(key, tuple) else key: text for key, text in texts.items() if key}

    def test_a_placeholder_has_one_name(self):
        texts = self.catalogue(ROOM / "po/vi.po")
        names = {key: text for key, text in texts.items() if re.fullmatch("[A-Z]+", key)}
        self.assertIn("FILE", names)
        for key, text in texts.items():
            self.assertNotRegex(text, r"[A-ZĐ]_[A-ZĐ]", key)
            for name in set(re.findall(r"(?<![A-Za-z])[A-Z]+(?![A-Za-z])", key)) & set(names):
                self.assertIn(names[name], text, key)

    def test_a_thing_has_one_name(self):
        for po in ROOM / "po/vi.po", ROOM.parent / "entrance/po/vi.po", ROOM.parent.parent / "libbeacon/po/vi.po":
            for english, text in self.catalogue(po).items():
                self.assertNotRegex(text.lower(), r"\btệp\b", english)  # a file is "tập tin"
                if re.search(r'(?<![-"])\bslots?\b', english):
                    self.assertRegex(text, r"\bkhe\b", english)

    def test_the_verdict(self):
        words = ["match", "--keys", self.file("keys", key_list(record())), "--trace",
                 self.file("trace", swapped_capture())]
        text = self.ran(*words, env=self.env)
        self.assertIn("Bản ghi 1: 101 lần ghi nhận, khe 23 đến 26\n", text)
        self.assertIn("Đã đối chiếu: 1 bản ghi (96 mã định danh) với 101 lần ghi nhận.", text)

    def test_a_page(self):
        self.ran("match", "--keys", self.file("keys", key_list(record())), "--trace",
                 self.file("trace", swapped_capture()), "--html", self.path("page"), env=self.env)
        page = (self.directory / "page").read_text()
        self.assertTrue(page.startswith('<!DOCTYPE html>\n<html lang="vi">'))
        for text in "Báo cáo tiếp xúc", "<td>tiếp xúc gần</td>", "Trùng khớp không phải là chẩn đoán":
            self.assertIn(text, page)

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
