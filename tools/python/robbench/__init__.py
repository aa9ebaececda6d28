"""NAS-RobBench-201 from Python: the tables that robbench makes.

    import robbench

    bench = robbench.open("robbench-paper/tables/table.sqlite")
    bench["323133"].accuracy("pgd_8", dataset="cifar10")

Nothing but Python's standard library is needed. `robbench.nats` has the
interface of NATS-Bench, `robbench.authors` that of the paper's authors'
reader.
"""

from ._table import Metric, Training
from .benchmark import Benchmark, BenchmarkCell, open_benchmark
from .errors import (MissingValueError, RobbenchError, TableError,
                     UnknownCellError, UnknownNameError)
from .search_space import EDGES, NUM_CELLS, OPERATIONS, Cell, SearchSpace

__version__ = "0.9.0"

open = open_benchmark

__all__ = [
    "Benchmark",
    "BenchmarkCell",
    "Cell",
    "EDGES",
    "Metric",
    "MissingValueError",
    "NUM_CELLS",
    "OPERATIONS",
    "RobbenchError",
    "SearchSpace",
    "TableError",
    "Training",
    "UnknownCellError",
    "UnknownNameError",
    "open",
]
