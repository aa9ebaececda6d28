"""What the rules of all stages share: providers, and an action of a tool."""

RunsInfo = provider(
    doc = "Trained networks.",
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
    doc = "What a study of the theory found.",
    fields = {"record": "File", "flag": "that the report takes it by"},
)

ClaimsInfo = provider(
    doc = "The paper's claims held against a table.",
    fields = {"claims": "File"},
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

FiguresInfo = provider(
    doc = "Drawn figures, and what they show.",
    fields = {"index": "File", "svgs": "list of Files"},
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

def _tool(label):
    # Built in the target configuration, as everything else: once.
    return attr.label(default = label, executable = True, cfg = "target")

def _run_stage(ctx, tool, **kwargs):
    """An action of a tool, its run-time files declared as inputs."""
    inputs = kwargs.pop("inputs", [])
    ctx.actions.run(
        executable = tool[DefaultInfo].files_to_run,
        inputs = depset(inputs, transitive = [tool[DefaultInfo].default_runfiles.files]),
        **kwargs
    )

def _names(ctx, flag, files):
    """Arguments: thousands of files, their names in a file that a flag names."""
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
