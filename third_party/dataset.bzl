"""Data sets as repositories: from ROBBENCH_DATA, from the system, or, with
--config=download only, from a pinned URL (or --distdir) by its SHA-256.

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

def _find(repository_ctx, directory):
    """(name, path) of each file, or None when one is not there."""
    files = []
    for names in repository_ctx.attr.files:  # alternatives, separated by "|"
        for name in names.split("|"):
            path = repository_ctx.path(directory + "/" + name)
            if path.exists:
                files.append((name, path))
                break
    return files if len(files) == len(repository_ctx.attr.files) else None

def _download(repository_ctx):
    """Unpacks the archive into the repository; whether that succeeded."""
    attr = repository_ctx.attr
    if not attr.url or repository_ctx.os.environ.get("ROBBENCH_DOWNLOAD", "") != "1":
        return False
    return repository_ctx.download_and_extract(
        url = attr.url,
        sha256 = attr.sha256,
        stripPrefix = attr.directories[0],
        allow_fail = True,  # Bazel says why
    ).success

def _dataset_impl(repository_ctx):
    attr = repository_ctx.attr
    directories = []
    own = repository_ctx.os.environ.get("ROBBENCH_DATA", "")
    if own:
        if not own.startswith("/"):  # then below the checkout
            here = repository_ctx.path(Label("//third_party:dataset.bzl"))
            own = "{}/{}".format(here.dirname.dirname, own)
        directories += [own + "/" + name for name in attr.directories] + [own]
    directories += attr.system
    repository_ctx.file("WORKSPACE", "")
    files = None
    for directory in directories:
        files = _find(repository_ctx, directory)
        if files:
            for name, path in files:
                repository_ctx.symlink(path, name)
            break
    if not files and _download(repository_ctx):
        files = _find(repository_ctx, ".")
    if files:
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
        "--config=download, or " + attr.how if attr.url else attr.how,
    ))))

dataset = repository_rule(
    implementation = _dataset_impl,
    attrs = {
        "directories": attr.string_list(mandatory = True, doc = "folders below ROBBENCH_DATA; the first is the archive's"),
        "files": attr.string_list(mandatory = True, doc = "in the order that preprocess reads them"),
        "system": attr.string_list(doc = "where the system's packages put it"),
        "how": attr.string(mandatory = True, doc = "how to get it"),
        "url": attr.string(doc = "of an archive, only for --config=download"),
        "sha256": attr.string(doc = "of the archive"),
    },
    environ = [
        "ROBBENCH_DATA",
        "ROBBENCH_DOWNLOAD",
    ],
    local = True,
)
