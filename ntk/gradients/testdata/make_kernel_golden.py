#!/usr/bin/env python3
"""Makes gradient kernels by per-sample autograd.

    make_kernel_golden.py --network=PATH/network.py \\
        --out=kernel_golden.safetensors --variants_out=variant_golden.safetensors

--network is a PyTorch module file with `Network(code, n, c, classes)` (the
benchmark's network with the authors' state_dict names), `MEAN` and `STD`.

Weights and images follow a rule that ntk/gradients/gradient_kernel_test.cc repeats:
16-bit (images: 8-bit) numbers of Philox streams, all exact in float32, so
that a float32 and a float64 run start from the same values.
Tensors: "CODE CxN SIZExCHANNELS/KERNEL", float64, [images, images], and
".../scores", [3, 4]: smallest and largest eigenvalue (SciPy), trace and
Frobenius norm of clean, cross + its transpose, robust.

The variants are whole runs, attacks included, of ten random cells in every
BatchNorm mode: "CODE/BATCHNORM/SCALAR/PARAMETERS", float64, [5, images,
images]: clean, cross, robust, cross_twice, robust_twice, of ATTACK, whose
starts are Philox streams too.
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

# The variants: random.Random(6).sample of 10 of all codes in ascending order;
# 000012 and 034020 are dead.
VARIANT_CELLS = ["403443", "300101", "412331", "020240", "223241",
                 "344423", "114121", "004403", "000012", "034020"]
VARIANT_IMAGES = 5
VARIANT_LABELS = [0, 3, 6, 9, 2]
ATTACK = dict(epsilon=16, relative_step=0.25, steps=4)
SCALARS = ["SUM_OF_LOGITS", "ONE_CLASS", "MARGIN", "ALL_LOGITS"]
ONE_CLASS = 4
ATTACK_SEED = 11
NTK_ATTACK = 7  # Purpose::kNtkAttack
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


def make_model(network, code, n, c, channels):
    """In float64, with the state of the rule."""
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
    return model


def calibrate(model, x):
    """Running statistics: mean and biased variance of x's batch."""
    def keep(module, inputs):
        module.found = (inputs[0].mean((0, 2, 3)).detach(),
                        inputs[0].var((0, 2, 3), unbiased=False).detach())
    norms = [m for m in model.modules()
             if isinstance(m, torch.nn.BatchNorm2d)]
    hooks = [m.register_forward_pre_hook(keep) for m in norms]
    model.train()
    model(x)
    model.eval()
    for hook, norm in zip(hooks, norms):
        hook.remove()
        norm.running_mean, norm.running_var = norm.found


def attack(model, x, labels, step):
    """PGD around x; `model` in eval mode."""
    epsilon = ATTACK["epsilon"] / 255
    size = int(np.prod(x.shape[1:]))
    noise = np.stack([
        2 * (philox(ATTACK_SEED, NTK_ATTACK, 0, step, i, size) >>
             np.uint64(8)).astype(np.float64) * 2.0**-24 - 1
        for i in range(len(x))])
    found = (x + epsilon * torch.from_numpy(noise).view(x.shape)).clamp(0, 1)
    for _ in range(ATTACK["steps"]):
        found.requires_grad_()
        loss = torch.nn.functional.cross_entropy(model(found), labels)
        gradient, = torch.autograd.grad(loss, found)
        move = found.detach() + ATTACK["relative_step"] * epsilon * gradient.sign()
        found = (x + (move - x).clamp(-epsilon, epsilon)).clamp(0, 1)
    return found


def scalar_jacobian(model, x, scalar):
    """Gradients of scalar(logits, i), a row an image. In train mode images
    meet in BatchNorm's statistics, and one batch serves all."""
    parameters = list(model.parameters())
    logits = model(x)
    rows = []
    for i in range(len(x)):
        g = torch.autograd.grad(scalar(logits, i), parameters,
                                retain_graph=True, allow_unused=True)
        rows.append(torch.cat([(torch.zeros_like(p) if d is None else d)
                               .reshape(-1) for d, p in zip(g, parameters)]))
    return torch.stack(rows)


def variant_kernels(model, sets, kind, labels, weights):
    """[5, images, images] by parameters; `weights` picks columns."""
    def margin(logits, i):
        others = [logits[i, k] for k in range(CLASSES) if k != labels[i]]
        return logits[i, labels[i]] - torch.stack(others).max()
    scalars = {
        "SUM_OF_LOGITS": [lambda logits, i: logits[i].sum()],
        "ONE_CLASS": [lambda logits, i: logits[i, ONE_CLASS]],
        "MARGIN": [margin],
        "ALL_LOGITS": [lambda logits, i, k=k: logits[i, k]
                       for k in range(CLASSES)],
    }[kind]
    total = {"ALL": 0, "WEIGHTS": 0}
    for scalar in scalars:
        rows = [scalar_jacobian(model, x, scalar) for x in sets]
        for name, columns in (("ALL", slice(None)), ("WEIGHTS", weights)):
            a, b, c = (r[:, columns] for r in rows)
            total[name] = total[name] + torch.stack(
                [a @ a.T, a @ b.T, b @ b.T, b @ c.T, c @ c.T])
    return total


def variants(network):
    golden = {}
    labels = torch.tensor(VARIANT_LABELS)
    for code in VARIANT_CELLS:
        for batch_norm in ("EVAL", "CALIBRATED", "BATCH"):
            model = make_model(network, code, 1, 8, 3)
            x = images(8, 3)[0][:VARIANT_IMAGES]
            if batch_norm != "EVAL":
                calibrate(model, x)
            robust = attack(model, x, labels, 0)
            twice = attack(model, robust, labels, 1)
            weights = torch.cat([
                torch.full((p.numel(),), name.endswith("weight"))
                for name, p in model.named_parameters()])
            model.train(batch_norm == "BATCH")
            for kind in SCALARS:
                found = variant_kernels(model, (x, robust, twice), kind,
                                        labels, weights)
                for parameters, kernels in found.items():
                    golden[f"{code}/{batch_norm}/{kind}/{parameters}"] = (
                        kernels.detach().numpy())
            print(code, batch_norm, float(kernels[0].norm()),
                  float((robust - x).abs().max() * 255))
    return golden


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("--network", required=True)
    flags.add_argument("--out", required=True)
    flags.add_argument("--variants_out", required=True)
    flags = flags.parse_args()
    spec = importlib.util.spec_from_file_location("network", flags.network)
    network = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(network)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    golden = {}
    for code, c, n, size, channels in CASES:
        model = make_model(network, code, n, c, channels)
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
    save_file(variants(network), flags.variants_out)


if __name__ == "__main__":
    main()
