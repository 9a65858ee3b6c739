# SPDX-License-Identifier: MIT
"""The scorer, on truths that are made by hand, and the lines that the check writes for it."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

SCORE, PLAY, BEACON, AIR = (os.environ[name] for name in ('SCORE', 'PLAY', 'BEACON', 'AIR'))
S = 1000000


def second(at, device, kind, distance, sent, arrived):
    return {'type': 'second', 'time_us': at * S, 'device': device, 'receiver': 0, 'kind': kind, 'distance_m': distance,
            'sent': sent, 'arrived': arrived, 'lost': sent - arrived, 'weak': 0, 'away': 0, 'rssi_max_dbm': None,
            'identifier': None, 'stale': False}


def check(device, begin=100, until=140):
    return {'type': 'check', 'time_us': begin * S, 'until_us': until * S, 'device': device}


def verdict(said, begin=100, end=135, by_itself=False):
    return {'type': 'verdict', 'time_us': end * S, 'begin_us': begin * S, 'verdict': said, 'check': 1, 'reason': 'none',
            'by_itself': by_itself}


AIR_LINE = {'type': 'air', 'start_us': 0, 'end_us': 10000 * S, 'seed': 1, 'slots_per_day': 96}


class Scorer(unittest.TestCase):
    def run_score(self, truth, said, *options):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, lines in (('truth', truth), ('said', said)):
                paths.append(os.path.join(folder, name))
                with open(paths[-1], 'wb') as file:
                    file.write(lines if isinstance(lines, bytes)
                               else b''.join(json.dumps(line).encode() + b'\n' for line in lines))
            return subprocess.run([SCORE, '--truth', paths[0], '--verdicts', paths[1], *options], capture_output=True,
                                  text=True, check=False)

    def score(self, truth, said):
        done = self.run_score([AIR_LINE] + truth, said, '--json')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return json.loads(done.stdout)

    def assert_cell(self, seconds, said, truth, fatal=0, wrong=0):
        found = self.score([check(1)] + seconds, [verdict(said)])
        self.assertEqual({cell: words for cell, words in found['cells'].items() if any(words.values())},
                         {truth: {word: int(word == said) for word in ('heard', 'cannot_tell', 'not_heard')}})
        self.assertEqual((found['fatal'], found['wrong'], found['checks']), (fatal, wrong, 1))

    def test_each_row_of_the_table(self):
        own = [second(t, 1, 'android-background', 0.1, 10, 5) for t in range(110, 113)]
        few = [second(110, 1, 'android-background', 0.1, 10, 9)]
        lost = [second(t, 1, 'android-doze', 0.1, 10, 0) for t in range(110, 113)]
        pocket = [second(t, 1, 'iphone-open', 0.7, 10, 5) for t in range(110, 113)]
        silent = [second(t, 1, 'no-app', 0.1, 0, 0) for t in range(110, 113)]
        line = [second(t, 2, 'android-open', 1.5, 10, 5) for t in range(110, 113)]
        others = [second(t, 2, 'android-open', 0.1, 10, 5) for t in range(110, 113)]
        forger = [second(t, 2, 'forger', 0.2, 10, 5) for t in range(110, 113)]
        unsure = [second(t, 1, 'iphone-same-bit', 0.1, 10, 5) for t in range(110, 113)]
        rows = [  # seconds, truth, and of heard, cannot tell, not heard: right, wrong or fatal
            (own, 'own', 'rrf'), (few, 'own_few', 'rrw'), (lost + line, 'dozing', 'frr'), (pocket, 'pocket', 'rrw'),
            (silent + line, 'empty', 'frr'), (silent + others, 'anothers', 'frw'), (unsure, 'unconfirmed', 'frw'),
            (silent, 'deaf', 'frf'), (silent + forger, 'forger', 'rrw')]
        for seconds, truth, worths in rows:
            for said, worth in zip(('heard', 'cannot_tell', 'not_heard'), worths):
                with self.subTest(truth=truth, said=said):
                    self.assert_cell(seconds, said, truth, int(worth == 'f'), int(worth == 'w'))

    def test_packets_before_and_after_the_check_are_not_its_own(self):
        before, after = ([second(t, 1, 'android-open', 0.1, 10, 8) for t in times] for times in ((90, 98), (136, 140)))
        line = [second(t, 2, 'android-open', 3, 10, 5) for t in range(110, 113)]
        self.assert_cell(before + line + after, 'not_heard', 'empty')

    def test_deafness_is_by_the_log(self):
        line = [second(t, 2, 'android-open', 1.5, 10, 5) for t in range(110, 113)]
        deaf = [{'type': 'deaf', 'time_us': 90 * S, 'until_us': 125 * S, 'receiver': 0, 'db': 20}]
        away = [{'type': 'away', 'time_us': 101 * S, 'receiver': 0}, {'type': 'back', 'time_us': 125 * S, 'receiver': 0}]
        self.assert_cell(deaf + line, 'not_heard', 'deaf', fatal=1)
        self.assert_cell(away + line, 'not_heard', 'deaf', fatal=1)
        self.assert_cell([dict(deaf[0], db=5)] + line, 'not_heard', 'empty')

    def test_a_verdict_is_of_who_stepped_up(self):
        found = self.score([check(1, 100, 110)], [verdict('heard', 111, 112), verdict('none', 100, 105)])
        self.assertEqual((found['checks'], found['put_off'], found['unmatched']), (0, 1, 1))

    def test_times_are_percentiles_of_greens(self):
        truth, said = [], []
        for i in range(20):
            truth += [check(1, 1000 * i + 100, 1000 * i + 140)]
            truth += [second(1000 * i + 100 + t, 1, 'android-background', 0.1, 10, 5) for t in range(30)]
            said += [verdict('heard', 1000 * i + 100, 1000 * i + 101 + i)]
        times = self.score(truth, said)['time_to_green_s']
        self.assertEqual([times['background'][p] for p in ('p50', 'p95', 'p99')], [10, 19, 20])
        self.assertEqual(times['open']['greens'], 0)

    def test_where_nobody_tapped_time_begins_when_somebody_came(self):
        truth = [check(1)] + [second(100 + t, 1, 'android-open', 0.1, 10, 5) for t in range(5)]
        times = [self.score(truth, [verdict('heard', 103, 104, by_itself)])['time_to_green_s']['open']['p50']
                 for by_itself in (False, True)]
        self.assertEqual(times, [1, 4])

    def test_counts(self):
        def slot(at, visits):
            return {'type': 'slot', 'time_us': at, 'start_us': at * S, 'length_us': 900 * S, 'counted': True,
                    'visits': visits, 'variance': 1}
        arrive = [{'type': 'arrive', 'time_us': 0, 'device': 99, 'name': 'a', 'kind': 'android-open'}]
        seconds = [second(10, 99, 'android-open', 3, 10, 5)]
        seconds += [second(50 * i + 60, i, 'android-open', 3, 10, 5) for i in range(60)]
        seconds += [second(50 * i + 61, i, 'android-open', 3, 10, 5) for i in range(60)]
        seconds += [second(70, 100 + i, 'iphone-open', 3, 10, 5) for i in range(5)]
        error = self.score(arrive + seconds, [slot(900 * i, 18) for i in range(4)])['count_error']
        self.assertEqual(error['visits'], 60)
        self.assertAlmostEqual(error['day'], 12 / 60)
        self.assertAlmostEqual(error['hour_p95'], 12 / 60)
        self.assertFalse(error['covered'])

    def test_a_zero_is_printed_with_its_bound(self):
        line = [second(t, 2, 'android-open', 1.5, 10, 5) for t in range(110, 113)]
        done = self.run_score([AIR_LINE, check(1)] + line, [verdict('not_heard')])
        self.assertIn('0 (< 1e+02 %)', done.stdout)

    def test_what_is_damaged_is_named_by_its_line(self):
        good = json.dumps(verdict('heard')).encode() + b'\n'
        for name, said in (('a string', good + b'[]\n'), ('cut', good + good[:30]),
                           ('a word', good + good.replace(b'"heard"', b'"seen"')),
                           ('a time', good + good.replace(b'100000000', b'-1')),
                           ('an end', good + good.replace(b'100000000', b'999999999999')),
                           ('no JSON', good + b'\xff\x00\n'), ('long', good + b'{"type":"' + b'x' * 70000 + b'"}\n')):
            with self.subTest(name):
                done = self.run_score([AIR_LINE], said)
                self.assertEqual((done.returncode, done.stdout), (3, ''))
                self.assertIn('said:2: ', done.stderr)

    def test_what_cannot_be_read_or_is_not_asked_for(self):
        done = subprocess.run([SCORE, '--truth', '/nowhere', '--verdicts', '/dev/null'], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn('/nowhere', done.stderr)
        self.assertEqual(subprocess.run([SCORE], capture_output=True, check=False).returncode, 2)


class Lines(unittest.TestCase):
    def play(self, *options, radio='sim:' + os.path.join(AIR, 'lent.air')):
        return subprocess.run([PLAY, '--radio', radio, '--auto', '--json', *options], capture_output=True, text=True,
                              check=False)

    def test_a_scenario_has_one_result_and_its_lines_are_whole(self):
        done, again = self.play(), self.play()
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(done.stdout, again.stdout)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(lines[0]['type'], 'start')
        self.assertTrue(lines[0]['calibration']['assumed'])
        self.assertEqual(lines[-1]['type'], 'summary')
        verdicts = [line for line in lines if line['type'] == 'verdict']
        self.assertEqual([line['check'] for line in verdicts], list(range(1, 7)))
        self.assertEqual(lines[-1]['checks'], 6)
        self.assertEqual(len([line for line in lines if line['type'] == 'check']), 6)
        self.assertEqual(len([line for line in lines if line['type'] == 'slot']), 4)

    def test_a_statement_more(self):
        done = self.play('--set', 'receiver door without rssi')
        verdicts = [json.loads(line) for line in done.stdout.splitlines() if '"verdict"' in line]
        self.assertEqual({line['reason'] for line in verdicts if line['type'] == 'verdict'}, {'no_levels'})

    def test_what_is_wrong_is_told_by_the_scenarios_own_name(self):
        done = self.play('--set', 'speed 3')
        self.assertEqual((done.returncode, done.stdout), (3, ''))
        done = self.play(radio='sim:/nowhere.air')
        self.assertEqual(done.returncode, 4)
        self.assertIn('/nowhere.air', done.stderr)
        self.assertEqual(self.play(radio='hci:hci0').returncode, 2)

    def test_a_full_disk_is_told(self):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([PLAY, '--radio', 'sim:' + os.path.join(AIR, 'lent.air'), '--auto', '--json'],
                                  stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 4)
        self.assertNotEqual(done.stderr, b'')


class Scenarios(unittest.TestCase):
    """Nothing fatal in any scenario that is shown."""

    def test_each(self):
        for name in ('rush', 'lent', 'iphones', 'forgers', 'failures', 'empty-room'):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                air = os.path.join(AIR, name + '.air')
                truth, said = os.path.join(folder, 'truth'), os.path.join(folder, 'said')
                with open(said, 'wb') as file:
                    subprocess.run([PLAY, '--radio', 'sim:' + air, '--auto', '--json'], stdout=file, check=True)
                subprocess.run([BEACON, 'sim', air, '--truth', truth], stdout=subprocess.DEVNULL, check=True)
                done = subprocess.run([SCORE, '--truth', truth, '--verdicts', said, '--json'], stdout=subprocess.PIPE,
                                      check=True)
                found = json.loads(done.stdout)
                self.assertEqual(found['fatal'], 0)
                self.assertEqual(found['unmatched'], 0)
                self.assertGreater(found['checks'], 4)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
