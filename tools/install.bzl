"""install_report: a `bazel run` target that copies results out of Bazel."""

def _install_report_impl(ctx):
    lines = []
    files = []
    for target, folder in ctx.attr.srcs.items():
        for file in target[DefaultInfo].files.to_list():
            lines.append("{}\t{}".format(file.short_path, folder))
            files.append(file)
    list_file = ctx.actions.declare_file(ctx.label.name + ".list")
    ctx.actions.write(list_file, "\n".join(lines) + "\n")
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.expand_template(
        template = ctx.file._template,
        output = script,
        substitutions = {"%{list}": list_file.short_path},
        is_executable = True,
    )
    return [DefaultInfo(
        executable = script,
        runfiles = ctx.runfiles(files = files + [list_file]),
    )]

install_report = rule(
    implementation = _install_report_impl,
    attrs = {
        "srcs": attr.label_keyed_string_dict(
            mandatory = True,
            doc = "targets, and the folder that their files go to",
        ),
        "_template": attr.label(
            default = "//tools:install_report.sh",
            allow_single_file = True,
        ),
    },
    executable = True,
)
