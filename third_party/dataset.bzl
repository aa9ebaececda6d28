"""Data sets as repositories. They come from ROBBENCH_DATA, from the system or,
with --config=download only, from a URL (or --distdir) pinned by SHA-256.

`@NAME//:raw` holds the files. The first place that has any of them must have
all of them: a part of a set is an error, and no other place is looked at. A set
that is nowhere, or of which a part is missing, makes a repository whose target
fails when it is built, and not before. So `//...` can be analysed, built and
tested without it.
"""

_ABSENT_BZL = '''def _absent_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".absent")
    ctx.actions.run_shell(
        outputs = [output],
        command = "echo \\"$MESSAGE\\" >&2; exit 1",
        env = {"MESSAGE": ctx.attr.message},
        mnemonic = "DataSet",
        progress_message = "Looking for " + ctx.attr.set,
    )
    return [DefaultInfo(files = depset([output]))]

absent = rule(
    implementation = _absent_impl,
    attrs = {
        "message": attr.string(mandatory = True),
        "set": attr.string(mandatory = True),
    },
)
'''

# Says of each of its arguments what it is, a word a line.
_STATES = """for file; do
  if [ ! -e "$file" ] && [ ! -h "$file" ]; then echo missing
  elif [ ! -e "$file" ]; then echo dangling
  elif [ ! -f "$file" ]; then echo special
  elif [ ! -r "$file" ]; then echo unreadable
  elif [ ! -s "$file" ]; then echo empty
  else echo present; fi
done"""

_PROBLEMS = {
    "dangling": "is a link to a file that is not there",
    "empty": "is empty",
    "missing": "is missing",
    "special": "is a directory or a device, not a file",
    "unreadable": "cannot be read: its permissions forbid it",
}

def _find(repository_ctx, directory):
    """What a directory has of the set: its files, or what is wrong with a part.

    Returns:
      struct(files, problem): (name, path) of each file when all are there; a
      text when only a part is; neither when there are none.
    """

    # Alternatives of a file are separated by "|".
    alternatives = [names.split("|") for names in repository_ctx.attr.files]
    paths = {
        name: repository_ctx.path(directory + "/" + name)
        for names in alternatives
        for name in names
    }
    result = repository_ctx.execute(
        ["sh", "-c", _STATES, "sh"] + [str(path) for path in paths.values()],
    )
    words = result.stdout.split("\n")[:-1]
    if result.return_code != 0 or len(words) != len(paths):
        fail("{}: cannot look for files: {}".format(directory, result.stderr))
    states = dict(zip(paths.keys(), words))
    files = []
    problem = None
    for names in alternatives:
        # The first that is there, whatever it is.
        found = [name for name in names if states[name] != "missing"]
        name = (found + names)[0]
        if states[name] == "present":
            files.append((name, paths[name]))
        elif not problem:
            problem = "{} {}".format(paths[name], _PROBLEMS[states[name]])
    if not problem:
        return struct(files = files, problem = None)
    if [word for word in words if word != "missing"]:
        return struct(files = None, problem = problem)
    return struct(files = None, problem = None)

def _download(repository_ctx):
    """Unpacks the archive into the repository; whether that succeeded."""
    attr = repository_ctx.attr
    if not attr.url or repository_ctx.os.environ.get("ROBBENCH_DOWNLOAD", "") != "1":
        return False
    return repository_ctx.download_and_extract(
        url = attr.url,
        sha256 = attr.sha256,
        stripPrefix = attr.directory,
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
        directories += [own + "/" + attr.directory, own]
    directories += attr.system
    repository_ctx.file("WORKSPACE", "")
    found = struct(files = None, problem = None)
    for directory in directories:
        found = _find(repository_ctx, directory)
        if found.files:
            for name, path in found.files:
                repository_ctx.symlink(path, name)
        if found.files or found.problem:
            break
    if not found.files and not found.problem and _download(repository_ctx):
        found = _find(repository_ctx, ".")
    if found.files:
        repository_ctx.file("BUILD.bazel", """filegroup(
    name = "raw",
    srcs = {},
    visibility = ["//visibility:public"],
)
""".format(repr([name for name, _ in found.files])))
        repository_ctx.file("config.bzl", "PRESENT = True\n")
        return
    if found.problem:
        message = ("data set {}: only a part of it is there: {}; expected all " +
                   "of {}. When that is mended: bazel shutdown, then build " +
                   "again").format(attr.directory, found.problem, ", ".join(attr.files))
    else:
        message = "data set {} is not on this machine: looked for {} in {}; {}".format(
            attr.directory,
            ", ".join(attr.files),
            ", ".join(directories) or "(ROBBENCH_DATA is not set)",
            "--config=download, or " + attr.how if attr.url else attr.how,
        )
    repository_ctx.file("config.bzl", "PRESENT = False\n")
    repository_ctx.file("absent.bzl", _ABSENT_BZL)
    repository_ctx.file("BUILD.bazel", """load(":absent.bzl", "absent")

absent(
    name = "raw",
    message = {},
    set = {},
    tags = ["manual"],
    visibility = ["//visibility:public"],
)
""".format(repr(message), repr(attr.directory)))

dataset = repository_rule(
    implementation = _dataset_impl,
    attrs = {
        "directory": attr.string(mandatory = True, doc = "the archive's folder, below ROBBENCH_DATA"),
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
