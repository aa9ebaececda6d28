"""How a table behaves as an object, bad input, and how fast it is."""

import multiprocessing
import os
import pickle
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import unittest
import warnings

import robbench
from tables import TestCase, synthetic


def _ask(path, result):
    """In another process: many answers of one column."""
    bench = robbench.open(path)
    result.put([cell.accuracy("pgd_8", seed=2) for cell in bench])


class BenchmarkTest(TestCase):

    def open(self, name="cifar10"):
        return robbench.open(synthetic(name) / "table.sqlite")

    def test_a_cell(self):
        bench = self.open()
        cell = bench[2]
        self.assertEqual(cell, robbench.SearchSpace()[2])
        for name in ("2", cell.code, "c" + cell.code, cell.architecture,
                     robbench.SearchSpace()[2], cell):
            self.assertIs(bench[name], cell)
            self.assertIn(name, bench)
        self.assertEqual(cell.accuracy(), cell.mean("clean", "cifar10"))
        self.assertEqual(
            sorted(cell.accuracies()),
            ["apgd_ce", "apgd_t", "autoattack", "clean", "fab_t", "fgsm_3",
             "fgsm_8", "pgd_3", "pgd_8", "square"])
        self.assertEqual(set(cell.costs()), {"multiply_adds", "parameters"})
        self.assertTrue(all(type(cost) is int for cost in
                            cell.costs().values()))
        self.assertTrue(all(name.startswith("ntk_") for name in
                            cell.scores()))
        self.assertEqual(set(cell.training()), {0, 1, 2})

    def test_iteration(self):
        bench = self.open()
        self.assertEqual(len(bench), 100)
        self.assertEqual([cell.index for cell in bench], list(bench.indices))
        self.assertEqual(list(bench.classes()), list(bench))
        cells = list(bench.cells())
        self.assertGreater(len(cells), 100)
        self.assertEqual({cell.row for cell in cells}, set(bench.indices))
        self.assertTrue(all(cell.row in cell.members for cell in cells))

    def test_what_is_not_there(self):
        bench = self.open()
        cell = bench[2]
        self.assertIn("seeds: 0, 1, 2", self.message(
            robbench.UnknownNameError, cell.accuracy, "pgd_8", seed=7))
        self.assertIn("is no accuracy", self.message(
            robbench.UnknownNameError, cell.accuracy, "parameters"))
        self.assertIn("needs two seeds, the table has 1", self.message(
            robbench.MissingValueError, cell.spread, "autoattack"))
        self.assertIn("metric: expected a name as text, found 8", self.message(
            robbench.UnknownNameError, cell.accuracy, 8))
        self.assertIn("dataset: expected a name as text, found 10",
                      self.message(robbench.UnknownNameError, cell.accuracy,
                                   "clean", 10))
        for name in (True, 2.0, None, 323133):
            self.assertNotIn(name, bench)

    def test_several_data_sets_have_to_be_named(self):
        path = self.copy("cifar10")
        with sqlite3.connect(path) as table:
            table.execute("INSERT INTO metric VALUES(999, 'mnist', 'clean', "
                          "'accuracy', 'clean', 100, 'clean')")
            table.execute("INSERT INTO mean VALUES(2, 999, 0.5)")
        table.close()
        bench = robbench.open(path)
        self.assertEqual(bench.datasets, ("cifar10", "mnist"))
        self.assertIn("name one of cifar10, mnist", self.message(
            robbench.UnknownNameError, bench[2].accuracy))
        self.assertEqual(bench[2].accuracy(dataset="MNIST"), 0.5)
        self.assertIn("has no clean of mnist", self.message(
            robbench.MissingValueError, bench[1].accuracy, dataset="mnist"))
        self.assertIn("the table has no FGSM or PGD accuracy of mnist",
                      self.message(robbench.UnknownNameError, bench[2].accuracy,
                                   "robust_average", "mnist"))

    def test_robust_average(self):
        bench = robbench.open(synthetic("cifar10") / "table.sqlite")
        names = [metric.name for metric in bench.metrics()
                 if metric.attack_kind in ("fgsm", "pgd")]
        self.assertEqual(len(names), 4)
        cell = bench[2]
        for seed in (None, 0, 2):
            self.assertAlmostEqual(
                cell.accuracy("robust_average", seed=seed),
                statistics.fmean(cell.accuracy(name, seed=seed)
                                 for name in names), delta=1e-15)
        self.assertEqual(sorted(cell.seeds("robust_average")), [0, 1, 2])
        self.assertGreater(cell.spread("robust_average"), 0)
        self.assertNotIn("robust_average",
                         [metric.name for metric in bench.metrics()])

    def test_columns_are_copies(self):
        bench = self.open()
        column = bench.column("clean")
        column[0] = 7
        self.assertNotEqual(bench.column("clean")[0], 7)
        self.assertEqual(bench.column("pgd_8", seed=1)[3],
                         bench[bench.indices[3]].accuracy("pgd_8", seed=1))

    def test_no_file(self):
        absent = self.folder / "absent.sqlite"
        for path in (absent, "", absent / "b", os.fsencode(absent)):
            self.assertIn("//:reproduce", self.message(
                FileNotFoundError, robbench.open, path))
        self.assertIn("tables/table.sqlite", self.message(
            IsADirectoryError, robbench.open, self.folder))

    def test_a_file_that_is_no_table(self):
        twenty = synthetic("twenty")
        text = self.folder / "text"
        text.write_text("not ours\n" * 1000)
        empty = self.folder / "empty"
        empty.touch()
        other = self.folder / "other.sqlite"
        with sqlite3.connect(other) as database:
            database.execute("CREATE TABLE cell(id INTEGER)")
        database.close()
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for path in (text, empty, other, fifo, twenty / "table.binpb",
                     twenty / "table.csv", twenty / "table.json", "/dev/null"):
            with self.subTest(path=path):
                message = self.message(robbench.TableError, robbench.open,
                                       path)
                self.assertIn(f"{path}: expected a table.sqlite", message)
        self.assertIn("its table cell has no column architecture, code",
                      self.message(robbench.TableError, robbench.open, other))
        self.assertIn("it has no table cell",
                      self.message(robbench.TableError, robbench.open, empty))

    def test_a_damaged_table_is_an_error_or_the_right_answer(self):
        path = self.copy("cifar10")
        whole = path.read_bytes()
        right = list(robbench.open(path).column("clean"))
        errors = 0
        for size in range(0, len(whole), len(whole) // 40):
            path.write_bytes(whole[:size])
            try:
                found = list(robbench.open(path).column("clean"))
            except robbench.TableError as error:
                self.assertIn(str(path), str(error))
                errors += 1
            else:
                self.assertEqual(found, right)
        self.assertGreater(errors, 20)
        path.write_bytes(whole)
        with sqlite3.connect(path) as table:
            table.execute("UPDATE mean SET value = 'much' WHERE cell = 2")
        table.close()
        self.assertIn("a value of cell 2 is 'much'", self.message(
            robbench.TableError, robbench.open(path)[2].accuracy))

    def test_a_table_replaced_while_it_is_open(self):
        path = self.copy("cifar10")
        bench = robbench.open(path)
        before = bench[2].accuracy("clean")
        for replace in (lambda: os.replace(self.copy("twenty", "new"), path),
                        lambda: shutil.copyfile(
                            synthetic("twenty") / "table.sqlite", path),
                        lambda: path.unlink()):
            replace()
            # What was read stays, what was not is never of another table.
            self.assertEqual(bench[2].accuracy("clean"), before)
            self.assertIn("changed since it was opened", self.message(
                robbench.TableError, bench[2].accuracy, "pgd_8"))

    def test_the_file_is_never_written(self):
        path = self.copy("cifar10")
        content = path.read_bytes()
        path.chmod(0o444)
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        bench = robbench.open(path)
        bench.column("clean")
        self.assertEqual(path.read_bytes(), content)
        self.assertEqual(os.listdir(self.folder), [path.name])

    def test_any_path(self):
        for name in ("a b", "a?mode=rw", "a#b", "50%", "é", "a;b,c"):
            self.assertEqual(len(robbench.open(self.copy("twenty", name))), 20)
        here = os.getcwd()
        os.chdir(self.folder)
        try:
            bench = robbench.open("a b")
            self.assertEqual(bench.path, str(self.folder / "a b"))
        finally:
            os.chdir(here)
        bench.column("clean")

    def test_several_processes_and_threads(self):
        path = str(synthetic("cifar10") / "table.sqlite")
        bench = robbench.open(path)
        expected = [cell.accuracy("pgd_8", seed=2) for cell in bench]
        for method in ("fork", "spawn"):
            context = multiprocessing.get_context(method)
            results = context.Queue()
            workers = [context.Process(target=_ask, args=(path, results))
                       for _ in range(2)]
            for worker in workers:
                worker.start()
            self.assertEqual([results.get(timeout=60) for _ in workers],
                             [expected, expected])
            for worker in workers:
                worker.join()
        found = []
        threads = [threading.Thread(target=lambda: found.append(
            [cell.accuracy("fgsm_8") for cell in bench])) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [list(bench.column("fgsm_8"))] * 4)
        copy = pickle.loads(pickle.dumps(bench))
        self.assertEqual(list(copy.column("pgd_8", seed=2)), expected)
        cell = pickle.loads(pickle.dumps(bench[2]))
        self.assertEqual(cell.accuracy(), bench[2].accuracy())

    def test_frame(self):
        bench = self.open()
        try:
            with warnings.catch_warnings():
                # Other people's packages may warn.
                warnings.simplefilter("ignore")
                import pandas
        except ImportError:
            self.message_without_pandas(bench)
            self.skipTest("pandas is not installed")
        frame = bench.frame()
        self.assertEqual(len(frame), 100)
        self.assertEqual(list(frame["code"]), [cell.code for cell in bench])
        self.assertTrue(pandas.api.types.is_string_dtype(frame["code"]))
        self.assertEqual(list(frame["pgd_8"]), list(bench.column("pgd_8")))
        self.assertEqual(frame.set_index("code")["clean"]["421211"],
                         bench["421211"].accuracy())

    def message_without_pandas(self, bench):
        with self.assertRaisesRegex(ImportError, "needs pandas"):
            bench.frame()

    def test_speed(self):
        """Loose bounds, by processor time: the machine may be busy. Prints what
        was measured."""
        path = synthetic("cifar10") / "table.sqlite"
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import robbench"], check=True)
        imported = time.perf_counter() - began
        opened = min(self.seconds(lambda: robbench.open(path))
                     for _ in range(5))
        bench = robbench.open(path)
        first = self.seconds(lambda: bench[2].accuracy("pgd_8"))
        by = {"index": [cell.index for cell in bench.cells()],
              "code": [cell.code for cell in bench.cells()]}
        rates = {}
        for name, cells in by.items():
            def ask(cells=cells):
                for cell in cells:
                    bench[cell].accuracy("pgd_8", dataset="cifar10")
            ask()
            rates[name] = max(len(cells) / self.seconds(ask)
                              for _ in range(5))
        print(f"Python and import {1e3 * imported:.0f} ms, open "
              f"{1e3 * opened:.1f} ms, first column {1e3 * first:.1f} ms, "
              + ", ".join(f"{rate:,.0f} queries/s by {name}"
                          for name, rate in rates.items()))
        self.assertLess(opened, 0.5)
        self.assertGreater(min(rates.values()), 2e4)

    @staticmethod
    def seconds(function):
        began = time.process_time()
        function()
        return time.process_time() - began


if __name__ == "__main__":
    unittest.main()
