"""Writes deviation_golden.json beside itself.

By simulation: m cells are judged on a test set of N images and on the first n of
them; the scatter of the mean over cells of their differences, over many test
sets drawn anew (n of N in random order is the same) and seeds' noise. How cells
go together, from "no image is hard for two cells" to "the images that one cell
gets wrong all cells do", is a normal variable that cells share in part. Made
with NumPy 2.4 and SciPy 1.17:

    python3 analysis/report/tables/testdata/make_deviation_golden.py
"""

import json
import pathlib

import numpy as np
from scipy.stats import norm

REPEATS = 4000


def scatter(random, accuracies, shared, n, total, seed_deviation, ours, theirs):
    """Standard deviation of the mean difference; `shared` is the correlation of
    the normal variables of two cells on one image."""
    thresholds = norm.ppf(accuracies)[:, None]
    m = len(accuracies)
    means = []
    for _ in range(REPEATS):
        common = random.normal(size=(1, total))
        own = random.normal(size=(m, total))
        right = np.sqrt(shared) * common + np.sqrt(1 - shared) * own < thresholds
        seeds = (random.normal(size=m) / np.sqrt(ours)
                 - random.normal(size=m) / np.sqrt(theirs)) * seed_deviation
        means.append((right[:, :n].mean(1) - right.mean(1) + seeds).mean())
    return float(np.std(means, ddof=1))


def main():
    random = np.random.default_rng(5)
    cases = []
    for accuracies, shared, seed_deviation in (
            ([0.45] * 10, 1.0, 0.0),
            ([0.45] * 10, 1.0, 0.02),
            ([0.45] * 10, 0.0, 0.02),
            ([0.45] * 10, 0.7, 0.02),
            ([0.1, 0.3, 0.5, 0.8], 1.0, 0.02),
            ([0.1, 0.3, 0.5, 0.8], 0.7, 0.02)):
        case = {"accuracies": accuracies, "shared": shared, "our_images": 100,
                "their_images": 1000, "seed_deviation": seed_deviation,
                "our_seeds": 2, "their_seeds": 3}
        case["scatter"] = scatter(random, np.array(accuracies), shared, 100, 1000,
                                  seed_deviation, 2, 3)
        cases.append(case)
    path = pathlib.Path(__file__).with_name("deviation_golden.json")
    path.write_text(json.dumps({"repeats": REPEATS, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
