"""A benchmark table as Python objects: `Benchmark` and `BenchmarkCell`."""

import functools
import math
import os
from array import array
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

from . import _names
from ._table import Doubles, Metric, TableFile, Training, mean_of
from .errors import MissingValueError, UnknownCellError, UnknownNameError
from .search_space import NUM_CELLS, Cell, CellName, SearchSpace, index_of

__all__ = ["Benchmark", "BenchmarkCell", "open_benchmark"]

# Index, code and architecture string of every cell.
_MOST_NAMES = 3 * NUM_CELLS


class BenchmarkCell(Cell):
    """A cell and its row of the table.

    Where the cell has no row of its own, the numbers are those of its class:
    of the cell whose index is `row`.
    """

    __slots__ = ("_benchmark", "_position")

    def __init__(self, index: int, benchmark: "Benchmark",
                 position: int) -> None:
        super().__init__(index)
        self._benchmark = benchmark
        self._position = position

    @property
    def row(self) -> int:
        """The index of the cell whose numbers these are."""
        return self._benchmark.indices[self._position]

    def _missing(self, metric: Metric,
                 seed: Optional[int] = None) -> MissingValueError:
        of = "" if seed is None else f", seed {seed},"
        return MissingValueError(
            f"cell {self._index} ({self.code}) has no {metric.name} of "
            f"{metric.dataset}{of} in the table")

    def accuracy(self, metric: str = "clean", dataset: Optional[str] = None,
                 seed: Optional[int] = None) -> float:
        """A share of the test images that are classified rightly, 0 ... 1.

        `metric` is "clean" or an attack ("pgd_8"); the mean over the seeds,
        or the value of one seed. `dataset` may be left out where the table
        has only one.

        Errors: UnknownNameError for a name or seed that the table does not
        have or a metric that is no accuracy; MissingValueError where there is
        no number.
        """
        column = self._benchmark._column(metric, dataset)
        if not column.is_accuracy:
            raise UnknownNameError(
                f"{column.metric.name} is no accuracy; take .mean(), .costs() "
                "or .scores()")
        values = column.mean if seed is None else column.of_seed(seed)
        value = values[self._position]
        if value != value:
            raise self._missing(column.metric, seed)
        return value

    def mean(self, metric: str, dataset: Optional[str] = None) -> float:
        """The mean over seeds of any metric: accuracy, cost or score.

        Infinity is a score of a singular kernel. Errors as of `accuracy`.
        """
        column = self._benchmark._column(metric, dataset)
        value = column.mean[self._position]
        if value != value:
            raise self._missing(column.metric)
        return value

    def seeds(self, metric: str = "clean",
              dataset: Optional[str] = None) -> Dict[int, float]:
        """The value of each seed; empty where the table has means only."""
        column = self._benchmark._column(metric, dataset)
        return {seed: values[self._position]
                for seed, values in column.seeds.items()
                if not math.isnan(values[self._position])}

    def spread(self, metric: str = "clean",
               dataset: Optional[str] = None) -> float:
        """The standard deviation over seeds, with divisor seeds - 1.

        MissingValueError where there are fewer than two seeds.
        """
        values = self.seeds(metric, dataset)
        if len(values) < 2:
            column = self._benchmark.metric(metric, dataset)
            raise MissingValueError(
                f"cell {self._index} ({self.code}): a spread of {column.name} "
                f"of {column.dataset} needs two seeds, the table has "
                f"{len(values)}" + ("" if values else ", means only"))
        mean = self.mean(metric, dataset)
        # As the table's own mean: one rounding for the command and here.
        squares = 0.0
        for value in values.values():
            squares += (value - mean) * (value - mean)
        return math.sqrt(squares / (len(values) - 1))

    def _of_kind(self, kinds: Tuple[str, ...],
                 dataset: Optional[str]) -> Dict[str, float]:
        dataset = self._benchmark.dataset(dataset)
        values = {}
        for metric in self._benchmark.metrics(dataset):
            if metric.kind in kinds:
                value = self._benchmark._column(
                    metric.name, dataset).mean[self._position]
                if not math.isnan(value):
                    values[metric.name] = value
        return values

    def accuracies(self, dataset: Optional[str] = None) -> Dict[str, float]:
        """Clean and under each attack, 0 ... 1; what is missing is left out."""
        return self._of_kind(("accuracy",), dataset)

    def costs(self, dataset: Optional[str] = None) -> Dict[str, int]:
        """multiply_adds of one forward pass of one image, and parameters."""
        return {name: int(value) for name, value in
                self._of_kind(("cost",), dataset).items()}

    def scores(self, dataset: Optional[str] = None) -> Dict[str, float]:
        """Predictors: scores of neural tangent kernels ("ntk_robust_trace"),
        scores before any training ("proxy_snip_pgd_8"), accuracies after a
        short one ("proxy_short_3000_pgd_8") and counts of the cell
        ("proxy_paths").

        Infinity where a kernel is singular; what is missing is left out.
        """
        return self._of_kind(("ntk_score", "predictor"), dataset)

    def training(self, dataset: Optional[str] = None) -> Dict[int, Training]:
        """How the training of each seed went; empty for a published table."""
        dataset = self._benchmark.dataset(dataset)
        return dict(self._benchmark._trainings.get(
            (dataset, self._position), {}))


_AVERAGE = "robust_average"


class _Column:
    """A column of the table, read when it is first asked for."""

    def __init__(self, file: TableFile, metric: Metric) -> None:
        self._file = file
        self.metric = metric
        self.is_accuracy = metric.kind in ("accuracy", "standard_accuracy")

    @functools.cached_property
    def mean(self) -> Doubles:
        return self._file.mean(self.metric.dataset, self.metric.name)

    @functools.cached_property
    def seeds(self) -> Dict[int, Doubles]:
        return self._file.seeds(self.metric.dataset, self.metric.name)

    def of_seed(self, seed: int) -> Doubles:
        values = self.seeds.get(seed)
        if values is None:
            there = ", ".join(map(str, self.seeds)) or (
                "none: the table has means over seeds only")
            raise UnknownNameError(
                f"the table has no seed {seed!r} of {self.metric.name} of "
                f"{self.metric.dataset}; seeds: {there}")
        return values


class _Average(_Column):
    """The mean of columns of one data set, over the seeds that all have."""

    def __init__(self, metric: Metric, columns: List[_Column]) -> None:
        self.metric = metric
        self.is_accuracy = True
        self._parts = columns

    @functools.cached_property
    def mean(self) -> Doubles:
        return self._mean([part.mean for part in self._parts])

    @functools.cached_property
    def seeds(self) -> Dict[int, Doubles]:
        return {seed: self._mean([part.seeds[seed] for part in self._parts])
                for seed in self._parts[0].seeds
                if all(seed in part.seeds for part in self._parts)}

    @staticmethod
    def _mean(columns: List[Doubles]) -> Doubles:
        return array("d", map(mean_of, zip(*columns)))


class Benchmark:
    """A table, opened read-only; `robbench.open` makes one.

    A mapping from what names a cell to the cell: `bench[2581]`,
    `bench["323133"]`, `bench["|nor_conv_3x3~0|+..."]`. It iterates over the
    table's rows (one a class of cells); `cells()` has every cell of the
    search space that has numbers. Data sets and metrics go by any name that
    the robbench command takes, "robust_average" (the mean of all accuracies
    under FGSM and PGD, computed here) among them.
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self._file = TableFile(path)
        self._columns: Dict[Tuple[str, str], _Column] = {}
        self._metrics: Dict[str, List[Metric]] = {}
        for metric in self._file.metrics:
            self._metrics.setdefault(metric.dataset, []).append(metric)
            self._columns[metric.dataset, metric.name] = _Column(
                self._file, metric)
        #: what was asked for, as it was spelled, and found
        self._asked: Dict[Tuple[str, Optional[str]], _Column] = {}
        self._datasets: Dict[str, str] = {}
        #: by index, and by names that were asked for
        self._cells: Dict[Union[int, str], BenchmarkCell] = {}

    @property
    def path(self) -> str:
        """The file of the table."""
        return self._file.path

    @property
    def search_space(self) -> SearchSpace:
        """All 15,625 cells, whether or not the table has numbers of them."""
        return SearchSpace()

    @property
    def datasets(self) -> Tuple[str, ...]:
        """The names of the data sets, sorted."""
        return tuple(sorted(self._metrics))

    @property
    def indices(self) -> Tuple[int, ...]:
        """The official indices of the rows, ascending."""
        return self._file.indices

    def dataset(self, name: Optional[str] = None) -> str:
        """The table's own name of a data set.

        None is the only one; UnknownNameError where there are several.
        """
        if name is not None:
            own = self._datasets.get(name)
            if own is None:
                own = _names.resolve_dataset(name, self.datasets)
                self._datasets[name] = own
            return own
        if len(self._metrics) == 1:
            return next(iter(self._metrics))
        raise UnknownNameError(
            "dataset: the table has several, name one of "
            f"{', '.join(self.datasets)}")

    def metrics(self, dataset: Optional[str] = None) -> Tuple[Metric, ...]:
        """The columns of a data set, in the order of the table."""
        return tuple(self._metrics[self.dataset(dataset)])

    def metric(self, name: str, dataset: Optional[str] = None) -> Metric:
        """The column of a name. UnknownNameError where there is none."""
        return self._column(name, dataset).metric

    def _column(self, metric: str, dataset: Optional[str]) -> _Column:
        column = self._asked.get((metric, dataset))
        if column is None:
            name = self.dataset(dataset)
            names = [other.name for other in self._metrics[name]]
            if metric == _AVERAGE and metric not in names:
                column = self._average(name)
            else:
                own = _names.resolve_metric(name, metric, names)
                column = self._columns[name, own]
            self._asked[metric, dataset] = column
        return column

    def _average(self, dataset: str) -> _Column:
        parts = [self._columns[dataset, metric.name]
                 for metric in self._metrics[dataset]
                 if metric.kind == "accuracy"
                 and metric.attack_kind in ("fgsm", "pgd")]
        if not parts:
            raise UnknownNameError(f"{_AVERAGE}: the table has no FGSM or PGD "
                                   f"accuracy of {dataset}")
        return _Average(Metric(dataset, _AVERAGE, "accuracy",
                               "mean of FGSM and PGD", None, None), parts)

    @functools.cached_property
    def _trainings(self) -> Dict[Tuple[str, int], Dict[int, Training]]:
        return self._file.trainings()

    def __getitem__(self, name: CellName) -> BenchmarkCell:
        """The cell of an index, code, architecture string or `Cell`.

        UnknownCellError where that names no cell, or a cell of whose class
        the table has no row.
        """
        # Not bool or float, which are equal to ints.
        if type(name) is not int and type(name) is not str:
            return self._find(index_of(name))
        cell = self._cells.get(name)
        if cell is None:
            cell = self._find(index_of(name))
            if len(self._cells) < _MOST_NAMES:
                self._cells[name] = cell
        return cell

    def _find(self, index: int) -> BenchmarkCell:
        cell = self._cells.get(index)
        if cell is not None:
            return cell
        position = self._file.position.get(index)
        if position is None:
            other = Cell(index)
            position = self._file.row_of_class.get(other.representative)
            if position is None:
                raise UnknownCellError(
                    f"the table has no cell {index} ({other.code}) and none "
                    "of its class, whose representative is "
                    f"{other.representative}")
        cell = BenchmarkCell(index, self, position)
        self._cells[index] = cell
        return cell

    def __contains__(self, name: object) -> bool:
        try:
            self[name]  # type: ignore[index]
        except UnknownCellError:
            return False
        return True

    def __len__(self) -> int:
        """Rows of the table: classes of cells."""
        return len(self.indices)

    def __iter__(self) -> Iterator[BenchmarkCell]:
        return map(self._find, self.indices)

    def classes(self) -> Iterator[BenchmarkCell]:
        """The cells with a row of their own, 6,466 of the paper's table."""
        return iter(self)

    def cells(self) -> Iterator[BenchmarkCell]:
        """All cells of the search space that the table has numbers of."""
        for index in range(NUM_CELLS):
            try:
                cell = self._find(index)
            except UnknownCellError:
                continue
            yield cell

    def column(self, metric: str, dataset: Optional[str] = None,
               seed: Optional[int] = None) -> Doubles:
        """A column by row, in the order of `indices`; NaN where missing.

        An `array` of doubles, a copy: numpy.asarray() takes it as it is.
        """
        column = self._column(metric, dataset)
        return array("d", column.mean if seed is None else
                     column.of_seed(seed))

    def top(self, metric: str, dataset: Optional[str] = None, count: int = 10,
            lowest: bool = False) -> List[BenchmarkCell]:
        """The rows with the highest means, best first; equal ones by index."""
        values = self._column(metric, dataset).mean
        rows = [i for i, value in enumerate(values) if not math.isnan(value)]
        rows.sort(key=values.__getitem__ if lowest else
                  lambda i: -values[i])
        return [self._find(self.indices[i]) for i in rows[:count]]

    def frame(self, dataset: Optional[str] = None) -> Any:
        """The table as a pandas.DataFrame, a row a class of each data set.

        The columns are dataset, index, code, architecture, representative
        and the metrics' means; accuracies are 0 ... 1, NaN is a missing
        number. Codes are text ("000211"). Needs pandas.
        """
        try:
            import pandas  # type: ignore[import-untyped,unused-ignore]
        except ImportError as error:
            raise ImportError("bench.frame() needs pandas: pip install "
                              "pandas") from error
        frames = []
        names = self.datasets if dataset is None else [self.dataset(dataset)]
        for name in names:
            cells = list(self)
            columns: Dict[str, Any] = {
                "dataset": [name] * len(cells),
                "index": list(self.indices),
                "code": [cell.code for cell in cells],
                "architecture": [cell.architecture for cell in cells],
                "representative": [cell.representative for cell in cells],
            }
            for metric in self._metrics[name]:
                columns[metric.name] = self._column(metric.name, name).mean
            frames.append(pandas.DataFrame(columns))
        return pandas.concat(frames, ignore_index=True)

    def __reduce__(self) -> Any:
        # Another process opens the file itself.
        return (open_benchmark, (self.path,))

    def __repr__(self) -> str:
        return (f"<benchmark {self.path}: {len(self):,} cells, "
                f"{', '.join(self.datasets)}>")


def open_benchmark(path: Union[str, "os.PathLike[str]"]) -> Benchmark:
    """A benchmark table, opened read-only: `robbench.open`.

    `path` is the table.sqlite that the pipeline wrote. Only names are read
    here; a column is read when it is first asked for.

    Errors: FileNotFoundError, IsADirectoryError and PermissionError as of any
    file; TableError where the file is no such table, and later, where the
    file was changed or replaced since.
    """
    return Benchmark(path)
