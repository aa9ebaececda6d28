"""The rules that make a table: robust_table from records, robust_published_table
from the authors' files, and robust_search_space of all cells."""

load(":settings.bzl", "SettingInfo")
load(":stage.bzl", "RecordsInfo", "TableInfo", "stage")

# How many official indices a shard has. Cells go by index, not by position, so
# that a cell that is added changes one shard. The paper's 6,466 cells are in 123
# shards of some 530 records; when a record changes, its shard is made again, and
# then the table from the shards.
CELLS_A_SHARD = 128

def _shard_of(cell):
    """Returns the name of a cell's shard, which no other cell changes."""
    return str(int(cell) // CELLS_A_SHARD)

def _table_outputs(ctx, arguments):
    """Declares the files of a table, adds them to a tool's arguments and returns
    them by kind."""
    outputs = {
        kind: ctx.actions.declare_file("{}/table.{}".format(ctx.label.name, suffix))
        for kind, suffix in {
            "table": "binpb",
            "json": "json",
            "csv": "csv",
            "sqlite": "sqlite",
        }.items()
    }
    for kind, output in outputs.items():
        arguments.add(output, format = "--" + kind + "_out=%s")
    return outputs

def _table_impl(ctx):
    by_shard = {}
    for target in ctx.attr.records:
        for record in target[RecordsInfo].records:
            by_shard.setdefault(_shard_of(record.cell), []).append(record.file)
    shards = []
    for shard, records in by_shard.items():
        output = ctx.actions.declare_file(
            "{}/shards/{}.binpb".format(ctx.label.name, shard),
        )
        arguments = ctx.actions.args()
        arguments.add(ctx.file.dataset_spec, format = "--dataset_spec=%s")
        arguments.add(output, format = "--shard_out=%s")
        stage.run(
            ctx,
            ctx.attr._collect,
            arguments = [arguments, stage.names(ctx, "records_from", records)],
            inputs = records + [ctx.file.dataset_spec],
            outputs = [output],
            mnemonic = "CollectShard",
            progress_message = "Collecting {} records".format(len(records)),
        )
        shards.append(output)
    arguments = ctx.actions.args()
    arguments.add(ctx.file.dataset_spec, format = "--dataset_spec=%s")
    if ctx.attr._allow_missing[SettingInfo].value:
        arguments.add("--allow_missing")
    outputs = _table_outputs(ctx, arguments)
    stage.run(
        ctx,
        ctx.attr._collect,
        arguments = [arguments, stage.names(ctx, "shards_from", shards)],
        inputs = shards + [ctx.file.dataset_spec],
        outputs = outputs.values(),
        mnemonic = "Collect",
        progress_message = "Making the table of {} shards".format(len(shards)),
    )
    return [
        DefaultInfo(files = depset(outputs.values())),
        TableInfo(table = outputs["table"]),
        stage.inputs_info([ctx.file.dataset_spec], ctx.attr.records),
    ]

robust_table = rule(
    implementation = _table_impl,
    doc = "One table of all records: some cells to a shard, shards to the table.",
    attrs = {
        "dataset_spec": attr.label(mandatory = True, allow_single_file = True),
        "records": attr.label_list(mandatory = True, providers = [RecordsInfo]),
        "_allow_missing": attr.label(
            default = "//tools:allow_missing",
            providers = [SettingInfo],
        ),
        "_collect": stage.tool("//analysis/collect"),
    },
)

def _search_space_impl(ctx):
    outputs = [
        ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))
        for name in ["meta.json", "cells.csv"]
    ]
    arguments = ctx.actions.args()
    arguments.add(outputs[0], format = "--meta_out=%s")
    arguments.add(outputs[1], format = "--csv_out=%s")
    stage.run(
        ctx,
        ctx.attr._search_space,
        arguments = [arguments],
        outputs = outputs,
        mnemonic = "SearchSpace",
        progress_message = "Listing all cells",
    )
    return [DefaultInfo(files = depset(outputs)), stage.inputs_info([])]

robust_search_space = rule(
    implementation = _search_space_impl,
    doc = "All 15,625 cells and the representatives of their classes.",
    attrs = {
        "_search_space": stage.tool("//analysis/table:search_space"),
    },
)

def _published_table_impl(ctx):
    arguments = ctx.actions.args()
    arguments.add(ctx.file.published, format = "--input=%s")
    inputs = [ctx.file.published]
    if ctx.file.standard_training:
        arguments.add(ctx.file.standard_training, format = "--standard_training=%s")
        inputs.append(ctx.file.standard_training)
    if ctx.file.predictor_scores:
        arguments.add(ctx.file.predictor_scores, format = "--predictor_scores=%s")
        inputs.append(ctx.file.predictor_scores)
    outputs = _table_outputs(ctx, arguments)
    stage.run(
        ctx,
        ctx.attr._import_published,
        arguments = [arguments],
        inputs = inputs,
        outputs = outputs.values(),
        mnemonic = "ImportPublished",
        progress_message = "Reading the published table",
    )
    return [
        DefaultInfo(files = depset(outputs.values())),
        TableInfo(table = outputs["table"]),
        stage.inputs_info(inputs),
    ]

robust_published_table = rule(
    implementation = _published_table_impl,
    doc = "The authors' table, in place of records.",
    attrs = {
        "predictor_scores": attr.label(
            allow_single_file = True,
            doc = "training-free scores and short trainings: textproto PredictorScores",
        ),
        "published": attr.label(mandatory = True, allow_single_file = True),
        "standard_training": attr.label(
            allow_single_file = True,
            doc = "accuracies of Jung et al. (2023)",
        ),
        "_import_published": stage.tool("//analysis/published:import_published"),
    },
)
