# SPDX-License-Identifier: MIT
"""Bad input: refused with file, record or line, and field; or left out and listed."""
import json
import os
import unittest

from support import DAY_C, KEY_C, RAN, ToolTest, call, key_list, record

GOOD = key_list(record())
ROW = f"{'0' * 24}\tB9A665D754FE65E665D76A45\t-60\t1596865500000\n"

# A record, and the field that is wrong with it.
RECORDS = [
    (record(key=KEY_C[:-1]), "daily_key"),
    (record(key=KEY_C + "0"), "daily_key"),
    (record(key=KEY_C[:-1] + "G"), "daily_key"),
    (record(key=""), "daily_key"),
    (record(key=7), "daily_key"),
    (record(key=None), "daily_key"),
    (record(slots=0), "max"),
    (record(slots=-1), "max"),
    (record(slots=-96), "max"),
    (record(slots=7), "max"),
    (record(slots=97), "max"),
    (record(slots=1500), "max"),
    (record(slots=1536), "max"),
    (record(slots=86400000), "max"),
    (record(slots=96.5), "max"),
    (record(slots="96"), "max"),
    (record(slots=2 ** 64 + 96), "max"),
    (record(end=DAY_C - 1), "time_end"),
    (record(end=DAY_C + 400 * 86400 + 1), "time_end"),
    (record(end=10 ** 12), "time_end"),
    (record(start=0), "time_start"),
    (record(start=-1), "time_start"),
    (record(start=10 ** 12), "time_start"),
    (record(start=2 ** 63), "time_start"),
]
RECORDS += [({name: value for name, value in record().items() if name != missing}, missing)
            for missing in record()]

# A line, and the field that is wrong with it, or None for the whole.
ROWS = [
    ("\t".join(ROW.split("\t")[1:]), None),
    (ROW[:-1] + "\t0\n", None),
    (ROW.replace("\t", " "), None),
    ("\n", None),
    (ROW.replace("B9A6", "B9A"), "contact"),
    (ROW.replace("B9A6", "B9AG"), "contact"),
    (ROW.replace("0" * 24, "0" * 23), "own"),
    (ROW.replace("-60", "-60.5"), "rssi"),
    (ROW.replace("-60", ""), "rssi"),
    (ROW.replace("-60", "21"), "rssi"),
    (ROW.replace("-60", "-128"), "rssi"),
    (ROW.replace("1596865500000", "0"), "time"),
    (ROW.replace("1596865500000", "-861642725"), "time"),
    (ROW.replace("1596865500000", "1200243695000000"), "time"),
    (ROW.replace("1596865500000", "1200243695000"), "time"),
    (ROW.replace("1596865500000", ""), "time"),
    (ROW.replace("1596865500000", "9" * 40), "time"),
]


class BadInput(ToolTest):
    def match(self, keys=GOOD, trace=ROW):
        return ["match", "--keys", self.file("keys.json", keys), "--trace",
                self.file("trace.txt", trace)]

    def test_the_good_ones_are_good(self):
        self.assertEqual(len(self.json(*self.match())["matches"]), 1)
        self.ran(*self.match(key_list(record(end=DAY_C + 400 * 86400))))
        self.ran(*self.match(key_list(record(end=DAY_C))))

    def test_each_bad_record(self):
        for bad, field in RECORDS:
            keys = key_list(record(), record(), bad, record())
            message = self.refused(*self.match(keys))
            for words in ("keys.json", "record 3", field, "expected"):
                self.assertIn(words, message, bad)
            self.refused(*self.match(keys), "--json")

    def test_each_bad_record_left_out(self):
        keys = key_list(*[bad for bad, _ in RECORDS], record())
        found = self.json(*self.match(keys), "--keep-going")
        self.assertEqual([(os.path.basename(refused["file"]), refused["record"], refused["field"])
                          for refused in found["refused"]],
                         [("keys.json", i + 1, field) for i, (_, field) in enumerate(RECORDS)])
        for refused in found["refused"]:
            self.assertEqual(set(refused), {"file", "record", "field", "expected", "message"})
            self.assertIn(refused["expected"], refused["message"])
        self.assertEqual(found["keys"], 1)
        self.assertEqual([match["record"] for match in found["matches"]], [len(RECORDS) + 1])
        text = self.ran(*self.match(keys), "--keep-going")
        self.assertIn(f"{len(RECORDS)} records or lines were refused", text)
        self.assertIn("record 7: max: expected", text)

    def test_text_that_is_no_list(self):
        for text in ("", " ", "x", "[]", "{}", "null", "7", '"', '"x"', '{"data":{}}', '{"data":7}',
                     '{"data":[7]}', '{"data":[[]]}', '{"data":[]}x', GOOD + GOOD, GOOD[:-1] + ",}",
                     GOOD.replace(":", "="), "\ufeff", "\0", "\xff", '{"data":[{"daily_key":"\0"}]}'):
            message = self.refused(*self.match(keys=text.encode("latin-1", "replace")))
            self.assertIn("keys.json", message)

    def test_a_list_cut_anywhere(self):
        text = GOOD
        for length in range(len(text)):
            self.assertIn("keys.json", self.refused(*self.match(keys=text[:length])))
            if length % 10 == 0:
                self.ran(*self.match(keys=text[:length]), "--keep-going")

    def test_nesting_without_end(self):
        for opening in ("[", '{"a":', '{"data":[', "[{"):
            for text in (opening * 1000000, '{"data":[{"x":' + opening * 1000000,
                         json.dumps(opening * 1000000)):
                self.assertIn("keys.json", self.refused(*self.match(keys=text)))

    def test_a_record_without_end(self):
        for text in ('{"data":[{"x":"' + "y" * 10000000, '{"data":[{"x":' + "7" * 10000000,
                     '{"data":[{' + ",".join(f'"{i}":0' for i in range(500000)), " " * 10000000,
                     '"' + " " * 10000000):
            self.assertIn("keys.json", self.refused(*self.match(keys=text)))

    def test_each_bad_line(self):
        for bad, field in ROWS:
            message = self.refused(*self.match(trace=ROW + ROW + bad + ROW))
            for words in ("trace.txt", "line 3", field or ""):
                self.assertIn(words, message, bad)

    def test_each_bad_line_left_out(self):
        trace = ROW + "".join(bad for bad, _ in ROWS) + ROW
        found = self.json(*self.match(trace=trace), "--keep-going")
        self.assertEqual([refused["line"] for refused in found["refused"]],
                         list(range(2, len(ROWS) + 2)))
        for refused in found["refused"]:
            self.assertEqual(set(refused), {"file", "line", "field", "expected", "message"})
        self.assertEqual(found["sightings"], 2)
        self.assertEqual(found["matches"][0]["sightings"], 2)

    def test_a_trace_cut_anywhere(self):
        for length in range(1, len(ROW) - 1):
            trace = ROW + ROW[:length]
            if ROW[:length].count("\t") == 3 and ROW[:length].split("\t")[3] in ("1596865500",):
                continue  # seconds, by chance
            result = call(*self.match(trace=trace))
            self.assertEqual((result.returncode, result.stdout), (3, b""), ROW[:length])
            self.assertIn(b"line 2", result.stderr)

    def test_seconds_and_milliseconds_in_one_file(self):
        trace = ROW * 4 + ROW.replace("1596865500000", "1596865500") + ROW
        for more in ([], ["--keep-going"]):
            message = self.refused(*self.match(trace=trace), *more)
            self.assertIn("trace.txt", message)
            self.assertIn("line 5", message)

    def test_a_line_without_end(self):
        self.assertIn("line 1", self.refused(*self.match(trace="0" * 20000000)))
        self.assertIn("line 1", self.refused(*self.match(trace="\t" * 5000000)))
        self.assertIn("line 1", self.refused(*self.match(trace=b"\0" * 1000000)))

    def test_refusals_without_end(self):
        message = self.refused(*self.match(trace="x\n" * 100001), "--keep-going")
        self.assertIn("100000", message)

    def test_nothing_from_a_stranger_steers_the_terminal(self):
        evil = b"\x1b[31mX\x07\x9b\r\xe2\x80\xae\xff"
        name = self.directory.joinpath(os.fsdecode(b"k\x1b[31m\x9b\xff\n\xe2\x80\xae.json"))
        for keys, trace in ((b'{"data":[{"daily_key":"' + evil + b'"}]}', ROW.encode()),
                            (b'{"' + evil + b'":1', ROW.encode()), (evil, ROW.encode()),
                            (GOOD.encode(), evil), (GOOD.encode(), evil + b"\t" + ROW.encode())):
            name.write_bytes(keys)
            for more in ([], ["--keep-going"], ["--keep-going", "--json"]):
                result = call("match", "--keys", str(name), "--trace", self.file("trace", trace),
                              *more)
                self.assertIn(result.returncode, (0, 3))
                for output in (result.stdout, result.stderr):
                    text = output.decode("utf-8")
                    self.assertFalse(any(not c.isprintable() and c != "\n" for c in text), text)
                    self.assertNotIn("31mX", text.replace("\\x1B[31mX", ""))
        for words in ([evil.decode("latin-1")], ["match", "--" + evil.decode("latin-1")],
                      ["match", "--keys", "x", "--trace", "y", "--tolerance",
                       evil.decode("latin-1")], ["identity", "show", str(name)],
                      ["match", "--keys", str(name) + "x", "--trace", "y"]):
            result = call(*words)
            self.assertNotEqual(result.returncode, RAN)
            text = result.stderr.decode("utf-8")
            self.assertFalse(any(not c.isprintable() and c != "\n" for c in text), text)


if __name__ == "__main__":
    unittest.main()
