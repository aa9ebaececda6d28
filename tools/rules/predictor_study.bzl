"""predictor_study: training-free scores against published accuracies."""

load(":figures.bzl", "robust_predictor_figures")
load(":stage.bzl", "RecordsInfo", "StudyInfo", "TableInfo", "stage")

def _scores_impl(ctx):
    records = [record.file for record in ctx.attr.records[RecordsInfo].records]
    output = ctx.actions.declare_file(ctx.label.name + ".textproto")
    arguments = ctx.actions.args()
    arguments.add(output, format = "--scores_out=%s")
    stage.run(
        ctx,
        ctx.attr._collect,
        arguments = [arguments, stage.names(ctx, "records_from", records)],
        inputs = records,
        outputs = [output],
        mnemonic = "CollectPredictorScores",
        progress_message = "Collecting {} records of scores".format(len(records)),
    )
    return [
        DefaultInfo(files = depset([output])),
        stage.inputs_info([], [ctx.attr.records]),
    ]

robust_predictor_scores = rule(
    implementation = _scores_impl,
    doc = "The records of a robust_proxies as one small file.",
    attrs = {
        "records": attr.label(mandatory = True, providers = [RecordsInfo]),
        "_collect": stage.tool("//analysis/studies/predictor:collect_predictor_scores"),
    },
)

def _results_impl(ctx):
    table = ctx.attr.table[TableInfo].table
    study = ctx.actions.declare_file(ctx.label.name + "/predictor_study.binpb")
    json = ctx.actions.declare_file(ctx.label.name + "/predictor_study.json")
    arguments = ctx.actions.args()
    arguments.add(table, format = "--table=%s")
    arguments.add(ctx.file.spec, format = "--spec=%s")
    arguments.add(ctx.file.scores, format = "--scores=%s")
    arguments.add(study, format = "--study_out=%s")
    arguments.add(json, format = "--json_out=%s")
    stage.run(
        ctx,
        ctx.attr._study,
        arguments = [arguments],
        inputs = [table, ctx.file.spec, ctx.file.scores],
        outputs = [study, json],
        mnemonic = "StudyPredictors",
        progress_message = "Studying the predictors of " + ctx.label.name,
    )
    return [
        DefaultInfo(files = depset([study, json])),
        StudyInfo(record = study, flag = "predictor_study"),
        stage.inputs_info([ctx.file.spec], [ctx.attr.table, ctx.attr.scores]),
    ]

robust_predictor_results = rule(
    implementation = _results_impl,
    doc = "Training-free scores against the published table: NAME/predictor_study.binpb.",
    attrs = {
        "scores": attr.label(mandatory = True, allow_single_file = True),
        "spec": attr.label(mandatory = True, allow_single_file = True),
        "table": attr.label(mandatory = True, providers = [TableInfo]),
        "_study": stage.tool("//analysis/studies/predictor:study_predictors"),
    },
)

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
    robust_predictor_scores(
        name = name + "_scores",
        records = records,
        tags = tags,
    )
    robust_predictor_results(
        name = name + "_results",
        scores = name + "_scores",
        spec = spec,
        table = table,
        tags = tags,
    )
    robust_predictor_figures(
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
