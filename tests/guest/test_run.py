#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/guest/run itself: the command's words, output and status come through unchanged, and the rig's own are told apart.

Ends with 77 where the guest cannot run.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUN = str(pathlib.Path(__file__).resolve().parent / "run")
BARE = ("-D", "-n", "0")  # no Bluetooth: this is about the way in and out


def call(*words, **more):
    return subprocess.run([RUN, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=400, check=False, **more)


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="guest, đây ")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = os.path.join(folder.name, "out")

    def test_comes_through(self):
        """In one boot, in another language: words, variables, folder, every byte of output, results, status."""
        script = """
            import os, pathlib, sys
            assert sys.argv[1:] == ['', 'two words', "quo'te", 'line\\nline', '$HOME', 'đây'], sys.argv
            assert (os.environ['GIVEN'], os.environ['TAKEN']) == ('a b', 'c d') and 'OTHER' not in os.environ
            assert os.getcwd() == os.environ['EXPECTED_FOLDER'], os.getcwd()
            assert sys.stdin.read() == ''
            pathlib.Path(os.environ['GUEST_OUT'], 'result').write_text('kết quả')
            sys.stderr.write('complaint'), sys.stderr.flush()
            sys.stdout.buffer.write(bytes(range(256)) * 8192)
            sys.stdout.flush()
            os.system('echo end >/dev/stderr')
            sys.exit(7)
        """
        script = "\n".join(line[12:] for line in script.splitlines())
        result = call(*BARE, "-o", self.out, "-e", "GIVEN=a b", "-e", "TAKEN", "-e", f"EXPECTED_FOLDER={self.folder}", "--",
                      "/usr/bin/python3", "-c", script, "", "two words", "quo'te", "line\nline", "$HOME", "đây",
                      cwd=self.folder, env={**os.environ, "TAKEN": "c d", "OTHER": "e", "LANG": "vi_VN.UTF-8"})
        self.assertEqual(result.stderr, b"complaintend\n")
        self.assertEqual(result.returncode, 7)
        self.assertEqual(result.stdout, bytes(range(256)) * 8192)
        self.assertEqual(pathlib.Path(self.out, "result").read_text("utf-8"), "kết quả")
        self.assertIn("Linux version", pathlib.Path(self.out, "guest", "kernel.log").read_text("utf-8"))

    def test_limit(self):
        """What was said before it is not lost, and a process that holds the output open does not hold up the guest."""
        result = call(*BARE, "-t", "1", "--", "sh", "-c", "echo said; setsid tail -f /dev/null & exec tail -f /dev/null")
        self.assertEqual((result.returncode, result.stdout), (124, b"said\n"), result.stderr)
        self.assertIn(b"did not end within 1 s", result.stderr)

    def test_folder_in_use(self):
        os.makedirs(os.path.join(self.out, "guest"))
        with subprocess.Popen(["flock", os.path.join(self.out, "guest", "lock"), "sh", "-c", "echo; cat"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            holder.stdout.readline()
            result = call("-o", self.out, "--", "true")
            holder.stdin.close()
        self.assertEqual((result.returncode, result.stdout), (125, b""))
        self.assertIn(b"another guest uses this folder", result.stderr)

    def test_called_wrongly(self):
        for words in [], ["-n", "x", "true"], ["-n", "17", "true"], ["-Z", "true"], ["-t"], ["-t", "0", "true"]:
            result = call(*words)
            self.assertEqual((result.returncode, result.stdout), (2, b""), words)
            self.assertIn(b"guest: ", result.stderr)
        self.assertIn(b"COMMAND [ARGUMENT]", call("-h").stdout)

    def test_cannot_run(self):
        """On another processor, which a made-up uname pretends, and where no package can be had."""
        uname = pathlib.Path(self.folder, "uname")
        uname.write_text("#!/bin/sh\necho Linux aarch64\n", "utf-8")
        uname.chmod(0o755)
        path = os.environ["PATH"]
        result = call("true", env={**os.environ, "PATH": f"{self.folder}:{path}"})
        self.assertEqual((result.returncode, result.stderr),
                         (77, b"not run: the guest runs on Linux on x86-64, this is Linux aarch64\n"))
        uname.unlink()
        for name in "apt-get", "apt-cache":
            program = pathlib.Path(self.folder, name)
            program.write_text("#!/bin/sh\nexit 100\n", "utf-8")
            program.chmod(0o755)
        result = call("true", env={**os.environ, "PATH": f"{self.folder}:{path}",
                                   "BEACON_GUEST_CACHE": os.path.join(self.folder, "cache")})
        self.assertEqual(result.returncode, 77, result.stderr)
        self.assertIn(b"not run: apt-get update failed (no network?)", result.stderr)


if __name__ == "__main__":
    first = subprocess.run([pathlib.Path(RUN).with_name("prepare")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           check=False)
    if first.returncode == 77:
        print(first.stderr.decode(), end="")
        sys.exit(77)
    unittest.main()
