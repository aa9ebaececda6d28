"""ntk_study: NTK scores of a sample of cells against published accuracies."""

load(":analysis.bzl", "robust_ntk_correlations")
load(":figures.bzl", "robust_study_figures")
load(":stages.bzl", "robust_dataset", "robust_ntk")
load(":study_scores.bzl", "robust_study_scores")

def ntk_study(name, raw, dataset, settings, seeds, table, spec, figure_style, tags = []):
    """Declares the stages of an NTK study, from kernels to correlations.

    Makes NAME_dataset, for every setting NAME_SETTING_records and NAME_SETTING
    (its scores, small), NAME_scores for all of these, NAME_correlations,
    NAME_figure, and NAME for scores, correlations and figure.

    Args:
      name: of the study.
      raw: label of the raw files.
      dataset: textproto DatasetSpec.
      settings: {name: (textproto NtkSpec, cells as strings)}.
      seeds: seeds of each cell, as strings.
      table: label of the published table.
      spec: textproto NtkStudySpec.
      figure_style: textproto FigureStyle.
      tags: of every target.
    """
    robust_dataset(
        name = name + "_dataset",
        raw = raw,
        spec = dataset,
        tags = tags,
    )
    scores = []
    for setting, (ntk, cells) in settings.items():
        robust_ntk(
            name = "{}_{}_records".format(name, setting),
            cells = cells,
            dataset = name + "_dataset",
            seeds = seeds,
            spec = ntk,
            tags = tags,
        )
        scores.append("{}_{}".format(name, setting))
        robust_study_scores(
            name = scores[-1],
            collect = "//analysis/studies/ntk:collect_ntk_scores",
            records = scores[-1] + "_records",
            setting = setting,
            tags = tags,
        )
    native.filegroup(
        name = name + "_scores",
        srcs = scores,
        tags = tags,
    )
    ntk_correlations(name, scores, table, spec, figure_style, tags)
    native.filegroup(
        name = name,
        srcs = [
            name + "_correlations",
            name + "_figure",
            name + "_scores",
        ],
        tags = tags,
    )

def ntk_correlations(name, scores, table, spec, figure_style, tags = []):
    """Declares NAME_correlations and NAME_figure of scores.

    Args:
      name: of the study.
      scores: labels of robust_study_scores, or committed files of the same.
      table: label of the published table.
      spec: textproto NtkStudySpec.
      figure_style: textproto FigureStyle.
      tags: of every target.
    """
    robust_ntk_correlations(
        name = name + "_correlations",
        scores = scores,
        spec = spec,
        table = table,
        tags = tags,
    )
    robust_study_figures(
        name = name + "_figure",
        study = name + "_correlations",
        style = figure_style,
        tags = tags,
    )
