# SPDX-License-Identifier: MIT
"""The man page, as groff sees it."""
import shutil
import subprocess
import unittest

from support import ROOM


@unittest.skipUnless(shutil.which("groff"), "groff is missing (Debian: groff-base)")
class Man(unittest.TestCase):
    def test_the_man_page_is_well_formed(self):
        result = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", str(ROOM / "beacon.1")],
                                capture_output=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main()
