"""trained_cells: what every benchmark of networks trained here begins with."""

load(":stages.bzl", "robust_dataset", "robust_evaluation", "robust_training")

def trained_cells(name, raw, dataset, recipe, attacks, cells, seeds, tags = []):
    """Declares NAME_dataset, NAME_training and NAME_evaluation.

    Args:
      name: of the benchmark.
      raw: label of the raw files.
      dataset: textproto DatasetSpec.
      recipe: textproto Recipe.
      attacks: textproto AttackSuite.
      cells: cells to train, as strings.
      seeds: seeds of each cell, as strings.
      tags: of every target.
    """
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
        recipe = recipe,
        seeds = seeds,
        tags = tags,
    )
    robust_evaluation(
        name = name + "_evaluation",
        attacks = attacks,
        dataset = name + "_dataset",
        tags = tags,
        training = name + "_training",
    )
