#!/usr/bin/env python3
"""torchattacks on our networks: what survives each attack of oracle_suite.

    ROBBENCH_DATA=DIR ./bazelw build //tools/tests:oracle_training
    training/attack/compare_with_torchattacks.py --network=PATH/network.py \\
        --dataset=bazel-bin/tools/tests/oracle_dataset.dataset.safetensors \\
        --weights=4317:222222:bazel-bin/tools/tests/oracle_training/... \\
        --out=training/attack/testdata

--network: a module file with `Network(code, n, c, classes)`, the benchmark's
network in PyTorch with CIFAR-10's normaliser inside and the authors' parameter
names. --weights=INDEX:CODE:FILE, once a network: a safetensors file, or the
oracle_INDEX.safetensors.gz of an earlier run.

Writes oracle_INDEX.safetensors.gz, the weights rounded to bfloat16's precision
(in float32, so that they compress), and torchattacks_golden.json: by cell, the
SHA-256 of these weights, unpacked, and how many test images stay correct. The
networks are not trained again by any test; make them anew only to have others.
A minute or two of one core a network. Needs torch, torchattacks, safetensors.
"""
import argparse
import gzip
import hashlib
import importlib.util
import json
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
import torch
import torchattacks
import safetensors
import safetensors.torch
from safetensors.torch import load_file

EPS = 8 / 255
QUERIES = 200
BATCH = 512


def rounded_weights(path):
    """The bytes of the weights in bfloat16's precision, with their metadata."""
    data = open(path, "rb").read()
    if path.endswith(".gz"):
        return gzip.decompress(data)
    with safetensors.safe_open(path, "pt") as file:
        metadata = file.metadata()
    return safetensors.torch.save(
        {name: value.bfloat16().float()
         for name, value in safetensors.torch.load(data).items()}, metadata)


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
    parser.add_argument("--out", required=True)
    flags = parser.parse_args()
    torch.set_num_threads(1)
    data = load_file(flags.dataset)
    images = data["test_images"].float() / 255
    labels = data["test_labels"]
    golden = {}
    for entry in flags.weights:
        index, code, path = entry.split(":", 2)
        weights = rounded_weights(path)
        with open(f"{flags.out}/oracle_{index}.safetensors.gz", "wb") as file:
            file.write(gzip.compress(weights, 9, mtime=0))
        model = load_network(flags.network, code,
                             safetensors.torch.load(weights))

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
        golden[index] = {"weights_sha256": hashlib.sha256(weights).hexdigest(),
                         "total": len(images), "correct": counts}
    with open(f"{flags.out}/torchattacks_golden.json", "w") as file:
        json.dump({"torchattacks": torchattacks.__version__,
                   "cells": golden}, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
