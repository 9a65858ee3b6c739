# SPDX-License-Identifier: MIT
"""What the tests of the program beacon-entrance share: how it is called, its lines, its page."""
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

ENTRANCE = os.environ["ENTRANCE"]
ROOM = pathlib.Path(os.environ["ENTRANCE_ROOM"])
RUSH = "sim:" + str(ROOM.parent / "air" / "rush.air")
LIMIT_S = 60

RAN, NO, USAGE, INPUT, IO, RADIO = 0, 1, 2, 3, 4, 5

# A quiet room for a quarter of an hour; the office's beacon in the tray; a phone on the spot now and then.
ROOM_TEXT = """seed 5
start 2020-08-10T01:00:00Z
length 15 min
receiver door tray 25 dB
phone reference ibeacon at 25 cm level -75 dBm
4 people staying at 4 m to 8 m: 100 % android-background
"""


def environment(**changes):
    """A plain environment, whatever that of the tests is."""
    result = {name: value for name, value in os.environ.items()
              if not name.startswith(("LC_", "LANG", "BEACON_ENTRANCE")) and name not in ("TZ", "NO_COLOR", "COLORTERM")}
    result.update({"LC_ALL": "C.UTF-8", "TZ": "UTC"})
    result.update(changes)
    return result


def call(*words, env=None, input=b"", limit_s=LIMIT_S):
    """Runs the program to its end."""
    return subprocess.run([ENTRANCE, *words], input=input, capture_output=True, env=env or environment(),
                          timeout=limit_s, check=False)


class Door:
    """The program at work, its lines as they come, its page."""

    def __init__(self, test, *words, env=None, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen([ENTRANCE, *words], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=env or environment())
        self.rest, self.said = b"", b""
        test.addCleanup(self.stop)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def line(self, limit_s=LIMIT_S):
        """The next line; it must come."""
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], limit_s)[0]:
                raise TimeoutError(f"no line in {limit_s} s")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                raise EOFError((self.said + self.process.stderr.read()).decode())
            self.rest += piece
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def until(self, kind, limit_s=LIMIT_S, **fields):
        """The next line of that type and with these fields."""
        while True:
            line = self.line(limit_s)
            if line["type"] == kind and all(line[name] == value for name, value in fields.items()):
                return line

    def page(self, limit_s=LIMIT_S):
        """Host and port of its page, as it says."""
        end = time.monotonic() + limit_s
        while not (found := re.search(rb"http://([0-9.]+):(\d+)/", self.said)):
            if not select.select([self.process.stderr], [], [], end - time.monotonic())[0]:
                raise TimeoutError(f"no page: {self.said}")
            piece = os.read(self.process.stderr.fileno(), 65536)
            if not piece:
                raise EOFError(self.said.decode())
            self.said += piece
        return found[1].decode(), int(found[2])

    def end(self, number=signal.SIGTERM):
        """Its exit code and the rest of what it said, after a signal."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, self.rest + output, self.said + errors


class Page:
    """The page of a door, as the browser of the local screen has it."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.origin = f"http://{host}:{port}"
        text = self.get("/guard").decode()
        self.token = re.search(r'name="token" content="([^"]+)"', text)[1]

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=LIMIT_S)

    def get(self, path):
        connection = self.connect()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status}: {body}")
        return body

    def act(self, what, language=None, **fields):
        """Status and text of the answer; language: of the page, None: the program's."""
        connection = self.connect()
        headers = {"Content-Type": "application/json", "Origin": self.origin, "X-Token": self.token}
        if language:
            headers["X-Language"] = language
        connection.request("POST", "/act", json.dumps({"act": what, **fields}), headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def events(self):
        """States of the door, as they come, without end."""
        connection = self.connect()
        connection.request("GET", "/events")
        answer = connection.getresponse()
        try:
            for line in answer:
                if line.startswith(b"data:"):
                    yield json.loads(line[5:])
        finally:
            connection.close()

    def state(self):
        return next(self.events())

    def until(self, is_it, limit_s=LIMIT_S):
        end = time.monotonic() + limit_s
        for state in self.events():
            if is_it(state):
                return state
            if time.monotonic() > end:
                break
        raise TimeoutError("the door does not come to that")


class EntranceTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="entrance-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return str(self.folder / name)

    def scenario(self, more="", text=ROOM_TEXT):
        path = self.folder / "door.air"
        path.write_text(text + more)
        return "sim:" + str(path)

    def vietnamese(self):
        """A folder with the program's catalogue, for BEACON_LOCALEDIR."""
        if not shutil.which("msgfmt"):
            self.skipTest("msgfmt is missing (Debian: gettext)")
        catalogue = pathlib.Path(self.path("locale/vi/LC_MESSAGES/beacon-entrance.mo"))
        catalogue.parent.mkdir(parents=True)
        subprocess.run(["msgfmt", "-o", catalogue, ROOM / "po" / "vi.po"], check=True)
        return self.path("locale")

    def kept(self):
        """Flags for a tally and a calibration in the test's own folder, though the air is made up."""
        return ["--keep", "--tally-file", self.path("tally.db"), "--calibration-file", self.path("calibration")]

    def rows(self):
        """What the tally's file has, as another program reads it."""
        connection = sqlite3.connect(f"file:{self.path('tally.db')}?mode=ro", uri=True)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute("SELECT * FROM visit ORDER BY id")]
        finally:
            connection.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
