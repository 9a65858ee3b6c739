#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts a ctest JUnit file: a line "passed failed skipped", then one for each test that failed or was not run.

tally.py JUNIT.xml
"""
import sys
import xml.etree.ElementTree as xml

# What ctest says of a test that chose not to run, or was told not to. Any other "notrun" is a failure: its program is
# missing, or what it needs failed.
CHOSEN = ('SKIP_RETURN_CODE', 'SKIP_REGULAR_EXPRESSION_MATCHED', 'Disabled')


def reason(case):
    """The line in which a test says why it does not run."""
    for line in (case.findtext('system-out') or '').splitlines():
        if line.startswith('not run: '):
            return line[len('not run: '):]
    skipped = case.find('skipped')
    return 'turned off in this build' if skipped is None or case.get('status') == 'disabled' else skipped.get('message')


def main():
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    lines = []
    for case in xml.parse(sys.argv[1]).getroot().iter('testcase'):
        skipped = case.find('skipped')
        message = '' if skipped is None else skipped.get('message', '')
        if case.get('status') == 'run' and case.find('failure') is None:
            counts['passed'] += 1
        elif case.get('status') == 'disabled' or message.startswith(CHOSEN):
            counts['skipped'] += 1
            lines.append(f'not run: {case.get("name")}: {reason(case)}')
        else:
            counts['failed'] += 1
            lines.append(f'FAILED: {case.get("name")}')
    print(*counts.values())
    print(*lines, sep='\n')


if __name__ == '__main__':
    main()
