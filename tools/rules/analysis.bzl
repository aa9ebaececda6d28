"""The rules that compute something from a table: statistics, searches, studies
of scores, claims and the report."""

load(
    ":stage.bzl",
    "ClaimsInfo",
    "FiguresInfo",
    "RecordsInfo",
    "SearchInfo",
    "StatisticsInfo",
    "StudyInfo",
    "TableInfo",
    "stage",
)

# The attributes of every rule that computes something from a table.
_OF_TABLE = {
    "spec": attr.label(mandatory = True, allow_single_file = True),
    "table": attr.label(mandatory = True, providers = [TableInfo]),
}

def _analyse(ctx, tool, name, flag, mnemonic, progress_message):
    """Declares the action that computes a message from a table by a spec.

    Args:
      ctx: of a rule with the attributes _OF_TABLE, and perhaps `scores`.
      tool: the program.
      name: of the outputs, NAME.binpb and NAME.json.
      flag: the message is written to --FLAG_out.
      mnemonic: of the action.
      progress_message: of the action.

    Returns:
      the message's File, and the list of its providers.
    """
    table = ctx.attr.table[TableInfo].table
    scores = getattr(ctx.files, "scores", [])
    message = ctx.actions.declare_file("{}/{}.binpb".format(ctx.label.name, name))
    json = ctx.actions.declare_file("{}/{}.json".format(ctx.label.name, name))
    arguments = ctx.actions.args()
    arguments.add(table, format = "--table=%s")
    arguments.add(ctx.file.spec, format = "--spec=%s")
    arguments.add_all(scores, format_each = "--scores=%s")
    arguments.add(message, format = "--" + flag + "_out=%s")
    arguments.add(json, format = "--json_out=%s")
    stage.run(
        ctx,
        tool,
        arguments = [arguments],
        inputs = [table, ctx.file.spec] + scores,
        outputs = [message, json],
        mnemonic = mnemonic,
        progress_message = progress_message,
    )
    return message, [
        DefaultInfo(files = depset([message, json])),
        stage.inputs_info(
            [ctx.file.spec] + [file for file in scores if file.is_source],
            [ctx.attr.table] + getattr(ctx.attr, "scores", []),
        ),
    ]

def _statistics_impl(ctx):
    statistics, providers = _analyse(
        ctx,
        ctx.attr._statistics,
        name = "statistics",
        flag = "statistics",
        mnemonic = "Statistics",
        progress_message = "Computing statistics of " + ctx.attr.table.label.name,
    )
    return providers + [StatisticsInfo(
        table = ctx.attr.table[TableInfo].table,
        statistics = statistics,
    )]

robust_statistics = rule(
    implementation = _statistics_impl,
    doc = "Quartiles, rank correlations, operation shares, top list.",
    attrs = dict({
        "_statistics": stage.tool("//analysis/statistics"),
    }.items() + _OF_TABLE.items()),
)

def _search_impl(ctx):
    search, providers = _analyse(
        ctx,
        ctx.attr._search,
        name = "search",
        flag = "search",
        mnemonic = "Search",
        progress_message = "Searching " + ctx.attr.table.label.name,
    )
    return providers + [SearchInfo(search = search)]

robust_search = rule(
    implementation = _search_impl,
    doc = "What search algorithms find in a table of all classes.",
    attrs = dict({
        "_search": stage.tool("//analysis/search"),
    }.items() + _OF_TABLE.items()),
)

def _ntk_correlations_impl(ctx):
    study, providers = _analyse(
        ctx,
        ctx.attr._correlate,
        name = "ntk_study",
        flag = "study",
        mnemonic = "CorrelateNtk",
        progress_message = "Correlating the NTK scores of " + ctx.label.name,
    )
    return providers + [StudyInfo(record = study, flag = "ntk_study")]

# The attributes of the rules that hold scores against a table.
_OF_SCORES = dict({
    "scores": attr.label_list(
        mandatory = True,
        allow_files = True,
        doc = "of robust_study_scores, or such files",
    ),
}.items() + _OF_TABLE.items())

robust_ntk_correlations = rule(
    implementation = _ntk_correlations_impl,
    doc = "NTK scores, of any number of settings, against the published table.",
    attrs = dict({
        "_correlate": stage.tool("//analysis/studies/ntk:correlate_ntk"),
    }.items() + _OF_SCORES.items()),
)

def _predictor_results_impl(ctx):
    if len(ctx.files.scores) != 1:
        fail("{}: scores: expected one file, found {}".format(
            ctx.label,
            len(ctx.files.scores),
        ))
    study, providers = _analyse(
        ctx,
        ctx.attr._study,
        name = "predictor_study",
        flag = "study",
        mnemonic = "StudyPredictors",
        progress_message = "Studying the predictors of " + ctx.label.name,
    )
    return providers + [StudyInfo(record = study, flag = "predictor_study")]

robust_predictor_results = rule(
    implementation = _predictor_results_impl,
    doc = "Training-free scores, one file of them, against the published table.",
    attrs = dict({
        "_study": stage.tool("//analysis/studies/predictor:study_predictors"),
    }.items() + _OF_SCORES.items()),
)

# Claims are decided by these studies.
_CLAIM_STUDIES = ["bound_study", "ntk_study", "predictor_study"]

def _claims_impl(ctx):
    info = ctx.attr.statistics[StatisticsInfo]
    claims = ctx.actions.declare_file(ctx.label.name + "/claims.binpb")
    json = ctx.actions.declare_file(ctx.label.name + "/claims.json")
    inputs = [info.table, info.statistics]
    before = [ctx.attr.statistics]
    arguments = ctx.actions.args()
    arguments.add(info.table, format = "--table=%s")
    arguments.add(info.statistics, format = "--statistics=%s")
    if ctx.attr.search:
        search = ctx.attr.search[SearchInfo].search
        arguments.add(search, format = "--search=%s")
        inputs.append(search)
        before.append(ctx.attr.search)
    for target in ctx.attr.studies:
        study = target[StudyInfo]
        if study.flag in _CLAIM_STUDIES:
            arguments.add(study.record, format = "--" + study.flag + "=%s")
            inputs.append(study.record)
            before.append(target)
    given = []
    if ctx.files.reproduction:
        given = ctx.files.reproduction + [ctx.file._reproduction_dataset_spec]
        arguments.add_all(ctx.files.reproduction, format_each = "--reproduction=%s")
        arguments.add(
            ctx.file._reproduction_dataset_spec,
            format = "--reproduction_dataset_spec=%s",
        )
    if ctx.attr.obfuscation:
        evaluations = [
            record.file
            for record in ctx.attr.obfuscation[RecordsInfo].records
        ]
        arguments.add_all(evaluations, format_each = "--obfuscation=%s")
        inputs += evaluations
        before.append(ctx.attr.obfuscation)
    arguments.add(claims, format = "--claims_out=%s")
    arguments.add(json, format = "--json_out=%s")
    stage.run(
        ctx,
        ctx.attr._claims,
        arguments = [arguments],
        inputs = inputs + given,
        outputs = [claims, json],
        mnemonic = "Claims",
        progress_message = "Holding the claims against " + info.table.short_path,
    )
    return [
        DefaultInfo(files = depset([claims, json])),
        ClaimsInfo(claims = claims),
        stage.inputs_info(given, before),
    ]

robust_claims = rule(
    implementation = _claims_impl,
    doc = "The paper's claims: verdicts with their evidence.",
    attrs = {
        "obfuscation": attr.label(
            doc = "evaluations by the suite gradient_obfuscation",
            providers = [RecordsInfo],
        ),
        "reproduction": attr.label_list(
            allow_files = True,
            doc = "textproto ReproducedRuns to hold against the table",
        ),
        "search": attr.label(providers = [SearchInfo]),
        "statistics": attr.label(mandatory = True, providers = [StatisticsInfo]),
        "studies": attr.label_list(providers = [StudyInfo]),
        "_claims": stage.tool("//analysis/claims"),
        "_reproduction_dataset_spec": attr.label(
            default = "//training/specs:cifar10.textproto",
            allow_single_file = True,
        ),
    },
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
    claims = ctx.attr.claims[ClaimsInfo].claims
    arguments.add(claims, format = "--claims=%s")
    arguments.add_all(
        [drawn.index.dirname for drawn in figures],
        format_each = "--figures=%s",
    )
    arguments.add(outputs[0].dirname, format = "--out_dir=%s")
    published = []
    before = ctx.attr.figures + [ctx.attr.claims, ctx.attr.statistics] + ctx.attr.studies
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
    stage.run(
        ctx,
        ctx.attr._report,
        arguments = [arguments],
        inputs = [info.table, info.statistics, claims] + published + search + studies + [
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
        stage.inputs_info([], before),
    ]

robust_report = rule(
    implementation = _report_impl,
    doc = "One self-contained page, and its tables.",
    attrs = {
        "claims": attr.label(mandatory = True, providers = [ClaimsInfo]),
        "figures": attr.label_list(mandatory = True, providers = [FiguresInfo]),
        "published": attr.label(
            doc = "a published table to compare with",
            providers = [TableInfo],
        ),
        "search": attr.label(providers = [SearchInfo]),
        "statistics": attr.label(mandatory = True, providers = [StatisticsInfo]),
        "studies": attr.label_list(providers = [StudyInfo]),
        "_report": stage.tool("//analysis/report"),
    },
)
