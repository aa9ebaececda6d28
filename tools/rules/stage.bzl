"""What the rules of all stages share: the providers by which one stage hands
files to the next, and `stage.run`, an action of a tool."""

RunsInfo = provider(
    doc = "Trained networks: what robust_training gives to robust_evaluation.",
    fields = {"runs": "list of struct(cell, seed, weights); cells by official index, as text"},
)

RecordsInfo = provider(
    doc = "Records to be collected into a table.",
    fields = {"records": "list of struct(cell, file); cells by official index, as text"},
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
    doc = "What a study found: of the theory, of NTKs or of predictors.",
    fields = {
        "record": "File",
        "flag": "its name, which is the report's flag for it",
    },
)

ClaimsInfo = provider(
    doc = "The verdicts on the paper's claims.",
    fields = {"claims": "File"},
)

StatisticsInfo = provider(
    doc = "Statistics of a table.",
    fields = {"table": "File", "statistics": "File"},
)

InputsInfo = provider(
    doc = "What people wrote or downloaded, read by this stage or one before.",
    fields = {
        "files": "depset of source Files",
        "profile": "numeric profile; empty where no numeric stage ran",
    },
)

FiguresInfo = provider(
    doc = "Drawn figures, and what they show.",
    fields = {"index": "File", "svgs": "list of Files"},
)

def _inputs_info(files, before = [], profile = ""):
    """Returns the InputsInfo of a stage.

    Args:
      files: source files that this stage reads.
      before: targets of the stages before, whose inputs are added.
      profile: numeric profile of this stage; empty takes that of a stage before.

    Returns:
      InputsInfo.
    """
    infos = [target[InputsInfo] for target in before if InputsInfo in target]
    for info in infos:
        profile = profile or info.profile
    return InputsInfo(
        files = depset(files, transitive = [info.files for info in infos]),
        profile = profile,
    )

def _tool(label):
    # Tools are built in the target configuration, as everything else is, so
    # that nothing is built twice.
    return attr.label(default = label, executable = True, cfg = "target")

def _run_stage(ctx, tool, **kwargs):
    """Declares an action of a tool, with the tool's run-time files as inputs."""
    inputs = kwargs.pop("inputs", [])
    ctx.actions.run(
        executable = tool[DefaultInfo].files_to_run,
        inputs = depset(inputs, transitive = [tool[DefaultInfo].default_runfiles.files]),
        **kwargs
    )

def _names(ctx, flag, files):
    """Returns the argument --FLAG=LIST, where the file LIST has the names of
    `files` in lines: thousands of names do not fit a command line."""
    names = ctx.actions.args()
    names.use_param_file("--" + flag + "=%s", use_always = True)
    names.set_param_file_format("multiline")
    names.add_all(files)
    return names

stage = struct(
    inputs_info = _inputs_info,
    names = _names,
    run = _run_stage,
    tool = _tool,
)
