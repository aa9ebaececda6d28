#!/usr/bin/env python3
"""Makes kernel_golden.safetensors: gradient kernels by per-sample autograd.

    make_kernel_golden.py --network=PATH/network.py --out=kernel_golden.safetensors

--network is a PyTorch module file with `Network(code, n, c, classes)` (the
benchmark's network with the authors' state_dict names), `MEAN` and `STD`.

Weights and images follow a rule that ntk/gradient_kernel_test.cc repeats:
16-bit (images: 8-bit) numbers of Philox streams, all exact in float32, so
that a float32 and a float64 run start from the same values.
Tensors: "CODE CxN SIZExCHANNELS/KERNEL", float64, [images, images], and
".../scores", [3, 4]: smallest and largest eigenvalue (SciPy), trace and
Frobenius norm of clean, cross + its transpose, robust.
"""
import argparse
import importlib.util

import numpy as np
import scipy.linalg
import torch
from safetensors.numpy import save_file

from philox import philox

# code, channels, cells a stage, image size, image channels
CASES = [
    ("323133", 4, 1, 8, 3),
    ("132013", 4, 1, 8, 3),
    ("333333", 4, 1, 8, 3),
    ("222222", 4, 1, 8, 3),
    ("111111", 4, 1, 8, 3),
    ("444444", 4, 1, 8, 3),
    ("000000", 4, 1, 8, 3),  # dead: only the head has a gradient
    ("030000", 4, 1, 8, 3),  # dead: the only edge ends at node 2
    ("003003", 4, 1, 8, 3),  # dead, but BatchNorm's bias feeds the output
    ("003303", 4, 1, 8, 3),  # node 1 is zero, node 2 has only its beta
    ("421211", 3, 2, 12, 1),
    ("333133", 8, 2, 8, 1),
]
IMAGES = 6
CLASSES = 10
SEED = 7
TEST = 1000  # Purpose::kTest


def tensor(name, shape, position, is_norm):
    words = philox(SEED, TEST, 0, position, 0, int(np.prod(shape)))
    u = (words >> np.uint64(16)).astype(np.float64) / 65536
    if is_norm:
        v = u + 0.5 if name.endswith(("weight", "running_var")) else u - 0.5
    else:
        bound = 1.0
        while len(shape) > 1 and bound * bound * np.prod(shape[1:]) > 4:
            bound /= 2
        v = (2 * u - 1) * bound
    return torch.from_numpy(v.reshape(shape))


def images(size, channels):
    shape = (channels, size, size)
    word = lambda e, i: (philox(SEED, TEST, e, 0, i, int(np.prod(shape)))
                         >> np.uint64(24)).astype(np.float64).reshape(shape)
    clean = np.stack([word(1, i) / 256 for i in range(IMAGES)])
    move = np.stack([(word(2, i) - 128) / 128 / 16 for i in range(IMAGES)])
    return torch.from_numpy(clean), torch.from_numpy(
        np.clip(clean + move, 0, 1))


def jacobian(model, x):
    rows = []
    parameters = list(model.parameters())
    for i in range(len(x)):
        g = torch.autograd.grad(model(x[i:i + 1]).sum(), parameters,
                                allow_unused=True)
        rows.append(torch.cat([(torch.zeros_like(p) if d is None else d)
                               .reshape(-1) for d, p in zip(g, parameters)]))
    return torch.stack(rows)


def scores(kernel):
    e = scipy.linalg.eigvalsh(kernel)
    return [e[0], e[-1], np.trace(kernel), np.linalg.norm(kernel)]


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("--network", required=True)
    flags.add_argument("--out", required=True)
    flags = flags.parse_args()
    spec = importlib.util.spec_from_file_location("network", flags.network)
    network = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(network)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    golden = {}
    for code, c, n, size, channels in CASES:
        mean = [125.3, 123.0, 113.9][:channels]
        std = [63.0, 62.1, 66.7][:channels]
        network.MEAN = torch.tensor(mean).view(1, -1, 1, 1) / 255
        network.STD = torch.tensor(std).view(1, -1, 1, 1) / 255
        model = network.Network(code, n=n, c=c, classes=CLASSES)
        model.stem[0] = torch.nn.Conv2d(channels, c, 3, 1, 1, bias=False)
        model.eval()
        state = {k: v for k, v in model.state_dict().items()
                 if not k.endswith("num_batches_tracked")}
        norms = {k[:-len(".running_mean")] for k in state
                 if k.endswith(".running_mean")}
        state = {k: tensor(k, tuple(v.shape), p, k.rpartition(".")[0] in norms)
                 for p, (k, v) in enumerate(state.items())}
        model.load_state_dict(state, strict=False)
        clean, robust = (jacobian(model, x) for x in images(size, channels))
        name = f"{code} {c}x{n} {size}x{channels}/"
        golden[name + "clean"] = (clean @ clean.T).numpy()
        golden[name + "cross"] = (clean @ robust.T).numpy()
        golden[name + "robust"] = (robust @ robust.T).numpy()
        cross = golden[name + "cross"]
        golden[name + "scores"] = np.array(
            [scores(golden[name + "clean"]), scores(cross + cross.T),
             scores(golden[name + "robust"])])
        print(name, clean.shape[1], golden[name + "scores"][0])
    save_file(golden, flags.out)


main()
