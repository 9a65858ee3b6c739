# SPDX-License-Identifier: MIT
"""The door on a controller that BlueZ's btvirt emulates; another controller there plays a phone. Run by
tests/btvirt/run. That air tells no levels, so near cannot be told from far: the door must say so, and no more."""
import os
import threading
import unittest

import h4
from entrance import RAN, Door, EntranceTest, Page

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
    def test_without_levels_it_cannot_tell_and_says_why(self):
        radio = "h4:" + os.path.join(os.environ["BTVIRT_DIR"], "bt-server-bredrle")
        door = Door(self, "--radio", radio, "--language", "en", "--json", "--tally-file", self.path("tally.db"),
                    "--calibration-file", self.path("calibration"), "--web-listen", "127.0.0.1:0")
        Phone(self)
        page = Page(*door.page())
        state = page.until(lambda state: state["counts"]["here"] > 0)  # the phone was heard
        self.assertFalse(state["simulated"])
        page.act("begin")
        page.until(lambda state: state["phase"] == "asking")
        page.act("opened")
        verdict = door.until("verdict")
        self.assertEqual((verdict["verdict"], verdict["reason"]), ("cannot_tell", "no_levels"))
        state = page.until(lambda state: state["phase"] == "showing")
        self.assertEqual(state["verdict"], "cannot_tell")
        self.assertIn("signal strength", state["advice"]["en"])
        code, _, _ = door.end()
        self.assertEqual(code, RAN)
        self.assertEqual(len(self.rows()), 1)


if __name__ == "__main__":
    unittest.main()
