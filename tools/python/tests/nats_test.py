"""robbench.nats against what the package nats-bench answers (nats_golden.json,
made by make_nats_golden.py) and against the robbench command."""

import contextlib
import importlib.util
import inspect
import io
import json
import random
import unittest
import warnings

import robbench
from robbench import nats
from tables import ROOT, TestCase, built, run_command, synthetic

_GOLDEN = json.loads(
    (ROOT / "tools/python/testdata/nats_golden.json").read_text())
# Of nats-bench, not here: weights, files of its own, numpy's matrix.
_ABSENT = {
    "NATStopology": {"archive_dir", "clear_params", "get_net_config",
                     "reload", "reset_archive_dir", "reset_fast_mode",
                     "statistics", "str2matrix"},
    "ArchResults": {"clear_params", "create_from_state_dict", "debug_test",
                    "get_net_param", "load_state_dict", "query",
                    "reset_latency", "reset_pseudo_eval_times",
                    "reset_pseudo_train_times", "state_dict", "update"},
}


def _signature(function):
    return [[name, one.kind.name, None if one.default is one.empty else
             repr(one.default)]
            for name, one in inspect.signature(function).parameters.items()]


def _type(value):
    return type(value).__name__


class NatsTest(TestCase):

    def setUp(self):
        super().setUp()
        self.table = synthetic("cifar10") / "table.sqlite"
        self.api = nats.create(self.table, "tss", metric="pgd_8")
        self.bench = self.api.benchmark

    def test_signatures(self):
        for kind in (nats.NATStopology, nats.ArchResults):
            absent = _ABSENT[kind.__name__]
            for name, golden in _GOLDEN[kind.__name__].items():
                with self.subTest(kind=kind.__name__, name=name):
                    self.assertEqual(hasattr(kind, name), name not in absent)
                    if name in absent:
                        continue
                    member = inspect.getattr_static(kind, name)
                    if golden == "property":
                        self.assertIsInstance(member, property)
                    else:
                        self.assertEqual(_signature(getattr(kind, name)),
                                         golden)
        for ours, golden in ((nats.create, _GOLDEN["create"]),
                             (nats.NATStopology.__init__,
                              _GOLDEN["NATStopology.__init__"])):
            ours = _signature(ours)
            # What is ours has a keyword and a default.
            more = ours[len(golden):]
            self.assertEqual([one[0] for one in more],
                             ["metric", "multiply_adds_per_second"])
            self.assertEqual({one[1] for one in more}, {"KEYWORD_ONLY"})
            self.assertNotIn(None, [one[2] for one in more])
            self.assertEqual([one[:2] for one in ours[:len(golden)]],
                             [one[:2] for one in golden])
        # Defaults differ where nothing has to be loaded or printed.
        self.assertEqual(
            {one[0]: one[2] for one in _signature(nats.create)[1:4]},
            {"search_space": "'tss'", "fast_mode": "True", "verbose": "False"})

    def test_answers_that_do_not_depend_on_the_table(self):
        golden = _GOLDEN["answers"]
        api = self.api
        self.assertEqual(len(api), golden["len"])
        self.assertEqual(api[2581], golden["api[2581]"])
        self.assertEqual(api[-1], golden["api[-1]"])
        self.assertEqual(api.arch(2581), golden["arch(2581)"])
        self.assertEqual(json.loads(json.dumps(api.str2lists(api[2581]))),
                         golden["str2lists"])
        self.assertEqual([
            api.query_index_by_arch(what) for what in
            (7, api[2581], "none", "323133", "|none~0|", None, 2.5)],
            golden["query_index_by_arch"])
        self.assertEqual(api.query_index_by_arch(api.benchmark[7]), 7)
        self.assertEqual([len({api.get_unique_str(index) for index in
                               range(500)})], golden["unique"])
        random.seed(0)
        self.assertEqual([api.random() for _ in range(20)], golden["random"])
        self.assertEqual((api.is_size, api.is_topology,
                          api.search_space_name), (False, True, "topology"))
        with self.assertRaises(IndexError):
            api[15625]
        self.message(ValueError, api.arch, 15625)
        self.message(ValueError, api.query_index_by_arch, 15625)

    def test_signatures_of_the_installed_package(self):
        """The same against nats-bench itself, where it stands beside ours, so
        that a newer one that takes other arguments is noticed."""
        if importlib.util.find_spec("nats_bench") is None:
            self.skipTest("nats-bench is not installed")
        with warnings.catch_warnings():
            # Other people's packages may warn.
            warnings.simplefilter("ignore")
            import nats_bench
            from nats_bench.api_utils import ArchResults
        compared = 0
        for theirs, ours in ((nats_bench.NATStopology, nats.NATStopology),
                             (ArchResults, nats.ArchResults)):
            absent = _ABSENT[ours.__name__]
            for name, member in inspect.getmembers(theirs):
                if name.startswith("_"):
                    continue
                with self.subTest(kind=ours.__name__, name=name):
                    self.assertEqual(hasattr(ours, name), name not in absent)
                    if name in absent or not callable(member):
                        continue
                    self.assertEqual(_signature(getattr(ours, name)),
                                     _signature(member))
                    compared += 1
        self.assertGreater(compared, 15)
        names = [one[:2] for one in _signature(nats_bench.create)]
        self.assertEqual([one[:2] for one in
                          _signature(nats.create)[:len(names)]], names)

    def compare_shapes(self, api, dataset, index=0):
        golden = _GOLDEN["shapes"][dataset]
        meta = api.query_meta_info_by_index(index)
        for name, ours, least in (
                ("get_more_info", api.get_more_info(index, dataset),
                 {"train-per-time", "train-all-time", "test-accuracy"}),
                ("get_cost_info", api.get_cost_info(index, dataset),
                 {"flops", "params", "latency", "T-train@epoch",
                  "T-train@total"}),
                ("get_metrics train", meta.get_metrics(dataset, "train"),
                 {"iepoch", "cur_time", "all_time"}),
                ("get_metrics ori-test", meta.get_metrics(
                    dataset, "ori-test"), {"iepoch", "accuracy"})):
            self.assertLessEqual(least, set(ours), name)
            for key, value in ours.items():
                self.assertEqual(_type(value), golden[name][key], key)
            for key in golden[name]:
                if key not in ours:
                    self.message(robbench.MissingValueError,
                                 ours.__getitem__, key)
        self.assertEqual(_type(api.get_latency(index, dataset)),
                         golden["get_latency"])
        self.assertEqual(
            [_type(one) for one in api.simulate_train_eval(index, dataset)],
            golden["simulate_train_eval"])

    def test_shapes_of_answers(self):
        self.compare_shapes(self.api, "cifar10")
        golden = _GOLDEN["shapes"]
        self.assertEqual([_type(one) for one in
                          self.api.find_best("cifar10", "test")],
                         golden["find_best"])
        self.assertEqual(_type(self.api.query_info_str_by_arch(0)),
                         golden["query_info_str_by_arch"])
        self.assertEqual(_type(self.api.used_time), golden["used_time"])

    def test_paper(self):
        folder = built("paper")
        if folder is None:
            self.skipTest("NAS-RobBench-201_html.json is not in "
                          "ROBBENCH_DATA/nasrobbench201")
        api = nats.create(folder / "table.sqlite", metric="pgd_8")
        for dataset in nats.DATASETS:
            self.compare_shapes(api, dataset)
            own = api.own_dataset(dataset)
            for index in range(0, 15625, 25):
                self.assertEqual(
                    api.simulate_train_eval(index, dataset)[0],
                    100 * api.benchmark[index].accuracy("pgd_8", own))
            best, accuracy = api.find_best(dataset, "x-test")
            top, = api.benchmark.top("pgd_8", own, 1)
            self.assertEqual((best, accuracy),
                             (top.index, 100 * top.accuracy("pgd_8", own)))

    def test_accuracies(self):
        cell = self.bench[2]
        by_seed = cell.seeds("pgd_8")
        self.assertEqual(len(by_seed), 3)
        for seed, value in by_seed.items():
            self.assertEqual(self.api.get_more_info(
                2, "cifar10", is_random=seed)["test-accuracy"], 100 * value)
        mean = self.api.get_more_info(2, "cifar10", is_random=False)
        self.assertEqual(mean["test-accuracy"], 100 * cell.mean("pgd_8"))
        random.seed(1)
        drawn = {self.api.get_more_info(2, "cifar10")["test-accuracy"]
                 for _ in range(60)}
        self.assertEqual(drawn, {100 * value for value in by_seed.values()})
        training = cell.training()[1]
        info = self.api.get_more_info(2, "cifar10", is_random=1)
        self.assertEqual((info["train-loss"], info["train-accuracy"]),
                         (training.loss, 100 * training.accuracy))
        # Of its class, where a cell has no row.
        other = next(one for one in self.bench.cells() if one.row != one.index)
        self.assertEqual(
            self.api.get_more_info(other.index, "cifar10", is_random=False),
            self.api.get_more_info(other.row, "cifar10", is_random=False))

    def test_times_are_those_of_the_plan(self):
        index, rate = 2, 3e12
        out, message, code = run_command(
            "plan", "--dataset=cifar10", f"--cells={index}", "--format=json",
            f"--multiply_adds_per_second={rate}")
        self.assertEqual(code, 0, message)
        plan = json.loads(out)["benchmarks"][0]
        training, = [one for one in plan["stages"]
                     if one["name"] == "training"]
        seconds = training["device_hours"] * 3600 / training["runs"]
        api = nats.create(self.table, multiply_adds_per_second=rate)
        # The synthetic table's networks are smaller than the paper's.
        seconds *= (api.benchmark[index].costs()["multiply_adds"] /
                    plan["mean_multiply_adds"])
        _, latency, cost, total = api.simulate_train_eval(index, "cifar10")
        self.assertAlmostEqual(cost / seconds, 1, places=12)
        self.assertEqual(total, cost)
        self.assertAlmostEqual(
            latency * rate / 256, api.benchmark[index].costs()["multiply_adds"],
            places=3)
        api.simulate_train_eval(index, "cifar10", account_time=False)
        self.assertEqual(api.used_time, cost)
        api.simulate_train_eval(index, "cifar10")
        self.assertEqual(api.used_time, 2 * cost)
        api.reset_time()
        self.assertEqual(api.used_time, 0)

    def test_find_best_within_limits(self):
        costs = {cell.index: cell.costs() for cell in self.bench}
        limit = sorted(one["multiply_adds"] for one in costs.values())[40]
        index, accuracy = self.api.find_best("cifar10", "test",
                                             flop_max=limit / 1e6)
        within = [cell for cell in self.bench.cells()
                  if cell.costs()["multiply_adds"] <= limit]
        self.assertEqual(accuracy, 100 * max(cell.accuracy("pgd_8")
                                             for cell in within))
        self.assertEqual(self.bench[index].accuracy("pgd_8") * 100, accuracy)
        self.assertEqual(self.api.find_best("cifar10", "test", param_max=1e-6),
                         (-1, None))

    def test_what_the_table_cannot_say(self):
        api = self.api
        for function, arguments, text in (
                (api.get_more_info, (2, "cifar10-valid"), "half of CIFAR-10"),
                (api.get_more_info, (2, "mnist"), "expected cifar10"),
                (api.get_more_info, (2, "cifar100"), "no data set"),
                (api.simulate_train_eval, (2, "cifar10", 11), "last epoch"),
                (api.get_more_info, (2, "cifar10", 0), "last epoch"),
                (api.get_more_info, (2, "cifar10", None, "90"), "hp"),
                (api.get_more_info, (2, "cifar10", None, "12", 7), "no seed"),
                (api.get_more_info, ("|none~0|", "cifar10"), "Did not find"),
                (api.find_best, ("cifar10", "valid"), "test images only"),
                (api.query_by_index, (2, "cifar10"), "trials"),
                (api.get_net_param, (2, "cifar10", None), "weights"),
                (nats.create, (self.table, "sss"), "search space"),
                (nats.create, (None,), "expected the path")):
            with self.subTest(arguments=arguments):
                self.assertIn(text, self.message(
                    (robbench.RobbenchError, ValueError), function,
                    *arguments))
        self.assertIn("did you mean pgd_3 or pgd_8", self.message(
            robbench.UnknownNameError, nats.create, self.table, metric="pgd"))
        self.message(ValueError, nats.create, self.table,
                     multiply_adds_per_second=0)
        info = api.get_more_info(2, "cifar10")
        self.assertIn("take test-accuracy", self.message(
            robbench.MissingValueError, info.__getitem__, "valid-accuracy"))
        self.assertIsNone(info.get("test-loss"))

    def test_verbose_says_what_was_opened(self):
        for verbose in (True, False):
            with contextlib.redirect_stdout(io.StringIO()) as out:
                nats.create(self.table, verbose=verbose)
            self.assertEqual(str(self.table) in out.getvalue(), verbose)


if __name__ == "__main__":
    unittest.main()
