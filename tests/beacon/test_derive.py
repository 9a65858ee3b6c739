# SPDX-License-Identifier: MIT
"""beacon derive: against the vectors, and never a key in what it prints."""
import re
import unittest

from support import DATA, DAY_C, DAY_MS, INPUT, KEY_C, USAGE, ToolTest, identifiers


def vectors(kind):
    lines = (DATA / "vectors.txt").read_text().splitlines()
    return [line.split()[1:] for line in lines if line.startswith(kind + " ")]


KEYS = {(name, day): key for name, day, key in vectors("KEY")}


class Derive(ToolTest):
    def table(self, key, start=DAY_C, slots=96):
        table = self.json("derive", "--daily-key", key, "--start", str(start), "--slots", str(slots))
        self.assertEqual(set(table), {"identifiers"})
        self.assertEqual([entry["slot"] for entry in table["identifiers"]], list(range(slots)))
        for entry in table["identifiers"]:
            self.assertEqual(set(entry), {"slot", "identifier", "start_ms", "end_ms"})
        return table["identifiers"]

    def test_every_identifier_of_the_vectors(self):
        tables = {}
        lines = vectors("ID")
        self.assertEqual(len(lines), 53)
        for name, day, slot, _, identifier in lines:
            if (name, day) not in tables:
                tables[name, day] = self.table(KEYS[name, day], slots=144)
            self.assertEqual(tables[name, day][int(slot)]["identifier"], identifier)

    def test_every_instant_of_the_vectors(self):
        lines = vectors("AT")
        self.assertEqual(len(lines), 32)
        for name, slots, time_ms, day, slot, identifier in lines:
            start = DAY_C + int(day) * 86400
            table = self.table(KEYS[name, day], start, int(slots))
            current = [entry for entry in table
                       if entry["start_ms"] <= int(time_ms) < entry["end_ms"]]
            self.assertEqual([(entry["slot"], entry["identifier"]) for entry in current],
                             [(int(slot), identifier)])

    def test_slots_follow_one_another_from_any_start(self):
        for start in (0, 1, DAY_C + 12345, 4133980799):
            for slots in (1, 5, 96, 1440):
                table = self.table(KEY_C, start, slots)
                self.assertEqual(table[0]["start_ms"], start * 1000)
                self.assertEqual(table[-1]["end_ms"], start * 1000 + DAY_MS)
                for before, after in zip(table, table[1:]):
                    self.assertEqual(before["end_ms"], after["start_ms"])
                self.assertEqual([entry["identifier"] for entry in table],
                                 identifiers(bytes.fromhex(KEY_C), slots))

    def test_nothing_but_identifiers_is_hexadecimal(self):
        for more in ([], ["--json"]):
            for slots in ("96", "1440"):
                text = self.ran("derive", "--daily-key", KEY_C.lower(), "--start", str(DAY_C),
                                "--slots", slots, *more)
                runs = re.findall("[0-9A-Fa-f]{24,}", text)
                self.assertEqual(runs, identifiers(bytes.fromhex(KEY_C), int(slots)))

    def test_text_shows_local_times(self):
        words = ["derive", "--daily-key", KEY_C, "--start", str(DAY_C), "--slots", "24"]
        self.assertIn("23  2020-08-08T23:00:00+00:00  B9A665D754FE65E665D76A45", self.ran(*words))

    def test_a_key_is_never_repeated(self):
        for words in (["--daily-key", KEY_C + "0"], ["--daily-key", KEY_C[:-1] + "G"],
                      ["--daily-key", KEY_C, "--slots", KEY_C], [KEY_C], ["--key=" + KEY_C],
                      ["--daily-key", KEY_C, "--daily-key", KEY_C]):
            for start in ([], ["--start", str(DAY_C)]):
                message = self.refused("derive", *words, *start,
                                       code=INPUT if start and len(words) == 2 else USAGE)
                self.assertIsNone(re.search("[0-9A-F]{24}", message), message)

    def test_options_have_limits(self):
        for words in (["--start", "4133980800"], ["--start", "-1"], ["--start", "1.5"],
                      ["--start", "0x10"], ["--start", ""], ["--start", "18446744073709551616"],
                      ["--start", "0", "--slots", "0"], ["--start", "0", "--slots", "97"],
                      ["--start", "0", "--slots", "1441"], ["--start", "0", "--slots", "-96"],
                      ["--start", "0", "--slots", "96 "], []):
            self.refused("derive", "--daily-key", KEY_C, *words, code=USAGE)


if __name__ == "__main__":
    unittest.main()
