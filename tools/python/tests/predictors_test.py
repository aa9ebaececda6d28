"""Predictors of a table: scores before any training, and counts of cells."""

import json
import math
import sqlite3
import subprocess
import unittest

import robbench
from robbench import authors
from tables import ROOT, TestCase, run_command

_RELEASED = {
    "cifar10": {
        str(index): {"val_pgd_8.0_acc": {"threeseed": value}}
        for index, value in ((10, 0.1), (1462, 0.4), (2581, 0.5))},
    "cifar100": {"2581": {"val_pgd_8.0_acc": {"threeseed": 0.25}}},
}
# Cell 10 (333000) has no live path; cell 1462 was not scored.
_SCORES = """
provenance { schema_version: 1 producer: "test" numeric_profile: "portable" }
dataset: "cifar10"
spec { skeleton { channels: 16 cells_per_stage: 5 } images: 64 }
seeds: 0 cells: [10, 2581] dead_cells: 10
columns { score: "parameters" value: [1, 2] left_out_records: 0 }
columns { score: "multiply_adds" value: [1, 2] left_out_records: 0 }
columns { score: "naswot" images: "clean" value: [3, 1.5] left_out_records: 0 }
columns { score: "local_linearity" images: "pgd_8" value: [nan, 0.25]
          left_out_records: 0 }
"""


class PredictorsTest(TestCase):

    def setUp(self):
        super().setUp()
        released = self.folder / "released.json"
        released.write_text(json.dumps(_RELEASED))
        scores = self.folder / "scores.textproto"
        scores.write_text(_SCORES)
        self.table = self.folder / "table.binpb"
        self.sqlite = self.folder / "table.sqlite"
        self.json = self.folder / "table.json"
        subprocess.run(
            [ROOT / "analysis" / "published" / "import_published",
             f"--input={released}", f"--predictor_scores={scores}",
             f"--table_out={self.table}", f"--sqlite_out={self.sqlite}",
             f"--json_out={self.json}"], check=True)

    def test_by_the_names_of_the_command(self):
        bench = robbench.open(self.sqlite)
        metric = bench.metric("naswot", "cifar10")
        self.assertEqual((metric.name, metric.kind, metric.label),
                         ("proxy_naswot_clean", "predictor",
                          "NASWOT, clean images"))
        cell = bench[2581]
        for name in ("naswot", "NASWOT", "naswot_clean", "proxy_naswot_clean"):
            self.assertEqual(cell.mean(name, "cifar10"), 1.5)
        self.assertEqual(cell.mean("local-linearity-pgd-8", "cifar10"), 0.25)
        self.assertEqual(cell.mean("paths", "cifar100"), 4)
        self.assertEqual(
            {name: value for name, value in cell.scores("cifar10").items()
             if "count" not in name},
            {"proxy_paths": 4, "proxy_longest_path": 3,
             "proxy_longest_path_convolutions": 3, "proxy_naswot_clean": 1.5,
             "proxy_local_linearity_pgd_8": 0.25})
        for wrong, right in (("naswott", "naswot"),
                             ("local_linearity", "local_linearity_pgd_8")):
            message = self.message(robbench.UnknownNameError, bench.metric,
                                   wrong, "cifar10")
            self.assertIn(f"did you mean {right}?", message)
            _, said, code = run_command("query", 2581, "--dataset=cifar10",
                                        f"--metric={wrong}",
                                        f"--table={self.table}")
            self.assertEqual(code, 1)
            self.assertIn(message, said)

    def test_what_was_not_scored_is_absent(self):
        bench = robbench.open(self.sqlite)
        values = bench.column("naswot", "cifar10")
        self.assertEqual([index for index, value in zip(bench.indices, values)
                          if not math.isnan(value)], [2581])
        for index in (10, 1462):
            self.assertNotIn("proxy_naswot_clean",
                             bench[index].scores("cifar10"))
            self.assertEqual(bench[index].mean("count_nor_conv_3x3", "cifar10"),
                             3 if index == 10 else 6)
            self.message(robbench.MissingValueError, bench[index].mean,
                         "naswot", "cifar10")
        connection = sqlite3.connect(self.sqlite)
        self.addCleanup(connection.close)
        self.assertEqual(connection.execute(
            "SELECT cell, value FROM mean JOIN metric ON metric.id = metric "
            "WHERE name = 'proxy_naswot_clean'").fetchall(), [(2581, 1.5)])
        self.assertEqual(connection.execute(
            "SELECT dataset, proxy_paths, proxy_naswot_clean FROM "
            "wide_predictors WHERE id = 1462 ORDER BY dataset").fetchall(),
            [("cifar10", 4.0, None), ("cifar100", 4.0, None)])

    def test_in_the_authors_layout(self):
        released = json.loads(self.json.read_text())
        self.assertEqual(released["cifar10"]["2581"]["proxy_naswot_clean"], 1.5)
        self.assertNotIn("proxy_naswot_clean", released["cifar10"]["1462"])
        reader = authors.from_benchmark(robbench.open(self.sqlite))
        self.assertEqual(reader.res, released)
        self.assertEqual(reader.get_result("cifar10", 2581, "naswot"), 1.5)


if __name__ == "__main__":
    unittest.main()
