"""Writes ntk_study_golden.json beside itself.

Spearman's coefficient and Kendall's tau-b by SciPy between the committed NTK
scores (analysis/golden/ntk_study) and the published accuracies on CIFAR-10,
with bootstrap intervals by NumPy: other resamples than ours, so that the ends
of intervals agree only to the bootstrap's noise. From the repository's root,
with SciPy and NumPy, where the published table is; costs come from the table
that `bazel build //:paper_table` makes (they have a test of their own):

    python3 analysis/studies/ntk/testdata/make_ntk_study_golden.py \\
        NAS-RobBench-201_html.json bazel-bin/paper_table.csv
"""

import csv
import json
import pathlib
import re
import sys

import numpy as np
import scipy.stats

METRICS = ["clean", "fgsm_3", "pgd_3", "fgsm_8", "pgd_8", "autoattack"]
SEEDS = [3, 3, 3, 3, 3, 1]
RESAMPLES = 2000


def numbers(text):
    return [float(word) for word in text.split(",")]


def read_scores(path):
    """(cells, {(kernel, score): values}) of a textproto NtkScores."""
    text = path.read_text()
    cells = [int(v) for v in numbers(re.search(r"^cells: \[(.*)\]$", text, re.M)[1])]
    assert not re.search(r"^dead_cells", text, re.M)
    columns = {}
    for block in text.split("\ncolumns {\n")[1:]:
        kernel = re.search(r'kernel: "(\w[^"]*)"', block)[1]
        score = re.search(r'score: "(\w+)"', block)[1]
        columns[kernel, score] = np.array(
            numbers(re.search(r"^  value: \[(.*)\]$", block, re.M)[1]))
    return cells, columns


def resampled(x, y, resamples):
    """Spearman's coefficient of every row of positions."""
    x, y = (scipy.stats.rankdata(v[resamples], axis=1) for v in (x, y))
    x, y = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    return (x * y).sum(1) / np.sqrt((x * x).sum(1) * (y * y).sum(1))


SIGNS = {"condition_number": -1, "label_complexity": -1}
SETTINGS = 4


def given(values, metric, costs):
    """Pearson's coefficient of what is left of two columns' ranks after linear
    regression on the ranks of the costs."""
    ranks = [scipy.stats.rankdata(v) for v in (values, metric, *costs)]
    design = np.column_stack([np.ones(len(values)), *ranks[2:]])
    left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0]
            for v in ranks[:2]]
    return np.corrcoef(*left)[0, 1]


def joint_errors(gains):
    """Of rows (value, resampled): the quantile of the largest deviation in
    standard errors."""
    deviations = [np.abs(r - v) / r.std(ddof=1) for v, r in gains]
    return np.quantile(np.max(deviations, axis=0), 1 - .05 / SETTINGS)


def main():
    page = json.loads(pathlib.Path(sys.argv[1]).read_text().removeprefix("acc="))
    # The means are whole counts of images: equal ones have to tie.
    accuracies = {
        int(cell): [round(v * 10000 * n) for v, n in zip(row, SEEDS)]
        for cell, row in page.items() if cell.isdigit() and isinstance(row, list)
    }
    with open(sys.argv[2]) as file:
        costs_of = {int(row["index"]): [int(row["parameters"]), int(row["multiply_adds"])]
                    for row in csv.DictReader(file)}
    rng = np.random.default_rng(0)
    golden = []
    for path in sorted(pathlib.Path("analysis/golden/ntk_study").glob("*.textproto")):
        cells, columns = read_scores(path)
        table = np.array([accuracies[cell] for cell in cells], dtype=float)
        resamples = rng.integers(len(cells), size=(RESAMPLES, len(cells)))
        costs = np.array([costs_of[cell] for cell in cells], dtype=float).T
        rho = {}
        for (kernel, score), values in columns.items():
            if score != "min_eigenvalue":
                continue
            for m, metric in enumerate(METRICS):
                entry = {
                    "setting": path.stem,
                    "kernel": kernel,
                    "metric": metric,
                    "spearman": scipy.stats.spearmanr(values, table[:, m]).statistic,
                    "kendall": scipy.stats.kendalltau(values, table[:, m]).statistic,
                    "partial": given(values, table[:, m], costs),
                }
                golden.append(entry)
                if metric not in ("pgd_3", "pgd_8") or "mixed" in kernel:
                    continue
                entry["interval"] = list(np.quantile(
                    resampled(values, table[:, m], resamples), [0.025, 0.975]))
        for (kernel, score), values in columns.items():
            for metric in ("pgd_3", "pgd_8"):
                if kernel not in ("clean", "robust_3", "robust_8"):
                    continue
                m = METRICS.index(metric)
                sign = SIGNS.get(score, 1)
                rho[kernel, score, metric] = sign * np.append(
                    resampled(values, table[:, m], resamples),
                    scipy.stats.spearmanr(values, table[:, m]).statistic)
        gains = {}
        for score in sorted({score for _, score in columns}):
            for e in "38":
                gains[score, e] = (rho["robust_" + e, score, "pgd_" + e]
                                   - rho["clean", score, "pgd_" + e])
            gains[score, "growth"] = gains[score, "8"] - gains[score, "3"]
        for epsilon in "38":
            gain = gains["min_eigenvalue", epsilon][:-1]
            golden.append({
                "setting": path.stem,
                "gain": "robust_" + epsilon,
                "metric": "pgd_" + epsilon,
                "interval": list(np.quantile(gain, [0.025, 0.975])),
            })
        golden.append({
            "setting": path.stem,
            "comparisons": len(gains),
            "joint_errors": joint_errors([(g[-1], g[:-1]) for g in gains.values()]),
        })
    out = pathlib.Path(__file__).with_name("ntk_study_golden.json")
    out.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in golden) + "\n]\n")


main()
