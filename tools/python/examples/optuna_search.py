"""A search for the most robust cell with Optuna's TPE.

Usage: optuna_search.py TABLE.sqlite [TRIALS]    (needs optuna)
"""

import sys

import optuna

import robbench

bench = robbench.open(sys.argv[1])
trials = int(sys.argv[2]) if len(sys.argv) > 2 else 150
dataset = bench.datasets[0]
metric = next(one.name for one in reversed(bench.metrics(dataset))
              if one.name.startswith("pgd_"))


def robust_accuracy(trial):
    cell = bench.search_space.cell([
        trial.suggest_categorical(f"{source}→{target}", robbench.OPERATIONS)
        for source, target in robbench.EDGES])
    if cell not in bench:  # a small table
        raise optuna.TrialPruned
    return bench[cell].accuracy(metric, dataset)


optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(direction="maximize",
                            sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(robust_accuracy, n_trials=trials)
found = bench.search_space.cell(list(study.best_params.values()))
best, = bench.top(metric, dataset, count=1)
print(f"{dataset}, {metric}, {trials} trials: cell {found.index} "
      f"({found.code}), {100 * study.best_value:.2f} %")
print(f"best of the table: cell {best.index} ({best.code}), "
      f"{100 * best.accuracy(metric, dataset):.2f} %")
