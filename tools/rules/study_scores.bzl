"""The records of a study of scores as one small file that can be committed."""

load(":stage.bzl", "RecordsInfo", "TableInfo", "stage")

def _scores_impl(ctx):
    records = [record.file for record in ctx.attr.records[RecordsInfo].records]
    output = ctx.actions.declare_file(ctx.label.name + ".textproto")
    arguments = ctx.actions.args()
    if ctx.attr.setting:
        arguments.add(ctx.attr.setting, format = "--setting=%s")
    arguments.add(output, format = "--scores_out=%s")
    stage.run(
        ctx,
        ctx.attr.collect,
        arguments = [arguments, stage.names(ctx, "records_from", records)],
        inputs = records,
        outputs = [output],
        mnemonic = "CollectScores",
        progress_message = "Collecting {} records of scores".format(len(records)),
    )
    return [
        DefaultInfo(files = depset([output])),
        stage.inputs_info([], [ctx.attr.records]),
    ]

robust_study_scores = rule(
    implementation = _scores_impl,
    doc = "Means over the seeds of records: NAME.textproto.",
    attrs = {
        "collect": attr.label(
            mandatory = True,
            doc = "the program that condenses such records",
            executable = True,
            cfg = "target",
        ),
        "records": attr.label(mandatory = True, providers = [RecordsInfo]),
        "setting": attr.string(doc = "of an NTK study: the setting of these records"),
    },
)

def _trained_impl(ctx):
    table = ctx.attr.table[TableInfo].table
    output = ctx.actions.declare_file(ctx.label.name + ".textproto")
    arguments = ctx.actions.args()
    arguments.add(ctx.file.scores, format = "--scores=%s")
    arguments.add(ctx.attr.training, format = "--name=%s")
    arguments.add(table, format = "--table=%s")
    arguments.add(output, format = "--scores_out=%s")
    stage.run(
        ctx,
        ctx.attr._add,
        arguments = [arguments],
        inputs = [ctx.file.scores, table],
        outputs = [output],
        mnemonic = "AddShortTraining",
        progress_message = "Adding {} to scores".format(ctx.attr.training),
    )
    return [
        DefaultInfo(files = depset([output])),
        stage.inputs_info([], [ctx.attr.scores, ctx.attr.table]),
    ]

robust_trained_scores = rule(
    implementation = _trained_impl,
    doc = "Scores and the accuracies of a short training: NAME.textproto.",
    attrs = {
        "scores": attr.label(mandatory = True, allow_single_file = True),
        "table": attr.label(mandatory = True, providers = [TableInfo]),
        "training": attr.string(mandatory = True, doc = "its name among the predictors"),
        "_add": stage.tool("//analysis/studies/predictor/short:add_short_training"),
    },
)
