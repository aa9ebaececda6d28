"""The rules of the first stages: robust_dataset, robust_training (the rule that
trains), robust_evaluation, robust_corruptions, robust_ntk, robust_proxies and
robust_theory_study. table.bzl, analysis.bzl and figures.bzl have what follows.

Each parameter is an input of the stage that it affects and of no other. The
training, evaluation and score rules declare an action for each (cell, seed)
themselves, as 58,194 targets would cost ten times as much to analyse.
"""

load("//nas/base:numeric_profiles.bzl", "NUMERIC_PROFILES", "numeric_device")
load(":cell_choice.bzl", "cells_of", "seeds_of")
load(":settings.bzl", "SettingInfo")
load(":stage.bzl", "RecordsInfo", "RunsInfo", "StudyInfo", "stage")

# A run whose loss is not finite writes a record that says so. It would fail in
# the same way each time, so the record is cached like any result. robust_table
# decides whether such records are an error.
_FAILURE_AS_RECORD = "--failure_as_record"

# Numeric actions run under a profile and depend on the host's libraries.
_NUMERIC = {
    "_profile": attr.label(default = "//tools:numeric_profile", providers = [SettingInfo]),
    "_host": attr.label(default = "@host//:numeric.txt", allow_single_file = True),
}

# The number of threads changes no result, so the default, 1, is left out of the
# actions' command lines and keys.
_THREADS = {
    "_threads": attr.label(default = "//tools:threads", providers = [SettingInfo]),
}

def _add_threads(ctx, arguments):
    threads = ctx.attr._threads[SettingInfo].value
    if threads != 1:
        arguments.add(threads, format = "--threads=%s")

_SELECTION = {
    "cells": attr.string_list(mandatory = True, doc = "index, code or architecture"),
    "seeds": attr.string_list(mandatory = True),
    "_cells": attr.label(default = "//tools:cells", providers = [SettingInfo]),
    "_seeds": attr.label(default = "//tools:seeds", providers = [SettingInfo]),
}

def _selection(ctx):
    """Returns the (official index, seed) pairs to run, as text: those of the
    flags --//tools:cells and --//tools:seeds where they are given, else those of
    the rule's attributes."""
    where = "{}, ".format(ctx.label)
    cells = ctx.attr._cells[SettingInfo].value or cells_of(where + "cells", ctx.attr.cells)
    seeds = ctx.attr._seeds[SettingInfo].value or seeds_of(where + "seeds", ctx.attr.seeds)
    return [(cell, seed) for cell in cells for seed in seeds]

# The directory for checkpoints of long trainings. It is not an input of the
# actions, as checkpoints change no result. It is used where it exists and
# --config=resume makes it writable (README.md).
_SCRATCH = "/var/tmp/robbench-scratch"

def _run_file(ctx, cell, seed, suffix):
    return ctx.actions.declare_file("{}/cell_{}_seed_{}.{}".format(
        ctx.label.name,
        cell,
        seed,
        suffix,
    ))

def _files(records):
    return [record.file for record in records]

def _run_numeric(ctx, tool, arguments, inputs, worker = False, **kwargs):
    """Declares an action of a numeric program under the numeric profile.

    Args:
      ctx: of a rule with the attributes _NUMERIC.
      tool: the program.
      arguments: Args, to which device and profile are added.
      inputs: list of Files.
      worker: whether the tool can be a persistent worker
        (nas/base/worker/persistent_worker.h). It is one on the processor where
        .bazelrc's strategy of the mnemonic says so.
      **kwargs: what ctx.actions.run takes.
    """
    profile = ctx.attr._profile[SettingInfo].value
    device = numeric_device(profile)
    arguments.add(device, format = "--device=%s")
    arguments.add(profile, format = "--numeric_profile=%s")
    requirements = {}
    if worker:
        # Bazel's workers need what differs between actions in a file of
        # arguments, which Abseil reads by --flagfile.
        arguments.use_param_file("--flagfile=%s", use_always = True)
        arguments.set_param_file_format("multiline")
        if device == "cpu":
            requirements["supports-workers"] = "1"
    stage.run(
        ctx,
        tool,
        arguments = [arguments],
        inputs = inputs + [ctx.file._host],
        env = NUMERIC_PROFILES[profile],
        execution_requirements = requirements,
        **kwargs
    )

def _numeric_inputs_info(ctx, files, before):
    profile = ctx.attr._profile[SettingInfo].value
    return stage.inputs_info(files + [ctx.file._host], before, profile)

def _dataset_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".dataset.safetensors")
    arguments = ctx.actions.args()
    arguments.add(ctx.file.spec, format = "--spec=%s")
    arguments.add_all(ctx.files.raw, format_each = "--input=%s")
    arguments.add(output, format = "--dataset_out=%s")
    stage.run(
        ctx,
        ctx.attr._preprocess,
        arguments = [arguments],
        inputs = ctx.files.raw + [ctx.file.spec],
        outputs = [output],
        mnemonic = "Preprocess",
        progress_message = "Preprocessing " + ctx.label.name,
    )
    return [
        DefaultInfo(files = depset([output])),
        stage.inputs_info(ctx.files.raw + [ctx.file.spec]),
    ]

robust_dataset = rule(
    implementation = _dataset_impl,
    doc = "Preprocesses raw files to NAME.dataset.safetensors.",
    attrs = {
        "raw": attr.label(mandatory = True, allow_files = True),
        "spec": attr.label(mandatory = True, allow_single_file = True),
        "_preprocess": stage.tool("//training/dataset:preprocess"),
    },
)

def _training_impl(ctx):
    runs, records = [], []
    for cell, seed in _selection(ctx):
        weights = _run_file(ctx, cell, seed, "weights.safetensors")
        record = _run_file(ctx, cell, seed, "train.binpb")
        arguments = ctx.actions.args()
        arguments.add(ctx.file.dataset, format = "--dataset=%s")
        arguments.add(cell, format = "--cell=%s")
        arguments.add(seed, format = "--seed=%s")
        arguments.add(ctx.file.recipe, format = "--recipe=%s")
        arguments.add(weights, format = "--weights_out=%s")
        arguments.add(record, format = "--record_out=%s")
        arguments.add(_SCRATCH, format = "--scratch=%s")
        _add_threads(ctx, arguments)
        arguments.add(_FAILURE_AS_RECORD)
        _run_numeric(
            ctx,
            ctx.attr._train,
            arguments,
            inputs = [ctx.file.dataset, ctx.file.recipe],
            outputs = [weights, record],
            mnemonic = "Train",
            progress_message = "Training cell {}, seed {}".format(cell, seed),
        )
        runs.append(struct(cell = cell, seed = seed, weights = weights))
        records.append(struct(cell = cell, file = record))
    return [
        DefaultInfo(files = depset([run.weights for run in runs] + _files(records))),
        RunsInfo(runs = runs),
        RecordsInfo(records = records),
        _numeric_inputs_info(ctx, [ctx.file.recipe], [ctx.attr.dataset]),
    ]

robust_training = rule(
    implementation = _training_impl,
    doc = "Trains every cell with every seed adversarially: weights and a record each.",
    attrs = dict({
        "dataset": attr.label(mandatory = True, allow_single_file = True),
        "recipe": attr.label(mandatory = True, allow_single_file = True),
        "_train": stage.tool("//training:train"),
    }.items() + _THREADS.items() + _SELECTION.items() + _NUMERIC.items()),
)

def _evaluation_impl(ctx):
    records = []
    runs = ctx.attr.training[RunsInfo].runs
    for run in runs:
        if ctx.attr.first_seed_only and run.seed != runs[0].seed:
            continue
        record = _run_file(ctx, run.cell, run.seed, "eval.binpb")
        arguments = ctx.actions.args()
        arguments.add(ctx.file.dataset, format = "--dataset=%s")
        arguments.add(run.cell, format = "--cell=%s")
        arguments.add(run.seed, format = "--seed=%s")
        arguments.add(run.weights, format = "--weights=%s")
        arguments.add(ctx.file.attacks, format = "--attacks=%s")
        if ctx.attr.images:
            arguments.add(ctx.attr.images, format = "--images=%s")
        _add_threads(ctx, arguments)
        arguments.add(_FAILURE_AS_RECORD)
        arguments.add(record, format = "--record_out=%s")
        _run_numeric(
            ctx,
            ctx.attr._evaluate,
            arguments,
            inputs = [ctx.file.dataset, run.weights, ctx.file.attacks],
            outputs = [record],
            mnemonic = "Evaluate",
            worker = True,
            progress_message = "Attacking cell {}, seed {}".format(run.cell, run.seed),
        )
        records.append(struct(cell = run.cell, file = record))
    return [
        DefaultInfo(files = depset(_files(records))),
        RecordsInfo(records = records),
        _numeric_inputs_info(
            ctx,
            [ctx.file.attacks],
            [ctx.attr.dataset, ctx.attr.training],
        ),
    ]

robust_evaluation = rule(
    implementation = _evaluation_impl,
    doc = "Attacks every trained network by one suite: a record each.",
    attrs = dict({
        "attacks": attr.label(mandatory = True, allow_single_file = True),
        "dataset": attr.label(mandatory = True, allow_single_file = True),
        "first_seed_only": attr.bool(doc = "attack only one network of each cell"),
        "images": attr.int(doc = "attack only the first so many test images; 0: all"),
        "training": attr.label(mandatory = True, providers = [RunsInfo]),
        "_evaluate": stage.tool("//training/evaluation:evaluate"),
    }.items() + _THREADS.items() + _NUMERIC.items()),
)

def _corruptions_impl(ctx):
    labels = [file for file in ctx.files.raw if file.basename == "labels.npy"]
    corruptions = [file for file in ctx.files.raw if file.basename != "labels.npy"]
    records = []
    for run in ctx.attr.training[RunsInfo].runs:
        record = _run_file(ctx, run.cell, run.seed, "eval.binpb")
        arguments = ctx.actions.args()
        arguments.add(ctx.file.dataset, format = "--dataset=%s")
        arguments.add(run.cell, format = "--cell=%s")
        arguments.add(run.seed, format = "--seed=%s")
        arguments.add(run.weights, format = "--weights=%s")
        arguments.add(_FAILURE_AS_RECORD)
        arguments.add_all(labels, format_each = "--labels=%s")
        arguments.add_all(corruptions, format_each = "--corruptions=%s")
        arguments.add(record, format = "--record_out=%s")
        _run_numeric(
            ctx,
            ctx.attr._evaluate_corruptions,
            arguments,
            inputs = [ctx.file.dataset, run.weights] + ctx.files.raw,
            outputs = [record],
            mnemonic = "EvaluateCorruptions",
            progress_message = "Corrupting the images of cell {}, seed {}".format(run.cell, run.seed),
        )
        records.append(struct(cell = run.cell, file = record))
    return [
        DefaultInfo(files = depset(_files(records))),
        RecordsInfo(records = records),
    ]

robust_corruptions = rule(
    implementation = _corruptions_impl,
    doc = "Evaluates every trained network on CIFAR-10-C, all corruptions at severities 1 to 5.",
    attrs = dict({
        "dataset": attr.label(mandatory = True, allow_single_file = True),
        "raw": attr.label(mandatory = True, allow_files = True),
        "training": attr.label(mandatory = True, providers = [RunsInfo]),
        "_evaluate_corruptions": stage.tool("//training/evaluation:evaluate_corruptions"),
    }.items() + _NUMERIC.items()),
)

def _scores_impl(ctx, suffix, flags, mnemonic, message):
    """Declares the actions of scores at initialisation.

    Args:
      ctx: of a rule with the attributes of _scores_attrs.
      suffix: of the records, "ntk.binpb".
      flags: more flags of the program.
      mnemonic: of the actions.
      message: of their progress.

    Returns:
      the providers, with a record for each cell and seed.
    """
    records = []
    for cell, seed in _selection(ctx):
        record = _run_file(ctx, cell, seed, suffix)
        arguments = ctx.actions.args()
        arguments.add(ctx.file.dataset, format = "--dataset=%s")
        arguments.add(cell, format = "--cell=%s")
        arguments.add(seed, format = "--seed=%s")
        arguments.add(ctx.file.spec, format = "--spec=%s")
        arguments.add_all(flags)
        arguments.add(record, format = "--record_out=%s")
        _run_numeric(
            ctx,
            ctx.attr._score,
            arguments,
            inputs = [ctx.file.dataset, ctx.file.spec],
            outputs = [record],
            mnemonic = mnemonic,
            worker = True,
            progress_message = "{} of cell {}, seed {}".format(message, cell, seed),
        )
        records.append(struct(cell = cell, file = record))
    return [
        DefaultInfo(files = depset(_files(records))),
        RecordsInfo(records = records),
        _numeric_inputs_info(ctx, [ctx.file.spec], [ctx.attr.dataset]),
    ]

def _scores_attrs(score):
    return dict({
        "dataset": attr.label(mandatory = True, allow_single_file = True),
        "spec": attr.label(mandatory = True, allow_single_file = True),
        "_score": stage.tool(score),
    }.items() + _SELECTION.items() + _NUMERIC.items())

def _ntk_impl(ctx):
    return _scores_impl(
        ctx,
        suffix = "ntk.binpb",
        flags = [_FAILURE_AS_RECORD],
        mnemonic = "NtkScore",
        message = "Scoring the NTK",
    )

robust_ntk = rule(
    implementation = _ntk_impl,
    doc = "NTK scores of every cell at initialisation; the seeds are the repeats.",
    attrs = _scores_attrs("//ntk:score"),
)

def _proxies_impl(ctx):
    return _scores_impl(
        ctx,
        suffix = "proxies.binpb",
        flags = [],
        mnemonic = "ProxyScore",
        message = "Training-free scores",
    )

robust_proxies = rule(
    implementation = _proxies_impl,
    doc = "Training-free scores of every cell; the seeds are the repeats.",
    attrs = _scores_attrs("//ntk/proxies:score_proxies"),
)

def _theory_study_impl(ctx):
    record = ctx.actions.declare_file(ctx.label.name + ".binpb")
    arguments = ctx.actions.args()
    arguments.add(ctx.file.dataset, format = "--dataset=%s")
    arguments.add(ctx.file.spec, format = "--spec=%s")
    arguments.add(record, format = "--record_out=%s")

    # These programs do not use LibTorch, so the numeric profile changes nothing.
    stage.run(
        ctx,
        ctx.attr.study,
        arguments = [arguments],
        inputs = [ctx.file.dataset, ctx.file.spec, ctx.file._host],
        outputs = [record],
        env = NUMERIC_PROFILES["portable"],
        mnemonic = "TheoryStudy",
        progress_message = "Studying the theory: " + ctx.label.name,
    )
    return [
        DefaultInfo(files = depset([record])),
        StudyInfo(record = record, flag = ctx.attr.study.label.name),
        stage.inputs_info([ctx.file.spec, ctx.file._host], [ctx.attr.dataset]),
    ]

robust_theory_study = rule(
    implementation = _theory_study_impl,
    doc = "A study of the paper's theory: NAME.binpb.",
    attrs = {
        "dataset": attr.label(mandatory = True, allow_single_file = True),
        "spec": attr.label(mandatory = True, allow_single_file = True),
        "study": attr.label(mandatory = True, executable = True, cfg = "target"),
        "_host": attr.label(default = "@host//:numeric.txt", allow_single_file = True),
    },
)
