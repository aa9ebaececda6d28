"""Every answer equals the robbench command's, of every cell and metric."""

import csv
import json
import math
import os
import unittest
from unittest import mock

import robbench
from tables import TestCase, built, run_command, synthetic

_CELLS_A_CALL = 2000


def _number(value):
    """A number of the command's JSON."""
    if isinstance(value, str):
        return math.inf if value == "Infinity" else -math.inf
    return value


def _or_none(function, *arguments):
    try:
        return function(*arguments)
    except robbench.MissingValueError:
        return None


def _sum_of_integers(values, start=0):
    """Stands for sum(), which rounds floats in its own way from 3.12 on."""
    for value in values:
        if not isinstance(value, int):
            raise TypeError(f"sum() of {value!r}: mean_of() adds floats")
        start += value
    return start


class AnswersTest(TestCase):

    def setUp(self):
        super().setUp()
        patch = mock.patch("builtins.sum", _sum_of_integers)
        patch.start()
        self.addCleanup(patch.stop)

    def compare_cells(self, folder):
        bench = robbench.open(folder / "table.sqlite")
        cells = list(bench.cells())
        compared = 0
        for begin in range(0, len(cells), _CELLS_A_CALL):
            some = cells[begin:begin + _CELLS_A_CALL]
            out, message, code = run_command(
                "query", "-", "--format=json",
                f"--table={folder / 'table.binpb'}",
                stdin="\n".join(str(cell.index) for cell in some))
            self.assertEqual(code, 0, message)
            answers = json.loads(out)
            self.assertEqual(len(answers), len(some))
            for cell, answer in zip(some, answers):
                compared += self.compare_cell(bench, cell, answer)
        return bench, len(cells), compared

    def compare_cell(self, bench, cell, answer):
        self.assertEqual(
            (cell.index, cell.code, cell.architecture, cell.representative,
             cell.row),
            tuple(answer[key] for key in ("index", "code", "architecture",
                                          "representative", "row")))
        for value in answer["values"]:
            dataset, metric = value["dataset"], value["metric"]
            column = bench.metric(metric, dataset)
            place = (cell.index, dataset, metric)
            self.assertEqual(column.kind, value["kind"], place)
            self.assertEqual(_or_none(cell.mean, metric, dataset),
                             _number(value["mean"]), place)
            by_seed = cell.seeds(metric, dataset)
            self.assertEqual(
                by_seed, {int(seed): _number(found) for seed, found in
                          value["by_seed"].items()}, place)
            spread = _or_none(cell.spread, metric, dataset)
            if spread is not None and not math.isfinite(spread):
                spread = None  # of infinite scores
            self.assertEqual(spread, value["spread"], place)
            if column.kind in ("accuracy", "standard_accuracy"):
                self.assertEqual(
                    _or_none(cell.accuracy, value["authors_metric"],
                             dataset), _number(value["mean"]), place)
                for seed, found in by_seed.items():
                    self.assertEqual(cell.accuracy(metric, dataset, seed),
                                     found)
        trainings = {(one["dataset"], one["seed"]): one
                     for one in answer["trainings"]}
        for dataset in bench.datasets:
            for seed, one in cell.training(dataset).items():
                other = trainings.pop((dataset, seed))
                self.assertEqual(
                    (one.loss, one.escape_epoch, one.collapses,
                     one.ended_on_plateau),
                    (_number(other["final_loss"]), other["escape_epoch"],
                     len(other["collapse_epochs"]), other["ended_on_plateau"]))
        self.assertEqual(trainings, {})
        return len(answer["values"])

    def compare_top(self, folder, bench):
        for dataset in bench.datasets:
            average = bench.metric("robust_average", dataset)
            for metric in (*bench.metrics(dataset), average):
                out, message, code = run_command(
                    "top", metric.name, f"--dataset={dataset}", "--count=50",
                    "--format=json", f"--table={folder / 'table.binpb'}")
                self.assertEqual(code, 0, message)
                answer = json.loads(out)
                answer = answer[0] if isinstance(answer, list) else answer
                self.assertEqual(
                    [(cell.index, cell.mean(metric.name, dataset)) for cell in
                     bench.top(metric.name, dataset, 50)],
                    [(cell["index"], _number(cell["value"]))
                     for cell in answer["cells"]])

    def compare_csv(self, folder, bench):
        """The columns, against the table as CSV."""
        with open(folder / "table.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        for dataset in bench.datasets:
            of = [row for row in rows if row["dataset"] == dataset]
            self.assertEqual([int(row["index"]) for row in of],
                             list(bench.indices))
            for metric in bench.metrics(dataset):
                self.assertEqual(
                    [None if math.isnan(value) else value for value in
                     bench.column(metric.name, dataset)],
                    [float(row[metric.name]) if row[metric.name] else None
                     for row in of])

    def compare(self, folder, rows):
        bench, found, values = self.compare_cells(folder)
        self.assertEqual(len(bench), rows)
        # Every cell of a class of the table, and no other.
        classes = {cell.representative for cell in bench}
        self.assertEqual(found, sum(cell.representative in classes
                                    for cell in bench.search_space))
        self.compare_csv(folder, bench)
        self.compare_top(folder, bench)
        print(f"{folder.name}: {found} cells, {values} values equal")
        return bench

    def test_twenty_cells(self):
        bench = self.compare(synthetic("twenty"), 20)
        kinds = {metric.kind for metric in bench.metrics()}
        self.assertEqual(kinds, {"accuracy", "cost", "ntk_score"})
        self.assertTrue(any(math.isinf(value) for cell in bench
                            for value in cell.scores().values()))

    def test_cifar10(self):
        bench = self.compare(synthetic("cifar10"), 100)
        self.assertEqual(set(bench[2].seeds("pgd_8")), {0, 1, 2})
        self.assertEqual(set(bench[2].seeds("autoattack")), {0})

    def test_mini(self):
        folder = built("mini")
        self.assertIsNotNone(folder)
        bench = self.compare(folder, 20)
        self.assertTrue(bench[2581].training())

    def test_paper(self):
        folder = built("paper")
        if folder is None:
            self.assertNotIn("PAPER", os.environ)
            self.skipTest("NAS-RobBench-201_html.json is not in "
                          "ROBBENCH_DATA/nasrobbench201")
        bench = self.compare(folder, 6466)
        self.assertEqual(len(list(bench.cells())), 15625)
        self.assertEqual(bench["323133"].accuracy("pgd_8", dataset="cifar10"),
                         0.48113333333333336)

    def test_names_and_messages_are_those_of_the_command(self):
        folder = synthetic("cifar10")
        bench = robbench.open(folder / "table.sqlite")
        names = [("CIFAR-10", "PGD-8"), ("cifar10", "val_pgd_8.0_acc"),
                 (" cifar_10", "Val_Acc"), ("cifar10", "AutoAttack"),
                 ("cifar10", "multiply-adds"), ("cifar10", "FLOPs"),
                 ("cifar10", "params"), ("cifar10", "AA"),
                 ("cifar10-valid", "clean"),
                 ("mnist", "clean"), ("imagenet", "clean"), ("", "clean"),
                 ("cifar10", "pgd"), ("cifar10", "claen"), ("cifar10", "zz"),
                 ("cifar10", "val_pgd_acc"), ("cifar10", "pgd 8"),
                 ("cifar10", 'p"g\n\xe9'), ("cifar10", "x" * 100)]
        for dataset, metric in names:
            with self.subTest(dataset=dataset, metric=metric):
                if not dataset:  # to the command this is all data sets
                    self.message(robbench.UnknownNameError, bench[2].mean,
                                 metric, dataset)
                    continue
                out, message, code = run_command(
                    "query", "2", f"--dataset={dataset}", f"--metric={metric}",
                    "--format=json", f"--table={folder / 'table.binpb'}")
                if code != 0:
                    self.assertEqual(
                        "error: " + self.message(
                            robbench.UnknownNameError, bench[2].mean, metric,
                            dataset) + "\n", message)
                    continue
                value, = json.loads(out)[0]["values"]
                self.assertEqual(bench[2].mean(metric, dataset),
                                 value["mean"])
                self.assertEqual(bench.metric(metric, dataset).name,
                                 value["metric"])

    def test_a_cell_without_a_row(self):
        folder = synthetic("twenty")
        bench = robbench.open(folder / "table.sqlite")
        absent = [cell.index for cell in bench.search_space
                  if cell not in bench]
        for index in absent[:3] + absent[-3:]:
            self.assertEqual(
                "error: " + self.message(robbench.UnknownCellError,
                                         bench.__getitem__, index) + "\n",
                run_command("query", index,
                            f"--table={folder / 'table.binpb'}")[1])


if __name__ == "__main__":
    unittest.main()
