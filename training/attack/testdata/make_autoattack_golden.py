#!/usr/bin/env python3
"""Golden values of autoattack_test, from torchattacks, NumPy and SciPy.

    training/attack/testdata/make_autoattack_golden.py

Writes autoattack_golden.safetensors beside itself:
- dlr.*: torchattacks' DLR losses with autograd's gradients, float64;
- apgd_N.*: N steps of torchattacks' APGD on losses and gradients that a fake
  network replays whatever the image: every iterate; and the step sizes of a
  NumPy version of the algorithm, which must give the same iterates;
- plane.*: the norm of the smallest L-infinity step to a hyperplane in the unit
  cube by SciPy's linear programs; -1 where there is none.
Needs torch, torchattacks, numpy, scipy, safetensors.
"""
import os

import numpy as np
import scipy.optimize
import torch
import torchattacks
from safetensors.numpy import save_file

golden = {}


class Anything(torch.nn.Module):
    """A network that an attack accepts; its answers are set from outside."""

    def __init__(self):
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))


def dlr():
    random = np.random.default_rng(1)
    logits = torch.tensor(random.normal(0, 3, (8, 10)), requires_grad=True)
    order = logits.argsort(1, descending=True)
    labels = order[:, 0].clone()
    labels[4:] = order[4:, 3]  # misclassified
    labels[7] = order[7, 1]
    targets = order[:, 5].clone()
    targets[1] = order[1, 1]
    targets[2] = order[2, 2]
    for name, loss in [
        ("untargeted",
         torchattacks.APGD(Anything(), loss="dlr").dlr_loss(logits, labels)),
        ("targeted",
         torchattacks.APGDT(Anything()).dlr_loss_targeted(
             logits, labels, targets))]:
        (gradient,) = torch.autograd.grad(loss.sum(), logits)
        golden[f"dlr.{name}.loss"] = loss.detach().numpy()
        golden[f"dlr.{name}.gradient"] = gradient.numpy()
    golden["dlr.logits"] = logits.detach().numpy()
    golden["dlr.labels"] = labels.numpy()
    golden["dlr.targets"] = targets.numpy()


class Replay(torch.autograd.Function):
    @staticmethod
    def forward(ctx, image, logits, gradient):
        ctx.save_for_backward(gradient)
        return logits.clone()

    @staticmethod
    def backward(ctx, _):
        return ctx.saved_tensors[0], None, None


class ReplayNetwork(Anything):
    """Two classes; the cross-entropy of label 0 is losses[call]."""

    def __init__(self, losses, gradients):
        super().__init__()
        self.losses, self.gradients, self.images = losses, gradients, []

    def forward(self, image):
        call = len(self.images)
        self.images.append(image.detach().numpy().copy())
        logit = -torch.log(torch.expm1(self.losses[call]))
        logits = torch.stack([logit, torch.zeros_like(logit)], 1)
        return Replay.apply(image, logits, self.gradients[call])


def numpy_apgd(images, start, losses, gradients, epsilon, steps):
    """Iterates and step sizes, image by image."""
    iterates = np.zeros_like(gradients)
    sizes = np.zeros_like(losses)
    for n in range(len(images)):
        clip = lambda v: np.clip(np.clip(
            v, images[n] - epsilon, images[n] + epsilon), 0, 1)
        checkpoints, period = [], max(int(.22 * steps), 1)
        at = period
        while at <= steps:
            checkpoints.append(at)
            period = max(period - max(int(.03 * steps), 1),
                         max(int(.06 * steps), 1))
            at += period
        size, x, before, g = 2 * epsilon, start[n], start[n], gradients[0, n]
        best, best_loss, best_g = x, losses[0, n], g
        loss_at_check, halved, last_check = best_loss, True, 0
        iterates[0, n], sizes[0, n] = x, size
        for k in range(1, steps + 1):
            z = clip(x + size * np.sign(g))
            if k > 1:
                z = clip(x + .75 * (z - x) + .25 * (x - before))
            before, x, g = x, z, gradients[k, n]
            iterates[k, n] = x
            if losses[k, n] > best_loss:
                best, best_loss, best_g = x, losses[k, n], g
            if k in checkpoints:
                rises = sum(
                    losses[i, n] > (losses[i - 1, n] if i > 1 else 0)
                    for i in range(last_check + 1, k + 1))
                few = rises <= .75 * (k - last_check)
                stuck = not halved and loss_at_check >= best_loss
                halved = few or stuck
                if halved:
                    size, x, g = size / 2, best, best_g
                loss_at_check, last_check = best_loss, k
            sizes[k, n] = size
    return iterates, sizes


def apgd(steps):
    random = np.random.default_rng(steps)
    count, epsilon = 4, .1
    shape = (count, 1, 3, 3)
    images = random.random(shape, dtype=np.float32)
    gradients = random.normal(size=(steps + 1,) + shape).astype(np.float32)
    # A smooth signal with noise, from steady rise to mere noise.
    noise = random.normal(size=(steps + 1, count))
    rise = np.array([.05, .02, .005, 0])
    losses = (1 + np.cumsum(rise + .01 * noise, 0) +
              .02 * noise).clip(.05).astype(np.float32)
    network = ReplayNetwork(torch.tensor(losses), torch.tensor(gradients))
    attack = torchattacks.APGD(network, eps=epsilon, steps=steps)
    best, _, _, _ = attack.attack_single_run(
        torch.tensor(images), torch.zeros(count, dtype=torch.long))
    iterates = np.stack(network.images)
    assert len(iterates) == steps + 1
    again, sizes = numpy_apgd(images, iterates[0], losses, gradients, epsilon,
                              steps)
    assert np.abs(again - iterates).max() < 1e-6
    print("halvings:", np.log2(2 * epsilon / sizes[-1]))
    prefix = f"apgd_{steps}."
    golden[prefix + "images"] = images
    golden[prefix + "losses"] = losses
    golden[prefix + "gradients"] = gradients
    golden[prefix + "iterates"] = iterates
    golden[prefix + "step_sizes"] = sizes
    golden[prefix + "best"] = best.detach().numpy()


def plane():
    random = np.random.default_rng(3)
    points, normals, excesses, norms = [], [], [], []
    for case in range(24):
        n = 8
        x = random.random(n)
        w = random.normal(size=n)
        w[random.random(n) < .2] = 0
        x[random.random(n) < .2] = random.integers(2)
        # From near to beyond reach.
        excess = random.normal() * [.01, .3, 1, 3][case % 4]
        # min s: -s <= d_i <= s, <w, d> = -excess, 0 <= x + d <= 1
        identity, ones = np.eye(n), np.ones((n, 1))
        result = scipy.optimize.linprog(
            np.append(np.zeros(n), 1),
            A_ub=np.block([[identity, -ones], [-identity, -ones]]),
            b_ub=np.zeros(2 * n),
            A_eq=np.append(w, 0)[None], b_eq=[-excess],
            bounds=[(-a, 1 - a) for a in x] + [(0, None)])
        points.append(x)
        normals.append(w)
        excesses.append(excess)
        norms.append(result.fun if result.status == 0 else -1)
    print("beyond reach:", sum(norm < 0 for norm in norms), "of", len(norms))
    golden["plane.points"] = np.array(points)
    golden["plane.normals"] = np.array(normals)
    golden["plane.excess"] = np.array(excesses)
    golden["plane.norms"] = np.array(norms)


torch.set_num_threads(1)
dlr()
apgd(10)
apgd(100)
plane()
golden = {name: np.ascontiguousarray(value) for name, value in golden.items()}
save_file(golden, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                               "autoattack_golden.safetensors"))
