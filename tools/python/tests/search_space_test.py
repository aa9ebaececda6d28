"""The search space against the robbench command and cells.csv; doctests."""

import csv
import doctest
import pickle
import random
import re
import unittest

import robbench
import robbench._names
import robbench.authors
import robbench.search_space
from tables import ROOT, TestCase, run_command


class SearchSpaceTest(TestCase):

    def setUp(self):
        super().setUp()
        self.space = robbench.SearchSpace()

    def test_equals_the_list_of_all_cells(self):
        with open(ROOT / "search_space" / "cells.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 15625)
        members = {}
        for row in rows:
            members.setdefault(int(row["representative"]), []).append(
                int(row["index"]))
        self.assertEqual(list(self.space.representatives), sorted(members))
        for row, cell in zip(rows, self.space):
            representative = int(row["representative"])
            self.assertEqual(
                (str(cell.index), "c" + cell.code, cell.architecture,
                 cell.representative, list(cell.members)),
                (row["index"], row["code"], row["architecture"],
                 representative, members[representative]))
            for name in (cell.index, str(cell.index), cell.code,
                         "c" + cell.code, f" {cell.architecture}\n", cell):
                self.assertEqual(self.space[name].index, cell.index)
        self.assertEqual(self.space.cell(self.space[2581].operations),
                         self.space[2581])

    def test_messages_are_those_of_the_command(self):
        architecture = self.space[2581].architecture
        for name in ("foo", "", "02581", "15625", "99999", "323135", "c32313x",
                     "123456789", "3231", "|", "|none~0|", "2581.0", "+1",
                     architecture + "|", architecture[:-1], "x" * 300,
                     architecture.replace("1x1", "5x5"), "|" * 300, 'a"b\\c\n1',
                     architecture.replace("~1", "~2")):
            with self.subTest(name=name):
                out, message, code = run_command("describe", "--", name)
                if code == 0:
                    self.assertEqual(self.space[name].index, int(
                        re.search(r"index +(\d+)", out).group(1)))
                    continue
                found = self.message(robbench.UnknownCellError,
                                     self.space.__getitem__, name)
                found = found.replace(' (a code is text, "323133")', "")
                self.assertEqual(f"error: {found}\n", message)

    def test_what_is_no_name(self):
        for name in (-1, 15625, 323133, True, 2581.0, None, b"323133", [1]):
            with self.subTest(name=name):
                self.assertNotIn(name, self.space)
                self.message(robbench.UnknownCellError,
                             self.space.__getitem__, name)
        self.assertIn('a code is text, "323133"',
                      self.message(KeyError, self.space.__getitem__, 323133))
        self.message(ValueError, self.space.cell, [1, 2, 3])
        self.message(ValueError, self.space.cell, [1, 2, 3, 4, 5, 0])
        self.message(ValueError, self.space.cell, ["conv"] * 6)

    def test_neighbours_and_distance(self):
        generator = random.Random(1)
        for _ in range(50):
            cell = self.space.random(generator)
            near = self.space.neighbours(cell)
            self.assertEqual(len(set(near)), 24)
            self.assertEqual({self.space.distance(cell, other)
                              for other in near}, {1})
            self.assertIn(self.space.mutate(cell, generator), near)
            self.assertEqual(self.space.distance(cell, cell), 0)
        self.assertEqual(self.space.distance("000000", "123412"), 6)

    def test_random_is_uniform_and_by_the_seed(self):
        cells = [self.space.random(seed) for seed in range(20)]
        self.assertEqual(cells, [self.space.random(seed) for seed in range(20)])
        random.seed(3)
        first = [self.space.random() for _ in range(5)]
        random.seed(3)
        self.assertEqual(first, [self.space.random() for _ in range(5)])
        generator = random.Random(0)
        counts = [0] * 5
        for _ in range(15625):
            counts[self.space.random(generator).index // 3125] += 1
        self.assertLess(max(abs(count - 3125) for count in counts), 250)

    def test_encodings_tell_all_cells_apart(self):
        one_hot = {tuple(self.space.one_hot(cell)) for cell in self.space}
        self.assertEqual(len(one_hot), 15625)
        self.assertEqual({(len(code), sum(code)) for code in one_hot},
                         {(30, 6)})
        adjacency, labels = self.space.graph("012340")
        self.assertEqual(labels, [
            "input", "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3",
            "avg_pool_3x3", "none", "output"])
        edges = {(i, j) for i, row in enumerate(adjacency)
                 for j, entry in enumerate(row) if entry}
        self.assertEqual(edges, {
            (0, 1), (0, 2), (0, 4),  # the input: 0→1, 0→2, 0→3
            (1, 3), (1, 5),  # node 1: 1→2, 1→3
            (2, 6), (3, 6),  # node 2: 2→3
            (4, 7), (5, 7), (6, 7)})

    def test_cells_are_values(self):
        cell = self.space[2581]
        self.assertEqual(pickle.loads(pickle.dumps(cell)), cell)
        self.assertEqual(len({cell, self.space["323133"]}), 1)
        self.assertNotEqual(cell, 2581)
        with self.assertRaises(AttributeError):
            cell.index = 3
        self.assertIn("323133", repr(cell))

    def test_examples_of_the_documentation(self):
        for module in (robbench._names, robbench.search_space,
                       robbench.authors):
            result = doctest.testmod(module)
            self.assertGreater(result.attempted, 0, module)
            self.assertEqual(result.failed, 0, module)

    def test_the_version_is_that_of_the_programs(self):
        text = (ROOT / "nas" / "base" / "version.h").read_text()
        self.assertIn(f'kVersion[] = "{robbench.__version__}"', text)


if __name__ == "__main__":
    unittest.main()
