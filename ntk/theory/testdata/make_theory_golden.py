"""Makes theory_golden.safetensors: PyTorch's autograd on the theory's networks
and SciPy's integrals of their activations, all in float64.

Usage: make_theory_golden.py > theory_golden.safetensors (PyTorch, SciPy,
safetensors, numpy)
"""

import math
import sys

import numpy as np
import safetensors.numpy
import torch
from scipy import integrate

torch.set_default_dtype(torch.float64)

ACTIVATIONS = {
    "RELU": torch.relu,
    "LEAKY_RELU": lambda z: torch.nn.functional.leaky_relu(z, 0.01),
    "TANH": torch.tanh,
    "SIGMOID": torch.sigmoid,
    "SWISH": torch.nn.functional.silu,
    "SIN": torch.sin,
}

# name: (activations, skips, kernel size or 0). The test has the same list.
NETWORKS = {
    "shallow": (["RELU"], [], 0),
    "deep": (["TANH", "RELU", "SWISH", "SIN"], [1, 0, 1], 0),
    "other": (["SIGMOID", "LEAKY_RELU", "TANH"], [0, 1], 0),
    "convolution": (["RELU", "SWISH", "LEAKY_RELU"], [1, 0], 3),
}
WIDTH, CHANNELS, SIZE, INPUTS = 7, 2, 4, 5


def output(network, weights, x):
    """f of every row of x."""
    activations, skips, kernel = network
    depth = len(activations) + 1
    root = math.sqrt(WIDTH)
    if kernel:
        f = x.reshape(-1, CHANNELS, SIZE, SIZE)
    else:
        f = x
    for l, name in enumerate(activations):
        if kernel:
            w = weights[l].reshape(WIDTH, -1, kernel, kernel)
            z = torch.nn.functional.conv2d(f, w, padding=kernel // 2)
        else:
            z = f @ weights[l].T
        branch = ACTIVATIONS[name](root * z) / root
        if l > 0:
            branch = branch / depth
            if skips[l - 1]:
                branch = branch + f
        f = branch
    if kernel:
        f = f.reshape(len(x), WIDTH, -1)
    return (f * weights[-1].reshape((1,) + tuple(f.shape[1:]))).flatten(1).sum(1)


def kernel_rows(network, weights, x):
    rows = []
    for i in range(len(x)):
        value = output(network, weights, x[i : i + 1])[0]
        grads = torch.autograd.grad(value, weights)
        rows.append(torch.cat([g.flatten() for g in grads]))
    return torch.stack(rows)


def attack(network, weights, x, y, norm, epsilon, step_size, steps):
    offset = torch.zeros_like(x)
    for _ in range(steps):
        moved = (x + offset).detach().requires_grad_(True)
        loss = torch.nn.functional.softplus(-y * output(network, weights, moved))
        (gradient,) = torch.autograd.grad(loss.sum(), moved)
        if norm == "LINF":
            offset = (offset + step_size * gradient.sign()).clamp(-epsilon, epsilon)
        else:
            offset = offset + step_size * gradient / gradient.norm(dim=1, keepdim=True)
            length = offset.norm(dim=1, keepdim=True)
            offset = offset * (epsilon / length).clamp(max=1)
    return (x + offset).detach()


def main():
    random = np.random.default_rng(20240401)
    tensors = {}
    for name, network in NETWORKS.items():
        activations, _, kernel = network
        inputs = CHANNELS * SIZE * SIZE
        shapes = [(WIDTH, CHANNELS * kernel**2 if kernel else inputs)]
        shapes += [(WIDTH, WIDTH * max(kernel, 1) ** 2)] * (len(activations) - 1)
        shapes += [(WIDTH, SIZE**2 if kernel else 1)]
        weights = [
            torch.tensor(random.standard_normal(s) / math.sqrt(WIDTH), requires_grad=True)
            for s in shapes
        ]
        x = random.standard_normal((INPUTS, inputs))
        x = torch.tensor(x / np.linalg.norm(x, axis=1, keepdims=True))
        y = torch.tensor([1.0, -1.0, -1.0, 1.0, 1.0])
        for k, w in enumerate(weights):
            tensors[f"{name}.weights.{k}"] = w.detach().numpy().copy()
        tensors[f"{name}.x"] = x.numpy()
        tensors[f"{name}.outputs"] = output(network, weights, x).detach().numpy()
        leaf = x.clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(output(network, weights, leaf).sum(), leaf)
        tensors[f"{name}.input_gradients"] = gradient.numpy()
        for norm, epsilon, step_size in [("LINF", 0.05, 0.02), ("L2", 0.4, 0.15)]:
            adversarial = attack(network, weights, x, y, norm, epsilon, step_size, 4)
            tensors[f"{name}.{norm}"] = adversarial.numpy()
        twice = attack(network, weights, adversarial, y, norm, epsilon, step_size, 4)
        g = [kernel_rows(network, weights, v) for v in (x, adversarial, twice)]
        tensors[f"{name}.clean"] = (g[0] @ g[0].T).numpy()
        tensors[f"{name}.cross"] = (g[0] @ g[1].T).numpy()
        tensors[f"{name}.robust"] = (g[1] @ g[1].T).numpy()
        tensors[f"{name}.cross_twice"] = (g[1] @ g[2].T).numpy()
        tensors[f"{name}.robust_twice"] = (g[2] @ g[2].T).numpy()
        # Algorithm 1: five steps on all inputs, b = 0.3.
        b = 0.3
        for _ in range(5):
            adversarial = attack(network, weights, x, y, "L2", 0.4, 0.15, 4)
            clean = torch.nn.functional.softplus(-y * output(network, weights, x))
            robust = torch.nn.functional.softplus(
                -y * output(network, weights, adversarial)
            )
            loss = (1 - b) * clean.mean() + b * robust.mean()
            grads = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for w, gradient in zip(weights, grads):
                    w -= 0.7 * gradient
        for k, w in enumerate(weights):
            tensors[f"{name}.trained.{k}"] = w.detach().numpy().copy()

    # E[s(u) s(v)], E[s'(u) s'(v)], E[s(u)], E[s'(u)] by nested adaptive
    # quadrature; rows (p, q, covariance, value, derivative, mean, mean slope).
    for name, function in ACTIVATIONS.items():

        def value(z):
            return function(torch.tensor(z)).item()

        def slope(z):
            leaf = torch.tensor(z, requires_grad=True)
            return torch.autograd.grad(function(leaf), leaf)[0].item()

        def density(z):
            return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

        rows = []
        for p, q, c in [(1.0, 1.0, 0.3), (0.6, 1.3, -0.5), (0.2, 0.9, 0.4)]:

            def expect(first, second):
                # The inner integral is split at the kink of `second`.
                scale = math.sqrt(q - c * c / p)

                def given(u):
                    return integrate.quad(
                        lambda t: second(c / p * u + scale * t) * density(t),
                        -9, 9, points=[max(-9, min(9, -c / p * u / scale))],
                        epsabs=1e-11, epsrel=1e-10)[0]

                return integrate.quad(
                    lambda t: first(math.sqrt(p) * t) * given(math.sqrt(p) * t) * density(t),
                    -9, 9, points=[0], epsabs=1e-10, epsrel=1e-9)[0]

            def single(first):
                return integrate.quad(
                    lambda t: first(math.sqrt(p) * t) * density(t),
                    -9, 9, points=[0], epsabs=1e-12)[0]

            rows.append([p, q, c, expect(value, value), expect(slope, slope),
                         single(value), single(slope)])
        tensors[f"moments.{name}"] = np.array(rows)
        # Hermite coefficients 0 ... 8.
        coefficients = []
        for r in range(9):
            he = np.polynomial.hermite_e.HermiteE.basis(r)
            coefficients.append(
                integrate.quad(lambda t: value(t) * he(t) * density(t), -12, 12,
                               points=[0], epsabs=1e-12, limit=200)[0]
                / math.sqrt(math.factorial(r)))
        tensors[f"hermite.{name}"] = np.array(coefficients)
    tensors = {k: np.ascontiguousarray(v) for k, v in tensors.items()}
    sys.stdout.buffer.write(safetensors.numpy.save(tensors))


main()
