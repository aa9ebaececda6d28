"""NATS-Bench's interface, of its topology search space, over a table.

    from robbench.nats import create

    api = create("table.sqlite", "tss", metric="pgd_8")
    api.simulate_train_eval(1224, "cifar10")

Calls, arguments and the shapes of answers are those of the package
`nats-bench`; indices are the same, since both have the official order.
Accuracies are per cent, as there. What differs:

- The accuracy is of one metric, chosen at creation: "clean" or an attack. It
  is on the test images: the table has no validation split, so
  `simulate_train_eval` returns it as the accuracy to search by, and the keys
  "valid-accuracy" and "valtest-accuracy" are errors.
- Data sets are cifar10, cifar100 and ImageNet16-120. cifar10-valid is an
  error: no network was trained on half of CIFAR-10.
- A network was trained once a seed, by one recipe; `hp` ("12", "200")
  chooses nothing.
- Times are counted, not measured: the multiply-adds of the paper's recipe
  over a throughput that is given at creation. A latency is that of a forward
  pass of 256 images.
- What the table cannot say (a loss on test images, anything by epoch,
  weights) is a MissingValueError where it is asked for.
"""

import operator
import random
from typing import Any, Dict, List, NoReturn, Optional, Tuple, Union

from ._table import mean_of
from .benchmark import Benchmark, BenchmarkCell, open_benchmark
from .errors import MissingValueError, UnknownNameError
from .search_space import NUM_CELLS, Cell, SearchSpace

__all__ = ["ArchResults", "NATStopology", "create"]

#: The data sets by NATS-Bench's names: ours, and the images of a training.
DATASETS: Dict[str, Tuple[str, int]] = {
    "cifar10": ("cifar10", 50_000),
    "cifar100": ("cifar100", 50_000),
    "ImageNet16-120": ("imagenet16_120", 151_700),
}
#: Of the paper's recipe.
EPOCHS = 50
#: Forward passes that one image costs in an epoch: seven steps of PGD, each
#: forward and back to the image, then forward and back to all weights.
PASSES_AN_EPOCH = 7 * 2 + 3
#: Images of a latency, as in NATS-Bench.
LATENCY_IMAGES = 256

_HPS = ("12", "200")
_WHY = {
    "train-loss": "the table has no training of this data set and seed",
    "train-accuracy": "the table has no training of this data set and seed",
    "valid-accuracy": "the networks were evaluated on test images only; take "
                      "test-accuracy",
    "valtest-accuracy": "the networks were evaluated on test images only; take "
                        "test-accuracy",
    "loss": "the table has accuracies, no losses, of test images",
}
_COMMENT = ("test-accuracy is the {metric} accuracy on the test images of "
            "{dataset} in per cent; train-loss and train-accuracy are of the "
            "last epoch on adversarial batches; times are multiply-adds over "
            "{throughput:g} a second")


class Answer(Dict[str, Any]):
    """A dict that says why a key is not there."""

    def __missing__(self, key: str) -> NoReturn:
        why = _WHY.get(key)
        if why is None:
            why = (_WHY["loss"] if key.endswith("loss") else
                   "the table has no such number")
        raise MissingValueError(f"{key}: {why}; it has {', '.join(self)}")


def _check_hp(hp: Any) -> None:
    if str(hp) not in _HPS:
        raise UnknownNameError(
            f"hp: expected {' or '.join(_HPS)} (which choose nothing: there is "
            f"one recipe), found {hp!r}")


def _check_epoch(iepoch: Optional[int]) -> None:
    if iepoch is not None:
        raise MissingValueError(
            f"iepoch: expected None, found {iepoch!r}: the table has numbers "
            "after the last epoch only")


class ArchResults:
    """What the table has of one architecture."""

    def __init__(self, api: "NATStopology", cell: BenchmarkCell) -> None:
        self._api = api
        self._cell = cell
        self.arch_index: int = cell.index

    @property
    def arch_str(self) -> str:
        """The architecture string."""
        return self._cell.architecture

    def arch_idx_str(self) -> str:
        """The index with six digits."""
        return f"{self.arch_index:06d}"

    def get_dataset_names(self) -> List[str]:
        """The data sets of the table by NATS-Bench's names."""
        there = self._api.benchmark.datasets
        return [name for name, (own, _) in DATASETS.items() if own in there]

    def get_dataset_seeds(self, dataset: str) -> List[int]:
        """Seeds with values of their own: none where there are means only."""
        return list(self._cell.seeds(self._api.metric,
                                     self._api.own_dataset(dataset)))

    def get_compute_costs(self, dataset: str) -> Dict[str, Any]:
        """flops (millions of multiply-adds), params (millions), latency and
        times (seconds)."""
        own = self._api.own_dataset(dataset)
        multiply_adds = self._cell.mean("multiply_adds", own)
        throughput = self._api.multiply_adds_per_second
        epoch = (multiply_adds * PASSES_AN_EPOCH * DATASETS[dataset][1] /
                 throughput)
        return Answer({
            "flops": multiply_adds / 1e6,
            "params": self._cell.mean("parameters", own) / 1e6,
            "latency": multiply_adds * LATENCY_IMAGES / throughput,
            "T-train@epoch": epoch,
            "T-train@total": epoch * EPOCHS,
        })

    def get_latency(self, dataset: str) -> float:
        """Seconds of a forward pass of 256 images."""
        return float(self.get_compute_costs(dataset)["latency"])

    def get_total_epoch(self, dataset: Optional[str] = None) -> int:
        """Epochs of the paper's recipe."""
        if dataset is not None:
            self._api.own_dataset(dataset)
        return EPOCHS

    def get_metrics(self, dataset: str, setname: str,
                    iepoch: Optional[int] = None,
                    is_random: Union[bool, int] = False) -> Dict[str, Any]:
        """iepoch, loss, accuracy (per cent), cur_time and all_time.

        `setname` is "train" or a test set ("ori-test", "x-test", "test").
        `is_random` is False for the mean over seeds, True for a random seed,
        or a seed. A table that has means only gives the mean for True, too.
        """
        _check_epoch(iepoch)
        own = self._api.own_dataset(dataset)
        seed: Optional[int] = None
        if is_random is True:
            seeds = self.get_dataset_seeds(dataset)
            seed = random.choice(seeds) if seeds else None
        elif is_random is not False:
            seed = int(is_random)
        if setname in ("ori-test", "x-test", "test"):
            return Answer({
                "iepoch": float(EPOCHS - 1),
                "accuracy": 100 * self._cell.accuracy(self._api.metric, own,
                                                      seed),
            })
        if setname != "train":
            raise MissingValueError(
                f"{setname}: expected train, ori-test or x-test: "
                f"{_WHY['valid-accuracy'].split(';')[0]}")
        costs = self.get_compute_costs(dataset)
        answer = Answer({
            "iepoch": float(EPOCHS - 1),
            "cur_time": costs["T-train@epoch"],
            "all_time": costs["T-train@total"],
        })
        trainings = self._cell.training(own)
        of = (list(trainings.values()) if seed is None else
              [trainings[seed]] if seed in trainings else [])
        if of:
            answer["loss"] = mean_of([one.loss for one in of])
            answer["accuracy"] = 100 * mean_of([one.accuracy for one in of])
        return answer

    def __repr__(self) -> str:
        return (f"ArchResults(arch-index={self.arch_index}, "
                f"arch={self.arch_str}, datasets={self.get_dataset_names()})")


class NATStopology:
    """The interface of nats_bench.NATStopology."""

    def __init__(self, file_path_or_dict: Any = None, fast_mode: bool = False,
                 verbose: bool = True, *, metric: str = "clean",
                 multiply_adds_per_second: float = 1e12) -> None:
        if file_path_or_dict is None or isinstance(file_path_or_dict, dict):
            raise ValueError("file_path_or_dict: expected the path of a "
                             f"table.sqlite, found {file_path_or_dict!r}")
        if not multiply_adds_per_second > 0:
            raise ValueError("multiply_adds_per_second: expected more than 0, "
                             f"found {multiply_adds_per_second!r}")
        self.benchmark: Benchmark = (
            file_path_or_dict if isinstance(file_path_or_dict, Benchmark)
            else open_benchmark(file_path_or_dict))
        self.filename = self.benchmark.path
        self._fast_mode = fast_mode
        self.verbose = verbose
        self.metric = metric
        self.multiply_adds_per_second = multiply_adds_per_second
        self._space = SearchSpace()
        self._used_time = 0.0
        for own, _ in DATASETS.values():
            if own in self.benchmark.datasets:
                self.benchmark.metric(metric, own)
        self._say(f"robbench.nats: {self!r}")

    def _say(self, text: str) -> None:
        if self.verbose:
            print(text)

    def own_dataset(self, dataset: str) -> str:
        """Our name of a data set of NATS-Bench."""
        if dataset in DATASETS:
            return self.benchmark.dataset(DATASETS[dataset][0])
        why = (": no network of the table was trained on half of CIFAR-10; "
               "cifar10 is the whole" if dataset == "cifar10-valid" else "")
        raise UnknownNameError(f"dataset: expected {', '.join(DATASETS)}, "
                               f"found {dataset!r}{why}")

    @property
    def is_size(self) -> bool:
        """False: this is the topology search space."""
        return False

    @property
    def is_topology(self) -> bool:
        """True: this is the topology search space."""
        return True

    @property
    def full_epochs_in_paper(self) -> int:
        """Epochs of the paper's recipe."""
        return EPOCHS

    @property
    def full_train_epochs(self) -> int:
        """The same."""
        return EPOCHS

    @property
    def avaliable_hps(self) -> List[str]:
        """What `hp` may be; the spelling is NATS-Bench's."""
        return list(_HPS)

    @property
    def fast_mode(self) -> bool:
        """As at creation; plays no role."""
        return self._fast_mode

    @property
    def search_space_name(self) -> str:
        """topology."""
        return "topology"

    @property
    def used_time(self) -> float:
        """Seconds that simulate_train_eval has counted."""
        return self._used_time

    def reset_time(self) -> None:
        """Begins to count anew."""
        self._used_time = 0.0

    def __len__(self) -> int:
        return NUM_CELLS

    def __getitem__(self, index: int) -> str:
        return self._space[range(NUM_CELLS)[index]].architecture

    def arch(self, index: int) -> str:
        """The architecture string of an index."""
        if not 0 <= index < NUM_CELLS:
            raise ValueError(f"invalid index : {index} vs. {NUM_CELLS}.")
        return self[index]

    def random(self) -> int:
        """A random index: that of nats_bench for the same random.seed()."""
        return random.randint(0, NUM_CELLS - 1)

    def query_index_by_arch(self, arch: Any) -> int:
        """The index of an index, architecture string or what has tostr().

        -1 for what is none; ValueError for a number that is no index.
        """
        if hasattr(arch, "tostr"):
            arch = arch.tostr()
        elif hasattr(arch, "__index__"):  # numpy's numbers, too
            index = operator.index(arch)
            if 0 <= index < NUM_CELLS:
                return index
            raise ValueError(
                f"Invalid architecture index {index} vs [0, {NUM_CELLS}].")
        if not isinstance(arch, str) or "|" not in arch:
            return -1
        return self._space[arch].index if arch in self._space else -1

    def _results(self, arch: Any, hp: Any) -> ArchResults:
        _check_hp(hp)
        index = self.query_index_by_arch(arch)
        if index < 0:
            raise ValueError(f"Did not find {arch!r} in the search space.")
        return ArchResults(self, self.benchmark[index])

    def query_meta_info_by_index(self, arch_index: Any,
                                 hp: str = "12") -> ArchResults:
        """All that the table has of an architecture."""
        return self._results(arch_index, hp)

    def query_by_index(self, arch_index: int, dataname: Optional[str] = None,
                       hp: str = "12") -> ArchResults:
        """As query_meta_info_by_index; there are no trials of a data set."""
        if dataname is not None:
            raise MissingValueError(
                "dataname: expected None: the table has no trials by epoch")
        return self._results(arch_index, hp)

    def query_info_str_by_arch(self, arch: Any, hp: str = "12") -> str:
        """A text about an architecture for people."""
        results = self._results(arch, hp)
        lines = [results.arch_str,
                 f"datasets : {results.get_dataset_names()}, extra-info : "
                 f"arch-index={results.arch_index}"]
        for dataset in results.get_dataset_names():
            costs = results.get_compute_costs(dataset)
            accuracy = results.get_metrics(dataset, "test")["accuracy"]
            lines.append(f"{dataset:14s} FLOP={costs['flops']:6.2f} M, "
                         f"Params={costs['params']:.3f} MB, {self.metric} "
                         f"test : top1 = {accuracy:.2f}%")
        return "\n".join(lines)

    def query_by_arch(self, arch: Any, hp: str) -> str:
        """The name of query_info_str_by_arch in NAS-Bench-201."""
        return self.query_info_str_by_arch(arch, hp)

    def show(self, index: int = -1) -> None:
        """Prints query_info_str_by_arch of one or, below 0, of all."""
        for one in range(NUM_CELLS) if index < 0 else [index]:
            print(self.query_info_str_by_arch(one))

    def get_more_info(self, index: Any, dataset: str,
                      iepoch: Optional[int] = None, hp: str = "12",
                      is_random: Union[bool, int] = True) -> Dict[str, Any]:
        """test-accuracy, and what the table has of the training.

        Keys are NATS-Bench's: train-loss, train-accuracy (per cent),
        train-per-time, train-all-time (seconds), comment, test-accuracy. One
        that the table cannot say is a MissingValueError when it is asked for.
        """
        _check_epoch(iepoch)
        results = self._results(index, hp)
        if is_random is True:
            seeds = results.get_dataset_seeds(dataset)
            is_random = random.choice(seeds) if seeds else False
        test = results.get_metrics(dataset, "test", None, is_random)
        train = results.get_metrics(dataset, "train", None, is_random)
        answer = Answer({
            "train-" + key: train[key] for key in ("loss", "accuracy")
            if key in train})
        answer["train-per-time"] = train["cur_time"]
        answer["train-all-time"] = train["all_time"]
        if dataset == "cifar10":  # as NATS-Bench has it
            answer["comment"] = _COMMENT.format(
                metric=self.metric, dataset=dataset,
                throughput=self.multiply_adds_per_second)
        answer["test-accuracy"] = test["accuracy"]
        return answer

    def get_cost_info(self, index: Any, dataset: str,
                      hp: str = "12") -> Dict[str, Any]:
        """flops and params in millions, latency and times in seconds."""
        return self._results(index, hp).get_compute_costs(dataset)

    def get_latency(self, index: Any, dataset: str, hp: str = "12") -> float:
        """Seconds of a forward pass of 256 images."""
        return float(self.get_cost_info(index, dataset, hp)["latency"])

    def simulate_train_eval(
            self, arch: Any, dataset: str, iepoch: Optional[int] = None,
            hp: str = "12", account_time: bool = True
    ) -> Tuple[float, float, float, float]:
        """Accuracy (per cent, test images), latency, time of the training and
        all time counted so far (seconds)."""
        _check_epoch(iepoch)
        results = self._results(arch, hp)
        accuracy = results.get_metrics(dataset, "test", None, True)["accuracy"]
        costs = results.get_compute_costs(dataset)
        time_cost = costs["T-train@total"]
        if account_time:
            self._used_time += time_cost
        return accuracy, costs["latency"], time_cost, self._used_time

    def find_best(self, dataset: str, metric_on_set: str,
                  flop_max: Optional[float] = None,
                  param_max: Optional[float] = None, hp: str = "12",
                  enforce_all: Optional[bool] = None) -> Tuple[int, float]:
        """The architecture with the highest mean accuracy, of those within
        the limits (millions); -1 and None where none is."""
        best: Tuple[int, Any] = (-1, None)
        for index in range(NUM_CELLS):
            if index not in self.benchmark:
                continue
            results = self._results(index, hp)
            accuracy = results.get_metrics(dataset, metric_on_set)["accuracy"]
            if best[1] is not None and accuracy <= best[1]:
                continue
            costs = results.get_compute_costs(dataset)
            if flop_max is not None and costs["flops"] > flop_max:
                continue
            if param_max is not None and costs["params"] > param_max:
                continue
            best = (index, accuracy)
        return best

    def get_net_param(self, index: Any, dataset: str, seed: Optional[int],
                      hp: str = "12") -> NoReturn:
        """MissingValueError: weights are files of the pipeline."""
        raise MissingValueError("the table has no weights; //:NAME_training "
                                "makes them as safetensors")

    def get_unique_str(self, arch: Any) -> str:
        """A text that is the same for all cells of a class."""
        index = self.query_index_by_arch(arch)
        if index < 0:
            raise ValueError(f"Did not find {arch!r} in the search space.")
        return Cell(Cell(index).representative).architecture

    @staticmethod
    def str2lists(arch_str: str) -> List[Any]:
        """(operation, source) pairs of each node, as NATS-Bench has them."""
        return [tuple((operation, int(source)) for operation, source in
                      (term.split("~") for term in node.split("|") if term))
                for node in arch_str.split("+")]

    def __repr__(self) -> str:
        return (f"NATStopology({len(self.benchmark)} classes of {NUM_CELLS} "
                f"architectures, metric={self.metric}, file={self.filename})")


def create(file_path_or_dict: Any, search_space: str = "tss",
           fast_mode: bool = True, verbose: bool = False, *,
           metric: str = "clean",
           multiply_adds_per_second: float = 1e12) -> NATStopology:
    """As nats_bench.create, of a table.sqlite (or an open `Benchmark`).

    `metric` is the accuracy that all calls return; `multiply_adds_per_second`
    is what times are counted by: those of a device, all passes of a training
    taken together. `fast_mode` plays no role.
    """
    if search_space not in ("tss", "topology"):
        raise ValueError(f"invalid search space : {search_space}; expected tss "
                         "or topology")
    return NATStopology(file_path_or_dict, fast_mode, verbose, metric=metric,
                        multiply_adds_per_second=multiply_adds_per_second)
