#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Exported symbols: what a shared library exports, what its version script lists and what its headers declare are one set.

symbols.py NM LIBRARY.so LIBRARY.map HEADER…
"""
import re
import subprocess
import sys


def exported(nm, library):
    """Names that the library defines for others, without the names of its versions."""
    lines = subprocess.run([nm, '-D', '--defined-only', library], check=True, capture_output=True, text=True).stdout
    names = set()
    for line in lines.splitlines():
        kind, name = line.split()[-2:]
        if kind != 'A':
            names.add(name.split('@')[0])
    return names


def listed(script):
    with open(script, encoding='utf-8') as file:
        text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
    names = set()
    for part in re.findall(r'global:(.*?)(?:local:|\})', text, re.S):
        for name in part.split(';'):
            if name.strip():
                names.add(name.strip())
    return names


def declared(header):
    """Functions and objects after BEACON_API; a public declaration without it is a problem of its own."""
    with open(header, encoding='utf-8') as file:
        text = re.sub(r'/\*.*?\*/', ' ', file.read(), flags=re.S)
    names = set()
    for declaration in re.findall(r'^BEACON_API\b([^;]*);', text, re.M):
        match = re.match(r'[^()]*?\b(\w+)\s*(?:\(|\[|$)', declaration, re.S)
        names.add(match.group(1))
    prototypes = set(re.findall(r'^(?!typedef\b|BEACON_API\b)[a-zA-Z][\w \t*]*\b(beacon_\w+)\s*\(', text, re.M))
    return names, prototypes


def compare(what, have, than, want):
    for name in sorted(have - want):
        print(f'{name}: {what}, but not {than}')
    return len(have - want)


def main():
    if len(sys.argv) < 5:
        print(__doc__, file=sys.stderr)
        return 2
    nm, library, script, headers = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    in_library, in_script, in_headers, wrong = exported(nm, library), listed(script), set(), 0
    for header in headers:
        names, prototypes = declared(header)
        in_headers |= names
        for name in sorted(prototypes):
            print(f'{name}: declared in {header} without BEACON_API')
            wrong += 1
    wrong += compare('exported', in_library, 'listed', in_script)
    wrong += compare('listed', in_script, 'exported', in_library)
    wrong += compare('listed', in_script, 'declared', in_headers)
    wrong += compare('declared', in_headers, 'listed', in_script)
    print(f'{len(in_library)} exported, {len(in_script)} listed, {len(in_headers)} declared')
    return 1 if wrong or not in_library else 0


if __name__ == '__main__':
    sys.exit(main())
