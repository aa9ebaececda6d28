"""predictor_study: training-free scores against published accuracies."""

load(":analysis.bzl", "robust_predictor_results")
load(":figures.bzl", "robust_study_figures")
load(":study_scores.bzl", "robust_study_scores")

def predictor_study(name, records, table, spec, figure_style, tags = []):
    """Scores of every cell and seed to what each predictor is worth.

    Makes NAME_scores (all records, small), NAME_results, NAME_figures, and NAME
    for all of these.

    Args:
      name: of the study.
      records: label of a robust_proxies.
      table: label of the published table.
      spec: textproto PredictorStudySpec.
      figure_style: textproto FigureStyle.
      tags: of every target.
    """
    robust_study_scores(
        name = name + "_scores",
        collect = "//analysis/studies/predictor:collect_predictor_scores",
        records = records,
        tags = tags,
    )
    robust_predictor_results(
        name = name + "_results",
        scores = [name + "_scores"],
        spec = spec,
        table = table,
        tags = tags,
    )
    robust_study_figures(
        name = name + "_figures",
        study = name + "_results",
        style = figure_style,
        tags = tags,
    )
    native.filegroup(
        name = name,
        srcs = [
            name + "_figures",
            name + "_results",
            name + "_scores",
        ],
        tags = tags,
    )
