"""Writes rank_statistics_golden.json beside itself.

Spearman's coefficient and Kendall's tau-b by SciPy, quartiles by NumPy,
whiskers and notches by the definitions that Matplotlib documents for
boxplot_stats. Made with SciPy 1.17.1 and NumPy 2.4.6:

    python3 analysis/statistics/testdata/make_rank_statistics_golden.py
"""

import json
import pathlib

import numpy as np
import scipy.stats


def pair(x, y):
    spearman = scipy.stats.spearmanr(x, y).statistic
    kendall = scipy.stats.kendalltau(x, y, variant="b").statistic
    undefined = len(set(x)) == 1 or len(set(y)) == 1
    return {
        "x": ["inf" if v == np.inf else v for v in x],
        "y": ["inf" if v == np.inf else v for v in y],
        "spearman": None if undefined else float(spearman),
        "kendall": None if undefined else float(kendall),
    }


def box(values):
    values = np.asarray(values, dtype=float)
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    span = q3 - q1
    inside_low = values[values >= q1 - 1.5 * span]
    inside_high = values[values <= q3 + 1.5 * span]
    notch = 1.57 * span / np.sqrt(len(values))
    return {
        "values": values.tolist(),
        "first_quartile": q1,
        "median": median,
        "third_quartile": q3,
        "lower_whisker": min(inside_low.min(), q1),
        "upper_whisker": max(inside_high.max(), q3),
        "lower_notch": median - notch,
        "upper_notch": median + notch,
        "mean": values.mean(),
        "standard_deviation": values.std(ddof=1) if len(values) > 1 else 0.0,
        "quantiles": [[q, np.quantile(values, q)]
                      for q in (0.0, 0.1, 0.333, 0.5, 0.9, 0.999, 1.0)],
    }


def partial(random, n, weight):
    """Rows a, b, c that share c, and Pearson's coefficient of what linear
    regression on c leaves of a and b."""
    c = random.normal(size=n)
    a, b = weight * c + random.normal(size=(2, n))
    design = np.column_stack([np.ones(n), c])
    left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0]
            for v in (a, b)]
    return {
        "ab": np.corrcoef(a, b)[0, 1],
        "ac": np.corrcoef(a, c)[0, 1],
        "bc": np.corrcoef(b, c)[0, 1],
        "partial": np.corrcoef(*left)[0, 1],
    }


def main():
    random = np.random.default_rng(201)
    pairs = [
        pair([1.0, 2.0], [3.0, 4.0]),
        pair([1.0, 2.0], [4.0, 3.0]),
        pair([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]),
        pair([1.0, 2.0, 2.0, 3.0], [1.0, 3.0, 2.0, 2.0]),
        pair([0.5, np.inf, 1.0, np.inf, 2.0], [4.0, 1.0, 3.0, 0.5, 2.0]),
    ]
    for n in (3, 7, 20, 101):
        x = random.normal(size=n)
        pairs.append(pair(x.tolist(), (x + random.normal(size=n)).tolist()))
        # Many ties, as among accuracies counted over few images.
        x = random.integers(0, max(2, n // 4), size=n)
        y = x + random.integers(-2, 3, size=n)
        pairs.append(pair(x.astype(float).tolist(), y.astype(float).tolist()))
    boxes = [box([3.5]), box([1.0, 2.0]), box([5.0] * 6),
             box([0.0, 1.0, 1.1, 1.2, 9.0]),
             box([0.0, 10.0, 10.0, 10.0, 10.0, 30.0])]
    for n in (4, 20, 75):
        boxes.append(box(random.normal(size=n)))
        boxes.append(box(random.standard_cauchy(size=n)))
    partials = [partial(random, n, weight)
                for n, weight in ((10, 0), (50, 1), (50, -3), (400, 10))]
    path = pathlib.Path(__file__).with_name("rank_statistics_golden.json")
    golden = {"pairs": pairs, "boxes": boxes, "partials": partials}
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
