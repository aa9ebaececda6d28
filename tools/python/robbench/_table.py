"""The file of a table: the SQLite database that the pipeline writes.

A column is read when it is first asked for, by a connection of its own: so a
table may be used from threads, after a fork and by any number of processes.
Each read is checked to be of the file that was opened.
"""

import errno
import functools
import math
import operator
import os
import pathlib
import sqlite3
import stat
from array import array
from typing import (TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional,
                    Sequence, Tuple, Union)

from .errors import TableError

if TYPE_CHECKING:
    Doubles = array[float]
else:
    Doubles = array

_TABLES = {
    "cell": {"id", "code", "architecture", "representative"},
    "metric": {"id", "dataset", "name", "kind", "label", "images",
               "attack_kind"},
    "mean": {"cell", "metric", "value"},
    "value": {"cell", "metric", "seed", "value"},
    "training": {"dataset", "cell", "seed", "loss", "accuracy",
                 "escape_epoch", "collapses", "ended_on_plateau"},
}
_MAKE = ('expected a table.sqlite as "bazel run //:reproduce" or "bazel run '
         '//:paper" writes it')


def mean_of(values: Sequence[float]) -> float:
    """Adds from left to right, as the programs do, and divides by the count.

    Python's sum() has corrected the rounding of floats since 3.12, so it has
    other last bits than they, and than before.
    """
    return functools.reduce(operator.add, values) / len(values)


class Metric(NamedTuple):
    """A column of the table."""

    #: "cifar10"
    dataset: str
    #: "pgd_8"
    name: str
    #: "accuracy" (share of the test images, 0 ... 1), "cost" (of one forward
    #: pass of one image), "ntk_score", "standard_accuracy" (after training
    #: without attacks) or "predictor" (a score or count before any training,
    #: or an accuracy after a short one)
    kind: str
    #: for people: "PGD-20, ε = 8/255"
    label: str
    #: test images of an accuracy, else None
    images: Optional[int]
    #: of an accuracy: "clean", "fgsm", "pgd", "apgd", "targeted_apgd", "fab",
    #: "square", "group" (as AutoAttack is), else None
    attack_kind: Optional[str]


class Training(NamedTuple):
    """How one training went."""

    #: loss of the last epoch, on the adversarial training batches
    loss: float
    #: accuracy in the last epoch on the same batches, 0 ... 1
    accuracy: float
    #: the epoch in which the loss left the plateau of a network that has not
    #: begun to learn; None where it never did
    escape_epoch: Optional[int]
    #: how many times it fell back to the plateau
    collapses: int
    #: whether it was there at the end
    ended_on_plateau: bool


class _Identity(NamedTuple):
    device: int
    inode: int
    size: int
    modified_ns: int


class TableFile:
    """Reads of one table's file. Errors name the file and what was expected."""

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        name = os.fsdecode(path)
        #: absolute: the directory may change before a column is read
        self.path = os.path.abspath(name) if name else name
        self._identity = self._identify()
        rows = self._read(
            "SELECT name, (SELECT group_concat(name) FROM pragma_table_info("
            "schema.name)) FROM sqlite_master AS schema WHERE type = 'table'")
        there = {name: set((columns or "").split(","))
                 for name, columns in rows}
        for table, columns in _TABLES.items():
            if table not in there:
                raise self._no_table(f"it has no table {table}")
            missing = sorted(columns - there[table])
            if missing:
                raise self._no_table(
                    f"its table {table} has no column {', '.join(missing)}")
        #: official indices of the rows, ascending, and their representatives
        cells = self._read("SELECT id, representative FROM cell ORDER BY id")
        self.indices: Tuple[int, ...] = tuple(row[0] for row in cells)
        self.position: Dict[int, int] = {
            index: i for i, index in enumerate(self.indices)}
        self.row_of_class: Dict[int, int] = {}
        for i, (_, representative) in enumerate(cells):
            self.row_of_class.setdefault(representative, i)
        self.metrics: List[Metric] = []
        self._ids: Dict[Tuple[str, str], int] = {}
        for key, dataset, name, *rest in self._read(
                "SELECT id, dataset, name, kind, label, images, attack_kind "
                "FROM metric ORDER BY id"):
            self.metrics.append(Metric(dataset, name, *rest))
            self._ids[dataset, name] = key

    def _error(self, number: int, expected: str) -> OSError:
        return OSError(number, f"{os.strerror(number)}; {expected}", self.path)

    def _no_table(self, found: str) -> TableError:
        return TableError(f"{self.path}: {_MAKE}, found another file: {found}")

    def _identify(self) -> _Identity:
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            raise self._error(errno.ENOENT, _MAKE) from None
        if stat.S_ISDIR(status.st_mode):
            raise self._error(errno.EISDIR, "the table of a report is its "
                              "tables/table.sqlite")
        if not stat.S_ISREG(status.st_mode):
            raise TableError(f"{self.path}: {_MAKE}, found no regular file")
        return _Identity(status.st_dev, status.st_ino, status.st_size,
                         status.st_mtime_ns)

    def _check_same(self) -> None:
        try:
            same = self._identify() == self._identity
        except OSError:
            same = False
        if not same:
            raise TableError(
                f"{self.path}: changed since it was opened: open it again")

    def _read(self, sql: str, values: Tuple[Any, ...] = ()) -> List[Any]:
        self._check_same()
        # The address of a file may hold any character, as "?" and "#".
        address = pathlib.Path(self.path).absolute().as_uri() + "?mode=ro"
        try:
            connection = sqlite3.connect(address, uri=True)
            try:
                rows = connection.execute(sql, values).fetchall()
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            if not os.access(self.path, os.R_OK):
                raise self._error(errno.EACCES, "expected a file that may be "
                                  "read") from None
            raise self._no_table(f"SQLite says: {error}") from None
        self._check_same()  # not another file in between
        return rows

    def _empty(self) -> Doubles:
        return array("d", [math.nan]) * len(self.indices)

    def _put(self, values: Doubles, cell: int, value: float) -> None:
        try:
            values[self.position[cell]] = value
        except (KeyError, TypeError):
            raise self._no_table(
                f"a value of cell {cell!r} is {value!r}") from None

    def mean(self, dataset: str, metric: str) -> Doubles:
        """The means of a column by row, NaN where there is none."""
        values = self._empty()
        for cell, value in self._read(
                "SELECT cell, value FROM mean WHERE metric = ?",
                (self._ids[dataset, metric],)):
            self._put(values, cell, value)
        return values

    def seeds(self, dataset: str, metric: str) -> Dict[int, Doubles]:
        """The values of a column by seed, each by row, NaN where none."""
        by_seed: Dict[int, Doubles] = {}
        # The key of `value` begins with the cell.
        for cell, seed, value in self._read(
                "SELECT value.cell, value.seed, value.value FROM cell "
                "CROSS JOIN value ON value.cell = cell.id AND value.metric = ?",
                (self._ids[dataset, metric],)):
            if seed not in by_seed:
                by_seed[seed] = self._empty()
            self._put(by_seed[seed], cell, value)
        return dict(sorted(by_seed.items()))

    def trainings(self) -> Dict[Tuple[str, int], Dict[int, Training]]:
        """By data set and row, then by seed."""
        found: Dict[Tuple[str, int], Dict[int, Training]] = {}
        for dataset, cell, seed, loss, accuracy, escape, collapses, ended in (
                self._read("SELECT dataset, cell, seed, loss, accuracy, "
                           "escape_epoch, collapses, ended_on_plateau FROM "
                           "training ORDER BY dataset, cell, seed")):
            row = self.position.get(cell, -1)
            found.setdefault((dataset, row), {})[seed] = (
                Training(loss, accuracy, escape, collapses, bool(ended)))
        return found
