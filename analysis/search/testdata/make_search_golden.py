"""Writes search_golden.json beside itself.

What searches with a predictor find in the published table, by programs that
have nothing in common with ours but the table of CSV and their definition in
search.proto. Each is repeated with the random numbers of Python's own
generator; the test compares means by their standard errors. Made from what
//:paper_table and //:search_space give, with Python 3.11:

    python3 analysis/search/testdata/make_search_golden.py \
        bazel-bin/paper_table/table.csv bazel-bin/search_space/cells.csv
"""

import csv
import json
import math
import pathlib
import random
import statistics
import sys

CRITERION = "pgd_8"
PREDICTOR = "parameters"
BUDGETS = [10, 25, 50, 150]
REPEATS = 10000


class Table:
    """One data set: values by the representative of a cell's class."""

    def __init__(self, rows, representative):
        self.representative = representative  # by code, of all cells
        self.value = {r["code"]: float(r[CRITERION]) for r in rows}
        predictor = {r["code"]: float(r[PREDICTOR]) for r in rows}
        self.groups = {}  # codes of all cells, by what the predictor says
        for code, of in representative.items():
            self.groups.setdefault(predictor[of], []).append(code)


class Spent(Exception):
    pass


class Search:
    def __init__(self, table):
        self.table = table
        self.known = {}
        self.best = []  # after each query

    def ask(self, code):
        representative = self.table.representative[code]
        if representative not in self.known:
            if len(self.best) == BUDGETS[-1]:
                raise Spent
            value = self.table.value[representative]
            self.known[representative] = value
            self.best.append(max(self.best[-1:] + [value]))
        return self.known[representative]

    def best_first(self):
        """Yields cells that were not asked for, equals in random order."""
        for number in sorted(self.table.groups, reverse=True):
            group = list(self.table.groups[number])
            random.shuffle(group)
            for code in group:
                if self.table.representative[code] not in self.known:
                    yield code

    def neighbours(self, code):
        found = []
        for edge in range(6):
            for operation in "01234":
                if operation != code[1 + edge]:
                    found.append(code[: 1 + edge] + operation + code[2 + edge :])
        random.shuffle(found)
        return found


def by_predictor(search):
    for code in search.best_first():
        search.ask(code)


def local_search(search):
    for code in search.best_first():
        value = search.ask(code)
        climbing = True
        while climbing:
            climbing = False
            for other in search.neighbours(code):
                if search.ask(other) > value:
                    code, value, climbing = other, search.ask(other), True
                    break


def evolution(search):
    population = []
    cells = search.best_first()
    while len(population) < 50:
        code = next(cells)
        population.append((search.ask(code), code))
    while True:
        # Of equals the first drawn is the parent.
        sample = [random.choice(population) for _ in range(10)]
        parent = max(sample, key=lambda member: member[0])[1]
        child = random.choice(search.neighbours(parent))
        population.append((search.ask(child), child))
        population.pop(0)


def main(table_path, cells_path):
    random.seed(19)
    with open(cells_path, newline="") as file:
        cells = list(csv.DictReader(file))
    code_of = {row["index"]: row["code"] for row in cells}
    representative = {
        row["code"]: code_of[row["representative"]] for row in cells
    }
    with open(table_path, newline="") as file:
        rows = list(csv.DictReader(file))
    golden = []
    for dataset in sorted({row["dataset"] for row in rows}):
        table = Table(
            [row for row in rows if row["dataset"] == dataset], representative
        )
        for name, algorithm in [
            ("by parameters", by_predictor),
            ("local search from parameters", local_search),
            ("evolution from parameters", evolution),
        ]:
            found = []
            for _ in range(REPEATS):
                search = Search(table)
                try:
                    algorithm(search)
                except Spent:
                    pass
                found.append([search.best[budget - 1] for budget in BUDGETS])
            for budget, values in zip(BUDGETS, zip(*found)):
                error = statistics.stdev(values) / math.sqrt(REPEATS)
                golden.append(
                    {
                        "dataset": dataset,
                        "algorithm": name,
                        "queries": budget,
                        "mean": statistics.fmean(values),
                        "standard_error": error,
                    }
                )
                print(golden[-1], file=sys.stderr)
    path = pathlib.Path(__file__).with_name("search_golden.json")
    lines = ",\n".join(json.dumps(entry) for entry in golden)
    path.write_text("[\n" + lines + "\n]\n")


main(*sys.argv[1:])
