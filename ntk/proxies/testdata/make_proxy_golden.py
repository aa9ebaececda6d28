#!/usr/bin/env python3
"""Makes training-free scores by PyTorch: modules, hooks and autograd.

    make_proxy_golden.py --network=PATH/network.py --out=proxy_golden.safetensors

--network is that of ntk/gradients/testdata/make_kernel_golden.py, whose weights,
images and random streams these are too; labels, seed and attacks as below, which
ntk/proxies/image_scores_test.cc repeats. All in float64, every definition as
the headers of ntk/proxies have it, and where they follow the authors' program,
as that does it.

Tensors: "CODE/fgsm" and "CODE/pgd", images; "CODE/SCORE", a number for each set
of images (clean, fgsm, pgd) that the score is of.
"""
import argparse
import copy
import importlib.util
import os
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__),
                                "../../gradients/testdata"))
from make_kernel_golden import (VARIANT_CELLS, calibrate, images,  # noqa: E402
                                make_model)
from philox import philox  # noqa: E402

# Ten random cells, of which 000012 and 034020 are dead, and three more: zero
# nodes, a dead cell with BatchNorm's bias at its output, all convolutions.
CELLS = VARIANT_CELLS + ["003303", "003003", "323133"]
CHANNELS, CELLS_PER_STAGE, SIZE = 4, 1, 8
LABELS = torch.tensor([0, 1, 2, 0, 1, 2])
SEED = 11
EPSILON = 16 / 255
PGD_STEP, PGD_STEPS = 4 / 255, 4
INITIAL_WEIGHTS, EVALUATION_ATTACK, NTK_IMAGES = 1, 6, 10  # Purpose
OFFSET = 1e-5
ZICO_PARTS = 4


def layers(model):
    return [m for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]


def weights(model):
    return [m.weight for m in layers(model)]


def outputs(model, kinds, x):
    """The logits and the outputs of all modules of these kinds, in order."""
    found = {}
    hooks = [m.register_forward_hook(
        lambda m, inputs, y: found.__setitem__(m, y))
        for m in model.modules() if isinstance(m, kinds)]
    logits = model(x)
    for hook in hooks:
        hook.remove()
    return logits, [found[m] for m in model.modules() if isinstance(m, kinds)]


def loss_gradients(model, x, labels, **options):
    gradients = torch.autograd.grad(
        F.cross_entropy(model(x), labels), weights(model), allow_unused=True,
        **options)
    return [torch.zeros_like(w) if g is None else g
            for w, g in zip(weights(model), gradients)]


def gradient_norm(model, x):
    return sum(g.norm() for g in loss_gradients(model, x, LABELS))


def snip(model, x):
    """By a mask on each weight, as SNIP defines it."""
    masks = [torch.ones_like(w, requires_grad=True) for w in weights(model)]
    names = {id(p): n for n, p in model.named_parameters()}
    masked = {names[id(w)]: w.detach() * c
              for w, c in zip(weights(model), masks)}
    logits = torch.func.functional_call(model, masked, (x,))
    gradients = torch.autograd.grad(F.cross_entropy(logits, LABELS), masks,
                                    allow_unused=True)
    return sum(g.abs().sum() for g in gradients if g is not None)


def plain(model, x):
    return sum((w * g).sum() for w, g in
               zip(weights(model), loss_gradients(model, x, LABELS)))


def grasp(model, x):
    g = loss_gradients(model, x, LABELS, create_graph=True)
    product = sum((a.detach() * a).sum() for a in g)
    curvature = torch.autograd.grad(product, weights(model), allow_unused=True)
    return -sum((w * h).sum() for w, h in zip(weights(model), curvature)
                if h is not None)


def fisher(model, x):
    logits, activations = outputs(model, (nn.Conv2d, nn.Linear), x)
    gradients = torch.autograd.grad(F.cross_entropy(logits, LABELS),
                                    activations, allow_unused=True)
    total = 0
    for a, g in zip(activations, gradients):
        if g is None:
            continue
        products = (a * g).flatten(2).sum(2) if a.dim() == 4 else a * g
        total = total + products.pow(2).mean(0).mul(0.5).sum()
    return total


def zico(model, x):
    ends = [len(x) * k // ZICO_PARTS for k in range(ZICO_PARTS + 1)]
    parts = [loss_gradients(model, x[a:b], LABELS[a:b])
             for a, b in zip(ends, ends[1:])]
    score = 0
    for layer in zip(*parts):
        g = np.stack([p.detach().numpy().ravel() for p in layer])
        deviation = np.std(g, axis=0)
        mean = np.mean(np.abs(g), axis=0)
        used = np.nonzero((deviation > 1e-5 * mean) &
                          (mean > 1e-3 * mean.max()))[0]
        total = np.sum(mean[used] / deviation[used])
        if total != 0:
            score += np.log(total)
    return score


def jacobian(network, model, x):
    """In the normalised image."""
    normal = ((x - network.MEAN) / network.STD).requires_grad_()
    mean, std = network.MEAN, network.STD
    network.MEAN, network.STD = torch.zeros(1), torch.ones(1)
    g, = torch.autograd.grad(model(normal).sum(), normal, allow_unused=True)
    network.MEAN, network.STD = mean, std
    return (torch.zeros_like(x) if g is None else g).flatten(1).numpy()


def jacobian_covariance(rows):
    with np.errstate(all="ignore"):
        correlations = np.corrcoef(rows)
    if not np.isfinite(correlations).all():
        return np.nan
    v, _ = np.linalg.eig(correlations)
    return -np.sum(np.log(v.real + OFFSET) + 1 / (v.real + OFFSET))


def epe_nas(rows):
    scores = {}
    for c in sorted(set(LABELS.tolist())):
        with np.errstate(all="ignore"):
            r = np.corrcoef(rows[(LABELS == c).numpy()])
        scores[c] = np.sum(np.log(np.abs(r) + OFFSET))
    return sum(abs(s) for s in scores.values())


def codes(model, x):
    _, activations = outputs(model, nn.ReLU, x)
    return np.concatenate([(a > 0).flatten(1).numpy() for a in activations], 1)


def naswot(bits):
    c = bits.astype(np.float64)
    k = c @ c.T + (1 - c) @ (1 - c).T
    if np.linalg.matrix_rank(k) < len(k):
        return -np.inf
    return np.linalg.slogdet(k)[1]


def linear_regions(bits):
    return len(np.unique(bits, axis=0))


def l2_norm(model):
    return sum(w.norm() for w in weights(model))


def synflow(network, model):
    model = copy.deepcopy(model)
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.BatchNorm2d):
            parent = model.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], nn.Identity())
    with torch.no_grad():
        for p in model.parameters():
            p.abs_()
    mean, std = network.MEAN, network.STD
    network.MEAN, network.STD = torch.zeros(1), torch.ones(1)
    flow = model(torch.ones(1, 3, SIZE, SIZE)).sum()
    network.MEAN, network.STD = mean, std
    gradients = torch.autograd.grad(flow, weights(model), allow_unused=True)
    return sum((w * g).sum() for w, g in zip(weights(model), gradients)
               if g is not None)


def normal(purpose, step, sample, shape):
    count = int(np.prod(shape))
    words = philox(SEED, purpose, 1, step, sample, 4 * ((count + 1) // 2))
    high, low = words[0::2] >> np.uint64(5), words[1::2] >> np.uint64(6)
    u = ((high << np.uint64(26)) | low).astype(np.float64) * 2.0**-53
    radius = np.sqrt(-2 * np.log(1 - u[0::2]))
    angle = 2 * np.pi * u[1::2]
    numbers = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return torch.from_numpy(numbers.ravel()[:count].reshape(shape))


def zen(network, model):
    model = copy.deepcopy(model).train()
    state = [k for k in model.state_dict() if "num_batches" not in k]
    modules = dict(model.named_modules())
    for name, m in modules.items():
        if isinstance(m, nn.Conv2d):
            position = state.index(name + ".weight")
            m.weight.data = normal(INITIAL_WEIGHTS, position, 0, m.weight.shape)
        elif isinstance(m, nn.BatchNorm2d):
            m.weight.data.fill_(1)
            m.bias.data.zero_()
    shape = (3, SIZE, SIZE)
    x, e = (torch.stack([normal(NTK_IMAGES, step, i, shape)
                         for i in range(len(LABELS))]) for step in (0, 1))
    variances = []
    hooks = [m.register_forward_pre_hook(
        lambda m, inputs: variances.append(inputs[0].var((0, 2, 3)).mean()))
        for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    features = []
    model.lastact.register_forward_hook(
        lambda m, inputs, y: features.append(y))
    mean, std = network.MEAN, network.STD
    network.MEAN, network.STD = torch.zeros(1), torch.ones(1)
    with torch.no_grad():
        model(x)
        for hook in hooks:
            hook.remove()
        model(x + 0.01 * e)
    network.MEAN, network.STD = mean, std
    distance = (features[0] - features[1]).flatten(1).norm(dim=1).mean()
    return torch.log(distance) + sum(
        torch.log(v.sqrt()) for v in variances if v > 0)


def image_gradients(model, x):
    x = x.detach().clone().requires_grad_()
    loss = F.cross_entropy(model(x), LABELS, reduction="sum")
    g, = torch.autograd.grad(loss, x, allow_unused=True)
    return torch.zeros_like(x) if g is None else g


def local_linearity(a, b):
    return (1 - (a * b).flatten(1).sum(1) /
            (a.flatten(1).norm(dim=1) * b.flatten(1).norm(dim=1))).mean()


def croze(model, clean, attacked):
    def run(model, x):
        logits, z = outputs(model, (nn.Conv2d, nn.Linear), x)
        g = torch.autograd.grad(F.cross_entropy(logits, LABELS), weights(model),
                                allow_unused=True)
        return z, g
    cosine = lambda a, b: F.cosine_similarity(a.flatten(), b.flatten(), dim=0,
                                              eps=1e-300)
    z, g = run(model, clean)
    moved = copy.deepcopy(model)
    with torch.no_grad():
        for w, d in zip(weights(moved), g):
            if d is not None and d.norm() > 0:
                w.add_(2 * w.norm() / d.norm() * d)
    z_moved, g_moved = run(moved, attacked)
    score = 0
    for m, w in enumerate(weights(model)):
        if g[m] is None or g_moved[m] is None:
            continue
        if g[m].norm() == 0 or g_moved[m].norm() == 0:
            continue
        score = score + ((1 + cosine(z[m], z_moved[m])) *
                         (1 + cosine(w, weights(moved)[m])) *
                         cosine(g[m], g_moved[m]).abs())
    return score


def attacked(model, x):
    """FGSM and PGD of a model in eval mode."""
    fgsm = (x + EPSILON * image_gradients(model, x).sign()).clamp(0, 1)
    size = int(np.prod(x.shape[1:]))
    noise = np.stack([
        2 * (philox(SEED, EVALUATION_ATTACK, 1, 0, i, size) >>
             np.uint64(8)).astype(np.float64) * 2.0**-24 - 1
        for i in range(len(x))])
    found = (x + EPSILON * torch.from_numpy(noise).view(x.shape)).clamp(0, 1)
    for _ in range(PGD_STEPS):
        move = found + PGD_STEP * image_gradients(model, found).sign()
        found = (x + (move - x).clamp(-EPSILON, EPSILON)).clamp(0, 1)
    return fgsm, found


def number(value):
    return float(value.detach() if torch.is_tensor(value) else value)


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
    for code in CELLS:
        model = make_model(network, code, CELLS_PER_STAGE, CHANNELS, 3)
        model.train()
        x = images(SIZE, 3)[0][:len(LABELS)]
        calibrated = copy.deepcopy(model)
        calibrate(calibrated, x)
        sets = [x, *attacked(calibrated, x)]
        scores = {name: [] for name in (
            "gradient_norm snip plain grasp fisher zico jacobian_covariance "
            "epe_nas naswot linear_regions input_gradient_norm "
            "local_linearity croze").split()}
        clean_gradients = image_gradients(calibrated, x)
        for s in sets:
            for score in (gradient_norm, snip, plain, grasp, fisher, zico):
                scores[score.__name__].append(score(model, s))
            rows = jacobian(network, model, s)
            scores["jacobian_covariance"].append(jacobian_covariance(rows))
            scores["epe_nas"].append(epe_nas(rows))
            bits = codes(model, s)
            scores["naswot"].append(naswot(bits))
            scores["linear_regions"].append(linear_regions(bits))
            gradients = image_gradients(calibrated, s)
            scores["input_gradient_norm"].append(
                gradients.flatten(1).abs().sum(1).mean())
            if s is not x:
                scores["local_linearity"].append(
                    local_linearity(clean_gradients, gradients))
                scores["croze"].append(croze(model, x, s))
        scores["l2_norm"] = [l2_norm(model)]
        scores["synflow"] = [synflow(network, model)]
        scores["zen"] = [zen(network, model)]
        for name, values in scores.items():
            golden[f"{code}/{name}"] = np.array([number(v) for v in values])
        for name, s in (("fgsm", sets[1]), ("pgd", sets[2])):
            golden[f"{code}/{name}"] = s.numpy()
        print(code, {n: float(golden[f"{code}/{n}"][-1]) for n in scores})
    save_file(golden, flags.out)


if __name__ == "__main__":
    main()
