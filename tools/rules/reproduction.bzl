"""robust_reproduction: trains rows of the published table again and judges them
(analysis/studies/reproduction/README.md)."""

load(":stage.bzl", "RecordsInfo", "TableInfo", "stage")

def _accept(ctx, run, training, evaluations):
    """Declares the textproto ReproducedRun of the records of one run."""
    output = ctx.actions.declare_file("{}/{}.textproto".format(ctx.label.name, run))
    arguments = ctx.actions.args()
    arguments.add(training, format = "--training=%s")
    arguments.add_all(evaluations, format_each = "--evaluations=%s")
    arguments.add(output, format = "--out=%s")
    stage.run(
        ctx,
        ctx.attr._accept,
        arguments = [arguments],
        inputs = [training] + evaluations,
        outputs = [output],
        mnemonic = "AcceptReproduction",
        progress_message = "Putting together the records of " + run,
    )
    return output

def _run_of(file):
    """Returns "cell_1835_seed_0" for ".../cell_1835_seed_0.eval.binpb"."""
    return file.basename.partition(".")[0]

def _reproduction_impl(ctx):
    evaluations = {}
    for target in ctx.attr.evaluations:
        for record in target[RecordsInfo].records:
            evaluations.setdefault(_run_of(record.file), []).append(record.file)
    runs = [
        _accept(
            ctx,
            _run_of(record.file),
            record.file,
            evaluations[_run_of(record.file)],
        )
        for record in ctx.attr.training[RecordsInfo].records
    ]
    markdown = ctx.actions.declare_file(ctx.label.name + "/verdicts.md")
    json = ctx.actions.declare_file(ctx.label.name + "/verdicts.json")
    published = ctx.attr.published[TableInfo].table
    arguments = ctx.actions.args()
    arguments.add(ctx.file.dataset_spec, format = "--dataset_spec=%s")
    arguments.add(published, format = "--published=%s")
    arguments.add_all(runs, format_each = "--reproduction=%s")
    arguments.add(markdown, format = "--markdown_out=%s")
    arguments.add(json, format = "--json_out=%s")
    stage.run(
        ctx,
        ctx.attr._judge,
        arguments = [arguments],
        inputs = runs + [ctx.file.dataset_spec, published],
        outputs = [markdown, json],
        mnemonic = "JudgeReproduction",
        progress_message = "Judging {} runs".format(len(runs)),
    )
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(
        script,
        "#!/bin/sh\nexec cat '{}'\n".format(markdown.short_path),
        is_executable = True,
    )
    return [DefaultInfo(
        executable = script,
        files = depset(runs + [markdown, json]),
        runfiles = ctx.runfiles(files = [markdown]),
    )]

robust_reproduction = rule(
    implementation = _reproduction_impl,
    doc = """Trained cells against their published rows: a textproto
    ReproducedRun each, verdicts.md and verdicts.json. `bazel run` prints the
    verdicts.""",
    attrs = {
        "dataset_spec": attr.label(mandatory = True, allow_single_file = True),
        "evaluations": attr.label_list(mandatory = True, providers = [RecordsInfo]),
        "published": attr.label(mandatory = True, providers = [TableInfo]),
        "training": attr.label(mandatory = True, providers = [RecordsInfo]),
        "_accept": stage.tool("//analysis/studies/reproduction:accept_reproduction"),
        "_judge": stage.tool("//analysis/report:judge_reproduction"),
    },
    executable = True,
)
