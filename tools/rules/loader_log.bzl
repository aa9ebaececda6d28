"""loader_log: a file that says which libraries a tool loads in the environment
of actions, as the loader reports it (LD_DEBUG=libs)."""

def _loader_log_impl(ctx):
    log = ctx.actions.declare_file(ctx.label.name + ".txt")
    tool = ctx.attr.tool[DefaultInfo]
    ctx.actions.run_shell(
        command = 'LD_DEBUG=libs "$1" --version >/dev/null 2>"$2" || true',
        arguments = [tool.files_to_run.executable.path, log.path],
        tools = [tool.files_to_run],
        # As stage.run of stage.bzl does it.
        inputs = tool.default_runfiles.files,
        outputs = [log],
        mnemonic = "LoaderLog",
        progress_message = "Loading " + ctx.attr.tool.label.name,
    )
    return [DefaultInfo(files = depset([log]))]

loader_log = rule(
    implementation = _loader_log_impl,
    attrs = {
        "tool": attr.label(cfg = "target", executable = True, mandatory = True),
    },
)
