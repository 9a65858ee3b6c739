# SPDX-License-Identifier: MIT
"""The door on a controller that BlueZ's btvirt emulates; another controller there plays a phone. Run by
tests/btvirt/run. That air tells no levels, so near cannot be told from far: the door must say so, and no more."""
import os
import pathlib
import threading
import unittest

import h4
from entrance import RAN, Door, EntranceTest, Page

CALIBRATION = """[calibration]
version=1
number=1
time_ms=0
assumed=false
[android]
gate_dbm=-60
spot_dbm=-50
line_dbm=-80
measured=true
[iphone]
gate_dbm=-45
spot_dbm=-35
line_dbm=-65
measured=false
"""
PHONE = bytes.fromhex("0303564E" "0FFFB522" "0102030405060708090A0B0C")


class Phone:
    """Is heard again and again: btvirt tells of an advertiser once each time it begins."""

    def __init__(self, test):
        self.controller = h4.Controller()
        self.controller.start()
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.send)
        self.thread.start()
        test.addCleanup(self.stop)

    def send(self):
        while not self.is_over.wait(0.1):
            self.controller.advertise(PHONE, "C1:02:03:04:05:06")
            self.controller.stop_advertising()

    def stop(self):
        self.is_over.set()
        self.thread.join()
        self.controller.close()


class Air(EntranceTest):
    def start(self):
        pathlib.Path(self.path("calibration")).write_text(CALIBRATION)
        radio = "h4:" + os.path.join(os.environ["BTVIRT_DIR"], "bt-server-bredrle")
        door = Door(self, "--radio", radio, "--language", "en", "--json", "--tally-file", self.path("tally.db"),
                    "--calibration-file", self.path("calibration"), "--web-listen", "127.0.0.1:0")
        return door, Page(*door.page())

    def check(self, door, page):
        """The verdict of a check in which the guard saw the app open."""
        door.until("health", scanning=True)
        self.assertEqual(page.act("begin")[0] // 100, 2)
        page.until(lambda state: state["phase"] in ("asking", "showing"))
        page.act("opened")
        return door.until("verdict")

    def test_without_levels_it_cannot_tell_and_says_why(self):
        door, page = self.start()
        Phone(self)
        verdict = self.check(door, page)
        self.assertEqual((verdict["verdict"], verdict["reason"]), ("cannot_tell", "no_levels"))
        state = page.until(lambda state: state["phase"] == "showing")
        self.assertEqual((state["verdict"], state["simulated"]), ("cannot_tell", False))
        self.assertIn("signal strength", state["advice"]["en"])
        code, _, _ = door.end()
        self.assertEqual(code, RAN)
        self.assertEqual([row["verdict"] for row in self.rows()], [2])

    def test_of_an_empty_air_it_says_that_it_does_not_hear(self):
        verdict = self.check(*self.start())
        self.assertEqual(verdict["verdict"], "cannot_tell")
        self.assertIn(verdict["reason"], ("not_hearing", "open_the_app"))


if __name__ == "__main__":
    unittest.main()
