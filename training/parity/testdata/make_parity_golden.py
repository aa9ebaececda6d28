#!/usr/bin/env python3
"""Makes the parity goldens: PyTorch's own adversarial training runs.

    bazel run //training/parity:export_parity_inputs -- CASE /tmp/inputs.safetensors
    python3 make_parity_golden.py --case=CASE --oracle=network.py \\
        --inputs=/tmp/inputs.safetensors

CASE is small (parity_golden.safetensors) or paper
(paper_parity_golden.safetensors). The oracle is a Python module with the
benchmark's network (`Network(code, n, c, classes)`, modules of PyTorch). From
our initial weights, batches and attack starts everything else is PyTorch's:
autograd, PGD as torchattacks writes it, SGD, OneCycleLR, in float64. Stored for
each cell:
    CELL.losses    [steps]
    CELL.state     [checkpoints, tensors, 3]  digests after those steps
    CELL.rates     [steps, 2]  learning rate and momentum
A digest of v is its norm and its products with two vectors of a rule.

--dtype=float32 runs PyTorch in float32, --perturb=1e-16 changes every initial
weight by that much: how far PyTorch is from itself. It prints, per checkpoint,
the largest difference from the golden file and writes nothing.
"""
import argparse
import importlib.util
import os

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

CASES = {
    "small": {
        "cells": ["323133", "140234"], "n": 1, "c": 8, "classes": 5,
        "checkpoints": (1, 12, 24), "file": "parity_golden.safetensors"},
    "paper": {
        "cells": ["323133", "412232", "124110", "400403"],
        "n": 5, "c": 16, "classes": 10,
        "checkpoints": (1, 2, 5, 10, 20, 30, 40, 50),
        "file": "paper_parity_golden.safetensors"},
}
EPSILON, ALPHA, ITERATIONS = 8 / 255, 2 / 255, 7
NOISE = 1e-12  # tensors of a smaller norm are rounding, see parity_golden.h


def uniform(stream, count):
    z = (np.arange(count, dtype=np.uint64) + np.uint64(stream << 32)) * np.uint64(
        0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def digest(tensor):
    v = tensor.detach().double().numpy().reshape(-1)
    return [np.sqrt(v @ v), v @ uniform(90001, v.size), v @ uniform(90002, v.size)]


def pgd(network, images, labels, start):
    """torchattacks.PGD's loop from a given start, in eval mode.

    Returns the smallest component of a gradient, too, in units of their mean.
    """
    network.eval()
    loss = torch.nn.CrossEntropyLoss()
    adversarial = start.clone().detach()
    smallest = np.inf
    for _ in range(ITERATIONS):
        adversarial.requires_grad = True
        cost = loss(network(adversarial), labels)
        gradient = torch.autograd.grad(cost, adversarial)[0]
        sizes = gradient.abs()
        smallest = min(smallest, (sizes.min() / sizes.mean()).item())
        adversarial = adversarial.detach() + ALPHA * gradient.sign()
        delta = torch.clamp(adversarial - images, min=-EPSILON, max=EPSILON)
        adversarial = torch.clamp(images + delta, min=0, max=1).detach()
    network.train()
    return adversarial, smallest


def run(oracle, inputs, case, cell, dtype=torch.float64, perturb=0.0):
    """One training run: what is stored for `cell`."""
    network = oracle.Network(cell, case["n"], case["c"], case["classes"]).to(dtype)
    state = network.state_dict()
    names = [n for n in state if not n.endswith("num_batches_tracked")]
    generator = torch.Generator().manual_seed(1)
    for name in names:
        value = torch.from_numpy(inputs[f"{cell}.{name}"])
        noise = torch.randn(value.shape, generator=generator, dtype=torch.float64)
        state[name].copy_(value * (1 + perturb * noise))
    steps = case["checkpoints"][-1]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=steps)
    losses, rates, states, smallest = [], [], [], np.inf
    for step in range(steps):
        images, labels, start = (torch.from_numpy(inputs[f"step{step}.{k}"])
                                 for k in ("images", "labels", "starts"))
        images, start = images.to(dtype), start.to(dtype)
        network.train()
        adversarial, least = pgd(network, images, labels, start)
        smallest = min(smallest, least)
        loss = torch.nn.functional.cross_entropy(network(adversarial), labels)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        group = optimizer.param_groups[0]
        rates.append([group["lr"], group["momentum"]])
        optimizer.step()
        if step + 1 < steps:
            scheduler.step()
        losses.append(loss.item())
        if step + 1 in case["checkpoints"]:
            states.append([digest(network.state_dict()[n]) for n in names])
    print(cell, "losses", losses[0], losses[-1], "smallest gradient", smallest, flush=True)
    return {f"{cell}.losses": np.array(losses), f"{cell}.rates": np.array(rates),
            f"{cell}.state": np.array(states)}


def compare(case, cell, found, golden):
    """Prints the largest differences of a run from the golden file."""
    losses = golden[f"{cell}.losses"]
    relative = np.abs(found[f"{cell}.losses"] / losses - 1)
    states = golden[f"{cell}.state"]
    norms = np.maximum(states[:, :, :1], NOISE)
    worst = (np.abs(found[f"{cell}.state"] - states) / norms).max((1, 2))
    for i, step in enumerate(case["checkpoints"]):
        print(f"{cell} after step {step}: loss {relative[:step].max():.1e}"
              f" state {worst[i]:.1e}", flush=True)


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", choices=CASES, required=True)
    parser.add_argument("--cells", nargs="*")
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float64")
    parser.add_argument("--perturb", type=float, default=0.0)
    parser.add_argument("--out")
    flags = parser.parse_args()
    case = CASES[flags.case]
    path = flags.out or os.path.join(folder, case["file"])
    spec = importlib.util.spec_from_file_location("oracle", flags.oracle)
    oracle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oracle)
    # In float64, unlike the module's own.
    oracle.MEAN = torch.tensor([125.3, 123.0, 113.9], dtype=torch.float64).view(1, 3, 1, 1) / 255
    oracle.STD = torch.tensor([63.0, 62.1, 66.7], dtype=torch.float64).view(1, 3, 1, 1) / 255
    torch.set_num_threads(1)
    inputs = load_file(flags.inputs)
    plain = flags.dtype == "float64" and flags.perturb == 0
    out = load_file(path) if os.path.exists(path) else {}
    for cell in flags.cells or case["cells"]:
        found = run(oracle, inputs, case, cell, getattr(torch, flags.dtype), flags.perturb)
        if plain:
            out.update(found)
        else:
            compare(case, cell, found, out)
    if plain:
        save_file(out, path)
        print(os.path.getsize(path), "bytes")


if __name__ == "__main__":
    main()
