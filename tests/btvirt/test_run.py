#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/btvirt/run itself: status and output are the command's, and no btvirt stays behind, however it ends."""
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

RUN = str(pathlib.Path(__file__).parent / "run")


def call(*words, **more):
    return subprocess.run([RUN, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False, **more)


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="btvirt ")
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "a folder")
        os.environ["TMPDIR"] = folder.name

    def assert_gone(self, process, how):
        """And the folder can be had again. Nobody may have buried it yet."""
        result = call(self.folder, "--", "true")
        self.assertEqual(result.returncode, 0, (how, result.stderr))
        try:
            state = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        self.assertIn(state, "ZX", how)

    def test_transparent(self):
        result = call("--", "sh", "-c", "cat; echo complaint >&2; exit 7", input=b"out\0put")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (7, b"out\0put", b"complaint\n"))

    def test_own_folder(self):
        script = 'test "$BTVIRT_DIR" = "$1" && test -S "$1/bt-server-le"'
        self.assertEqual(call(self.folder, "--", "sh", "-c", script, "sh", self.folder).returncode, 0)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("bt-")], [])

    def test_folder_in_use(self):
        result = call(self.folder, "--", RUN, self.folder, "--", "true")
        self.assertEqual(result.returncode, 125)
        self.assertIn(b"another btvirt has this folder", result.stderr)

    def test_path_too_long(self):
        result = call(os.path.join(self.folder, "x" * 90), "--", "true")
        self.assertEqual(result.returncode, 125)
        self.assertIn(b"107 are possible", result.stderr)

    def test_ended_early(self):
        for how in signal.SIGTERM, signal.SIGINT, signal.SIGKILL:
            with subprocess.Popen([RUN, self.folder, "--", "sh", "-c", 'echo $PPID; exec tail -f /dev/null'],
                                  stdout=subprocess.PIPE) as started:
                runner = int(started.stdout.readline())
                children = pathlib.Path(f"/proc/{runner}/task/{runner}/children").read_text().split()
                btvirt = next(int(child) for child in children
                              if b"\0-s\0" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes())
                started.send_signal(how)
                if how == signal.SIGKILL:  # nobody is left to end the command, and that is the caller's
                    for child in children:
                        if int(child) != btvirt:
                            os.kill(int(child), signal.SIGKILL)
                started.wait(timeout=30)
            self.assert_gone(btvirt, how)


if __name__ == "__main__":
    unittest.main()
