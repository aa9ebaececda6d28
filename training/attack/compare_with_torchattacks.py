#!/usr/bin/env python3
"""torchattacks on our networks: what survives each attack of oracle_suite.

    ROBBENCH_DATA=DIR ./bazelw build //tools:oracle_training
    training/attack/compare_with_torchattacks.py --network=PATH/network.py \\
        --dataset=bazel-bin/tools/oracle_dataset.dataset.safetensors \\
        --weights=2581:323133:bazel-bin/tools/oracle_training/... \\
        --golden_out=training/attack/testdata/torchattacks_golden.json

--network: a module file with `Network(code, n, c, classes)`, the benchmark's
network in PyTorch with CIFAR-10's normaliser inside and the authors' parameter
names. --weights=INDEX:CODE:FILE, once a network. The file holds, by cell, the
SHA-256 of the weights and how many test images stay correct: whenever a change
of the training's kernels changes the weights, make it anew (a minute or two of
one core a network). Needs torch, torchattacks, safetensors.
"""
import argparse
import hashlib
import importlib.util
import json
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
import torch
import torchattacks
from safetensors.torch import load_file

EPS = 8 / 255
QUERIES = 200
BATCH = 512


def load_network(path, code, weights):
    spec = importlib.util.spec_from_file_location("network", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    channels = weights["stem.0.weight"].shape[0]
    network = module.Network(code, 1, channels,
                             weights["classifier.bias"].shape[0])
    missing, unexpected = network.load_state_dict(weights, strict=False)
    assert not unexpected, unexpected
    assert all(name.endswith("num_batches_tracked") for name in missing), \
        missing
    return network.eval()


def attacks(model):
    def apgd(**more):
        return torchattacks.APGD(model, eps=EPS, steps=10, **more)

    def four():
        return [
            apgd(loss="ce"),
            torchattacks.APGDT(model, eps=EPS, steps=10, n_classes=10),
            torchattacks.FAB(model, eps=EPS, steps=10, multi_targeted=True,
                             n_classes=10),
            torchattacks.Square(model, eps=EPS, n_queries=QUERIES),
        ]

    ce, targeted, fab, square = four()
    return {
        "fgsm_8": torchattacks.FGSM(model, eps=EPS),
        "pgd_8": torchattacks.PGD(model, eps=EPS, alpha=2 / 255, steps=10,
                                  random_start=False),
        "apgd_ce": ce,
        "apgd_dlr": apgd(loss="dlr"),
        "apgd_t": targeted,
        "fab_t": fab,
        "square": square,
        # As torchattacks.AutoAttack's "standard", but for Square's queries.
        "autoattack": torchattacks.MultiAttack(four()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--network", required=True)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--weights", required=True, action="append")
    parser.add_argument("--golden_out", required=True)
    flags = parser.parse_args()
    torch.set_num_threads(1)
    data = load_file(flags.dataset)
    images = data["test_images"].float() / 255
    labels = data["test_labels"]
    golden = {}
    for entry in flags.weights:
        index, code, path = entry.split(":", 2)
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        model = load_network(flags.network, code, load_file(path))

        def correct(attack):
            count = 0
            for first in range(0, len(images), BATCH):
                x, y = images[first:first + BATCH], labels[first:first + BATCH]
                if attack is not None:
                    x = attack(x, y)
                with torch.no_grad():
                    count += int((model(x).argmax(1) == y).sum())
            return count

        counts = {"clean": correct(None)}
        for name, attack in attacks(model).items():
            counts[name] = correct(attack)
            print(index, code, name, counts[name], flush=True)
        golden[index] = {"weights_sha256": digest, "total": len(images),
                         "correct": counts}
    with open(flags.golden_out, "w") as file:
        json.dump({"torchattacks": torchattacks.__version__,
                   "cells": golden}, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
