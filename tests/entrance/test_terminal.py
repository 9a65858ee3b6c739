# SPDX-License-Identifier: MIT
"""The door's screen in a real terminal (tmux): keys, sizes, character sets, and that the terminal is given back."""
import os
import re
import shlex
import shutil
import subprocess
import time
import unittest

from entrance import ENTRANCE, LIMIT_S, RAN, EntranceTest, Page, environment, free_port

# A check of it begins by itself, four seconds from the start at the tests' speed.
PHONE = "phone a android-open at 12 cm from 40 s to 200 s\n"


class Terminal:
    """A window of tmux in which the door runs; its exit code is shown when it has ended."""

    def __init__(self, test, *words, columns=80, lines=24, env=None):
        self.socket = test.path("tmux")
        test.addCleanup(subprocess.run, ["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)
        changes = " ".join(f"{name}={shlex.quote(value)}" for name, value in (env or {}).items())
        command = f"env {changes} {shlex.join([ENTRANCE, *words])}; echo ended $?; stty -a; cat"
        subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null", "-u", "new-session", "-d", "-x", str(columns), "-y",
                        str(lines), command], env=environment(), check=True)
        self.drawn = test.path("drawn")
        self.tmux("pipe-pane", f"cat >{shlex.quote(self.drawn)}")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, check=True, timeout=LIMIT_S).stdout

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def text(self, *more):
        return self.tmux("capture-pane", "-p", *more).decode()

    def until(self, *wanted, limit_s=LIMIT_S):
        """The screen, once all of these patterns are on it."""
        end = time.monotonic() + limit_s
        while True:
            text = self.text()
            if all(re.search(pattern, text) for pattern in wanted):
                return text
            if time.monotonic() > end:
                raise TimeoutError(f"{wanted} is not on the screen:\n{text}")
            time.sleep(0.05)

    def raw(self):
        """All that was ever drawn, with its control sequences; "" before there is anything."""
        if not os.path.exists(self.drawn):
            return ""
        with open(self.drawn, encoding="utf-8", errors="replace") as file:
            return file.read()

    def shows(self, *wanted):
        """What is on the screen for so short a time that a busy machine may look too late: once it was drawn."""
        end = time.monotonic() + LIMIT_S
        while True:
            text = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[()].|[=>78])", "", self.raw())
            if all(re.search(pattern, text) for pattern in wanted):
                return
            if time.monotonic() > end:
                raise TimeoutError(f"{wanted} was not drawn; the screen is\n{self.text()}")
            time.sleep(0.05)

    def resize(self, columns, lines):
        self.tmux("resize-window", "-x", str(columns), "-y", str(lines))


@unittest.skipUnless(shutil.which("tmux"), "tmux is missing")
class Screen(EntranceTest):
    def door(self, *words, speed="10", more=PHONE, language="en", **how):
        return Terminal(self, "--radio", self.scenario(more), "--speed", speed, "--language", language, "--web-listen", "",
                        *self.kept(), *words, **how)

    def test_a_check_that_begins_by_itself_and_its_notes(self):
        screen = self.door()
        screen.until("READY", "Radio: ready", r"\[Space\]")
        screen.shows("BLUEZONE HEARD")
        screen.until(r"staff +1 +0 +1 ")
        screen.keys("i")
        screen.until("had it installed")
        screen.keys("t")
        screen.until("told of the app", r"staff +1 .* 1 +0\s")
        screen.keys("u")
        screen.until("undone|nothing to undo")

    def test_an_empty_spot_and_the_open_app(self):
        screen = self.door(more="")
        screen.until("Radio: ready", "5 far|4 far|3 far|2 far")
        screen.keys("Enter")
        screen.until("PLEASE OPEN BLUEZONE", r"\[o\] is open")
        screen.keys("o")
        screen.shows("BLUEZONE NOT HEARD YET|CANNOT TELL YET")

    def test_by_hand_persons_directions_modes(self):
        screen = self.door(more="")
        screen.until("in · staff · attended")
        screen.keys("h")
        screen.until("How many people")
        screen.keys("1", "2", "BSpace", "7", "Enter")
        screen.until(r"staff +17 ", "counted by hand")
        screen.keys("p", "r", "m")
        screen.until("out · visitor · walk-through", "ONE TAP A PERSON")
        screen.keys("Space", "Space")
        screen.until(r"visitor +0 +2 ")
        screen.keys("h", "Enter")
        screen.until("expected a count from 1 to 999")
        screen.keys("Up", "F1", "Left")  # are no keys of ours, and end nothing
        screen.keys("?")
        screen.until("Any key goes back")
        screen.keys("x")
        screen.until("ONE TAP A PERSON")

    def test_who_has_no_smartphone(self):
        screen = self.door(more="")
        screen.until("Radio: ready")
        screen.keys("e")
        screen.until(r"staff +1 .* 1\s*\n", "no smartphone\\.")
        screen.keys("Space")
        screen.until("LISTENING|PLEASE OPEN")
        screen.keys("d")
        screen.until(r"staff +2 ", "declined")

    def test_calibration_step_by_step(self):
        screen = self.door(more="")
        screen.until("Radio: ready")
        screen.keys("c")
        screen.until("CALIBRATION", "step 1 of 9", r"\[Enter\]")
        screen.keys("Enter")
        screen.until(r"step 1 of 9 · \d+ s")
        screen.until("step 2 of 9 · Enter")
        screen.keys("Escape")
        screen.until("READY")

    def test_quitting_takes_two_keys_and_gives_the_terminal_back(self):
        screen = self.door()
        screen.until("READY")
        screen.keys("q")
        screen.until("End the check")
        screen.keys("n")
        screen.until(r"\[q\] quit")
        screen.keys("q", "y")
        text = screen.until(f"ended {RAN}", "In 0, out 0", r" echo ", r" icanon ")
        self.assertNotIn("READY", text)

    def test_an_interrupt_ends_it_well(self):
        screen = self.door()
        screen.until("READY")
        screen.keys("C-c")
        screen.until(f"ended {RAN}", r" echo ")

    def test_sizes(self):
        screen = self.door(columns=80, lines=24)
        text = screen.until("READY", r"\[q\] quit")
        self.assertLessEqual(max(len(line) for line in text.split("\n")), 80)
        screen.resize(132, 43)
        screen.until(r"(?m)^.{100,}\d\d:\d\d\s*$", r"\[q\] quit")
        screen.resize(40, 10)
        text = screen.until("READY", r"\[Space\] begin")
        self.assertLessEqual(len(text.rstrip("\n").split("\n")), 10)
        screen.resize(80, 24)
        screen.until("READY", "Radio: ready", r"\[q\] quit")

    def test_vietnamese_in_utf8(self):
        screen = self.door(language="vi")
        screen.until("SẴN SÀNG", "Mời đặt máy lên ô")
        screen.shows("✓  ĐÃ NGHE THẤY BLUEZONE")

    def test_a_plain_locale_has_ascii(self):
        screen = self.door(language="vi", env={"LC_ALL": "C", "LANG": "C", "TERM": "vt100"})
        screen.until("SAN SANG", "Moi dat may len o")
        screen.shows(r"\+  DA NGHE THAY BLUEZONE")
        self.assertTrue(screen.raw().isascii(), screen.raw())
        self.assertNotIn("\x1b[", screen.text("-e").replace("\x1b[7m", ""))  # a vt100 has no colours

    def test_colours_and_none(self):
        screen = self.door()
        screen.shows("BLUEZONE HEARD")
        self.assertRegex(screen.raw(), r"\x1b\[[0-9;]*(48;5;28|42)m")

    def test_no_color(self):
        screen = self.door(env={"NO_COLOR": "1"})
        screen.until("READY")
        self.assertNotIn("\x1b[", screen.text("-e"))

    def test_a_bell_at_a_verdict(self):
        screen = self.door("--bell", "on")
        screen.tmux("set-option", "-g", "monitor-bell", "on")
        screen.tmux("set-hook", "-g", "alert-bell", f"run-shell 'touch {self.path('bell')}'")
        screen.tmux("set-option", "-g", "bell-action", "any")
        screen.shows("BLUEZONE HEARD")
        end = time.monotonic() + LIMIT_S
        while not os.path.exists(self.path("bell")):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_a_line_of_9600_baud_is_enough(self):
        """A second of a moving ring writes less than such a line carries."""
        screen = self.door(speed="1", more="")
        screen.until("Radio: ready")
        screen.tmux("pipe-pane", "-O", f"cat > {self.path('written')}")
        screen.keys("Space")
        screen.until("PLEASE OPEN BLUEZONE")
        before = os.path.getsize(self.path("written"))
        began = time.monotonic()
        screen.until(r"\[#{20}")
        seconds = time.monotonic() - began
        self.assertLess((os.path.getsize(self.path("written")) - before) / seconds, 900)

    def test_a_page_in_another_language_does_not_turn_the_screen(self):
        port = free_port()
        screen = Terminal(self, "--radio", self.scenario(), "--speed", "1", "--language", "vi", "--web-listen", f"127.0.0.1:{port}",
                          *self.kept(), env={"BEACON_LOCALEDIR": self.vietnamese()})
        screen.until("SẴN SÀNG", "cán bộ")
        page = Page("127.0.0.1", port)
        for person, shown in [("visitor", "vào · khách"), ("staff", "vào · cán bộ"), ("visitor", "vào · khách")]:
            self.assertEqual(page.act("person", language="en", person=person)[0], 200)
            screen.until(shown)
        self.assertNotRegex(screen.raw(), "visitor|staff|attended")

    def test_screen_and_page_are_one_door(self):
        port = free_port()
        phone = PHONE.replace("from 40 s", "from 8 s")  # slower, since there are ten of its seconds to undo in
        screen = Terminal(self, "--radio", self.scenario(phone), "--speed", "2", "--language", "en", "--web-listen",
                          f"127.0.0.1:{port}", *self.kept())
        screen.until("READY")
        page = Page("127.0.0.1", port)
        self.assertEqual(page.act("person", person="visitor")[0] // 100, 2)
        screen.until("in · visitor · attended")
        screen.keys("h", "4", "Enter")
        self.assertEqual(page.until(lambda state: state["visitors"]["total"] > 0)["visitors"]["total"], 4)
        screen.shows("BLUEZONE HEARD")
        screen.until(r"visitor +5 +0 +1 ")
        state = page.until(lambda state: state["visitors"]["total"] == 5)
        self.assertEqual(state["visitors"]["heard"], 1)
        screen.keys("u")
        page.until(lambda state: state["visitors"]["total"] == 4)
        self.assertEqual(sum(row["count"] for row in self.rows()), 5)  # voided, not deleted


if __name__ == "__main__":
    unittest.main()
