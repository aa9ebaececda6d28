#!/usr/bin/env python3
"""Gradient kernels as PyTorch users compute them, beside //ntk's.

    compare_with_pytorch.py --network=PATH/network.py --code=323133 \\
        --benchmark=bazel-bin/ntk/gradients/kernel_benchmark --index=2581
    compare_with_pytorch.py --network=PATH/network.py --code=323133 \\
        --dataset=D.safetensors --kernels=K.safetensors --channels=8 --cells=1

The first times the clean kernel of 64 images as TE-NAS does it (one forward
pass of the batch, then one backward pass of the batch's graph for each image)
and with one forward and backward pass of a single image each, on one thread,
runs :kernel_benchmark before and after, and prints the ratios.

The second checks the clean kernel that //ntk:score wrote with --kernels_out:
initial weights from the seed by an own Philox, per-sample autograd in float64.

--network: a module file with `Network(code, n, c, classes)`, the benchmark's
network with the authors' state_dict names, and its normaliser MEAN and STD.
"""
import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "testdata"))
from philox import philox

INITIAL_WEIGHTS = 1  # Purpose::kInitialWeights


def load_network(path):
    spec = importlib.util.spec_from_file_location("network", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def initialise(model, seed):
    """InitialState of nas/network/network.h."""
    state = {k: v for k, v in model.state_dict().items()
             if not k.endswith("num_batches_tracked")}
    norms = {k.rpartition(".")[0] for k in state if k.endswith("running_mean")}
    for position, (name, value) in enumerate(state.items()):
        if name.rpartition(".")[0] in norms:
            value.fill_(float(name.endswith(("weight", "running_var"))))
            continue
        like = state["classifier.weight"] if name == "classifier.bias" else value
        bound = np.float32(1) / np.sqrt(np.float32(like[0].numel()))
        words = philox(seed, INITIAL_WEIGHTS, 0, position, 0, value.numel())
        u = (words >> np.uint64(8)).astype(np.float32) * np.float32(2**-24)
        w = bound * (np.float32(2) * u - np.float32(1))
        value.copy_(torch.from_numpy(w.reshape(tuple(value.shape))))


def row(model, scalar, retain):
    parameters = [p for p in model.parameters()]
    gradients = torch.autograd.grad(scalar, parameters, retain_graph=retain,
                                    allow_unused=True)
    return torch.cat([(torch.zeros_like(p) if g is None else g).reshape(-1)
                      for g, p in zip(gradients, parameters)])


def shared_graph(model, x):
    """TE-NAS: every backward pass goes through the batch's graph."""
    logits = model(x)
    return torch.stack([row(model, logits[i].sum(), True)
                        for i in range(len(x))])


def image_by_image(model, x):
    return torch.stack([row(model, model(x[i:i + 1]).sum(), False)
                        for i in range(len(x))])


def measure(method, model, x):
    start = time.process_time()
    j = method(model, x)
    kernel = j @ j.T
    return time.process_time() - start, kernel


def ours(flags):
    out = subprocess.run(
        [flags.benchmark, "--benchmark_format=json",
         f"--benchmark_filter=BM_CleanKernel/cell:{flags.index}/"],
        check=True, capture_output=True).stdout
    return json.loads(out)["benchmarks"][0]["cpu_time"] / 1000


def speed(flags, network):
    model = network.Network(flags.code, n=5, c=16)
    initialise(model, 0)
    model.eval()
    x = torch.rand(64, 3, 32, 32)
    before = ours(flags)
    single, a = measure(image_by_image, model, x)
    shared, b = measure(shared_graph, model, x)
    after = ours(flags)
    mean = (before + after) / 2
    print(f"cell {flags.code}, 64 images, one thread; CPU seconds for K")
    print(f"  //ntk                        {mean:8.2f}  "
          f"({before:.2f} before, {after:.2f} after)")
    print(f"  one image a pass             {single:8.2f}  {single/mean:5.1f} x")
    print(f"  TE-NAS, one backward an image{shared:8.2f}  {shared/mean:5.1f} x")
    print(f"  the two agree to {float((a - b).norm() / b.norm()):.1e}")


def check(flags, network):
    from safetensors import safe_open
    with safe_open(flags.dataset, "np") as f:
        meta = f.metadata()
        pixels = f.get_tensor("test_images")
    with safe_open(flags.kernels, "np") as f:
        seed = int(f.metadata()["seed"])
        kernel = torch.from_numpy(f.get_tensor("clean"))
    numbers = lambda k: torch.tensor([float(v) for v in meta[k].split(",")],
                                     dtype=torch.float64).view(1, -1, 1, 1)
    network.MEAN = numbers("mean") / 255
    network.STD = numbers("standard_deviation") / 255
    classes = int(meta["classes"])
    model = network.Network(flags.code, n=flags.cells, c=flags.channels,
                            classes=classes)
    model.stem[0] = torch.nn.Conv2d(pixels.shape[1], flags.channels, 3, 1, 1,
                                    bias=False)
    initialise(model, seed)
    model.eval().double()
    x = torch.from_numpy(pixels[:len(kernel)].astype(np.float64) / 255)
    _, expected = measure(image_by_image, model, x)
    error = float((kernel - expected).norm() / expected.norm())
    smallest = [float(torch.linalg.eigvalsh(k)[0]) for k in (kernel, expected)]
    print(f"clean kernel of {len(kernel)} images: relative error {error:.2e}; "
          f"smallest eigenvalue {smallest[0]:.6e}, PyTorch {smallest[1]:.6e}")
    if error > 1e-4:
        sys.exit(1)


def main():
    flags = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    flags.add_argument("--network", required=True)
    flags.add_argument("--code", required=True)
    flags.add_argument("--benchmark")
    flags.add_argument("--index", type=int)
    flags.add_argument("--dataset")
    flags.add_argument("--kernels")
    flags.add_argument("--channels", type=int, default=16)
    flags.add_argument("--cells", type=int, default=5)
    flags = flags.parse_args()
    torch.set_num_threads(1)
    network = load_network(flags.network)
    if flags.benchmark:
        speed(flags, network)
    if flags.kernels:
        check(flags, network)


main()
