# SPDX-License-Identifier: MIT
"""Runs one module of tests; exit status 77 says that none of them could run here."""
import sys
import unittest


def main():
    tests = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1])
    result = unittest.TextTestRunner().run(tests)
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    for _, reason in result.skipped:
        print("not run:", reason)
    return 77 if len(result.skipped) == result.testsRun else 0


sys.exit(main())
