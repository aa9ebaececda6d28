"""short_training: a benchmark that is a predictor, so without analysis of its own."""

load(":table.bzl", "robust_table")
load(":trained_cells.bzl", "trained_cells")

def short_training(name, raw, part, cells, seeds, tags = []):
    """Trains and attacks cells, and makes a table of the accuracies.

    Makes NAME_dataset, NAME_training, NAME_evaluation and NAME_table.

    Args:
      name: of the training.
      raw: label of the raw files.
      part: which of training/specs/short, "3000" for 1/3000 of a full training.
      cells: cells to train, as strings.
      seeds: seeds of each cell, as strings.
      tags: of every target.
    """
    specs = "//training/specs/short:"
    dataset = specs + "dataset_{}.textproto".format(part)
    trained_cells(
        name,
        attacks = specs + "suite.textproto",
        cells = cells,
        dataset = dataset,
        raw = raw,
        recipe = specs + "recipe_{}.textproto".format(part),
        seeds = seeds,
        tags = tags,
    )
    robust_table(
        name = name + "_table",
        dataset_spec = dataset,
        records = [
            name + "_evaluation",
            name + "_training",
        ],
        tags = tags,
    )
