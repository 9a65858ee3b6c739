#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles and runs the C example of README.md, and follows its links: readme.py TOP CC LIBRARY_FOLDER BUILD_FOLDER [CFLAG...]"""
import pathlib
import re
import subprocess
import sys


def example_of(text):
    blocks = re.findall(r"^```c\n(.*?)^```$", text, re.M | re.S)
    if len(blocks) != 1:
        sys.exit(f"README.md: {len(blocks)} C examples, expected one")
    return blocks[0]


def check_links(top, text):
    missing = [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not (top / link).exists()]
    if missing:
        sys.exit(f"README.md: links to nothing: {missing}")


def main():
    top, compiler, libraries, build, *flags = sys.argv[1:]
    text = pathlib.Path(top, "README.md").read_text()
    check_links(pathlib.Path(top), text)
    source, program = pathlib.Path(build, "readme_example.c"), pathlib.Path(build, "readme_example")
    source.write_text(example_of(text))
    subprocess.run([compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", *flags, f"-I{top}/include", str(source), "-o", str(program),
                    f"-L{libraries}", f"-Wl,-rpath,{libraries}", "-lbeacon"], check=True)
    printed = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    if not re.fullmatch(r"0201020FFFB522[0-9A-F]{24}0303564E", printed):
        sys.exit(f"README.md: the example printed {printed!r}")


if __name__ == "__main__":
    main()
