"""install_report: a `bazel run` target that copies results out of Bazel to a
directory of the user's, with a manifest of them."""

load(":stage.bzl", "InputsInfo")

def _workspace_name(file):
    """Returns a file's name for the manifest: "training/specs/x.textproto", or
    "fashion_mnist/x.gz" of another repository, whose name Bazel 7 writes longer.
    """
    name = file.short_path
    if name.startswith("../"):
        repository, _, rest = name[3:].partition("/")
        name = repository.split("~")[-1].split("+")[-1] + "/" + rest
    return name

def _manifest(ctx, names):
    """Declares the manifest of {name in the report: File}."""
    inputs = depset(transitive = [
        target[InputsInfo].files
        for target in ctx.attr.srcs
        if InputsInfo in target
    ])
    profiles = [
        target[InputsInfo].profile
        for target in ctx.attr.srcs
        if InputsInfo in target and target[InputsInfo].profile
    ]
    lists = {}
    for kind, lines in {
        "inputs": [_workspace_name(f) + "\t" + f.path for f in inputs.to_list()],
        "outputs": [name + "\t" + f.path for name, f in names.items()],
    }.items():
        lists[kind] = ctx.actions.declare_file("{}.{}".format(ctx.label.name, kind))
        ctx.actions.write(lists[kind], "\n".join(lines) + "\n")
    manifest = ctx.actions.declare_file(ctx.label.name + ".manifest.textproto")
    arguments = ctx.actions.args()
    arguments.add(lists["inputs"], format = "--inputs=%s")
    arguments.add(lists["outputs"], format = "--outputs=%s")
    arguments.add(ctx.label.name, format = "--report=%s")
    if profiles:
        arguments.add(profiles[0], format = "--numeric_profile=%s")
    arguments.add(manifest, format = "--manifest_out=%s")
    ctx.actions.run(
        executable = ctx.attr._write_manifest[DefaultInfo].files_to_run,
        arguments = [arguments],
        inputs = depset(lists.values() + names.values(), transitive = [
            inputs,
            ctx.attr._write_manifest[DefaultInfo].default_runfiles.files,
        ]),
        outputs = [manifest],
        mnemonic = "Manifest",
        progress_message = "Writing the manifest of " + ctx.label.name,
    )
    return manifest

def _install_report_impl(ctx):
    names = {}
    for target, folder in ctx.attr.srcs.items():
        for file in target[DefaultInfo].files.to_list():
            name = file.basename if folder == "." else folder + "/" + file.basename
            if name in names:
                fail("{}: {} twice".format(ctx.label, name))
            names[name] = file

    # The manifest is copied first. From then on it says whose directory this
    # is, and it does not fit a report that was copied only in part.
    names_with_manifest = {"manifest.textproto": _manifest(ctx, names)}
    names_with_manifest.update(names)
    lines = [
        file.short_path + "\t" + name
        for name, file in names_with_manifest.items()
    ]
    list_file = ctx.actions.declare_file(ctx.label.name + ".list")
    ctx.actions.write(list_file, "\n".join(lines) + "\n")
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.expand_template(
        template = ctx.file._template,
        output = script,
        substitutions = {
            "%{directory}": ctx.attr.directory,
            "%{list}": list_file.short_path,
            "%{report}": ctx.label.name,
        },
        is_executable = True,
    )
    return [DefaultInfo(
        executable = script,
        runfiles = ctx.runfiles(
            files = names_with_manifest.values() + [list_file],
        ),
    )]

install_report = rule(
    implementation = _install_report_impl,
    attrs = {
        "directory": attr.string(
            mandatory = True,
            doc = "in the workspace, where the report goes without --out",
        ),
        "srcs": attr.label_keyed_string_dict(
            mandatory = True,
            doc = "targets, and the folder that their files go to",
        ),
        "_template": attr.label(
            default = "//tools/rules:install_report.sh",
            allow_single_file = True,
        ),
        "_write_manifest": attr.label(
            cfg = "target",
            default = "//analysis/report:write_manifest",
            executable = True,
        ),
    },
    executable = True,
)
