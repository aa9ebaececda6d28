#!/usr/bin/env python3
"""A PGD-7 training step in PyTorch beside ours: images a second, and ratio.

    ./bazelw build //training:pgd_benchmark
    tools/compare_with_pytorch.py --network=PATH/network.py \\
        --benchmark=bazel-bin/training/pgd_benchmark --cell=2581

PyTorch's step is the authors' way: modules, torchattacks.PGD in eval mode, the
loss in train mode, torch.optim.SGD. One thread each; the two take turns, and
the median of the ratios counts. C=16, N=5, 32x32, batch 64.

--network: a module file with `Network(code, n, c, classes)`, the benchmark's
network with its normaliser inside. Needs torch and torchattacks.
"""
import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import torch
import torchattacks

CODES = {"2581": "323133", "1000": "132013", "1835": "111111"}
BATCH = 64


def pytorch_step(network_path, code):
    spec = importlib.util.spec_from_file_location("network", network_path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = module.Network(code, 5, 16, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.004, momentum=0.95,
                                weight_decay=5e-4)
    attack = torchattacks.PGD(model, eps=8 / 255, alpha=2 / 255, steps=7,
                              random_start=True)
    images = torch.rand(BATCH, 3, 32, 32)
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
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return BATCH * steps / (time.perf_counter() - start)


def ours(benchmark, cell):
    output = subprocess.run(
        [benchmark, f"--benchmark_filter=paper_{cell}",
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
    flags = parser.parse_args()
    step = pytorch_step(flags.network, CODES[flags.cell])
    step()  # warm
    ratios = []
    for _ in range(flags.rounds):
        a, peak = ours(flags.benchmark, flags.cell)
        b = theirs(step, 2)
        ratios.append(a / b)
        print(f"ours {a:7.1f} images/s ({peak:.0%} of fp32 peak), PyTorch "
              f"{torch.__version__} {b:7.1f} images/s, ratio {a / b:.2f}",
              flush=True)
    print(f"cell {flags.cell}: median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
