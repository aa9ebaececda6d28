"""A front of clean accuracy, robust accuracy and cost with pymoo's NSGA-II.

Usage: pymoo_front.py TABLE.sqlite [GENERATIONS]    (needs pymoo)
"""

import sys

import numpy
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import ElementwiseProblem
from pymoo.operators.crossover.pntx import TwoPointCrossover
from pymoo.operators.mutation.pm import PM
from pymoo.operators.repair.rounding import RoundingRepair
from pymoo.operators.sampling.rnd import IntegerRandomSampling
from pymoo.optimize import minimize

import robbench

bench = robbench.open(sys.argv[1])
generations = int(sys.argv[2]) if len(sys.argv) > 2 else 40
dataset = bench.datasets[0]
metric = next(one.name for one in reversed(bench.metrics(dataset))
              if one.name.startswith("pgd_"))


class Cells(ElementwiseProblem):
    """Six operations; both errors and the multiply-adds are minimised."""

    def __init__(self):
        super().__init__(n_var=len(robbench.EDGES), n_obj=3, xl=0,
                         xu=len(robbench.OPERATIONS) - 1, vtype=int)

    def _evaluate(self, x, out, *args, **kwargs):
        cell = bench.search_space.cell([int(digit) for digit in x])
        if cell not in bench:  # a small table
            out["F"] = [1, 1, 1e12]
            return
        row = bench[cell]
        out["F"] = [1 - row.accuracy("clean", dataset),
                    1 - row.accuracy(metric, dataset),
                    row.costs(dataset)["multiply_adds"]]


result = minimize(
    Cells(),
    NSGA2(pop_size=60, sampling=IntegerRandomSampling(),
          crossover=TwoPointCrossover(repair=RoundingRepair()),
          mutation=PM(vtype=float, repair=RoundingRepair()),
          eliminate_duplicates=True),
    ("n_gen", generations), seed=0)
# One cell a class: isomorphic ones have the same numbers.
rows = {bench.search_space.cell([int(digit) for digit in digits]) for digits in
        numpy.round(result.X)}
front = sorted({bench[cell].row for cell in rows if cell in bench},
               key=lambda index: bench[index].costs(dataset)["multiply_adds"])
print(f"{dataset}: {len(front)} cells on the front")
print("  code    clean  " + f"{metric:>7s}  multiply-adds")
for index in front:
    row = bench[index]
    print(f"{row.code}  {100 * row.accuracy('clean', dataset):6.2f}  "
          f"{100 * row.accuracy(metric, dataset):7.2f}  "
          f"{row.costs(dataset)['multiply_adds']:13,}")
