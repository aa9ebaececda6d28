"""The interface of the paper's authors' reader, over our files.

Their script names two files, which a report of ours has in `tables/`:

    from robbench.authors import NasRobBench201

    reader = NasRobBench201("tables/meta.json", "tables/table.json")
    reader.get_result("cifar10", 2581, "val_pgd_8.0_acc")

`from_benchmark` makes the same of a table.sqlite, without the JSON files.

`get_result` is the value of seed 1, as theirs. Where a metric has no values
by seed (a published table, which has means alone; AutoAttack, which they have
as a bare number) it is the number that there is: the mean. Data sets and
metrics go by the authors' names or ours.
"""

import json
import math
import os
from typing import Any, Dict, List, Union

from . import _names
from .benchmark import Benchmark
from .errors import MissingValueError, TableError
from .search_space import Cell, CellName, SearchSpace, index_of

__all__ = ["NasRobBench201", "from_benchmark", "meta", "metric_name"]

_Path = Union[str, "os.PathLike[str]"]
_MEANS = ("threeseed", "mean")


def metric_name(name: str) -> str:
    """The authors' name of a metric of ours; ours where they have none.

    >>> metric_name("clean"), metric_name("pgd_8"), metric_name("autoattack")
    ('val_acc', 'val_pgd_8.0_acc', 'autoattack')
    """
    if name == "clean":
        return "val_acc"
    for attack in ("fgsm_", "pgd_"):
        epsilon = name[len(attack):]
        digits = epsilon.replace(".", "", 1)
        if (name.startswith(attack) and digits.isascii() and digits.isdigit()
                and epsilon[0] != "." and epsilon[-1] != "."
                and not epsilon.endswith(".0")):
            return f"val_{name}{'' if '.' in epsilon else '.0'}_acc"
    return name


def meta() -> Dict[str, Any]:
    """The content of meta.json: architecture and representative by id."""
    return {"ids": {str(cell.index): {"nb201-string": cell.architecture,
                                      "isomorph": str(cell.representative)}
                    for cell in SearchSpace()}}


def _load(path: _Path, expected: str) -> Dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        try:
            content = json.load(file)
        except (ValueError, RecursionError) as error:
            raise TableError(f"{os.fspath(path)}: expected {expected}, found "
                             f"no JSON: {error}") from None
    if not isinstance(content, dict) or not all(
            isinstance(value, dict) for value in content.values()):
        raise TableError(f"{os.fspath(path)}: expected {expected}, found other "
                         "JSON")
    return content


class NasRobBench201:
    """The authors' reader: `meta`, `res`, `map_str_to_id`,
    `non_isomorph_ids`, `get_uid` and `get_result`."""

    def __init__(self, metapath: _Path, datasetpath: _Path) -> None:
        content = _load(metapath, "the authors' meta.json")
        if "ids" not in content:
            raise TableError(f"{os.fspath(metapath)}: expected the authors' "
                             'meta.json, found no "ids"')
        self._fill(content, _load(datasetpath,
                                  "a table in the authors' layout"))

    def _fill(self, meta_content: Dict[str, Any], res: Dict[str, Any]) -> None:
        #: {"ids": {"0": {"nb201-string": ..., "isomorph": "0"}, ...}}
        self.meta = meta_content
        #: {"cifar10": {"2581": {"val_acc": {"0": 0.79, ...}, ...}, ...}, ...}
        self.res = res
        ids = meta_content["ids"]
        #: the id (text) of an architecture string
        self.map_str_to_id: Dict[str, str] = {
            entry["nb201-string"]: key for key, entry in ids.items()}
        #: the ids (text) of the representatives
        self.non_isomorph_ids: List[str] = [
            key for key, entry in ids.items() if entry["isomorph"] == key]

    def get_uid(self, i: CellName) -> str:
        """The id (text) whose numbers are those of a cell."""
        key = str(index_of(i)) if isinstance(i, Cell) else str(i)
        if key not in self.meta["ids"]:
            key = str(index_of(i))  # a code, or an error that says what is one
        return str(self.meta["ids"][key]["isomorph"])

    def get_result(self, dataset: str, architecture_id: CellName,
                   metric: str) -> float:
        """The value of seed 1; the mean where there are no values by seed.

        MissingValueError where there are other seeds but not seed 1.
        """
        key = self.get_uid(architecture_id)
        names = list(self.res)
        if dataset not in names:
            dataset = ("imagenet" if "imagenet" in names and _names.folded(
                dataset) in ("imagenet16120", "imagenet16")
                else _names.resolve_dataset(dataset, names))
        cells = self.res[dataset]
        if key not in cells:  # another cell of the class may have the row
            members = map(str, Cell(index_of(key)).members)
            own = next((one for one in members if one in cells), None)
            if own is None:
                raise MissingValueError(f"the table has no cell {key} of "
                                        f"{dataset} and none of its class")
            key = own
        values = cells[key]
        if metric not in values:
            ours = {_names.canonical_metric(name): name for name in values}
            metric = ours[_names.resolve_metric(dataset, metric, list(ours))]
        value = values[metric]
        if isinstance(value, dict):
            seeds = [name for name in value if name not in _MEANS]
            if "1" not in value and seeds:
                raise MissingValueError(
                    f"cell {key}, {metric} of {dataset}: expected seed 1, "
                    f"found {', '.join(seeds)}; take .res[{dataset!r}]"
                    f"[{key!r}][{metric!r}]")
            value = value["1"] if seeds else next(
                value[name] for name in _MEANS if name in value)
        return float(value)


def _number(value: float) -> Union[float, str]:
    # As every JSON of the pipeline: it has no infinity.
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def from_benchmark(bench: Benchmark) -> NasRobBench201:
    """The reader over a table.sqlite: `res` has the layout of table.json.

    Means over three seeds are "threeseed" there, others "mean". A table.sqlite
    does not say over how many seeds its means are where it has no values by
    seed, as a published table: these are "threeseed", as the authors have
    them. Data sets keep our names; get_result takes "imagenet", too.
    """
    res: Dict[str, Any] = {}
    for dataset in bench.datasets:
        columns = []
        for metric in bench.metrics(dataset):
            by_seed = {
                str(seed): values for seed, values in
                bench._column(metric.name, dataset).seeds.items()}
            columns.append((metric, metric_name(metric.name),
                            bench.column(metric.name, dataset), by_seed))
        cells = res[dataset] = {}
        for row, index in enumerate(bench.indices):
            values: Dict[str, Any] = {}
            for metric, name, means, by_seed in columns:
                mean = means[row]
                if math.isnan(mean):
                    continue
                seeds = {seed: _number(column[row]) for seed, column in
                         by_seed.items() if not math.isnan(column[row])}
                if metric.kind in (
                        "cost", "standard_accuracy", "predictor") or (
                        metric.name == "autoattack" and len(seeds) <= 1):
                    values[name] = _number(mean)
                    continue
                three = len(seeds) == 3 or not by_seed
                values[name] = {**seeds, "threeseed" if three else "mean":
                                _number(mean)}
            if values:
                cells[str(index)] = values
    reader = NasRobBench201.__new__(NasRobBench201)
    reader._fill(meta(), res)
    return reader
