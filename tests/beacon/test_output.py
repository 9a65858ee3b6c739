# SPDX-License-Identifier: MIT
"""Where a bundle is written to: files, links, pipes, devices and standard output, whole or not at all."""
import os
import signal
import stat
import subprocess
import unittest

from support import BEACON, DAY_C, IO, RAN, ToolTest, call, environment, key_list, preloaded, record


class Output(ToolTest):
    def setUp(self):
        super().setUp()
        self.list = self.file("list.json", key_list(record()))
        self.output = self.path("all.keys")
        self.bundle = self.ran_bytes(*self.words("-"))

    def words(self, output=None):
        return ["keys", "pack", self.list, "--output", output or self.output, "--region", "VN", "--at", str(DAY_C)]

    def ran_bytes(self, *words, **more):
        result = call(*words, **more)
        self.assertEqual((result.returncode, result.stderr), (RAN, b""))
        return result.stdout

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def mode(self, path):
        return stat.S_IMODE(os.stat(path).st_mode)

    def test_a_hyphen_is_standard_output(self):
        self.assertEqual(len(self.bundle), 128 + 56 + 64)
        self.ran(*self.words())
        self.assertEqual(self.content(self.output), self.bundle)
        key = self.path("key")
        self.ran("keys", "new", key)
        signed = self.ran_bytes("keys", "sign", "-", "--key", key, input=self.bundle, cwd=self.directory)
        self.ran("keys", "sign", self.output, "--key", key)
        self.assertEqual(self.content(self.output), signed)
        self.assertEqual(sorted(os.listdir(self.directory)), ["all.keys", "key", "list.json"])

    def test_standard_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            result = call(*self.words("-"), stdout=full)
        self.assertEqual(result.returncode, IO)
        self.assertIn(b"cannot write to standard output", result.stderr)
        self.refused("keys", "sign", "-", "--key", self.path("none"), input=self.bundle, code=IO)

    def test_a_new_file_has_what_the_umask_leaves(self):
        for umask, mode in ((0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o002, 0o664)):
            self.ran(*self.words(), umask=umask)
            self.assertEqual(self.mode(self.output), mode)
            os.unlink(self.output)

    def test_a_file_that_is_replaced_keeps_its_mode(self):
        for mode in (0o600, 0o640, 0o664, 0o444, 0o666):
            self.file("all.keys", b"old")
            os.chmod(self.output, mode)
            self.ran(*self.words(), umask=0o077)
            self.assertEqual((self.mode(self.output), self.content(self.output)), (mode, self.bundle))

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_a_file_that_is_replaced_keeps_its_owner(self):
        self.file("all.keys", b"old")
        os.chown(self.output, 1234, 4321)
        self.ran(*self.words())
        status = os.stat(self.output)
        self.assertEqual((status.st_uid, status.st_gid), (1234, 4321))

    def test_what_a_link_leads_to_is_replaced(self):
        os.mkdir(self.path("far"))
        os.symlink("far/target", self.path("near"))
        os.symlink(self.path("near"), self.output)  # first to what does not exist yet, then to a file
        for umask in (0o027, 0o077):
            self.ran(*self.words(), umask=umask)
            self.assertTrue(os.path.islink(self.output) and os.path.islink(self.path("near")))
            self.assertFalse(os.path.islink(self.path("far/target")))
            self.assertEqual(self.content(self.path("far/target")), self.bundle)
            self.assertEqual(self.mode(self.path("far/target")), 0o640)
        self.assertEqual(os.listdir(self.path("far")), ["target"])

    def test_links_that_lead_nowhere(self):
        os.symlink("all.keys", self.output)
        self.assertIn("all.keys: ", self.refused(*self.words(), code=IO))
        self.assertTrue(os.path.islink(self.output))
        self.refused(*self.words(self.path("no/such")), code=IO)
        self.refused(*self.words(str(self.directory)), code=IO)

    def test_a_pipe_with_a_name_is_written_to(self):
        os.mkfifo(self.output)
        with subprocess.Popen([BEACON, *self.words()], env=environment()) as tool:
            read = self.content(self.output)
        self.assertEqual((tool.returncode, read), (RAN, self.bundle))
        self.assertTrue(stat.S_ISFIFO(os.lstat(self.output).st_mode))

    def test_a_device_is_written_to(self):
        for device, code in (("/dev/null", RAN), ("/dev/full", IO)):
            path = self.path(device[5:])
            os.symlink(device, path)  # so that nothing of this machine's is at stake
            self.assertEqual(call(*self.words(path)).returncode, code)
            self.assertEqual(os.readlink(path), device)
            self.assertTrue(stat.S_ISCHR(os.stat(path).st_mode))

    def test_a_file_without_a_name_is_written_to(self):
        file = os.open(self.path("gone"), os.O_RDWR | os.O_CREAT)
        os.write(file, b"x" * 1000)
        os.unlink(self.path("gone"))
        self.ran(*self.words(f"/proc/self/fd/{file}"), pass_fds=(file,))
        self.assertEqual(os.pread(file, 10000, 0), self.bundle)
        os.close(file)
        self.assertEqual(os.listdir(self.directory), ["list.json"])

    def stopped_at_each_step(self, how):
        """The tool's results, stopped at each step of replacing a file behind a link; the file is old or new, whole."""
        os.symlink("target", self.output)
        for at in range(1, 20):
            self.file("target", b"old")
            result = call(*self.words(), env=preloaded(**{how: at}))
            self.assertIn(self.content(self.path("target")), (b"old", self.bundle))
            self.assertTrue(os.path.islink(self.output))
            if result.returncode == RAN:
                break
            yield result
        self.assertIn(at, range(3, 19))

    def test_killed_at_any_step_the_old_file_is_there_or_the_new_one(self):
        for result in self.stopped_at_each_step("KILL_AT"):
            self.assertEqual(result.returncode, -signal.SIGKILL)

    def test_a_failure_at_any_step_is_told_and_leaves_nothing_behind(self):
        for result in self.stopped_at_each_step("FAIL_AT"):
            self.assertEqual(result.returncode, IO)
            self.assertIn(b"Input/output error", result.stderr)
            self.assertEqual(sorted(os.listdir(self.directory)), ["all.keys", "list.json", "target"])


if __name__ == "__main__":
    unittest.main()
