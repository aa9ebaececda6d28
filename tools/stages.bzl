"""One rule a stage: dataset, training, evaluation, ntk, statistics, figures,
report; table.bzl has the table. Each parameter is an input of the stage that it
affects and of no other. The training, evaluation and ntk rules declare an
action per (cell, seed) themselves: 58,194 targets would cost ten times as much
to analyse.
"""

load("//nas/base:numeric_profiles.bzl", "NUMERIC_PROFILES", "numeric_device")
load(":settings.bzl", "SettingInfo")

RunsInfo = provider(
    doc = "Trained networks.",
    fields = {"runs": "list of struct(cell, seed, weights)"},
)

RecordsInfo = provider(
    doc = "Records to be collected into a table.",
    fields = {"records": "list of struct(cell, file)"},
)

TableInfo = provider(
    doc = "A benchmark table.",
    fields = {"table": "File"},
)

SearchInfo = provider(
    doc = "What searches found in a table.",
    fields = {"search": "File"},
)

StudyInfo = provider(
    doc = "What a study of the theory found.",
    fields = {"record": "File", "flag": "that the report takes it by"},
)

StatisticsInfo = provider(
    doc = "Statistics of a table.",
    fields = {"table": "File", "statistics": "File"},
)

InputsInfo = provider(
    doc = "What people wrote or downloaded, of all stages so far.",
    fields = {
        "files": "depset of source Files",
        "profile": "numeric profile; empty where no numeric stage ran",
    },
)

def _inputs_info(files, before = [], profile = ""):
    """Files of this stage, and what the stages before it read."""
    infos = [target[InputsInfo] for target in before if InputsInfo in target]
    for info in infos:
        profile = profile or info.profile
    return InputsInfo(
        files = depset(files, transitive = [info.files for info in infos]),
        profile = profile,
    )

FiguresInfo = provider(
    doc = "Drawn figures, and what they show.",
    fields = {"index": "File", "svgs": "list of Files"},
)

def _tool(label):
    # Built in the target configuration, as everything else: once.
    return attr.label(default = label, executable = True, cfg = "target")

# A run whose loss is not finite writes so as its result, as it would each time,
# and is cached; what becomes of it is for robust_table to say.
_FAILURE_AS_RECORD = "--failure_as_record"

# Numeric actions run under a profile and depend on the host's libraries.
_NUMERIC = {
    "_profile": attr.label(default = "//tools:numeric_profile", providers = [SettingInfo]),
    "_host": attr.label(default = "@host//:numeric.txt", allow_single_file = True),
}

# No result depends on it, so 1, the default, is not in an action's key.
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
    """The (cell, seed) pairs to run: the flags' where they are given."""
    cells = ctx.attr._cells[SettingInfo].value or ctx.attr.cells
    seeds = ctx.attr._seeds[SettingInfo].value or ctx.attr.seeds
    return [(cell, seed) for cell in cells for seed in seeds]

# Checkpoints of long trainings, outside the action and its key: used where it
# exists and --config=resume makes it writable (README).
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

def _run_stage(ctx, tool, **kwargs):
    """An action of a tool, its run-time files declared as inputs."""
    inputs = kwargs.pop("inputs", [])
    ctx.actions.run(
        executable = tool[DefaultInfo].files_to_run,
        inputs = depset(inputs, transitive = [tool[DefaultInfo].default_runfiles.files]),
        **kwargs
    )

def _run_numeric(ctx, tool, arguments, inputs, worker = False, **kwargs):
    """worker: the tool can be a persistent worker (nas/base/persistent_worker.h),
    and is one on the processor where .bazelrc's strategy of the mnemonic says so.
    """
    profile = ctx.attr._profile[SettingInfo].value
    device = numeric_device(profile)
    arguments.add(device, format = "--device=%s")
    arguments.add(profile, format = "--numeric_profile=%s")
    requirements = {}
    if worker:
        # What differs between actions must be in a file; Abseil reads it.
        arguments.use_param_file("--flagfile=%s", use_always = True)
        arguments.set_param_file_format("multiline")
        if device == "cpu":
            requirements["supports-workers"] = "1"
    _run_stage(
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
    return _inputs_info(files + [ctx.file._host], before, profile)

def _dataset_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".dataset.safetensors")
    arguments = ctx.actions.args()
    arguments.add(ctx.file.spec, format = "--spec=%s")
    arguments.add_all(ctx.files.raw, format_each = "--input=%s")
    arguments.add(output, format = "--dataset_out=%s")
    _run_stage(
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
        _inputs_info(ctx.files.raw + [ctx.file.spec]),
    ]

robust_dataset = rule(
    implementation = _dataset_impl,
    doc = "Raw files to a data set.",
    attrs = {
        "raw": attr.label(mandatory = True, allow_files = True),
        "spec": attr.label(mandatory = True, allow_single_file = True),
        "_preprocess": _tool("//training:preprocess"),
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
    doc = "Adversarial training of every cell with every seed.",
    attrs = dict({
        "dataset": attr.label(mandatory = True, allow_single_file = True),
        "recipe": attr.label(mandatory = True, allow_single_file = True),
        "_train": _tool("//training:train"),
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
    doc = "One attack suite against every trained network.",
    attrs = dict({
        "attacks": attr.label(mandatory = True, allow_single_file = True),
        "dataset": attr.label(mandatory = True, allow_single_file = True),
        "first_seed_only": attr.bool(doc = "one network of each cell"),
        "training": attr.label(mandatory = True, providers = [RunsInfo]),
        "_evaluate": _tool("//training:evaluate"),
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
        arguments.add_joined(corruptions, join_with = ",", format_joined = "--corruptions=%s")
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
    doc = "Every trained network on CIFAR-10-C, all corruptions at severities 1 to 5.",
    attrs = dict({
        "dataset": attr.label(mandatory = True, allow_single_file = True),
        "raw": attr.label(mandatory = True, allow_files = True),
        "training": attr.label(mandatory = True, providers = [RunsInfo]),
        "_evaluate_corruptions": _tool("//training:evaluate_corruptions"),
    }.items() + _NUMERIC.items()),
)

def _ntk_impl(ctx):
    records = []
    for cell, seed in _selection(ctx):
        record = _run_file(ctx, cell, seed, "ntk.binpb")
        arguments = ctx.actions.args()
        arguments.add(ctx.file.dataset, format = "--dataset=%s")
        arguments.add(cell, format = "--cell=%s")
        arguments.add(seed, format = "--seed=%s")
        arguments.add(ctx.file.spec, format = "--spec=%s")
        arguments.add(_FAILURE_AS_RECORD)
        arguments.add(record, format = "--record_out=%s")
        _run_numeric(
            ctx,
            ctx.attr._score,
            arguments,
            inputs = [ctx.file.dataset, ctx.file.spec],
            outputs = [record],
            mnemonic = "NtkScore",
            worker = True,
            progress_message = "Scoring the NTK of cell {}, seed {}".format(cell, seed),
        )
        records.append(struct(cell = cell, file = record))
    return [
        DefaultInfo(files = depset(_files(records))),
        RecordsInfo(records = records),
        _numeric_inputs_info(ctx, [ctx.file.spec], [ctx.attr.dataset]),
    ]

robust_ntk = rule(
    implementation = _ntk_impl,
    doc = "NTK scores of every cell at initialisation; the seeds are the repeats.",
    attrs = dict({
        "dataset": attr.label(mandatory = True, allow_single_file = True),
        "spec": attr.label(mandatory = True, allow_single_file = True),
        "_score": _tool("//ntk:score"),
    }.items() + _SELECTION.items() + _NUMERIC.items()),
)

def _statistics_impl(ctx):
    table = ctx.attr.table[TableInfo].table
    statistics = ctx.actions.declare_file(ctx.label.name + "/statistics.binpb")
    json = ctx.actions.declare_file(ctx.label.name + "/statistics.json")
    arguments = ctx.actions.args()
    arguments.add(table, format = "--table=%s")
    arguments.add(ctx.file.spec, format = "--spec=%s")
    arguments.add(statistics, format = "--statistics_out=%s")
    arguments.add(json, format = "--json_out=%s")
    _run_stage(
        ctx,
        ctx.attr._statistics,
        arguments = [arguments],
        inputs = [table, ctx.file.spec],
        outputs = [statistics, json],
        mnemonic = "Statistics",
        progress_message = "Computing statistics of " + ctx.attr.table.label.name,
    )
    return [
        DefaultInfo(files = depset([statistics, json])),
        StatisticsInfo(table = table, statistics = statistics),
        _inputs_info([ctx.file.spec], [ctx.attr.table]),
    ]

robust_statistics = rule(
    implementation = _statistics_impl,
    doc = "Quartiles, rank correlations, operation shares, top list.",
    attrs = {
        "spec": attr.label(mandatory = True, allow_single_file = True),
        "table": attr.label(mandatory = True, providers = [TableInfo]),
        "_statistics": _tool("//analysis:statistics"),
    },
)

def _search_impl(ctx):
    table = ctx.attr.table[TableInfo].table
    search = ctx.actions.declare_file(ctx.label.name + "/search.binpb")
    json = ctx.actions.declare_file(ctx.label.name + "/search.json")
    arguments = ctx.actions.args()
    arguments.add(table, format = "--table=%s")
    arguments.add(ctx.file.spec, format = "--spec=%s")
    arguments.add(search, format = "--search_out=%s")
    arguments.add(json, format = "--json_out=%s")
    _run_stage(
        ctx,
        ctx.attr._search,
        arguments = [arguments],
        inputs = [table, ctx.file.spec],
        outputs = [search, json],
        mnemonic = "Search",
        progress_message = "Searching " + ctx.attr.table.label.name,
    )
    return [
        DefaultInfo(files = depset([search, json])),
        SearchInfo(search = search),
        _inputs_info([ctx.file.spec], [ctx.attr.table]),
    ]

robust_search = rule(
    implementation = _search_impl,
    doc = "What search algorithms find in a table of all classes.",
    attrs = {
        "spec": attr.label(mandatory = True, allow_single_file = True),
        "table": attr.label(mandatory = True, providers = [TableInfo]),
        "_search": _tool("//analysis:search"),
    },
)

def _theory_study_impl(ctx):
    record = ctx.actions.declare_file(ctx.label.name + ".binpb")
    arguments = ctx.actions.args()
    arguments.add(ctx.file.dataset, format = "--dataset=%s")
    arguments.add(ctx.file.spec, format = "--spec=%s")
    arguments.add(record, format = "--record_out=%s")

    # No LibTorch, so the profile that is asked for changes nothing.
    _run_stage(
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
        _inputs_info([ctx.file.spec, ctx.file._host], [ctx.attr.dataset]),
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

# gnuplot and rsvg-convert are the host's; @host//:plotting.txt stands for them.
_PLOTTING_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "SOURCE_DATE_EPOCH": "0",
    "TZ": "UTC",
}

# analysis/figure.h: kFigureNames and kFigureSuffixes.
_FIGURES = [
    "accuracy_box_plots",
    "ntk_against_accuracy",
    "operation_shares",
    "rank_correlation",
    "ranking",
]

# analysis/paper_figure.h; the graphs have no data.
_PAPER_FIGURES = [
    "accuracy_distributions",
    "all_correlations",
    "cost_fronts",
    "dataset_ranking",
    "search_trajectories",
]

_PAPER_GRAPHS = ["cell", "skeleton"]

_FIGURE_SUFFIXES = ["dat", "gp", "pdf", "png", "svg"]

# analysis/theory_figure.h
_THEORY_FIGURES = ["bound_study", "width_study"]

_GRAPH_SUFFIXES = ["dot", "pdf", "png", "svg"]

def _draw(ctx, tool, figures, graphs = [], searches = []):
    """The files of figures and graphs, drawn by a tool from one search or
    none."""
    info = ctx.attr.statistics[StatisticsInfo]
    names = ["{}.{}".format(figure, suffix) for figure in figures for suffix in _FIGURE_SUFFIXES]
    names += ["{}.{}".format(graph, suffix) for graph in graphs for suffix in _GRAPH_SUFFIXES]
    outputs = [
        ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))
        for name in names
    ]
    index = ctx.actions.declare_file(ctx.label.name + "/figures.textproto")
    inputs = [info.table, info.statistics, ctx.file.style, ctx.file._host]
    arguments = ctx.actions.args()
    arguments.add(info.table, format = "--table=%s")
    arguments.add(info.statistics, format = "--statistics=%s")
    for search in searches:
        arguments.add(search[SearchInfo].search, format = "--search=%s")
        inputs.append(search[SearchInfo].search)
    arguments.add(ctx.file.style, format = "--style=%s")
    arguments.add(outputs[0].dirname, format = "--out_dir=%s")
    _run_stage(
        ctx,
        tool,
        arguments = [arguments],
        inputs = inputs,
        outputs = outputs + [index],
        env = _PLOTTING_ENVIRONMENT,
        mnemonic = "Figures",
        progress_message = "Drawing the figures of " + ctx.label.name,
    )
    return [
        DefaultInfo(files = depset(outputs)),
        FiguresInfo(
            index = index,
            svgs = [file for file in outputs if file.extension == "svg"],
        ),
        _inputs_info(
            [ctx.file.style, ctx.file._host],
            [ctx.attr.statistics] + searches,
        ),
    ]

def _figures_impl(ctx):
    return _draw(ctx, ctx.attr._figures, _FIGURES)

robust_figures = rule(
    implementation = _figures_impl,
    doc = "The figures, each with its data and its gnuplot script.",
    attrs = {
        "statistics": attr.label(mandatory = True, providers = [StatisticsInfo]),
        "style": attr.label(mandatory = True, allow_single_file = True),
        "_figures": _tool("//analysis:figures"),
        "_host": attr.label(default = "@host//:plotting.txt", allow_single_file = True),
    },
)

def _paper_figures_impl(ctx):
    return _draw(
        ctx,
        ctx.attr._paper_figures,
        _PAPER_FIGURES,
        _PAPER_GRAPHS,
        [ctx.attr.search],
    )

robust_paper_figures = rule(
    implementation = _paper_figures_impl,
    doc = "The figures that need a whole table and searches in it.",
    attrs = {
        "search": attr.label(mandatory = True, providers = [SearchInfo]),
        "statistics": attr.label(mandatory = True, providers = [StatisticsInfo]),
        "style": attr.label(mandatory = True, allow_single_file = True),
        "_host": attr.label(default = "@host//:plotting.txt", allow_single_file = True),
        "_paper_figures": _tool("//analysis:paper_figures"),
    },
)

def _theory_figures_impl(ctx):
    outputs = [
        ctx.actions.declare_file("{}/{}.{}".format(ctx.label.name, figure, suffix))
        for figure in _THEORY_FIGURES
        for suffix in _FIGURE_SUFFIXES
    ]
    index = ctx.actions.declare_file(ctx.label.name + "/figures.textproto")
    arguments = ctx.actions.args()
    for target in ctx.attr.studies:
        arguments.add(target[StudyInfo].record, format = "--" + target[StudyInfo].flag + "=%s")
    arguments.add(ctx.file.style, format = "--style=%s")
    arguments.add(index.dirname, format = "--out_dir=%s")
    _run_stage(
        ctx,
        ctx.attr._theory_figures,
        arguments = [arguments],
        inputs = [target[StudyInfo].record for target in ctx.attr.studies] +
                 [ctx.file.style, ctx.file._host],
        outputs = outputs + [index],
        env = _PLOTTING_ENVIRONMENT,
        mnemonic = "Figures",
        progress_message = "Drawing the figures of " + ctx.label.name,
    )
    return [
        DefaultInfo(files = depset(outputs)),
        FiguresInfo(
            index = index,
            svgs = [file for file in outputs if file.extension == "svg"],
        ),
        _inputs_info([ctx.file.style, ctx.file._host], ctx.attr.studies),
    ]

robust_theory_figures = rule(
    implementation = _theory_figures_impl,
    doc = "The figures of both studies of the theory.",
    attrs = {
        "studies": attr.label_list(mandatory = True, providers = [StudyInfo]),
        "style": attr.label(mandatory = True, allow_single_file = True),
        "_host": attr.label(default = "@host//:plotting.txt", allow_single_file = True),
        "_theory_figures": _tool("//analysis:theory_figures"),
    },
)

# For the rules of other files.
stage = struct(
    figure_suffixes = _FIGURE_SUFFIXES,
    inputs_info = _inputs_info,
    plotting_environment = _PLOTTING_ENVIRONMENT,
    run = _run_stage,
    tool = _tool,
)

_REPORT_FILES = ["index.html", "tables.csv", "tables.md", "tables.tex"]

def _report_impl(ctx):
    info = ctx.attr.statistics[StatisticsInfo]
    figures = [target[FiguresInfo] for target in ctx.attr.figures]
    outputs = [
        ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))
        for name in _REPORT_FILES
    ]
    arguments = ctx.actions.args()
    arguments.add(info.table, format = "--table=%s")
    arguments.add(info.statistics, format = "--statistics=%s")
    arguments.add_joined(
        [drawn.index.dirname for drawn in figures],
        format_joined = "--figures=%s",
        join_with = ",",
    )
    arguments.add(outputs[0].dirname, format = "--out_dir=%s")
    published = []
    before = ctx.attr.figures + [ctx.attr.statistics] + ctx.attr.studies
    studies = []
    for target in ctx.attr.studies:
        studies.append(target[StudyInfo].record)
        arguments.add(studies[-1], format = "--" + target[StudyInfo].flag + "=%s")
    if ctx.attr.published:
        published = [ctx.attr.published[TableInfo].table]
        before.append(ctx.attr.published)
        arguments.add(published[0], format = "--published=%s")
    search = []
    if ctx.attr.search:
        search = [ctx.attr.search[SearchInfo].search]
        arguments.add(search[0], format = "--search=%s")
    reproduction = ctx.files.reproduction
    if reproduction:
        arguments.add_joined(
            reproduction,
            format_joined = "--reproduction=%s",
            join_with = ",",
        )
        arguments.add(
            ctx.file._reproduction_dataset_spec,
            format = "--reproduction_dataset_spec=%s",
        )
        reproduction = reproduction + [ctx.file._reproduction_dataset_spec]
    _run_stage(
        ctx,
        ctx.attr._report,
        arguments = [arguments],
        inputs = [info.table, info.statistics] + published + search + reproduction + studies + [
            file
            for drawn in figures
            for file in drawn.svgs + [drawn.index]
        ],
        outputs = outputs,
        mnemonic = "Report",
        progress_message = "Writing the report " + ctx.label.name,
    )
    return [
        DefaultInfo(files = depset(outputs)),
        _inputs_info(reproduction, before),
    ]

robust_report = rule(
    implementation = _report_impl,
    doc = "One self-contained page, and its tables.",
    attrs = {
        "figures": attr.label_list(mandatory = True, providers = [FiguresInfo]),
        "published": attr.label(
            doc = "a published table to compare with",
            providers = [TableInfo],
        ),
        "reproduction": attr.label_list(
            allow_files = True,
            doc = "textproto ReproducedRuns to compare with the table",
        ),
        "search": attr.label(providers = [SearchInfo]),
        "statistics": attr.label(mandatory = True, providers = [StatisticsInfo]),
        "studies": attr.label_list(providers = [StudyInfo]),
        "_reproduction_dataset_spec": attr.label(
            default = "//training/specs:cifar10.textproto",
            allow_single_file = True,
        ),
        "_report": _tool("//analysis:report"),
    },
)
