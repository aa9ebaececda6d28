#!/usr/bin/env python3
"""Times every attack of oracle_suite beside torchattacks: images a second, ratios.

    ROBBENCH_DATA=DIR ./bazelw build //training/evaluation:evaluate \\
        //tools/tests:oracle_dataset
    training/attack/time_torchattacks.py --network=PATH/network.py \\
        --evaluate=bazel-bin/training/evaluation/evaluate \\
        --dataset=bazel-bin/tools/tests/oracle_dataset.dataset.safetensors

The networks are those of //tools/tests:torchattacks_test, whose answers agree
(compare_with_torchattacks.py). One thread each; the two take turns, processor
time counts, and the median of the ratios. Ours is the time of evaluate with one
attack less that with none, so that start and clean images are not in it but the
self-checks are. PyTorch's network is in channels-last layout, which is faster
on a CPU, except for FAB, which fails on it (torchattacks 3.5.1), and its malloc
keeps its memory.

--network: as in compare_with_torchattacks.py. Needs torch, torchattacks,
safetensors.
"""
import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

# Read by the C library and by OpenMP when the process starts.
ENVIRONMENT = {"OMP_NUM_THREADS": "1",
               "MALLOC_MMAP_THRESHOLD_": "8000000000",
               "MALLOC_TRIM_THRESHOLD_": "16000000000",
               "MALLOC_TOP_PAD_": "268435456"}
if any(os.environ.get(k) != v for k, v in ENVIRONMENT.items()):
    os.execve(sys.executable, [sys.executable] + sys.argv,
              {**os.environ, **ENVIRONMENT})

import safetensors.torch
import torch

from compare_with_torchattacks import attacks, load_network, rounded_weights

CODES = {"1835": "111111", "2581": "323133", "4317": "222222"}
FAB_ATTACKS = ["fab_t", "autoattack"]
HERE = os.path.dirname(os.path.abspath(__file__))


def suite_of(name):
    """The suite with one attack of oracle_suite, or with clean images only."""
    path = os.path.join(HERE, "../specs/oracle_suite.textproto")
    with open(path) as file:
        lines = [line for line in file if not line.startswith("#")]
    text, block, depth = "", "", 0
    for line in lines:
        if depth == 0 and not line.startswith("attacks"):
            text += line
            continue
        block += line
        depth += line.count("{") - line.count("}")
        if depth == 0:
            if f'name: "{name}"' in block.split("attacks {")[1]:
                text += block
            block = ""
    return text


def ours(flags, cell, weights, suite, directory):
    """Processor seconds of evaluate."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [flags.evaluate, f"--dataset={flags.dataset}", f"--cell={cell}",
         f"--weights={weights}", f"--attacks={suite}",
         f"--record_out={directory}/record.binpb"],
        check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime
            - before.ru_utime - before.ru_stime)


def theirs(attack, images, labels):
    start = time.process_time()
    attack(images, labels)
    return time.process_time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--network", required=True)
    parser.add_argument("--evaluate", required=True)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    flags = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = safetensors.torch.load_file(flags.dataset)
    images = data["test_images"].float() / 255
    labels = data["test_labels"]
    with tempfile.TemporaryDirectory() as directory:
        for cell, code in CODES.items():
            golden = rounded_weights(f"{HERE}/testdata/oracle_{cell}.safetensors.gz")
            weights = f"{directory}/{cell}.safetensors"
            with open(weights, "wb") as file:
                file.write(golden)
            model = load_network(flags.network, code,
                                 safetensors.torch.load(golden))
            suites = {}
            for name in ["clean", *attacks(model)]:
                suites[name] = f"{directory}/{name}.textproto"
                with open(suites[name], "w") as file:
                    file.write(suite_of(name))
            for name, attack in attacks(model).items():
                layout = (torch.contiguous_format if name in FAB_ATTACKS
                          else torch.channels_last)
                model.to(memory_format=layout)
                inputs = images.contiguous(memory_format=layout)
                speeds, ratios = [], []
                for _ in range(flags.rounds):
                    clean = ours(flags, cell, weights, suites["clean"], directory)
                    own = ours(flags, cell, weights, suites[name], directory) - clean
                    peer = theirs(attack, inputs, labels)
                    if own <= 0:
                        sys.exit(f"{name}: too fast to be told from a start")
                    speeds.append((len(images) / own, len(images) / peer))
                    ratios.append(peer / own)
                own, peer = (statistics.median(s) for s in zip(*speeds))
                print(f"cell {cell} {name:10}: ours {own:8.1f} images/s, "
                      f"torchattacks {peer:8.1f}; ratio "
                      f"{statistics.median(ratios):.2f} "
                      f"({min(ratios):.2f} to {max(ratios):.2f})", flush=True)


if __name__ == "__main__":
    main()
