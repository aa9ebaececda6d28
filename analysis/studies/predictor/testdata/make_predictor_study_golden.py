"""Writes predictor_study_golden.json beside itself.

What SciPy says of the committed scores and short trainings
(analysis/golden/predictor_study) and the published accuracies, each predictor over the
cells that have a value of it: Spearman's coefficient, Kendall's tau-b, the partial
coefficient and that among the best quarter, of every predictor with the main metric
on each data set; bootstrap intervals of Spearman's coefficient, and how many errors
the joint intervals of all gains reach out, by NumPy. The resamples are others than
ours, so that these agree only to the bootstrap's noise. From the repository's root,
with NumPy and SciPy, after `bazel build //:paper_table`:

    python3 analysis/studies/predictor/testdata/make_predictor_study_golden.py \\
        bazel-bin/paper_table/table.csv
"""

import csv
import json
import pathlib
import re
import sys
import warnings

import numpy as np
import scipy.stats

DATASETS = ["cifar10", "cifar100", "imagenet16_120"]
METRICS = ["clean", "fgsm_3", "pgd_3", "fgsm_8", "pgd_8", "autoattack"]
MAIN = "pgd_8"
LOWEST_FIRST = ["count_none", "count_skip_connect", "count_avg_pool_3x3",
                "input_gradient_norm", "local_linearity"]
RESAMPLES = 2000


def numbers(text):
    return [float(word) for word in text.split(",") if word.strip()]


def read_scores(path):
    """(live cells, {(score, images): values}), higher values expected to be best."""
    text = path.read_text()
    cells = numbers(re.search(r"^cells: \[(.*)\]$", text, re.M)[1])
    dead = re.search(r"^dead_cells: \[(.*)\]$", text, re.M)
    live = ~np.isin(cells, numbers(dead[1]) if dead else [])
    columns = {}
    for block in text.split("\ncolumns {\n")[1:]:
        score = re.search(r'score: "(\w+)"', block)[1]
        images = re.search(r'images: "(\w+)"', block)
        values = np.array(numbers(re.search(r"^  value: \[(.*)\]$", block, re.M)[1]))
        columns[score, images[1] if images else ""] = (
            values[live] * (-1 if score in LOWEST_FIRST else 1))
    return [int(cell) for cell in np.array(cells)[live]], columns


def spearman(x, y):
    return scipy.stats.spearmanr(x, y)[0]


def partial(x, y, costs):
    """Pearson's coefficient of what is left of two columns' ranks after linear
    regression on the ranks of the costs."""
    ranks = [scipy.stats.rankdata(v) for v in (x, y, *costs)]
    design = np.column_stack([np.ones(len(x)), *ranks[2:]])
    left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0]
            for v in ranks[:2]]
    if min(np.abs(v).max() for v in left) < 1e-9:
        return np.nan
    return np.corrcoef(*left)[0, 1]


def best_quarter(x, y):
    order = sorted(range(len(y)), key=lambda i: (-y[i], i))[:-(-len(y) // 4)]
    return spearman(x[order], y[order])


def resampled_spearman(x, y, resamples):
    """Spearman's coefficient in every resample, over its cells that have an x."""
    if not np.isnan(x).any():
        return (ranks_of(x, resamples) * ranks_of(y, resamples)).sum(axis=1)
    present = [cells[~np.isnan(x[cells])] for cells in resamples]
    return np.array([spearman(x[cells], y[cells]) for cells in present])


def ranks_of(values, resamples):
    """Ranks within every resample, as rows of mean 0 and norm 1."""
    ranks = scipy.stats.rankdata(values[resamples], axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    norm = np.sqrt((ranks * ranks).sum(axis=1, keepdims=True))
    return ranks / np.where(norm == 0, np.nan, norm)


def defined(value):
    return None if np.isnan(value) else float(value)


def main():
    warnings.simplefilter("ignore", scipy.stats.ConstantInputWarning)
    cells, columns = read_scores(
        pathlib.Path("analysis/golden/predictor_study/scores.textproto"))
    table = {}
    with open(sys.argv[1]) as file:
        for row in csv.DictReader(file):
            table[row["dataset"], int(row["index"])] = row
    accuracies = {(dataset, metric): np.array([
        float(table[dataset, cell][metric]) for cell in cells])
        for dataset in DATASETS for metric in METRICS}
    costs = [columns["parameters", ""], columns["multiply_adds", ""]]
    resamples = np.random.default_rng(0).integers(
        len(cells), size=(RESAMPLES, len(cells)))
    golden, gains = [], []
    for (dataset, metric), y_of_all in accuracies.items():
        of_parameters = resampled_spearman(costs[0], y_of_all, resamples)
        for (score, images), x in columns.items():
            resampled = resampled_spearman(x, y_of_all, resamples)
            base = of_parameters
            has = ~np.isnan(x)
            if not has.all():
                # Parameters over the same cells of every resample.
                base = resampled_spearman(np.where(has, costs[0], np.nan),
                                          y_of_all, resamples)
            x, y = x[has], y_of_all[has]
            own_costs = [cost[has] for cost in costs]
            rho = spearman(x, y)
            if score != "parameters" and not np.isnan(rho):
                gains.append((rho - spearman(own_costs[0], y), resampled - base))
            if metric != MAIN:
                continue
            is_cost = score in ("parameters", "multiply_adds")
            golden.append({
                "dataset": dataset, "score": score, "images": images,
                "spearman": defined(rho),
                "kendall": defined(scipy.stats.kendalltau(x, y)[0]),
                "partial": None if is_cost or np.isnan(rho)
                           else defined(partial(x, y, own_costs)),
                "best_quarter": defined(best_quarter(x, y)),
            })
            if np.isnan(resampled).mean() < .5:
                golden[-1]["interval"] = list(np.nanquantile(resampled,
                                                             [.025, .975]))
    # Gains that never vary are left out, and resamples on which one is undefined.
    deviations = [np.abs(r - v) / np.nanstd(r, ddof=1)
                  for v, r in gains if np.nanstd(r) > 1e-12]
    largest = np.max(deviations, axis=0)
    golden.append({"comparisons": len(gains),
                   "joint_errors": float(np.quantile(
                       largest[~np.isnan(largest)], .95))})
    out = pathlib.Path(__file__).with_name("predictor_study_golden.json")
    out.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in golden) + "\n]\n")


main()
