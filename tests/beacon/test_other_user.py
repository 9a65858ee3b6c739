# SPDX-License-Identifier: MIT
"""An identity that belongs to another user."""
import os
import unittest

from support import ToolTest
from test_identity import OLD_TEXT


@unittest.skipUnless(os.geteuid() == 0, "only root can give a file away")
class OtherUser(ToolTest):
    def test_it_is_refused(self):
        path = self.file("phone.identity", OLD_TEXT)
        os.chmod(path, 0o600)
        self.ran("identity", "show", path)
        os.chown(path, 65534, -1)
        for command in ("show", "report"):
            self.assertIn("another user", self.refused("identity", command, path))


if __name__ == "__main__":
    unittest.main()
