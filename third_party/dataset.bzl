"""Data sets as repositories: from ROBBENCH_DATA, or from the system.

`@NAME//:raw` holds the files. A set that cannot be had makes a repository
whose target fails, with how to get the set, when it is built and not before:
`//...` builds and tests without it.
"""

_ABSENT_BZL = '''def _absent_impl(ctx):
    fail(ctx.attr.message)

absent = rule(
    implementation = _absent_impl,
    attrs = {"message": attr.string()},
)
'''

def _dataset_impl(repository_ctx):
    attr = repository_ctx.attr
    directories = []
    own = repository_ctx.os.environ.get("ROBBENCH_DATA", "")
    if own:
        directories += [own + "/" + name for name in attr.directories] + [own]
    directories += attr.system
    repository_ctx.file("WORKSPACE", "")
    for directory in directories:
        files = []
        for names in attr.files:  # alternatives, separated by "|"
            for name in names.split("|"):
                path = repository_ctx.path(directory + "/" + name)
                if path.exists:
                    files.append((name, path))
                    break
        if len(files) < len(attr.files):
            continue
        for name, path in files:
            repository_ctx.symlink(path, name)
        repository_ctx.file("BUILD.bazel", """filegroup(
    name = "raw",
    srcs = {},
    visibility = ["//visibility:public"],
)
""".format(repr([name for name, _ in files])))
        repository_ctx.file("config.bzl", "PRESENT = True\n")
        return
    repository_ctx.file("config.bzl", "PRESENT = False\n")
    repository_ctx.file("absent.bzl", _ABSENT_BZL)
    repository_ctx.file("BUILD.bazel", """load(":absent.bzl", "absent")

absent(
    name = "raw",
    message = {},
    tags = ["manual"],
    visibility = ["//visibility:public"],
)
""".format(repr("data set {} is not on this machine: looked for {} in {}; {}".format(
        attr.directories[0],
        ", ".join(attr.files),
        ", ".join(directories) or "(ROBBENCH_DATA is not set)",
        attr.how,
    ))))

dataset = repository_rule(
    implementation = _dataset_impl,
    attrs = {
        "directories": attr.string_list(mandatory = True, doc = "folders below ROBBENCH_DATA, the first that has the files"),
        "files": attr.string_list(mandatory = True, doc = "in the order that preprocess reads them"),
        "system": attr.string_list(doc = "where the system's packages put it"),
        "how": attr.string(mandatory = True, doc = "how to get it"),
    },
    environ = ["ROBBENCH_DATA"],
    local = True,
)
