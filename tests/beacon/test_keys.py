# SPDX-License-Identifier: MIT
"""Bundles: packed, signed, verified, matched, and their bytes read and written by another language."""
import hashlib
import json
import os
import pathlib
import re
import stat
import struct
import subprocess
import unittest

from support import (BEACON, DAY_C, INPUT, IO, KEY_C, NO, USAGE, ToolTest, call, environment, key_list, record,
                     swapped_capture)

NOW = str(DAY_C + 86400)

# Ed25519 as RFC 8032 defines it, in whole numbers: slow, plain, and nobody else's.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def add(a, b):
    x1, y1, x2, y2 = *a, *b
    k = D * x1 * x2 * y1 * y2
    return ((x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P)


def times(n, point):
    result = (0, 1)
    while n:
        if n & 1:
            result = add(result, point)
        point, n = add(point, point), n >> 1
    return result


def x_of(y, odd):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P:
        raise ValueError("no such point")
    return P - x if x & 1 != odd else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y)


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def decode(data):
    number = int.from_bytes(data, "little")
    y = number & (2**255 - 1)
    return (x_of(y, number >> 255), y)


def prehashed(*parts):
    """The hash that Ed25519ph makes of its parts, with an empty context (RFC 8032, 5.1 and 2)."""
    data = b"SigEd25519 no Ed25519 collisions" + bytes([1, 0]) + b"".join(parts)
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % ORDER


def expand(seed):
    digest = hashlib.sha512(seed).digest()
    number = int.from_bytes(digest[:32], "little")
    return number & (2**254 - 8) | 2**254, digest[32:]


def sign(seed, message):
    secret, prefix = expand(seed)
    public, digest = encode(times(secret, BASE)), hashlib.sha512(message).digest()
    nonce = prehashed(prefix, digest)
    point = encode(times(nonce, BASE))
    return point + ((nonce + prehashed(point, public, digest) * secret) % ORDER).to_bytes(32, "little")


def is_signed(public, message, signature):
    factor = prehashed(signature[:32], public, hashlib.sha512(message).digest())
    return times(int.from_bytes(signature[32:], "little"), BASE) == add(decode(signature[:32]),
                                                                        times(factor, decode(public)))


def bundle(records, seed=None, created=DAY_C, expires=DAY_C + 14 * 86400, region=b"VN"):
    """A bundle by the description in bundle.h; records are (key, slots, start ms, end ms)."""
    signer = encode(times(expand(seed)[0], BASE)) if seed else bytes(32)
    data = b"\x89BZK\r\n\x1a\n" + struct.pack("<HHHHQqq16s32s40x", 1, 128, 56, 1 if seed else 0, len(records), created,
                                              expires, region, signer)
    data += b"".join(struct.pack("<32sIIqq", key, slots, 0, start, end) for key, slots, start, end in records)
    return data + (sign(seed, data) if seed else hashlib.sha512(data).digest())


RECORD_C = (bytes.fromhex(KEY_C), 96, DAY_C * 1000, (DAY_C + 86399) * 1000)


class Reference(unittest.TestCase):
    def test_the_vector_of_rfc_8032_7_3(self):
        seed = bytes.fromhex("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42")
        signature = bytes.fromhex("98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
                                  "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406")
        self.assertEqual(sign(seed, b"abc"), signature)


class Keys(ToolTest):
    def setUp(self):
        super().setUp()
        self.key_file = self.path("authority.key")
        self.public = self.ran("keys", "new", self.key_file).strip()
        self.list = self.file("list.json", key_list(record(), record(slots=144)))

    def pack(self, *more, name="all.keys"):
        self.ran("keys", "pack", self.list, "--output", self.path(name), "--region", "VN-KG", "--at", str(DAY_C), *more)
        return self.path(name)

    def test_a_signing_key_is_secret_and_never_overwritten(self):
        self.assertRegex(self.public, r"^[0-9A-F]{64}$")
        self.assertEqual(stat.S_IMODE(os.stat(self.key_file).st_mode), 0o600)
        with open(self.key_file) as file:
            text = file.read()
        self.assertRegex(text, r"^beacon-signing-key 1\nseed [0-9a-f]{64}\n$")
        self.assertEqual(encode(times(expand(bytes.fromhex(text.split()[-1]))[0], BASE)).hex().upper(), self.public)
        self.refused("keys", "new", self.key_file, code=IO)
        os.chmod(self.key_file, 0o644)
        self.assertIn("chmod 600", self.refused("keys", "sign", self.pack(), "--key", self.key_file, code=INPUT))

    def test_what_is_packed_is_unpacked(self):
        path = self.pack()
        with open(self.list) as file:
            self.assertEqual(json.loads(self.ran("keys", "unpack", path)), json.load(file))
        info = json.loads(self.ran("keys", "info", path, "--json"))
        self.assertEqual(info, {"records": 2, "created_s": DAY_C, "expires_s": DAY_C + 14 * 86400, "region": "VN-KG",
                                "signer": None})
        self.assertIn("VN-KG", self.ran("keys", "info", path))

    def test_another_language_reads_and_verifies_what_is_written(self):
        path = self.pack("--key", self.key_file)
        with open(path, "rb") as file:
            data = file.read()
        self.assertEqual(len(data), 128 + 2 * 56 + 64)
        self.assertEqual(data[56:88].hex().upper(), self.public)
        self.assertTrue(is_signed(data[56:88], data[:-64], data[-64:]))
        self.assertEqual(struct.unpack("<32sIIqq", data[128:184]), (RECORD_C[0], 96, 0, *RECORD_C[2:]))

    def test_what_another_language_writes_is_read_and_verified(self):
        seed = bytes(range(32))
        path = self.file("theirs.keys", bundle([RECORD_C], seed))
        signer = encode(times(expand(seed)[0], BASE)).hex()
        self.ran("keys", "verify", path, "--signer", signer, "--at", NOW)
        self.assertEqual(json.loads(self.ran("keys", "unpack", path)), json.loads(key_list(record())))

    def test_signing_later_is_as_signing_at_once(self):
        at_once, later = self.pack("--key", self.key_file), self.pack(name="later.keys")
        self.ran("keys", "sign", later, "--key", self.key_file)
        with open(at_once, "rb") as a, open(later, "rb") as b:
            self.assertEqual(a.read(), b.read())

    def test_verify_says_no(self):
        signed, plain = self.pack("--key", self.key_file), self.pack(name="plain.keys")
        self.ran("keys", "verify", signed, "--signer", self.public, "--at", NOW)
        self.refused("keys", "verify", plain, "--signer", self.public, "--at", NOW, code=NO)
        self.refused("keys", "verify", signed, "--signer", "0" * 64, "--at", NOW, code=NO)
        self.assertIn("expired", self.refused("keys", "verify", signed, "--signer", self.public, "--at",
                                              str(DAY_C + 14 * 86400), code=NO))
        self.refused("keys", "verify", signed, "--signer", self.public, "--at", str(DAY_C - 1), code=NO)
        self.refused("keys", "verify", self.path("none"), "--signer", self.public, code=IO)
        self.refused("keys", "verify", signed, "--signer", "abc", code=USAGE)
        with open(signed, "rb") as file:
            data = bytearray(file.read())
        for bit in range(0, 8 * len(data), 37):
            data[bit // 8] ^= 1 << bit % 8
            self.refused("keys", "verify", self.file("flipped", bytes(data)), "--signer", self.public, "--at", NOW, code=NO)
            data[bit // 8] ^= 1 << bit % 8

    def test_the_name_of_standard_input(self):
        with open(self.pack("--key", self.key_file), "rb") as file:
            data = file.read()
        words = ["keys", "verify", "-", "--signer", self.public, "--at", NOW]
        self.assertEqual(self.ran(*words, input=data), "standard input: whole, signed by that key, and good now\n")
        self.assertIn("standard input: signature: ",
                      self.refused(*words, input=data[:-1] + bytes([data[-1] ^ 1]), code=NO))

    def test_a_large_bundle_needs_no_more_memory(self):
        record_bytes, block, blocks = bundle([RECORD_C])[128:184], 10000, 50
        header = struct.pack("<8sHHHHQqq16s72x", b"\x89BZK\r\n\x1a\n", 1, 128, 56, 0, block * blocks, DAY_C,
                             DAY_C + 1, b"VN")
        for words, code in ((["info"], 0), (["verify", "--signer", "0" * 64], NO)):
            tool = subprocess.Popen([BEACON, "keys", words[0], "-", *words[1:]], stdin=subprocess.PIPE,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
            digest, peaks = hashlib.sha512(header), []
            tool.stdin.write(header)
            for _ in range(blocks):  # what a pipe does not hold has been read when the write returns
                tool.stdin.write(record_bytes * block)
                digest.update(record_bytes * block)
                status = pathlib.Path(f"/proc/{tool.pid}/status").read_text()
                peaks.append(int(re.search(r"VmHWM:\s*(\d+) kB", status).group(1)))
            tool.communicate(digest.digest())
            self.assertEqual(tool.returncode, code)
            self.assertLess(peaks[-1] - peaks[0], 4096, "kB more for 28 MB")

    def match(self, *words, code=0):
        trace = self.file("trace", swapped_capture())
        if code:
            return self.refused("match", "--trace", trace, "--at", NOW, *words, code=code)
        return json.loads(self.ran("match", "--json", "--trace", trace, "--at", NOW, *words))

    def test_match_takes_either_kind(self):
        path = self.pack()
        self.assertEqual(self.match("--keys", path), self.match("--keys", self.list))
        both = self.match("--keys", path, "--keys", self.list)
        self.assertEqual([met["record"] for met in both["matches"]], [1, 3])
        self.assertEqual([met["sightings"] for met in both["matches"]], [101, 101])

    def test_match_can_require_a_signature(self):
        signed, plain = self.pack("--key", self.key_file), self.pack(name="plain.keys")
        found = self.match("--keys", signed, "--require-signed", self.public)
        self.assertEqual([met["sightings"] for met in found["matches"]], [101])
        for words in (["--keys", plain, "--require-signed", self.public], ["--keys", self.list, "--require-signed", self.public],
                      ["--keys", signed, "--require-signed", "0" * 64],
                      ["--keys", signed, "--keys", plain, "--require-signed", self.public, "--keep-going"]):
            self.match(*words, code=INPUT)
        self.refused("match", "--trace", self.file("trace", swapped_capture()), "--keys", signed, "--require-signed",
                     self.public, "--at", str(DAY_C + 15 * 86400), code=INPUT)
        self.match("--keys", signed, "--require-signed", "xyz", code=USAGE)

    def test_what_is_not_accepted_is_refused_before_its_records(self):
        # Record 1 is bad too, which would be the complaint if the records had been worked on.
        seed, other = bytes(range(32)), bytes(range(1, 33))
        public = encode(times(expand(seed)[0], BASE)).hex()
        bad = [(RECORD_C[0], 97, *RECORD_C[2:])]
        forged = bytearray(bundle(bad, seed))
        forged[-1] ^= 1
        for data, word in ((bundle(bad), "signer"), (bundle(bad, other), "signer"), (bytes(forged), "signature"),
                           (bundle(bad, seed, expires=DAY_C + 1), "expires"), (bundle(bad, seed), "record 1")):
            message = self.match("--keys", self.file("bad.keys", data), "--require-signed", public, code=INPUT)
            self.assertIn(f"bad.keys: {word}: ", message)

    def test_what_is_no_signed_bundle_is_called_what_it_is(self):
        empty, directory = self.file("empty", b""), str(self.directory)
        for path, words, code in ((empty, "expected a signed bundle; the file is empty", INPUT),
                                  (self.list, "expected a signed bundle; this is no bundle", INPUT),
                                  (directory, "Is a directory", IO)):
            message = self.match("--keys", path, "--require-signed", self.public, code=code)
            self.assertEqual(message, f"beacon: {path}: {words}\n")
        self.assertIn("standard input: expected a signed bundle; the file is empty", self.refused(
            "match", "--keys", "-", "--trace", self.file("trace", swapped_capture()), "--require-signed", self.public))
        self.assertIn("Is a directory", self.match("--keys", directory, code=IO))

    def test_a_bundle_is_no_list_to_pack(self):
        path = self.pack()
        message = self.refused("keys", "pack", self.list, path, "--output", self.path("two"), "--region", "VN")
        self.assertIn("all.keys: expected a JSON list; this is a bundle already", message)
        self.assertIn("Is a directory", self.refused("keys", "pack", str(self.directory), "--output", self.path("two"),
                                                     "--region", "VN", code=IO))
        self.assertFalse(os.path.exists(self.path("two")))

    def test_values_out_of_range_are_refused_in_one_form(self):
        pack = ["keys", "pack", self.list, "--output", self.path("out"), "--region"]
        match = ["match", "--keys", self.list, "--trace", self.list]
        number = "expected a whole number from"
        for words, value, expected in (
                ([*pack, "VN", "--days"], "0", f"{number} 1 to 3650"), ([*pack, "VN", "--days"], "3651", f"{number} 1 to 3650"),
                ([*pack, "VN", "--days"], "x", f"{number} 1 to 3650"), (pack, "V N", "expected 1 to 16 letters, digits or hyphens"),
                (pack, "", "expected 1 to 16 letters, digits or hyphens"),
                (pack, "V" * 17, "expected 1 to 16 letters, digits or hyphens"),
                ([*match, "--threads"], "0", f"{number} 1 to 64"), ([*match, "--threads"], "65", f"{number} 1 to 64"),
                (["identity", "report", "x", "--days"], "400", f"{number} 0 to 399"),
                (["identity", "new", "x", "--slots"], "0", f"{number} 1 to 1440"),
                ([*match, "--tolerance"], "x", "expected seconds from 0 to 86400, with up to three decimals"),
                (["identity", "table", "x", "--day"], "x", "expected a day of the years 1970 to 2100, such as 2020-08-08"),
                (["advert", "encode", "--iphone"], "x", "expected open or background")):
            message = self.refused(*words, value, code=USAGE)
            self.assertEqual(message.splitlines()[0], f"beacon: {words[-1]}: {expected}")
        for words in (["keys", "verify", "x", "--signer"], [*match, "--require-signed"]):
            self.assertIn(f"{words[-1]}: expected a public key, 64 hexadecimal digits", self.refused(*words, "a", code=USAGE))
        self.assertFalse(os.path.exists(self.path("out")))

    def test_a_list_has_whole_seconds(self):
        path = self.file("fine.keys", bundle([RECORD_C, (RECORD_C[0], 96, DAY_C * 1000 + 1, DAY_C * 1000 + 999)]))
        self.ran("keys", "info", path)
        self.assertIn("fine.keys: record 2: time_start: expected whole seconds", self.refused("keys", "unpack", path))

    def test_a_damaged_bundle_prints_nothing(self):
        with open(self.pack(), "rb") as file:
            data = file.read()
        for spoilt in (data[:-1], data + b"\0", data[:200], data[:-1] + bytes([data[-1] ^ 1])):
            path = self.file("spoilt.keys", spoilt)
            self.match("--keys", path, code=INPUT)
            self.match("--keys", path, "--keep-going", code=INPUT)
            self.refused("keys", "unpack", path, code=INPUT)
            self.refused("keys", "info", path, code=INPUT)

    def test_threads_find_the_same(self):
        many = bundle([(hashlib.sha256(bytes([i % 256, i // 256])).digest(), 96, *RECORD_C[2:]) for i in range(500)]
                      + [RECORD_C] * 20)
        path = self.file("many.keys", many)
        one = self.match("--keys", path)
        self.assertEqual([met["record"] for met in one["matches"]], list(range(501, 521)))
        for threads in "2", "3", "64":
            self.assertEqual(self.match("--keys", path, "--threads", threads), one)
        self.match("--keys", path, "--threads", "0", code=USAGE)
        self.match("--keys", path, "--threads", "65", code=USAGE)

    def test_nothing_half_written(self):
        path = self.pack()
        with open(path, "rb") as file:
            before = file.read()
        bad = self.file("bad.json", b'{"data":[{"daily_key":"00"}]}')
        self.refused("keys", "pack", bad, "--output", path, "--region", "VN", code=INPUT)
        self.refused("keys", "pack", self.list, "--output", path, "--region", "V N", code=USAGE)
        self.refused("keys", "pack", self.list, "--output", self.path("no/such"), "--region", "VN", code=IO)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(call("keys", "unpack", path, stdout=open("/dev/full", "wb")).returncode, IO)


if __name__ == "__main__":
    unittest.main()
