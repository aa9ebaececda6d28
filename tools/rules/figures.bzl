"""The rules that draw figures of a table, of its searches and of studies. The
program is //analysis/figures; analysis/figures/figure.h and paper_figure.h say
which figure is which of the paper."""

load(
    ":stage.bzl",
    "FiguresInfo",
    "SearchInfo",
    "StatisticsInfo",
    "StudyInfo",
    "stage",
)

# gnuplot and rsvg-convert are the host's, and @host//:plotting.txt stands for
# them.
_PLOTTING_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "SOURCE_DATE_EPOCH": "0",
    "TZ": "UTC",
}

# These are kFigureNames and kFigureSuffixes of analysis/figures/figure.h.
_FIGURES = [
    "accuracy_box_plots",
    "operation_shares",
    "rank_correlation",
    "ranking",
]

# analysis/figures/paper_figure.h describes these. The graphs have no data.
_PAPER_FIGURES = [
    "accuracy_distributions",
    "all_correlations",
    "cost_fronts",
    "dataset_ranking",
    "search_trajectories",
]

_PAPER_GRAPHS = ["cell", "skeleton"]

_FIGURE_SUFFIXES = ["dat", "gp", "pdf", "png", "svg"]

# analysis/figures/studies/theory_figure.h describes these.
_THEORY_FIGURES = ["bound_study", "width_study"]

_GRAPH_SUFFIXES = ["dot", "pdf", "png", "svg"]

# These are added to _FIGURES if the table has NTK scores.
_NTK_SCORE_FIGURES = ["ntk_against_accuracy"]

# By study; ntk_study_figure.h and predictor_figure.h in analysis/figures/studies
# describe them.
_STUDY_FIGURES = {
    "ntk_study": ["ntk_study"],
    "predictor_study": ["predictor_cost", "predictor_matrix", "predictor_regret"],
}

# analysis/figures/studies/reproduction_figure.h describes this one.
_REPRODUCTION_FIGURES = ["training_loss"]

def _files_of(names, suffixes):
    return ["{}.{}".format(name, suffix) for name in names for suffix in suffixes]

def _draw(ctx, group, names, shown, before, figures = [], given = []):
    """Declares the action that draws figures, and returns its providers.

    Args:
      ctx: of a rule with the attributes _DRAWN.
      group: of figures, as //analysis/figures names it.
      names: of the files.
      shown: [(flag, file or list of files)] of what they show.
      before: targets of the stages before.
      figures: names of the figures, of a group that has to be told.
      given: those of the shown files that no stage made.
    """
    outputs = [
        ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))
        for name in names
    ]
    files = []
    for _, file in shown:
        files += file if type(file) == "list" else [file]
    index = ctx.actions.declare_file(ctx.label.name + "/figures.textproto")
    arguments = ctx.actions.args()
    arguments.add(group, format = "--group=%s")
    for flag, file in shown:
        if type(file) == "list":
            arguments.add_all(file, format_each = "--" + flag + "=%s")
        else:
            arguments.add(file, format = "--" + flag + "=%s")
    arguments.add(ctx.file.style, format = "--style=%s")
    arguments.add(index.dirname, format = "--out_dir=%s")
    if figures:
        arguments.add_joined(figures, join_with = ",", format_joined = "--figures=%s")
    stage.run(
        ctx,
        ctx.attr._figures,
        arguments = [arguments],
        inputs = files + [ctx.file.style, ctx.file._host],
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
        stage.inputs_info([ctx.file.style, ctx.file._host] + given, before),
    ]

def _shown_statistics(ctx):
    info = ctx.attr.statistics[StatisticsInfo]
    return [("table", info.table), ("statistics", info.statistics)]

# The attributes of every figure rule.
_DRAWN = {
    "style": attr.label(mandatory = True, allow_single_file = True),
    "_figures": stage.tool("//analysis/figures"),
    "_host": attr.label(default = "@host//:plotting.txt", allow_single_file = True),
}

def _figures_impl(ctx):
    figures = _FIGURES + (_NTK_SCORE_FIGURES if ctx.attr.ntk else [])
    return _draw(
        ctx,
        "table",
        _files_of(figures, _FIGURE_SUFFIXES),
        _shown_statistics(ctx),
        [ctx.attr.statistics],
        figures = figures,
    )

robust_figures = rule(
    implementation = _figures_impl,
    doc = "The figures, each with its data and its gnuplot script.",
    attrs = dict({
        "ntk": attr.bool(mandatory = True, doc = "whether the table has NTK scores"),
        "statistics": attr.label(mandatory = True, providers = [StatisticsInfo]),
    }.items() + _DRAWN.items()),
)

def _paper_figures_impl(ctx):
    return _draw(
        ctx,
        "paper",
        _files_of(_PAPER_FIGURES, _FIGURE_SUFFIXES) +
        _files_of(_PAPER_GRAPHS, _GRAPH_SUFFIXES),
        _shown_statistics(ctx) + [("search", ctx.attr.search[SearchInfo].search)],
        [ctx.attr.statistics, ctx.attr.search],
    )

robust_paper_figures = rule(
    implementation = _paper_figures_impl,
    doc = "The figures that need a whole table and searches in it.",
    attrs = dict({
        "search": attr.label(mandatory = True, providers = [SearchInfo]),
        "statistics": attr.label(mandatory = True, providers = [StatisticsInfo]),
    }.items() + _DRAWN.items()),
)

def _theory_figures_impl(ctx):
    return _draw(
        ctx,
        "theory",
        _files_of(_THEORY_FIGURES, _FIGURE_SUFFIXES),
        [(target[StudyInfo].flag, target[StudyInfo].record) for target in ctx.attr.studies],
        ctx.attr.studies,
    )

robust_theory_figures = rule(
    implementation = _theory_figures_impl,
    doc = "The figures of both studies of the theory.",
    attrs = dict({
        "studies": attr.label_list(mandatory = True, providers = [StudyInfo]),
    }.items() + _DRAWN.items()),
)

def _study_figures_impl(ctx):
    study = ctx.attr.study[StudyInfo]
    names = _STUDY_FIGURES.get(study.flag)
    if not names:
        fail("{}: study: expected one of {}, found {}".format(
            ctx.label,
            ", ".join(_STUDY_FIGURES.keys()),
            study.flag,
        ))
    return _draw(
        ctx,
        study.flag,
        _files_of(names, _FIGURE_SUFFIXES),
        [("study", study.record)],
        [ctx.attr.study],
    )

robust_study_figures = rule(
    implementation = _study_figures_impl,
    doc = "The figures of a study of scores, of NTKs or of predictors.",
    attrs = dict({
        "study": attr.label(mandatory = True, providers = [StudyInfo]),
    }.items() + _DRAWN.items()),
)

def _reproduction_figure_impl(ctx):
    given = ctx.files.reproduction + [ctx.file._dataset_spec]
    return _draw(
        ctx,
        "reproduction",
        _files_of(_REPRODUCTION_FIGURES, _FIGURE_SUFFIXES),
        [
            ("reproduction", ctx.files.reproduction),
            ("reproduction_dataset_spec", ctx.file._dataset_spec),
        ],
        [],
        given = given,
    )

robust_reproduction_figure = rule(
    implementation = _reproduction_figure_impl,
    doc = "The loss by epoch of every committed run.",
    attrs = dict({
        "reproduction": attr.label_list(mandatory = True, allow_files = True),
        "_dataset_spec": attr.label(
            default = "//training/specs:cifar10.textproto",
            allow_single_file = True,
        ),
    }.items() + _DRAWN.items()),
)
