# SPDX-License-Identifier: MIT
"""What the tests of the command-line tool share: how it is called, and what is known from elsewhere."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

BEACON = os.environ["BEACON"]
DATA = pathlib.Path(os.environ["BEACON_TEST_DATA"])
ROOM = pathlib.Path(os.environ["BEACON_ROOM"])
DAY_MS = 86400000

COMMANDS = [["identity", "new"], ["identity", "show"], ["identity", "table"],
            ["identity", "report"], ["derive"], ["advert", "encode"], ["advert", "decode"],
            ["match"], ["keys", "new"], ["keys", "pack"], ["keys", "unpack"], ["keys", "info"], ["keys", "sign"],
            ["keys", "verify"], ["advertise"], ["scan"], ["run"], ["log", "show"], ["log", "export"], ["log", "import"],
            ["log", "purge"], ["log", "check"], ["log", "salvage"], ["radio", "list"], ["radio", "diagnose"],
            ["sim"]]

RAN, NO, USAGE, INPUT, IO, RADIO = 0, 1, 2, 3, 4, 5

# Key C of the vectors: a real phone's daily key of 2020-08-08.
KEY_C = "4C5224B397F8AB3896781D5AA0F3119F280513F1B592CA280EBDED6357E21084"
DAY_C = 1596844800
CAPTURE = DATA / "phone-c.trace.txt"


def environment(**changes):
    """A plain environment, whatever that of the tests is."""
    result = {name: value for name, value in os.environ.items()
              if not name.startswith(("LC_", "LANG")) and name not in ("TZ", "NO_COLOR")}
    result.update({"LC_ALL": "C.UTF-8", "TZ": "UTC"})
    result.update(changes)
    return result


def call(*words, input=b"", env=None, stdout=subprocess.PIPE, **more):
    """Runs the tool; its output as bytes."""
    return subprocess.run([BEACON, *words], input=input, stdout=stdout, stderr=subprocess.PIPE,
                          env=env or environment(), timeout=120, check=False, **more)


def preloaded(**changes):
    """An environment in which the process ends, or a call fails, at a step."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return environment(LD_PRELOAD=os.environ["BEACON_KILL_AT"],
                       ASAN_OPTIONS=options + ":verify_asan_link_order=0:detect_leaks=0",
                       **{name: str(value) for name, value in changes.items()})


def daily_key(base_key, days):
    for _ in range(days):
        base_key = hashlib.sha256(base_key).digest()
    return base_key


def identifiers(key, slots):
    """A day's identifiers, by the protocol's text (1.4)."""
    sub_key = hashlib.sha256(key + bytes.fromhex("626C757A6F6E657375626B6579")).digest()
    result = []
    for _ in range(slots):
        result.append(bytes(sub_key[i] for i in (0, 4, 8, 12, 16, 18, 20, 22, 24, 26, 28, 30)))
        sub_key = hashlib.sha256(sub_key).digest()
    return [identifier.hex().upper() for identifier in result]


def record(key=KEY_C, start=DAY_C, slots=96, end=DAY_C + 86399):
    return {"daily_key": key, "time_start": start, "max": slots, "time_end": end}


def key_list(*records):
    return json.dumps({"data": list(records)})


def swapped_capture():
    """The captured phone's rows as another phone would have recorded them: identifiers exchanged."""
    rows = [line.split("\t") for line in CAPTURE.read_text().splitlines()]
    return "".join("\t".join([row[1], row[0], *row[2:]]) + "\n" for row in rows)


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="beacon-test-"))
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        return str(self.directory / name)

    def file(self, name, content):
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def ran(self, *words, code=RAN, **more):
        """Runs the tool and expects an exit code; its standard output as text."""
        result = call(*words, **more)
        self.assertEqual(result.returncode, code, (words, result.stdout, result.stderr))
        return result.stdout.decode() if result.stdout is not None else ""

    def json(self, *words, **more):
        return json.loads(self.ran(*words, "--json", **more))

    def refused(self, *words, code=INPUT, **more):
        """Runs the tool and expects it to refuse: nothing on standard output. Its message."""
        result = call(*words, **more)
        self.assertEqual(result.returncode, code, (words, result.stdout, result.stderr))
        self.assertEqual(result.stdout, b"")
        message = result.stderr.decode()
        self.assertTrue(message.startswith("beacon: "), message)
        return message
