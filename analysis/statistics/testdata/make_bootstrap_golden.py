"""Writes bootstrap_golden.json beside itself.

Percentiles, standard errors and the quantile of the largest studentised
deviation, by NumPy. Made with NumPy 2.4:

    python3 analysis/statistics/testdata/make_bootstrap_golden.py
"""

import json
import pathlib

import numpy as np


def family(random, statistics, resamples, level):
    values = random.normal(size=statistics)
    scales = random.uniform(0.1, 3, size=(statistics, 1))
    shared = random.normal(size=resamples)
    resampled = values[:, None] + scales * (
        shared + random.normal(size=(statistics, resamples)))
    errors = resampled.std(axis=1, ddof=1)
    largest = np.max(np.abs(resampled - values[:, None]) / errors[:, None], axis=0)
    return {
        "values": values.tolist(),
        "resampled": np.round(resampled, 12).tolist(),
        "level": level,
        "low": np.quantile(resampled, 0.025, axis=1).tolist(),
        "high": np.quantile(resampled, 0.975, axis=1).tolist(),
        "errors": errors.tolist(),
        "joint_errors": np.quantile(largest, 1 - level),
    }


def main():
    random = np.random.default_rng(1)
    golden = [family(random, 1, 40, 0.05), family(random, 5, 60, 0.05),
              family(random, 3, 60, 0.0125)]
    path = pathlib.Path(__file__).with_name("bootstrap_golden.json")
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
