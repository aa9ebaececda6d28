"""Writes predictor_golden.json beside itself.

Small synthetic inputs of the predictor study, with ties, missing values, a
constant predictor and few cells, and what SciPy, scikit-learn and counting by
hand make of them. With NumPy, SciPy and scikit-learn:

    python3 analysis/studies/predictor/statistics/testdata/make_predictor_golden.py
"""

import itertools
import json
import pathlib

import numpy as np
import scipy.stats
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneOut, cross_val_predict


def finite(value):
    return None if value is None or np.isnan(value) else float(value)


def constant(values):
    return len(set(values)) < 2


def spearman(x, y):
    if constant(x) or constant(y):
        return None
    return scipy.stats.spearmanr(x, y)[0]


def kendall(x, y):
    if constant(x) or constant(y):
        return None
    return scipy.stats.kendalltau(x, y, variant="b")[0]


def residual(ranks, costs):
    design = np.column_stack([np.ones(len(ranks)), *costs])
    return ranks - design @ np.linalg.lstsq(design, ranks, rcond=None)[0]


def partial(x, y, costs):
    """Pearson's coefficient of what linear regression on the ranks of the costs
    leaves of both ranks; None where it leaves nothing."""
    if len(x) < 2 or constant(x) or constant(y):
        return None
    ranks = [scipy.stats.rankdata(v) for v in (x, y, *costs)]
    if any(constant(r) for r in ranks):
        return None
    x, y = (residual(r, ranks[2:]) for r in ranks[:2])
    if min(np.abs(x).max(), np.abs(y).max()) < 1e-9:
        return None
    return scipy.stats.pearsonr(x, y)[0]


def best_quarter(x, y):
    order = sorted(range(len(y)), key=lambda i: (-y[i], i))
    best = order[:-(-len(y) // 4)]
    return spearman([x[i] for i in best], [y[i] for i in best])


def coefficients(case):
    found = []
    for values in case["predictors"]:
        cells = [i for i, v in enumerate(values) if v is not None]
        take = lambda column: [column[i] for i in cells]
        costs = [take(case["parameters"]), take(case["multiply_adds"])]
        for metric in case["metrics"]:
            x, y = take(values), take(metric)
            rho, base = spearman(x, y), spearman(costs[0], y)
            gain = None if rho is None or base is None else rho - base
            found.append([finite(v) for v in (
                rho, kendall(x, y), partial(x, y, costs), best_quarter(x, y), gain)])
    return found


def coefficient_case(random, cells, ties):
    """Predictors: related, with ties, with missing values, constant."""
    round_to = lambda v: [float(x) for x in (np.round(v * ties) if ties else v)]
    skill = random.normal(size=cells)
    costs = skill + random.normal(size=cells)
    case = {
        "parameters": round_to(costs),
        "multiply_adds": round_to(costs + 0.3 * random.normal(size=cells)),
        "metrics": [round_to(skill), round_to(-skill + random.normal(size=cells))],
        "predictors": [
            round_to(skill + random.normal(size=cells)),
            [float(v) for v in random.integers(0, 3, size=cells)],
            [None if i % 3 == 1 else v for i, v in enumerate(round_to(skill))],
            [7.0] * cells,
        ],
    }
    case["expected"] = coefficients(case)
    return case


def choices(values, k):
    """All ways to take the k highest, ties in any way."""
    last = sorted(values, reverse=True)[k - 1]
    sure = [i for i, v in enumerate(values) if v > last]
    tied = [i for i, v in enumerate(values) if v == last]
    return [set(sure) | set(c) for c in itertools.combinations(tied, k - len(sure))]


def cut_case(predictor, metric, k):
    hits, highest = [], []
    for chosen in choices(predictor, k):
        highest.append(max(metric[i] for i in chosen))
        hits += [len(chosen & best) for best in choices(metric, k)]
    return {
        "predictor": [float(v) for v in predictor],
        "metric": [float(v) for v in metric],
        "k": k,
        "precision": float(np.mean(hits) / k),
        "regret": float(max(metric) - np.mean(highest)),
    }


def ridge_case(random, cells, predictors, train, penalties, noise):
    columns = random.normal(size=(predictors, cells))
    columns[1] = np.exp(5 * columns[0])  # the same ranks again
    columns[2] = np.round(columns[2])
    columns[3] = 5
    targets = [columns[0] + columns[2] + noise * random.normal(size=cells),
               np.round(random.normal(size=cells))]
    order = random.permutation(cells)
    train, test = sorted(order[:train]), sorted(order[train:])
    features = np.array([scipy.stats.rankdata(c) for c in columns]).T
    features -= features.mean(axis=0)
    deviation = features.std(axis=0)
    features /= np.where(deviation == 0, 1, deviation)
    alphas = [p * len(train) for p in penalties]
    expected, chosen = [], []
    for target in targets:
        places = (scipy.stats.rankdata(target[train]) - 0.5) / len(train)
        model = RidgeCV(alphas=alphas).fit(features[train], places)
        # The same by fitting anew without each cell.
        errors = [
            np.sum((places - cross_val_predict(
                Ridge(alpha=a), features[train], places, cv=LeaveOneOut())) ** 2)
            for a in alphas]
        assert alphas[int(np.argmin(errors))] == model.alpha_, errors
        expected.append([float(v) for v in model.predict(features[test])])
        chosen.append(model.alpha_ / len(train))
    return {
        "columns": columns.tolist(),
        "targets": [t.tolist() for t in targets],
        "train": [int(i) for i in train],
        "test": [int(i) for i in test],
        "penalties": penalties,
        "chosen": chosen,
        "expected": expected,
    }


def noise_case(random, values, noise):
    """What a predictor that knows the truth reaches: many draws by NumPy."""
    variance = np.var(values, ddof=1)
    reliability = max(0, 1 - noise ** 2 / variance)
    truth = np.mean(values) + np.sqrt(reliability) * (values - np.mean(values))
    found, pearson = [], []
    for _ in range(4000):
        published = truth + noise * random.normal(size=len(values))
        pearson.append(np.corrcoef(truth, published)[0, 1])
        found.append([scipy.stats.spearmanr(truth, published)[0],
                      scipy.stats.kendalltau(truth, published)[0],
                      best_quarter(truth, published)])
    return {
        "values": [float(v) for v in values],
        "noise": noise,
        "reliability": float(reliability),
        "pearson": float(np.mean(pearson)),
        "spearman": float(np.mean(found, axis=0)[0]),
        "kendall": float(np.mean(found, axis=0)[1]),
        "best_quarter": float(np.mean(found, axis=0)[2]),
    }


def main():
    random = np.random.default_rng(19)
    penalties = [0.001, 0.01, 0.1, 1, 10]
    golden = {
        "coefficients": [
            coefficient_case(random, cells, ties)
            for cells, ties in [(60, 0), (60, 2), (23, 1), (8, 0), (5, 1), (2, 0),
                                (1, 0)]],
        "cuts": [
            cut_case(predictor, metric, k)
            for predictor, metric in [
                ([5, 4, 3, 2, 1], [.1, .9, .4, .3, .2]),
                ([3, 3, 3, 1, 1, 0], [.5, .5, .2, .9, .5, .1]),
                ([7] * 6, [.1, .6, .3, .6, .2, .4]),
                ([2, 2, 1, 1, 1, 1, 0], [.3, .1, .7, .2, .7, .6, .9]),
                (list(random.integers(0, 3, size=11)),
                 list(random.integers(0, 4, size=11) / 4)),
            ]
            for k in range(1, len(metric))],
        "ridge": [ridge_case(random, 60, 6, 40, penalties, noise=1),
                  ridge_case(random, 40, 20, 12, penalties, noise=0.1)],
        "noise": [noise_case(random, random.normal(size=200), 0.5),
                  noise_case(random, random.exponential(size=80) ** 2, 0.7)],
    }
    path = pathlib.Path(__file__).with_name("predictor_golden.json")
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
