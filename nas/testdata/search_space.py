"""Makes search_space.json: facts of the search space, by other means.

Official indices by CPython's own random.shuffle, classes by strings, cost and
liveness by running a PyTorch network with hooks. Nothing is shared with the
C++ code. Run: python search_space.py > search_space.json
"""
import collections
import hashlib
import itertools
import json
import random
import statistics

import torch
from torch import nn

OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3",
              "avg_pool_3x3"]
INCOMING = {1: [(0, 0)], 2: [(0, 1), (1, 2)], 3: [(0, 3), (1, 4), (2, 5)]}


def official_order():
    cells = list(itertools.product(range(5), repeat=6))
    random.seed(88)
    random.shuffle(cells)
    return cells


def canonical(cell):
    text = {0: "0"}
    for node, edges in INCOMING.items():
        terms = []
        for source, edge in edges:
            if cell[edge] == 0 or text[source] == "#":
                terms.append("#")
            elif cell[edge] == 1:
                terms.append(text[source])
            else:
                terms.append(f"({text[source]})@{OPERATIONS[cell[edge]]}")
        text[node] = "+".join(sorted(terms))
    return text[3]


def has_path(cell):
    reached = {0}
    for node, edges in INCOMING.items():
        if any(cell[edge] and source in reached for source, edge in edges):
            reached.add(node)
    return 3 in reached


class Op(nn.Module):  # state dict names: op.1, op.2
    def __init__(self, i, o, kernel, stride=1):
        super().__init__()
        self.op = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(i, o, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(o))

    def forward(self, x):
        return self.op(x)


class CellBlock(nn.Module):
    def __init__(self, cell, channels):
        super().__init__()
        self.cell = cell
        make = [nn.Identity, nn.Identity, lambda: Op(channels, channels, 1),
                lambda: Op(channels, channels, 3),
                lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False)]
        self.layers = nn.ModuleList([make[operation]() for operation in cell])

    def forward(self, x):
        value = {0: x}
        for node, edges in INCOMING.items():
            terms = [self.layers[edge](value[source])
                     for source, edge in edges if self.cell[edge]]
            value[node] = sum(terms) if terms else torch.zeros_like(x)
        return value[3]


class ResidualBlock(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv_a = Op(i, o, 3, 2)
        self.conv_b = Op(o, o, 3)
        self.downsample = nn.Sequential(
            nn.AvgPool2d(2), nn.Conv2d(i, o, 1, bias=False))

    def forward(self, x):
        return self.conv_b(self.conv_a(x)) + self.downsample(x)


class Network(nn.Module):
    def __init__(self, cell, channels, cells, image_channels, classes):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(image_channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels))
        blocks = []
        for stage in range(3):
            width = channels << stage
            if stage:
                blocks.append(ResidualBlock(width // 2, width))
            blocks += [CellBlock(cell, width) for _ in range(cells)]
        self.cells = nn.ModuleList(blocks)
        self.lastact = nn.Sequential(nn.BatchNorm2d(4 * channels), nn.ReLU())
        self.classifier = nn.Linear(4 * channels, classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.cells:
            x = block(x)
        return self.classifier(self.lastact(x).mean((2, 3)))


def cost(cell, channels=16, cells=5, image_channels=3, size=32, classes=10):
    """Multiply-adds by hooks, parameters, state dict, live parameters."""
    network = Network(cell, channels, cells, image_channels, classes)
    multiply_adds = 0

    def count(module, _, output):
        nonlocal multiply_adds
        weight = module.weight
        multiply_adds += weight.numel() * output[0, 0].numel()

    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(count)
    logits = network(torch.rand(2, image_channels, size, size))
    parameters = list(network.named_parameters())
    gradients = torch.autograd.grad(
        logits.sum(), [p for _, p in parameters], allow_unused=True)
    dead = [name for (name, _), gradient in zip(parameters, gradients)
            if gradient is None]
    state = [(name, list(t.shape)) for name, t in network.state_dict().items()
             if not name.endswith("num_batches_tracked")]
    lines = "".join(f"{name} {'x'.join(map(str, shape))}\n"
                    for name, shape in state)
    return {
        "multiply_adds": multiply_adds,
        "parameters": sum(p.numel() for _, p in parameters),
        "tensors": len(state),
        "state_sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "dead_parameters": len(dead),
        "dead_sha256": hashlib.sha256(
            "".join(name + "\n" for name in dead).encode()).hexdigest(),
    }


def edges_cost(cell):
    """Multiply-adds at C=16, N=5, 32x32, in closed form.

    main() compares it with cost(), which is too slow for all cells.
    """
    ones, threes = cell.count(2), cell.count(3)
    stages = [(16, 32), (32, 16), (64, 8)]  # channels, image size
    total = 3 * 16 * 9 * 32 * 32 + 64 * 10
    for width, size in stages:
        total += 5 * (ones + 9 * threes) * width * width * size * size
    for (i, _), (o, size) in zip(stages, stages[1:]):
        total += (i * o * 9 + o * o * 9 + i * o) * size * size
    return total


def sha256(lines):
    return hashlib.sha256("".join(f"{l}\n" for l in lines).encode()).hexdigest()


def main():
    cells = official_order()
    classes = collections.defaultdict(list)
    for index, cell in enumerate(cells):
        classes[canonical(cell)].append(index)
    ids = sorted(members[0] for members in classes.values())
    size_of = {members[0]: len(members) for members in classes.values()}
    costs = [edges_cost(cells[i]) for i in ids]
    code = lambda cell: "".join(map(str, cell))
    samples = {}
    for text in ["333333", "323133", "222222", "111111", "444444", "000000",
                 "030000", "144444", "300300", "013020", "033003", "210340"]:
        cell = tuple(map(int, text))
        samples[text] = {
            "paper": cost(cell),
            "small": cost(cell, channels=8, cells=1, image_channels=1,
                          size=16, classes=7)}
        assert samples[text]["paper"]["multiply_adds"] == edges_cost(cell)
    print(json.dumps({
        "codes_sha256": sha256(map(code, cells)),
        "representatives_sha256": sha256(ids),
        "classes": len(ids),
        "class_sizes_sha256": sha256(f"{i} {size_of[i]}" for i in ids),
        "class_members_sha256": sha256(
            " ".join(map(str, members))
            for members in sorted(classes.values())),
        "largest_class": max(size_of.values()),
        "dead": [i for i in ids if not has_path(cells[i])],
        "mean_multiply_adds": statistics.mean(costs),
        "median_multiply_adds": statistics.median(costs),
        "cells": samples,
    }, indent=1))


main()
