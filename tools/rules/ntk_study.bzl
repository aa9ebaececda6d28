"""ntk_study: NTK scores of a sample of cells against published accuracies."""

load(":analysis.bzl", "robust_ntk_correlations")
load(":figures.bzl", "robust_ntk_figure")
load(":stage.bzl", "RecordsInfo", "stage")
load(":stages.bzl", "robust_dataset", "robust_ntk")

def _scores_impl(ctx):
    records = [record.file for record in ctx.attr.records[RecordsInfo].records]
    output = ctx.actions.declare_file(ctx.label.name + ".textproto")
    arguments = ctx.actions.args()
    arguments.add(ctx.attr.setting, format = "--setting=%s")
    arguments.add(output, format = "--scores_out=%s")
    stage.run(
        ctx,
        ctx.attr._collect,
        arguments = [arguments, stage.names(ctx, "records_from", records)],
        inputs = records,
        outputs = [output],
        mnemonic = "CollectNtkScores",
        progress_message = "Collecting {} NTK records".format(len(records)),
    )
    return [
        DefaultInfo(files = depset([output])),
        stage.inputs_info([], [ctx.attr.records]),
    ]

robust_ntk_scores = rule(
    implementation = _scores_impl,
    doc = "The records of one setting as one small file.",
    attrs = {
        "records": attr.label(mandatory = True, providers = [RecordsInfo]),
        "setting": attr.string(mandatory = True),
        "_collect": stage.tool("//analysis/studies/ntk:collect_ntk_scores"),
    },
)

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
        robust_ntk_scores(
            name = scores[-1],
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
      scores: labels of robust_ntk_scores, or committed files of the same.
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
    robust_ntk_figure(
        name = name + "_figure",
        study = name + "_correlations",
        style = figure_style,
        tags = tags,
    )
