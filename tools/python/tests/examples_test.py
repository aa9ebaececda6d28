"""The examples run, and the code of README.md. Each needs packages that are
not in Debian's base: without them it is skipped by name."""

import importlib.util
import re
import subprocess
import sys
import unittest

import robbench
from tables import ROOT, TestCase, synthetic

_HERE = ROOT / "tools" / "python"


class ExamplesTest(TestCase):

    def run_example(self, name, packages, *arguments):
        for package in packages:
            if importlib.util.find_spec(package) is None:
                self.skipTest(f"{package} is not installed")
        # Not -W error: other people's packages.
        return subprocess.run(
            [sys.executable, _HERE / "examples" / name,
             synthetic("cifar10") / "table.sqlite", *map(str, arguments)],
            stdout=subprocess.PIPE, encoding="utf-8", check=True,
            cwd=self.folder).stdout

    def test_scatter(self):
        out = self.run_example("scatter.py", ["pandas", "matplotlib"], "a.png")
        self.assertIn("multiply_adds", out)
        self.assertTrue((self.folder / "a.png").read_bytes().startswith(
            b"\x89PNG"))

    def test_optuna_search(self):
        out = self.run_example("optuna_search.py", ["optuna"], 40)
        self.assertIn("best of the table", out)

    def test_pymoo_front(self):
        out = self.run_example("pymoo_front.py", ["pymoo"], 5)
        cells = re.findall(r"^([0-4]{6}) +(\S+) +(\S+) +(\S+)$", out, re.M)
        self.assertTrue(cells)
        bench = robbench.open(synthetic("cifar10") / "table.sqlite")
        for code, clean, robust, cost in cells:
            cell = bench[code]
            self.assertEqual(
                (f"{100 * cell.accuracy():.2f}",
                 f"{100 * cell.accuracy('pgd_8'):.2f}",
                 f"{cell.costs()['multiply_adds']:,}"), (clean, robust, cost))

    def test_the_figure_of_the_page(self):
        """README.md's figure in five lines, as it stands there."""
        for package in ("pandas", "matplotlib"):
            if importlib.util.find_spec(package) is None:
                self.skipTest(f"{package} is not installed")
        text = (_HERE / "README.md").read_text("utf-8")
        block, = [block for block in
                  re.findall(r"```python\n(.*?)```", text, re.S)
                  if "savefig" in block]
        self.assertEqual(len(block.splitlines()), 5)
        tables = self.folder / "robbench-paper" / "tables"
        tables.mkdir(parents=True)
        (tables / "table.sqlite").symlink_to(
            synthetic("cifar10") / "table.sqlite")
        subprocess.run([sys.executable, "-c", block], check=True,
                       cwd=self.folder)
        self.assertTrue((self.folder / "figure.png").read_bytes().startswith(
            b"\x89PNG"))

    def test_the_code_of_the_page(self):
        """All blocks of README.md, with the paths of this test's table."""
        table = synthetic("cifar10")
        text = (_HERE / "README.md").read_text("utf-8")
        blocks = re.findall(r"```python\n(.*?)```", text, re.S)
        self.assertGreaterEqual(len(blocks), 4)
        blocks = [block for block in blocks if "savefig" not in block]
        names = {}
        ran = 0
        for block in blocks:
            code = block.replace("robbench-paper/tables/meta.json",
                                 str(ROOT / "search_space/meta.json"))
            code = code.replace("robbench-paper/tables", str(table))
            # What this table has, in place of the paper's cells and sets.
            for one, other in (('bench["323133"]', "bench[2]"),
                               ('get_result("cifar10", 2581',
                                'get_result("cifar10", 2'),
                               ("1224", "2"), ("ImageNet16-120", "cifar10")):
                code = code.replace(one, other)
            lines = [line for line in code.splitlines()
                     if ".frame(" not in line]
            exec(compile("\n".join(lines), "README.md", "exec"), names)
            ran += len(lines)
        self.assertGreater(ran, 20)
        self.assertEqual(names["accuracy"],
                         100 * names["bench"][2].accuracy("pgd_8", seed=next(
                             seed for seed, value in names["bench"][2].seeds(
                                 "pgd_8").items()
                             if 100 * value == names["accuracy"])))


if __name__ == "__main__":
    unittest.main()
