#!/usr/bin/env python3
"""Compares a PGD-7 training step of PyTorch with ours: images a second, ratios.

    ./bazelw build //training:pgd_benchmark
    training/compare_with_pytorch.py --network=PATH/network.py \\
        --benchmark=bazel-bin/training/pgd_benchmark --cell=2581

PyTorch's step is the authors' way: modules, torchattacks.PGD in eval mode, the
loss in train mode, torch.optim.SGD; in channels-last layout, which is the
faster one for it on a CPU, and with a malloc that keeps its memory (without, it
loses a third to page faults). It runs twice: eager, as the authors ran it, and
with the network under torch.compile, as people run PyTorch 2 for speed. One
thread each; the three take turns, each is measured by its processor time, so
that other load matters little, and the median of the ratios counts. C=16, N=5,
32x32, batch 64.

--network: a module file with `Network(code, n, c, classes)`, the benchmark's
network with its normaliser inside. Needs torch and torchattacks; torch.compile
needs g++ and the headers of this Python, and compiles for some minutes first.
"""
import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time

# Read by the C library and by OpenMP when the process starts.
ENVIRONMENT = {"OMP_NUM_THREADS": "1",
               "MALLOC_MMAP_THRESHOLD_": "8000000000",
               "MALLOC_TRIM_THRESHOLD_": "16000000000",
               "MALLOC_TOP_PAD_": "268435456"}
if any(os.environ.get(k) != v for k, v in ENVIRONMENT.items()):
    os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, **ENVIRONMENT})

import torch
import torchattacks

CODES = {"2581": "323133", "1000": "132013", "1835": "111111",
         "7581": "444444"}
BATCH = 64


def pytorch_step(network_path, code, channels_last, compiled):
    """A function that attacks one batch and takes one step on it."""
    spec = importlib.util.spec_from_file_location("network", network_path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = module.Network(code, 5, 16, 10).to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.004, momentum=0.95,
                                weight_decay=5e-4)
    if compiled:
        # One graph in eval mode for the attack, one in train mode, each with
        # its backward pass.
        model = torch.compile(model)
    attack = torchattacks.PGD(model, eps=8 / 255, alpha=2 / 255, steps=7,
                              random_start=True)
    images = torch.rand(BATCH, 3, 32, 32).to(memory_format=layout)
    labels = torch.randint(10, (BATCH,))

    def step():
        model.eval()
        adversarial = attack(images, labels)
        model.train()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(adversarial), labels).backward()
        optimizer.step()

    return step


def theirs(step, steps):
    start = time.process_time()
    for _ in range(steps):
        step()
    return BATCH * steps / (time.process_time() - start)


def ours(benchmark, cell):
    output = subprocess.run(
        [benchmark, f"--benchmark_filter=paper_{cell}/",
         "--benchmark_format=json"],
        check=True, capture_output=True, text=True).stdout
    (row,) = json.loads(output)["benchmarks"]
    return row["items_per_second"], row["share_of_fp32_peak"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--network", required=True)
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--cell", default="2581", choices=sorted(CODES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2,
                        help="PyTorch's steps a round")
    parser.add_argument("--no-channels-last", dest="channels_last",
                        action="store_false")
    parser.add_argument("--no-compiled", dest="compiled", action="store_false",
                        help="without torch.compile")
    flags = parser.parse_args()
    steps = {"eager": False}
    if flags.compiled:
        steps["compiled"] = True
    for name, compiled in steps.items():
        steps[name] = pytorch_step(flags.network, CODES[flags.cell],
                                   flags.channels_last, compiled)
        for _ in range(2):  # warm; the compiler runs here
            steps[name]()
    print(f"PyTorch {torch.__version__}", flush=True)
    ratios = {name: [] for name in steps}
    for _ in range(flags.rounds):
        speed, peak = ours(flags.benchmark, flags.cell)
        line = f"ours {speed:7.1f} images/s ({peak:.0%} of fp32 peak)"
        for name, step in steps.items():
            peer = theirs(step, flags.steps)
            ratios[name].append(speed / peer)
            line += f", {name} {peer:7.1f} images/s, ratio {speed / peer:.2f}"
        print(line, flush=True)
    for name, values in ratios.items():
        print(f"cell {flags.cell}: median ratio to {name} PyTorch "
              f"{statistics.median(values):.2f}")


if __name__ == "__main__":
    main()
