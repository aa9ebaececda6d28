"""Clean against robust accuracy, coloured by cost: a figure in five lines.

Usage: scatter.py TABLE.sqlite FIGURE.png    (needs pandas and matplotlib)
"""

import sys

import robbench

bench = robbench.open(sys.argv[1])
dataset = bench.datasets[0]
attack = next(metric for metric in reversed(bench.metrics(dataset))
              if metric.name.startswith("pgd_"))
axes = bench.frame(dataset).plot.scatter(
    "clean", attack.name, c="multiply_adds", colormap="viridis", s=4,
    xlabel="clean accuracy", ylabel=attack.label, title=dataset)
axes.figure.savefig(sys.argv[2], dpi=150)

# The same frame answers questions.
frame = bench.frame(dataset)
print(frame[["clean", attack.name, "multiply_adds"]].corr("spearman"))
print(frame.nlargest(3, attack.name)[["index", "code", attack.name]])
