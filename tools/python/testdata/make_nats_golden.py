"""Makes nats_golden.json: what the package nats-bench answers, as signatures,
keys and types, for tests/nats_test.py.

    pip install nats-bench==1.8 numpy
    PYTHONPATH=tools/python python3 tools/python/testdata/make_nats_golden.py

Its real classes are asked, over a benchmark of two architectures whose numbers
are made up here: only shapes are kept.
"""

import importlib.metadata
import inspect
import json
import pathlib
import random

import nats_bench
from nats_bench.api_utils import ArchResults, ResultsCount

import robbench

_SETS = {"cifar10-valid": ["x-valid", "ori-test"], "cifar10": ["ori-test"],
         "cifar100": ["x-valid", "x-test", "ori-test"],
         "ImageNet16-120": ["x-valid", "x-test", "ori-test"]}
_SEEDS = (777, 888)
_EPOCHS = 12


def results(index, architecture):
    arch = ArchResults(index, architecture)
    epochs = range(_EPOCHS)
    for dataset, names in _SETS.items():
        for seed in _SEEDS:
            one = ResultsCount(dataset, None, dict.fromkeys(epochs, 70.5),
                               dict.fromkeys(epochs, 1.5), 1.25, 150.5,
                               {"arch_str": architecture}, seed, _EPOCHS,
                               [0.015])
            one.update_train_info(dict.fromkeys(epochs, 70.5),
                                  dict.fromkeys(epochs, 95.5),
                                  dict.fromkeys(epochs, 1.5),
                                  dict.fromkeys(epochs, 30.5))
            for name in names:
                keys = [f"{name}@{epoch}" for epoch in epochs]
                one.update_eval(dict.fromkeys(keys, 60.5),
                                dict.fromkeys(keys, 1.75),
                                dict.fromkeys(keys, 2.5))
            arch.update(dataset, seed, one)
    return arch.state_dict()


def signature(function):
    return [[name, one.kind.name, None if one.default is one.empty else
             repr(one.default)]
            for name, one in inspect.signature(function).parameters.items()]


def types(answer):
    if isinstance(answer, dict):
        return {key: type(value).__name__ for key, value in answer.items()}
    if isinstance(answer, tuple):
        return [type(value).__name__ for value in answer]
    return type(answer).__name__


def public(kind):
    return {name: member for name, member in inspect.getmembers(kind)
            if not name.startswith("_")}


def main():
    space = [cell.architecture for cell in robbench.SearchSpace()]
    evaluated = [0, 2581]
    api = nats_bench.NATStopology({
        "meta_archs": space, "evaluated_indexes": evaluated,
        "arch2infos": {index: {hp: results(index, space[index])
                               for hp in ("12", "200")}
                       for index in evaluated}}, verbose=False)
    meta = api.query_meta_info_by_index(0)
    answers = {
        "len": len(api),
        "api[2581]": api[2581],
        "api[-1]": api[-1],
        "arch(2581)": api.arch(2581),
        "str2lists": api.str2lists(api[2581]),
        "query_index_by_arch": [
            api.query_index_by_arch(what) for what in
            (7, api[2581], "none", "323133", "|none~0|", None, 2.5)],
        "unique": [len({api.get_unique_str(index) for index in range(500)})],
    }
    random.seed(0)
    answers["random"] = [api.random() for _ in range(20)]
    shapes = {}
    for dataset in ("cifar10", "cifar100", "ImageNet16-120"):
        shapes[dataset] = {
            "get_more_info": types(api.get_more_info(0, dataset)),
            "get_cost_info": types(api.get_cost_info(0, dataset)),
            "get_latency": types(api.get_latency(0, dataset)),
            "simulate_train_eval": types(
                api.simulate_train_eval(0, dataset)),
            "get_metrics train": types(meta.get_metrics(dataset, "train")),
            "get_metrics ori-test": types(
                meta.get_metrics(dataset, "ori-test")),
        }
    shapes["find_best"] = types(api.find_best("cifar10", "ori-test"))
    shapes["query_info_str_by_arch"] = types(api.query_info_str_by_arch(0))
    shapes["used_time"] = types(api.used_time)
    golden = {
        "nats-bench": importlib.metadata.version("nats-bench"),
        "create": signature(nats_bench.create),
        "NATStopology.__init__": signature(nats_bench.NATStopology.__init__),
        "NATStopology": {
            name: signature(member) if callable(member) else "property"
            for name, member in public(nats_bench.NATStopology).items()},
        "ArchResults": {
            name: signature(member) if callable(member) else "property"
            for name, member in public(ArchResults).items()},
        "answers": answers,
        "shapes": shapes,
    }
    path = pathlib.Path(__file__).with_name("nats_golden.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
