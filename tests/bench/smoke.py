# SPDX-License-Identifier: MIT
"""beacon-bench on tiny sizes: its JSON, its drawing, its refusals, and that a wrong subject gets no figure."""
import json
import os
import subprocess
import sys
import unittest
import xml.etree.ElementTree

program, directory = sys.argv[1:3]
TINY = ["--quiet", "--log", "400", "--keys", "20", "--runs", "2"]
HEADING = {"cpu": str, "kernel": str, "compiler": str, "flags": str, "commit": str, "version": str, "cores": int,
           "clock_ghz": float, "notes": list, "errors": list, "results": list}
ROW = {"bench": str, "case": str, "subject": str, "unit": str, "median": (int, float), "min": (int, float),
       "max": (int, float), "runs": int}


def bench(*arguments, test="run"):
    environment = {name: value for name, value in os.environ.items() if name != "BEACON_BENCH_TEST"}
    if test:
        environment["BEACON_BENCH_TEST"] = test
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)


def kernels():
    """The kernels that run here, best first."""
    lines = bench("--list").stdout.splitlines()
    return [line.split()[0] for line in lines if line.endswith(" runs here")]


class Bench(unittest.TestCase):
    def figures(self, *arguments, test="run", status=0):
        done = bench("--json", *TINY, *arguments, test=test)
        self.assertEqual(done.returncode, status, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(set(report), set(HEADING))
        for name, kind in HEADING.items():
            self.assertIsInstance(report[name], kind, name)
        for row in report["results"]:
            self.assertEqual(list(row), list(ROW))
            for name, kind in ROW.items():
                self.assertIsInstance(row[name], kind, name)
            self.assertTrue(0 < row["min"] <= row["median"] <= row["max"], row)
        return report

    def test_match_names_its_cases_and_subjects(self):
        report = self.figures("match")
        best = kernels()[0]
        plain = {row["subject"]: row for row in report["results"] if row["case"] == "log=400 keys=20"}
        self.assertEqual(report["errors"], [])
        self.assertLessEqual({best, best + " hash only", "GHashTable+libsodium"}, set(plain))
        for row in plain.values():
            self.assertEqual((row["bench"], row["unit"], row["runs"]), ("match", "M/s", 2))
        cases = {row["case"] for row in report["results"]}
        for words in ("pruned", "tolerance", "clustered", "clustered pruned", "sparse", "sparse pruned",
                      "unaligned", "unaligned tolerance", "unaligned day"):
            self.assertIn("log=400 keys=20 " + words, cases)
        self.assertIn("log=400 keys=0 unordered", cases)

    def test_hash_times_every_kernel_that_runs_here(self):
        report = self.figures("hash")
        named = {row["subject"] for row in report["results"] if row["case"] == "next chains=64"}
        self.assertLessEqual({*kernels(), "libsodium"}, named)

    def test_the_other_benches_give_figures(self):
        report = self.figures("scaling", "advert", "encounter", "air", "exchange")
        self.assertEqual({row["bench"] for row in report["results"]}, {"scaling", "advert", "encounter", "air", "exchange"})
        self.assertEqual(report["errors"], [])

    def test_the_radio_gives_figures_where_it_is_built(self):
        if "beacon_radio" not in bench("--list").stdout:
            self.skipTest("built without the radio")
        report = self.figures("radio")
        self.assertEqual([row["case"] for row in report["results"]], ["reports, 1 an event", "reports, 7 an event"])
        self.assertEqual(len([note for note in report["notes"] if note.startswith("radio: ")]), 2)
        self.assertEqual(report["errors"], [])

    def test_the_store_stands_beside_a_plain_table(self):
        report = self.figures("store")
        self.assertEqual({(row["case"], row["subject"]) for row in report["results"]},
                         {(f"sightings=400 {what}", subject) for what in ("add", "load 400", "purge a day")
                          for subject in ("beacon_store", "SQLite plain")})
        self.assertEqual(len([note for note in report["notes"] if note.startswith("store: ")]), 2)
        self.assertEqual(report["errors"], [])

    def test_the_door_gives_figures_where_it_is_built(self):
        if "beacon-entrance" not in bench("--list").stdout:
            self.skipTest("built without the entrance")
        report = self.figures("door")
        self.assertEqual(len([note for note in report["notes"] if note.startswith("door: ")]), 2)
        self.assertEqual(report["errors"], [])

    def test_options_narrow(self):
        best = kernels()[0]
        for kernel in kernels():
            report = self.figures("match", "--variant", "plain", "--kernel", kernel, "--subject", kernel)
            self.assertEqual([row["subject"] for row in report["results"]], [kernel])
        subjects = f"{best},GHashTable+libsodium"
        report = self.figures("match", "--variant", "plain,tolerance", "--subject", subjects)
        self.assertEqual([(row["case"], row["subject"]) for row in report["results"]],
                         [("log=400 keys=20", best), ("log=400 keys=20", "GHashTable+libsodium"),
                          ("log=400 keys=20 tolerance", best)])

    def test_a_wrong_subject_gets_no_figure(self):
        report = self.figures("hash", "match", "--variant", "plain", test="wrong", status=1)
        named = {(row["bench"], row["subject"]) for row in report["results"]}
        self.assertNotIn("wrong", {subject for _, subject in named})
        self.assertLessEqual({("hash", kernels()[0]), ("match", kernels()[0])}, named)
        for name in ("hash, next chains=64", "hash, first chains=64", "match, log=400 keys=20"):
            self.assertIn(f"{name}: wrong gave a wrong result: no figure", report["errors"])

    def test_the_table_and_the_drawing_show_every_figure(self):
        drawing = os.path.join(directory, "bench.svg")
        done = bench(*TINY, "hash", "match", "--variant", "plain", "--svg", drawing)
        self.assertEqual(done.returncode, 0, done.stderr)
        texts = [element.text for element in xml.etree.ElementTree.parse(drawing).iter()]
        for name in (*kernels(), "GHashTable+libsodium", "match  log=400 keys=20"):
            self.assertIn(name, texts)
            self.assertIn(name.split("  ")[-1], done.stdout)

    def test_a_spoiled_build_gives_no_figures(self):
        done = bench(*TINY, "advert", test=None)
        if done.returncode == 1:
            self.assertEqual(done.stdout, "")
            self.assertIn("figures would mean nothing", done.stderr)
        else:
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_makes_no_sense_is_refused(self):
        for arguments in (["nothing"], ["--log", "0"], ["--log", "1,x"], ["--keys", "-1"], ["--runs", "1.5"],
                          ["--kernel", "abacus"], ["--subject", "abacus"], ["--variant", "late"], ["--bogus"]):
            done = bench(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn("beacon-bench: ", done.stderr)

    def test_help_is_given(self):
        done = bench("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--log", "--svg", "Examples", "exchange"):
            self.assertIn(word, done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
