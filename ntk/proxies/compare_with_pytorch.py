#!/usr/bin/env python3
"""Training-free scores as one writes them in PyTorch, beside //ntk/proxies.

    bazel build //ntk/proxies:score_proxies //:ntk_study_dataset
    ntk/proxies/compare_with_pytorch.py --network=PATH/network.py \\
        --code=222223 --index=1303 \\
        --program=bazel-bin/ntk/proxies/score_proxies \\
        --dataset=bazel-bin/ntk_study_dataset.dataset.safetensors \\
        --spec=ntk/specs/proxies.textproto

Both make every score of the spec, adversarial images too: the program in one
process, PyTorch one score after the other by the definitions of
testdata/make_proxy_golden.py (modules, hooks, autograd), which the program's
tests are held against. Float32, one thread, in turn, processor time without
start and imports; the median of the rounds and the ratio are printed, and what
each score takes PyTorch.

--network: a module file with `Network(code, n, c, classes)`, the benchmark's
network with the authors' state_dict names, and its normaliser MEAN and STD.
"""
import argparse
import copy
import importlib.util
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import torch  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "testdata"))
import make_proxy_golden as definitions  # noqa: E402

CHANNELS, CELLS_PER_STAGE, SIZE, IMAGES, CLASSES = 16, 5, 32, 64, 10


def program_seconds(flags, spec):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "spec.textproto")
        with open(path, "w") as file:
            file.write(spec)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [flags.program, f"--dataset={flags.dataset}", f"--spec={path}",
             f"--cell={flags.index}", "--seed=0",
             f"--record_out={folder}/record"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def pgd(model, x, epsilon, step, steps):
    found = (x + epsilon * (2 * torch.rand_like(x) - 1)).clamp(0, 1)
    for _ in range(steps):
        move = found + step * definitions.image_gradients(model, found).sign()
        found = (x + (move - x).clamp(-epsilon, epsilon)).clamp(0, 1)
    return found


def pytorch_seconds(network, model, x):
    """By part: attacks, and each score on all of its sets of images."""
    seconds = {}

    def timed(name, compute):
        start = time.process_time()
        result = compute()
        seconds[name] = seconds.get(name, 0) + time.process_time() - start
        return result

    def calibrate():
        calibrated = copy.deepcopy(model)
        definitions.calibrate(calibrated, x)
        return calibrated.float()

    d = definitions
    calibrated = timed("attacks", calibrate)
    sets = [x]
    for e in (3, 8):
        sets.append(timed("attacks", lambda: (
            x + e / 255 * d.image_gradients(calibrated, x).sign()).clamp(0, 1)))
    for e in (3, 8):
        sets.append(timed("attacks", lambda: pgd(calibrated, x, e / 255,
                                                 e / 4 / 255, 7)))
    timed("l2_norm", lambda: d.l2_norm(model))
    timed("synflow", lambda: d.synflow(network, model))
    timed("zen", lambda: d.zen(network, model))
    clean_gradients = None
    for s in sets:
        for score in (d.gradient_norm, d.snip, d.plain, d.grasp, d.fisher,
                      d.zico):
            timed(score.__name__, lambda: score(model, s))
        timed("jacobian_covariance", lambda: d.jacobian_covariance(
            d.jacobian(network, model, s)))
        timed("epe_nas", lambda: d.epe_nas(d.jacobian(network, model, s)))
        timed("naswot", lambda: d.naswot(d.codes(model, s)))
        timed("linear_regions", lambda: d.linear_regions(d.codes(model, s)))
        gradients = timed("input_gradient_norm",
                          lambda: d.image_gradients(calibrated, s))
        if s is x:
            clean_gradients = gradients
            continue
        timed("local_linearity", lambda: d.local_linearity(
            clean_gradients, d.image_gradients(calibrated, s)))
        timed("croze", lambda: d.croze(model, x, s))
    return seconds


def main():
    flags = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ["network", "code", "program", "dataset", "spec"]:
        flags.add_argument("--" + name, required=True)
    flags.add_argument("--index", type=int, required=True)
    flags.add_argument("--rounds", type=int, default=3)
    flags = flags.parse_args()
    torch.set_num_threads(1)
    module = importlib.util.spec_from_file_location("network", flags.network)
    network = importlib.util.module_from_spec(module)
    module.loader.exec_module(network)
    definitions.SIZE = SIZE
    definitions.LABELS = torch.arange(IMAGES) % CLASSES
    normal = definitions.normal
    definitions.normal = lambda *drawn: normal(*drawn).float()
    # The weights are PyTorch's own: what a score costs does not depend on them.
    model = network.Network(flags.code, n=CELLS_PER_STAGE, c=CHANNELS).train()
    x = torch.rand(IMAGES, 3, SIZE, SIZE)
    with open(flags.spec) as file:
        spec = file.read()
    start = re.sub(r"^attacks \{\n.*?^\}\n", "", re.sub(
        r"^score: (?!L2_NORM$)\w+\n", "", spec, flags=re.M), flags=re.M | re.S)
    ours, theirs, parts = [], [], []
    for _ in range(flags.rounds):
        ours.append(program_seconds(flags, spec) - program_seconds(flags, start))
        parts.append(pytorch_seconds(network, model, x))
        theirs.append(sum(parts[-1].values()))
    print(f"cell {flags.index} ({flags.code}), {IMAGES} images, every score of "
          f"{os.path.basename(flags.spec)}, one thread, {flags.rounds} rounds; "
          "CPU seconds")
    print(f"  //ntk/proxies  {statistics.median(ours):7.2f}")
    print(f"  PyTorch        {statistics.median(theirs):7.2f}  "
          f"{statistics.median(t / o for o, t in zip(ours, theirs)):5.2f} x")
    for name in parts[0]:
        print(f"    {name:20s} {statistics.median(p[name] for p in parts):7.2f}")


main()
