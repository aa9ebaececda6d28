"""short_training: a benchmark that is a predictor, so without analysis of its own."""

load(":stages.bzl", "robust_dataset", "robust_evaluation", "robust_training")
load(":table.bzl", "robust_table")

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
    robust_dataset(
        name = name + "_dataset",
        raw = raw,
        spec = dataset,
        tags = tags,
    )
    robust_training(
        name = name + "_training",
        cells = cells,
        dataset = name + "_dataset",
        recipe = specs + "recipe_{}.textproto".format(part),
        seeds = seeds,
        tags = tags,
    )
    robust_evaluation(
        name = name + "_evaluation",
        attacks = specs + "suite.textproto",
        dataset = name + "_dataset",
        tags = tags,
        training = name + "_training",
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
