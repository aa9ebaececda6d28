"""robbench.authors: the authors' reader over the pipeline's files."""

import json
import math
import unittest

import robbench
from robbench import authors
from tables import ROOT, TestCase, built, synthetic


class AuthorsTest(TestCase):

    def setUp(self):
        super().setUp()
        self.meta = ROOT / "search_space" / "meta.json"

    def compare(self, folder):
        """The reader over JSON, over SQLite, and the cells."""
        reader = authors.NasRobBench201(self.meta, folder / "table.json")
        bench = robbench.open(folder / "table.sqlite")
        other = authors.from_benchmark(bench)
        self.assertEqual(other.meta, reader.meta)
        self.assertEqual(other.map_str_to_id, reader.map_str_to_id)
        self.assertEqual(other.non_isomorph_ids, reader.non_isomorph_ids)
        self.assertEqual(len(reader.non_isomorph_ids), 6466)
        res = {"imagenet16_120" if name == "imagenet" else name: values
               for name, values in reader.res.items()}
        self.assertEqual(other.res, res)
        compared = 0
        for cell in list(bench.cells())[::7]:
            self.assertEqual(reader.get_uid(cell.index),
                             str(cell.representative))
            for dataset in bench.datasets:
                for metric in bench.metrics(dataset):
                    try:
                        expected = cell.mean(metric.name, dataset)
                    except robbench.MissingValueError:
                        continue
                    seeds = cell.seeds(metric.name, dataset)
                    if len(seeds) > 1:
                        expected = seeds[1]
                    elif seeds and not metric.name == "autoattack":
                        self.assertIn("expected seed 1, found 0", self.message(
                            robbench.MissingValueError, reader.get_result,
                            dataset, cell.index, metric.name))
                        continue
                    for name in (metric.name,
                                 authors.metric_name(metric.name)):
                        for one in (reader, other):
                            self.assertEqual(one.get_result(
                                dataset, str(cell.index), name), expected)
                    compared += 1
        self.assertGreater(compared, 0)
        return reader

    def test_twenty_cells(self):
        reader = self.compare(synthetic("twenty"))
        values = [value for cell in reader.res["fashion_mnist"].values()
                  for metric in cell.values() if isinstance(metric, dict)
                  for value in metric.values()]
        self.assertIn("Infinity", values)
        self.assertIn(math.inf, [
            reader.get_result("fashion_mnist", index,
                              "ntk_robust_condition_number")
            for index in reader.res["fashion_mnist"]])

    def test_cifar10(self):
        self.compare(synthetic("cifar10"))

    def test_paper(self):
        folder = built("paper")
        if folder is None:
            self.skipTest("NAS-RobBench-201_html.json is not in "
                          "ROBBENCH_DATA/nasrobbench201")
        reader = self.compare(folder)
        for dataset in ("imagenet", "ImageNet16-120", "imagenet16_120"):
            self.assertEqual(
                reader.get_result(dataset, "323133", "val_pgd_8.0_acc"),
                reader.res["imagenet"]["2581"]["val_pgd_8.0_acc"]["threeseed"])

    def test_bad_input(self):
        table = synthetic("twenty") / "table.json"
        reader = authors.NasRobBench201(self.meta, table)
        for dataset, cell, metric, text in (
                ("mnist", 10, "val_acc", "no data set"),
                ("fashion_mnist", 10, "pgd", "did you mean"),
                ("fashion_mnist", 15625, "val_acc", "0 to 15624"),
                ("fashion_mnist", "foo", "val_acc", "expected an official")):
            with self.subTest(dataset=dataset, cell=cell, metric=metric):
                self.assertIn(text, self.message(
                    robbench.UnknownNameError, reader.get_result, dataset,
                    cell, metric))
        absent = next(cell for cell in robbench.SearchSpace() if
                      str(cell.representative) not in
                      reader.res["fashion_mnist"])
        self.message(robbench.MissingValueError, reader.get_result,
                     "fashion_mnist", absent, "val_acc")
        self.message(FileNotFoundError, authors.NasRobBench201, self.meta,
                     self.folder / "absent.json")
        for content in ("not JSON", "[]", '{"ids": 3}', "[" * 100000,
                        json.dumps({"a": {}})):
            path = self.folder / "bad.json"
            path.write_text(content)
            self.assertIn(str(path), self.message(
                robbench.TableError, authors.NasRobBench201, path, table))
        # The two files, swapped.
        self.assertIn('no "ids"', self.message(
            robbench.TableError, authors.NasRobBench201, table, self.meta))


if __name__ == "__main__":
    unittest.main()
