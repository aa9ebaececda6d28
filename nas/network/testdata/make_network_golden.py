#!/usr/bin/env python3
"""Makes network_golden.safetensors: logits and gradients by PyTorch.

The oracle is a Python module with the benchmark's network in PyTorch
(`Network(code, n, c, classes)` with module constants MEAN and STD, [1, C, 1, 1]
in units of 1):

    python3 make_network_golden.py --oracle=network.py

Weights, images and the logits' gradient follow a rule that the test repeats,
so that only results are stored. Everything in float64.

For every case NAME = CODE_cC_nN_iI_bB (channels, cells a stage, image channels,
batch; images are 8x8, or 16x16 where N = 5), in both modes:
    NAME.MODE.logits             [B, classes]
    NAME.MODE.image_gradient     [1, 3]  digest
    NAME.MODE.gradients          [P, 3]  digests, one a trainable parameter
    NAME.train.buffers           [P', 3] digests after one forward pass
A digest of v is its norm and its products with two vectors of the rule.
"""
import argparse
import importlib.util
import os
import random

import numpy as np
import torch
from safetensors.numpy import save_file

CLASSES = 10
MASK = (1 << 64) - 1


def uniform(stream, count):
    """`count` numbers in [-1, 1): splitmix64 of stream * 2^32 + position."""
    z = (np.arange(count, dtype=np.uint64) + np.uint64(stream << 32)) * np.uint64(
        0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def digest(tensor):
    v = tensor.detach().numpy().reshape(-1)
    return [np.sqrt(v @ v), v @ uniform(90001, v.size), v @ uniform(90002, v.size)]


def rule_value(name, tensor, stream):
    u = torch.from_numpy(uniform(stream, tensor.numel())).reshape(tensor.shape)
    if name.endswith("running_mean"):
        return 0.3 * u
    if name.endswith("running_var"):
        return 1 + 0.5 * u
    if tensor.dim() == 4:
        return u * (3 / tensor[0].numel())**0.5
    if tensor.dim() == 2:
        return u / tensor.shape[1]**0.5
    if name == "classifier.bias":
        return 0.1 * u
    return 0.3 * u if name.endswith("bias") else 1 + 0.5 * u


def run_case(oracle, code, channels, cells, image_channels, batch, out):
    size = 16 if cells == 5 else 8
    network = oracle.Network(code, cells, channels, CLASSES)
    if image_channels != 3:
        network.stem[0] = torch.nn.Conv2d(image_channels, channels, 3, 1, 1, bias=False)
    oracle.MEAN = torch.tensor([125.3, 123.0, 113.9], dtype=torch.float64)[
        :image_channels].view(1, -1, 1, 1) / 255
    oracle.STD = torch.tensor([63.0, 62.1, 66.7], dtype=torch.float64)[
        :image_channels].view(1, -1, 1, 1) / 255
    network.double()
    names = [n for n in network.state_dict() if not n.endswith("num_batches_tracked")]
    name = f"{code}_c{channels}_n{cells}_i{image_channels}_b{batch}"
    for mode in ("eval", "train"):
        state = network.state_dict()
        for stream, key in enumerate(names):
            state[key].copy_(rule_value(key, state[key], stream))
        network.train(mode == "train")
        shape = (batch, image_channels, size, size)
        images = torch.from_numpy(
            (uniform(80001, int(np.prod(shape))) + 1) / 2).reshape(shape)
        images.requires_grad_()
        logits = network(images)
        direction = torch.from_numpy(uniform(80002, logits.numel())).reshape(logits.shape)
        network.zero_grad()
        (logits * direction).sum().backward()
        out[f"{name}.{mode}.logits"] = logits.detach().numpy()
        out[f"{name}.{mode}.image_gradient"] = np.array([digest(images.grad)])
        parameters = dict(network.named_parameters())
        out[f"{name}.{mode}.gradients"] = np.array(
            [digest(parameters[k].grad) for k in names if k in parameters])
        if mode == "train":
            out[f"{name}.train.buffers"] = np.array(
                [digest(network.state_dict()[k]) for k in names if k not in parameters])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--out", default=os.path.join(os.path.dirname(
        os.path.abspath(__file__)), "network_golden.safetensors"))
    flags = parser.parse_args()
    spec = importlib.util.spec_from_file_location("oracle", flags.oracle)
    oracle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oracle)
    torch.set_num_threads(1)
    # Zero nodes, dead paths, a dead network, single operations.
    codes = ["000000", "030000", "003333", "300030", "330300", "001324", "111111", "444444"]
    generator = random.Random(201)
    while len(codes) < 20:
        codes.append("".join(generator.choice("01234") for _ in range(6)))
    out = {}
    for i, code in enumerate(codes):
        run_case(oracle, code, 4, 1, 3 if i % 2 else 1, 3, out)
    run_case(oracle, "323133", 16, 5, 3, 2, out)
    save_file(out, flags.out)
    print(len(out), "tensors,", os.path.getsize(flags.out), "bytes")


if __name__ == "__main__":
    main()
