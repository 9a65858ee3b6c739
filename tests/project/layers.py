#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which way an include may point: asserts the house's arrows, and (--self-test) that this check sees violations.

layers.py TOP          checks the tree
layers.py --self-test  checks the checker, on made-up trees
"""
import os
import re
import sys
import tempfile

# Foreign headers, by the name they are allowed under below. A header that no line knows is refused.
FOREIGN = {
    'c11': r'(assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal|stdalign|stdarg'
           r'|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath|threads|time|uchar|wchar|wctype)\.h',
    'posix': r'(dirent|fcntl|poll|pthread|sched|strings|termios|unistd)\.h|sys/(file|ioctl|mman|random|resource|select'
             r'|socket|stat|time|timerfd|types|uio|un|wait)\.h|linux/capability\.h',
    'cpu': r'cpuid\.h|sys/auxv\.h|asm/hwcap\.h|asm/cputable\.h',
    'simd': r'(immintrin|x86intrin|arm_neon|arm_acle|arm_sve|wasm_simd128)\.h',
    'sodium': r'sodium(/.*)?\.h',
    'glib': r'glib(-object|-unix)?\.h|glib/.*\.h|gio/(?!gdbus).*\.h|libintl\.h',
    'yajl': r'yajl/.*\.h',
    'sqlite': r'sqlite3\.h',
    'bluetooth': r'bluetooth/.*\.h',
    'dbus': r'gio/gdbus.*\.h|dbus/.*\.h|systemd/.*\.h',
}
# Of these, one file knows the header, wherever it stands.
ONE_FILE = ('bluetooth', 'dbus')

# Rooms: the rooms each may see besides itself, and the foreign headers of its code. Its public header is held to the
# same rooms, and to what `public` names.
CORE = ('c11', 'sodium')
STORE = ('c11', 'posix', 'sodium', 'glib')
ROOMS = {
    'base':      {'sees': (), 'foreign': CORE + ('cpu',)},
    'identity':  {'sees': ('base',), 'foreign': CORE},
    'advert':    {'sees': ('base',), 'foreign': CORE},
    'encounter': {'sees': ('base', 'identity'), 'foreign': CORE},
    'match':     {'sees': ('base', 'identity', 'encounter'), 'foreign': CORE + ('simd',)},
    'exchange':  {'sees': ('base', 'identity', 'encounter', 'match'), 'foreign': STORE + ('yajl',), 'public': ('glib',)},
    'store':     {'sees': ('base', 'identity', 'encounter', 'match'), 'foreign': STORE + ('sqlite',), 'public': ('glib',)},
    'air':       {'sees': ('base', 'identity', 'advert'), 'foreign': STORE, 'public': ('glib',)},
    'radio':     {'sees': ('base', 'advert', 'air'), 'foreign': ('c11', 'posix', 'glib', 'bluetooth', 'dbus'),
                  'public': ('glib',)},
}
# Public headers that are not named after their room.
HEADER_ROOM = {'bundle': 'exchange', 'clock': 'radio'}
# Exceptions to `sees`, for one file's name: only the simulated radio knows the air.
ONLY_FROM = {('radio', 'air'): ('sim', 'sim_air')}

# Programs: public headers only, and headers of their own folder. SQLite's is in the entrance's tally, and where the bench
# times SQLite, alone.
PROGRAMS = ('examples', 'bench')
# What the two tools share.
COMMON = 'examples/common'
# Of the programs, what may look inside the libraries.
LOOKS_INSIDE = re.compile(r'^bench/kernels?(/|[_.])')
SQLITE_PROGRAM = re.compile(r'^(examples/entrance/tally|bench/peer_sqlite)')

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)"|(.*))', re.M)
COMMENT = re.compile(r'/\*.*?\*/', re.S)


def sources(top, folder):
    """The C files under a folder of the tree, as paths from its top."""
    for here, folders, files in os.walk(os.path.join(top, folder)):
        folders.sort()
        for name in sorted(files):
            if name.endswith(('.c', '.h', '.cc', '.cpp')):
                yield os.path.relpath(os.path.join(here, name), top)


def includes(top, path):
    """(what is included, '<' or '"' or '' when it is a macro) for each include of a file."""
    with open(os.path.join(top, path), encoding='utf-8') as file:
        text = COMMENT.sub(lambda match: '\n' * match.group().count('\n'), file.read())
    for match in INCLUDE.finditer(text):
        if match.group(1) is not None:
            yield match.group(1).strip(), '<'
        elif match.group(2) is not None:
            yield match.group(2).strip(), '"'
        else:
            yield match.group(3).strip(), ''


def resolve(top, path, name):
    """A quoted include as a path from the top, looked up as the compiler does: beside the file, then in COMMON for programs,
    in libbeacon/ for the libraries and what looks inside them."""
    for folder in (os.path.dirname(path), *([COMMON] if path.startswith(PROGRAMS) else []), 'libbeacon'):
        candidate = os.path.normpath(os.path.join(folder, name))
        if os.path.exists(os.path.join(top, candidate)):
            return candidate
    return None


def header_room(name):
    """The room of a public header, by its file name."""
    stem = os.path.basename(name).split('.')[0]
    return HEADER_ROOM.get(stem, stem)


def target_room(top, path, name, quote):
    """The room that an include leads into, and how: 'public', 'inner', 'own' (no room's), 'foreign', 'unknown'."""
    if name.startswith('beacon/'):
        return header_room(name), 'public'
    if quote == '<':
        return None, 'foreign'
    found = resolve(top, path, name)
    if found is None:
        return None, 'unknown'
    parts = found.split(os.sep)
    if parts[0] == 'libbeacon' and len(parts) > 2:
        return parts[1], 'inner'
    if parts[:2] == ['include', 'beacon']:
        return header_room(parts[2]), 'public'
    return None, 'own'


def foreign_name(header):
    for name, pattern in FOREIGN.items():
        if re.fullmatch(pattern, header):
            return name
    return None


def check_library_file(top, path, room, allowed, problems):
    """One file of a room, or its public header."""
    stem = os.path.basename(path).split('.')[0]
    for name, quote in includes(top, path):
        into, kind = target_room(top, path, name, quote)
        if kind in ('public', 'inner'):
            if into not in ROOMS:
                problems.append(f'{path}: {name}: there is no room "{into}"')
            elif into != room and into not in ROOMS[room]['sees']:
                problems.append(f'{path}: {name}: {room} may not see {into}')
            elif stem not in ONLY_FROM.get((room, into), (stem,)):
                problems.append(f'{path}: {name}: of {room}, {stem} may not see {into}')
            elif kind == 'inner' and path.startswith('include'):
                problems.append(f'{path}: {name}: a public header shows public headers only')
        elif kind == 'foreign':
            if foreign_name(name) not in allowed:
                problems.append(f'{path}: <{name}>: not for {room}')
        else:
            problems.append(f'{path}: {name}: not a file of the libraries')


def check_program_file(top, path, problems):
    for name, quote in includes(top, path):
        into, kind = target_room(top, path, name, quote)
        if kind == 'public' and into not in ROOMS:
            problems.append(f'{path}: {name}: there is no room "{into}"')
        elif kind == 'inner' and not LOOKS_INSIDE.match(path):
            problems.append(f'{path}: {name}: programs see public headers only')
        elif kind == 'unknown':
            problems.append(f'{path}: {name}: found nowhere')
        elif kind == 'own' and resolve(top, path, name).split(os.sep)[0] not in PROGRAMS:
            problems.append(f'{path}: {name}: not a file of the programs')
        elif kind == 'foreign' and foreign_name(name) == 'sqlite' and not SQLITE_PROGRAM.match(path):
            problems.append(f'{path}: <{name}>: for the store and the tally only')


def check_one_file(top, problems):
    for foreign in ONE_FILE:
        users = [path for folder in ('libbeacon', 'include', *PROGRAMS) for path in sources(top, folder)
                 if any(quote == '<' and foreign_name(name) == foreign for name, quote in includes(top, path))]
        if len(users) > 1:
            problems.append(f'{foreign} headers are known to more than one file: {", ".join(users)}')


def check(top):
    """What is wrong in a tree, a line each, and how many files were read."""
    problems, count = [], 0
    for path in sources(top, 'libbeacon'):
        parts = path.split(os.sep)
        count += 1
        if len(parts) < 3 or parts[1] not in ROOMS:
            problems.append(f'{path}: not in a room')
        else:
            check_library_file(top, path, parts[1], ROOMS[parts[1]]['foreign'], problems)
    for path in sources(top, 'include'):
        room = header_room(path)
        count += 1
        if os.path.dirname(path) != os.path.join('include', 'beacon') or room not in ROOMS:
            problems.append(f'{path}: not the public header of a room')
        else:
            check_library_file(top, path, room, ('c11',) + ROOMS[room].get('public', ()), problems)
    for folder in PROGRAMS:
        for path in sources(top, folder):
            count += 1
            check_program_file(top, path, problems)
    check_one_file(top, problems)
    return problems, count


GOOD = {
    'include/beacon/base.h': '#include <stdint.h>',
    'include/beacon/match.h': '#include <beacon/base.h>\n#include <beacon/encounter.h>',
    'include/beacon/exchange.h': '#include <beacon/match.h>\n#include <glib.h>',
    'libbeacon/base/hex.h': '',
    'libbeacon/base/hex.c': '#include "hex.h"\n#include <string.h>',
    'libbeacon/match/engine.c': '#include <beacon/match.h>\n#include "base/hex.h"\n#include <sodium.h>',
    'libbeacon/match/kernel_neon.c': '#include <arm_neon.h>',
    'libbeacon/exchange/json.c': '# include <yajl/yajl_parse.h>\n/*\n#include "radio/face.h"\n*/',
    'libbeacon/radio/hci.c': '#include <bluetooth/hci.h>',
    'libbeacon/radio/sim.c': '#include <beacon/air.h>',
    'libbeacon/air/air.c': '#include <beacon/air.h>\n#include <beacon/identity.h>\n#include <glib.h>',
    'examples/beacon/main.c': '#include "text.h"\n#include <beacon/match.h>\n#include <glib.h>',
    'examples/beacon/text.h': '#include "say.h"',
    'examples/common/say.h': '#include <libintl.h>',
    'bench/kernels.c': '#include "base/hex.h"',
}
# File, text, and words of the complaint that this one file must cause.
BAD = [
    ('libbeacon/base/cycle.c', '#include <beacon/match.h>', 'base may not see match'),
    ('libbeacon/base/cycle.c', '#include "match/engine.h"', 'base may not see match'),
    ('libbeacon/base/cycle.c', '#include "../match/engine.h"', 'base may not see match'),
    ('libbeacon/identity/x.c', '#  include <beacon/encounter.h>', 'identity may not see encounter'),
    ('libbeacon/match/x.c', '#include <beacon/radio.h>', 'match may not see radio'),
    ('libbeacon/match/x.c', '#include <glib.h>', '<glib.h>: not for match'),
    ('libbeacon/match/x.c', '#include <pthread.h>', '<pthread.h>: not for match'),
    ('libbeacon/match/x.c', '#include <openssl/sha.h>', '<openssl/sha.h>: not for match'),
    ('libbeacon/match/x.c', '/* */ #include <sqlite3.h>\n', '<sqlite3.h>: not for match'),
    ('libbeacon/identity/x.c', '#include <immintrin.h>', 'not for identity'),
    ('libbeacon/radio/x.c', '#include <beacon/match.h>', 'radio may not see match'),
    ('libbeacon/radio/x.c', '#include <beacon/air.h>', 'of radio, x may not see air'),
    ('libbeacon/air/x.c', '#include <beacon/radio.h>', 'air may not see radio'),
    ('libbeacon/air/x.c', '#include <yajl/yajl_gen.h>', 'not for air'),
    ('libbeacon/radio/x.c', '#include <sodium.h>', 'not for radio'),
    ('libbeacon/radio/x.c', '#include <bluetooth/hci.h>', 'more than one file'),
    ('libbeacon/store/x.c', '#include <yajl/yajl_gen.h>', 'not for store'),
    ('libbeacon/store/x.c', '#include "exchange/json.h"', 'store may not see exchange'),
    ('libbeacon/exchange/x.c', '#include <sqlite3.h>', 'not for exchange'),
    ('libbeacon/exchange/x.c', '#include "missing.h"', 'not a file of the libraries'),
    ('libbeacon/exchange/x.c', '#include HEADER', 'not a file of the libraries'),
    ('libbeacon/exchange/x.c', '#include <beacon/telepathy.h>', 'there is no room "telepathy"'),
    ('libbeacon/telepathy/x.c', '', 'not in a room'),
    ('libbeacon/loose.c', '', 'not in a room'),
    ('include/beacon/advert.h', '#include <sodium.h>', 'not for advert'),
    ('include/beacon/advert.h', '#include <beacon/identity.h>', 'advert may not see identity'),
    ('include/beacon/advert.h', '#include "base/hex.h"', 'public headers only'),
    ('include/beacon/telepathy.h', '', 'not the public header of a room'),
    ('examples/beacon/x.c', '#include "base/hex.h"', 'programs see public headers only'),
    ('examples/beacon/x.c', '#include "../../libbeacon/base/hex.h"', 'programs see public headers only'),
    ('examples/common/x.c', '#include "base/hex.h"', 'programs see public headers only'),
    ('examples/common/x.c', '#include "text.h"', 'found nowhere'),
    ('examples/beacon/x.c', '#include <sqlite3.h>', 'for the store and the tally only'),
    ('examples/beacon/x.c', '#include "../../tests/vectors.h"', 'not a file of the programs'),
    ('bench/speed.c', '#include "match/engine.h"', 'programs see public headers only'),
]


def write_tree(top, files):
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(top, path)), exist_ok=True)
        with open(os.path.join(top, path), 'w', encoding='utf-8') as file:
            file.write(text)


def self_test():
    failures = 0
    always = {**GOOD, 'libbeacon/match/engine.h': '', 'libbeacon/exchange/json.h': '', 'libbeacon/radio/face.h': '',
              'tests/vectors.h': ''}
    for path, text, words in [(None, None, None), *BAD]:
        with tempfile.TemporaryDirectory() as top:
            write_tree(top, always if path is None else {**always, path: text})
            problems, _ = check(top)
        if path is None:
            good = not problems
        else:
            good = len(problems) == 1 and words in problems[0]
        if not good:
            failures += 1
            print(f'{path}: {text!r}: expected "{words}", got {problems}')
    print(f'{len(BAD)} violations made up, {failures} judged wrongly')
    return failures


def main():
    if sys.argv[1:] == ['--self-test']:
        return 1 if self_test() else 0
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    problems, count = check(sys.argv[1])
    for problem in problems:
        print(problem)
    print(f'{count} files read, {len(problems)} includes against the layers')
    return 1 if problems or count == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
