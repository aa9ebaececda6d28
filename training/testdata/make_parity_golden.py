#!/usr/bin/env python3
"""Makes parity_golden.safetensors: PyTorch's own adversarial training run.

    bazel run //training:export_parity_inputs -- /tmp/inputs.safetensors
    python3 make_parity_golden.py --oracle=network.py --inputs=/tmp/inputs.safetensors

The oracle is a Python module with the benchmark's network (`Network(code, n, c,
classes)`, modules of PyTorch). From our initial weights, batches and attack
starts everything else is PyTorch's: autograd, PGD as torchattacks writes it,
SGD, OneCycleLR. 24 steps in float64. Stored for each cell:
    CELL.losses    [steps]
    CELL.state     [checkpoints, tensors, 3]  digests after steps 1, 12, 24
    CELL.rates     [steps, 2]  learning rate and momentum
A digest of v is its norm and its products with two vectors of a rule.
"""
import argparse
import importlib.util
import os

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

CELLS = ["323133", "140234"]
STEPS, CHECKPOINTS = 24, (1, 12, 24)
EPSILON, ALPHA, ITERATIONS = 8 / 255, 2 / 255, 7


def uniform(stream, count):
    z = (np.arange(count, dtype=np.uint64) + np.uint64(stream << 32)) * np.uint64(
        0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def digest(tensor):
    v = tensor.detach().numpy().reshape(-1)
    return [np.sqrt(v @ v), v @ uniform(90001, v.size), v @ uniform(90002, v.size)]


def pgd(network, images, labels, start):
    """torchattacks.PGD's loop from a given start, in eval mode."""
    network.eval()
    loss = torch.nn.CrossEntropyLoss()
    adversarial = start.clone().detach()
    for _ in range(ITERATIONS):
        adversarial.requires_grad = True
        cost = loss(network(adversarial), labels)
        gradient = torch.autograd.grad(cost, adversarial)[0]
        adversarial = adversarial.detach() + ALPHA * gradient.sign()
        delta = torch.clamp(adversarial - images, min=-EPSILON, max=EPSILON)
        adversarial = torch.clamp(images + delta, min=0, max=1).detach()
    network.train()
    return adversarial


def run(oracle, inputs, cell, out):
    network = oracle.Network(cell, 1, 8, 5).double()
    state = network.state_dict()
    names = [n for n in state if not n.endswith("num_batches_tracked")]
    for name in names:
        state[name].copy_(torch.from_numpy(inputs[f"{cell}.{name}"]))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=STEPS)
    losses, rates, states = [], [], []
    for step in range(STEPS):
        images, labels, start = (torch.from_numpy(inputs[f"step{step}.{k}"])
                                 for k in ("images", "labels", "starts"))
        network.train()
        adversarial = pgd(network, images, labels, start)
        loss = torch.nn.functional.cross_entropy(network(adversarial), labels)
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        group = optimizer.param_groups[0]
        rates.append([group["lr"], group["momentum"]])
        optimizer.step()
        if step + 1 < STEPS:
            scheduler.step()
        losses.append(loss.item())
        if step + 1 in CHECKPOINTS:
            states.append([digest(network.state_dict()[n]) for n in names])
    out[f"{cell}.losses"] = np.array(losses)
    out[f"{cell}.rates"] = np.array(rates)
    out[f"{cell}.state"] = np.array(states)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--out", default=os.path.join(os.path.dirname(
        os.path.abspath(__file__)), "parity_golden.safetensors"))
    flags = parser.parse_args()
    spec = importlib.util.spec_from_file_location("oracle", flags.oracle)
    oracle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oracle)
    # In float64, unlike the module's own.
    oracle.MEAN = torch.tensor([125.3, 123.0, 113.9], dtype=torch.float64).view(1, 3, 1, 1) / 255
    oracle.STD = torch.tensor([63.0, 62.1, 66.7], dtype=torch.float64).view(1, 3, 1, 1) / 255
    torch.set_num_threads(1)
    inputs = load_file(flags.inputs)
    out = {}
    for cell in CELLS:
        run(oracle, inputs, cell, out)
        print(cell, "losses", out[f"{cell}.losses"][[0, -1]])
    save_file(out, flags.out)
    print(os.path.getsize(flags.out), "bytes")


if __name__ == "__main__":
    main()
