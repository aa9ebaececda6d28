#!/usr/bin/env python3
"""Makes seed_scatter_golden.json: what SciPy and NumPy say.

    make_seed_scatter_golden.py NAS-RobBench-201_html.json seed_scatter_golden.json

Quantiles of Student's t and Fisher's F, binomial tails; mixtures of two normal
distributions, fitted by minimizing the negative log likelihood with SciPy from
many starts (not by EM); the same of the published table's twins on CIFAR-10,
whose networks and kinds are found here by an implementation of its own.
"""
import collections
import itertools
import json
import random
import sys

import numpy as np
from scipy import optimize, stats

EDGES = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
METRICS = ["clean", "fgsm_3", "pgd_3", "fgsm_8", "pgd_8", "autoattack"]


def fit(differences):
    """(log likelihood, narrow, broad, broad share); of one value, not a pair."""
    d = np.asarray(differences)

    def loss(p):
        share = 1 / (1 + np.exp(-p[2]))
        density = (1 - share) * stats.norm.pdf(d, scale=np.exp(p[0]))
        density += share * stats.norm.pdf(d, scale=np.exp(p[1]))
        return -np.log(density + 1e-300).sum()

    best = None
    size = np.sort(np.abs(d))
    for quantile in (0.1, 0.25, 0.5, 0.75):
        for share in (-2.0, 0.0, 1.0):
            start = [np.log(np.quantile(size, quantile)),
                     np.log(size[-1] / 2), share]
            found = optimize.minimize(
                loss, start, method="Nelder-Mead",
                options={"xatol": 1e-11, "fatol": 1e-13, "maxiter": 40000,
                         "maxfev": 40000})
            if best is None or found.fun < best.fun:
                best = found
    narrow, broad, logit = np.exp(best.x[0]), np.exp(best.x[1]), best.x[2]
    share = 1 / (1 + np.exp(-logit))
    if narrow > broad:
        narrow, broad, share = broad, narrow, 1 - share
    single = stats.norm.logpdf(d, scale=np.sqrt(np.mean(d * d))).sum()
    return {"log_likelihood": -best.fun, "single_log_likelihood": single,
            "narrow": narrow / 2**0.5,
            "broad": broad / 2**0.5, "broad_share": share,
            "pairs": len(d)}


def all_codes():
    codes = list(itertools.product(range(5), repeat=6))
    random.seed(88)
    random.shuffle(codes)
    return codes


def network(code):
    """Equal text for cells that are the same network."""
    nodes = [[("x", 0)], [], [], []]
    convolutions = {}
    for edge, (source, target) in enumerate(EDGES):
        terms = nodes[source]
        constant = [t[0] != "x" and convolutions[t[0]][0] == "c" for t in terms]
        if code[edge] == 1:
            nodes[target] += terms
        elif code[edge] == 4:
            nodes[target] += [t if c else (t[0], t[1] + 1)
                              for t, c in zip(terms, constant)]
        elif code[edge]:
            none = not terms or (code[edge] == 2 and all(constant))
            convolutions[edge] = ("c", []) if none else (code[edge], terms)
            nodes[target].append((edge, 0))
    live = {t[0] for t in nodes[3]}
    for edge in reversed(range(6)):
        if edge in live:
            live |= {t[0] for t in convolutions[edge][1]}
    order = sorted(live - {"x"})
    texts = []
    for permutation in itertools.permutations(order):
        name = {edge: str(i) for i, edge in enumerate(permutation)}
        name["x"] = "x"
        terms = lambda of: sorted((name[t[0]], t[1]) for t in of)
        texts.append(repr([(convolutions[e][0], terms(convolutions[e][1]))
                           for e in permutation] + [terms(nodes[3])]))
    return min(texts, key=lambda t: (len(t), t))


def paths(code):
    """Paths without a convolution; 0 where one of the image is on the way."""
    count, image = [1, 0, 0, 0], [True, False, False, False]
    for edge, (source, target) in enumerate(EDGES):
        if code[edge] in (1, 4):
            count[target] += count[source]
        image[target] |= code[edge] > 0 and image[source]
    live = {3}
    for edge in reversed(range(6)):
        source, target = EDGES[edge]
        if code[edge] == 0 or target not in live:
            continue
        if code[edge] in (1, 4):
            live.add(source)
        elif image[source]:
            return 0
    return count[3]


def published(path):
    text = open(path).read()
    table = json.loads(text[text.index("{"):text.rindex("}") + 1])
    codes = all_codes()
    groups = collections.defaultdict(list)
    # Values are whole counts of images over seeds, written as float32.
    images = [30000] * 5 + [10000]
    rows = sorted((int(k), [round(x * n) / n for x, n in zip(v, images)])
                  for k, v in table.items() if k and isinstance(v, list))
    for index, values in rows:
        groups[network(codes[index])].append((index, values))
    kinds = {"steady": [], "doubling": [], "multiplying": []}
    for group in groups.values():
        if len(group) > 1:
            n = paths(codes[group[0][0]])
            kind = "steady" if n < 2 else "doubling" if n == 2 else "multiplying"
            kinds[kind].append(group)
    out = {}
    for kind, members in kinds.items():
        out[kind] = {"groups": len(members), "cells": sum(map(len, members))}
        for column, metric in enumerate(METRICS):
            pairs = [group[i][1][column] - group[i + 1][1][column]
                     for group in members for i in range(0, len(group) - 1, 2)]
            out[kind][metric] = fit(pairs)
    return out


def main():
    random_numbers = np.random.default_rng(16)
    golden = {"student": [], "fisher": [], "binomial": [], "mixtures": []}
    for p in (0.5, 0.9, 0.975, 0.995, 1 - 0.05 / 12):
        for degrees in (1, 2, 3.5, 9.9, 30, 1027.25):
            golden["student"].append([p, degrees, stats.t.ppf(p, degrees)])
    for p in (0.05, 0.5, 0.95, 1 - 0.05 / 6):
        for above, below in ((1, 1), (2, 9.9), (2, 1020.5), (7, 3)):
            golden["fisher"].append(
                [p, above, below, stats.f.ppf(p, above, below)])
    for least, trials, share in ((0, 3, .1), (1, 1, .003), (1, 3, .003),
                                 (2, 3, .1), (3, 3, .25), (4, 3, .5)):
        golden["binomial"].append(
            [least, trials, share, stats.binom.sf(least - 1, trials, share)])
    for n, share, narrow, broad in ((60, .3, .003, .04), (400, .05, .002, .01),
                                    (25, .5, .004, .05)):
        is_broad = random_numbers.random(n) < share
        d = random_numbers.normal(size=n) * np.where(is_broad, broad, narrow)
        d = [round(float(x), 6) for x in d]
        golden["mixtures"].append({"differences": d, **fit(d)})
    golden["published"] = published(sys.argv[1])
    with open(sys.argv[2], "w") as out:
        json.dump(golden, out, indent=1)
        out.write("\n")


main()
