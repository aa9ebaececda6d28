"""predictor_study: training-free scores and short trainings against published
accuracies."""

load(":analysis.bzl", "robust_predictor_results")
load(":figures.bzl", "robust_study_figures")
load(":study_scores.bzl", "robust_study_scores", "robust_trained_scores")

def predictor_study(name, records, table, spec, figure_style, trainings = {}, tags = []):
    """Scores of every cell and seed to what each predictor is worth.

    Makes NAME_scores (all records and short trainings, small), NAME_results, NAME_figures, and NAME
    for all of these.

    Args:
      name: of the study.
      records: label of a robust_proxies.
      table: label of the published table.
      spec: textproto PredictorStudySpec.
      figure_style: textproto FigureStyle.
      trainings: short trainings, by name the label of the table.
      tags: of every target.
    """
    steps = [name + "_{}_scores".format(training) for training in trainings]
    steps = [name + "_scores"] if not steps else [name + "_untrained_scores"] + steps[:-1] + [name + "_scores"]
    robust_study_scores(
        name = steps[0],
        collect = "//analysis/studies/predictor:collect_predictor_scores",
        records = records,
        tags = tags,
    )
    for i, (training, training_table) in enumerate(trainings.items()):
        robust_trained_scores(
            name = steps[i + 1],
            scores = steps[i],
            table = training_table,
            tags = tags,
            training = training,
        )
    predictor_results(name, name + "_scores", table, spec, figure_style, tags)
    native.filegroup(
        name = name,
        srcs = [
            name + "_figures",
            name + "_results",
            name + "_scores",
        ],
        tags = tags,
    )

def predictor_results(name, scores, table, spec, figure_style, tags = []):
    """Declares NAME_results and NAME_figures of scores.

    Args:
      name: of the study.
      scores: label of robust_study_scores, or a committed file of the same.
      table: label of the published table.
      spec: textproto PredictorStudySpec.
      figure_style: textproto FigureStyle.
      tags: of every target.
    """
    robust_predictor_results(
        name = name + "_results",
        scores = [scores],
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
