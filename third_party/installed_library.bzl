"""Makes Bazel repositories of libraries that the system's packages installed.

Headers are linked into the repository and come first on the include path, and
shared objects are linked under their SONAME, so both are declared inputs whose
content is in the key of every action that uses them.
"""

_PREFIX = "/usr"
_MULTIARCH = "x86_64-linux-gnu"

def run(repository_ctx, command):
    """Runs a command in the repository and returns its standard output, stripped.
    Fails with what the command said if its exit code is not 0."""
    result = repository_ctx.execute(command)
    if result.return_code != 0:
        fail("{}: {}{}".format(
            " ".join([str(word) for word in command]),
            result.stdout,
            result.stderr,
        ))
    return result.stdout.strip()

def dynamic_section(repository_ctx, path):
    """Returns SONAME (or the file's name) and NEEDED entries of a shared object."""
    soname, needed = path.basename, []
    for line in run(repository_ctx, ["objdump", "-p", path]).split("\n"):
        words = [word for word in line.strip().split(" ") if word]
        if len(words) == 2 and words[0] == "SONAME":
            soname = words[1]
        elif len(words) == 2 and words[0] == "NEEDED":
            needed.append(words[1])
    return soname, needed

def _find(repository_ctx, kind, names):
    for name in names:
        path = repository_ctx.path(name)
        if path.exists:
            return path
    return fail("@{}: {} not found (looked for {}); install it: apt-get install {}".format(
        repository_ctx.attr.target,
        kind,
        ", ".join(names),
        repository_ctx.attr.package,
    ))

def _library(repository_ctx, name):
    return _find(repository_ctx, name, [
        "{}/lib/{}/{}".format(_PREFIX, _MULTIARCH, name),
        "{}/lib/{}".format(_PREFIX, name),
    ])

def _installed_library_impl(repository_ctx):
    attr = repository_ctx.attr
    for header in attr.headers:
        path = _find(repository_ctx, "header " + header, [
            "{}/include/{}".format(_PREFIX, header),
            "{}/include/{}/{}".format(_PREFIX, _MULTIARCH, header),
        ])
        repository_ctx.symlink(path, "include/" + header)
    for wrapper, header in attr.wrappers.items():
        repository_ctx.symlink(wrapper, "wrappers/" + header)

    rules, deps = [], []
    for name in attr.shared:
        path = _library(repository_ctx, "lib{}.so".format(name))
        soname, _ = dynamic_section(repository_ctx, path)
        repository_ctx.symlink(path, "lib/" + soname)
        rules.append('cc_import(name = "{0}_shared", shared_library = "lib/{1}")'.format(name, soname))
        deps.append(":{}_shared".format(name))
    for name in attr.static + attr.main:
        repository_ctx.symlink(
            _library(repository_ctx, "lib{}.a".format(name)),
            "lib/lib{}.a".format(name),
        )
        rules.append('cc_import(name = "{0}_static", static_library = "lib/lib{0}.a")'.format(name))
    deps += [":{}_static".format(name) for name in attr.static]
    if attr.archives:
        # Dozens of archives that need each other become one: no link order.
        directory = "{}/lib/{}".format(_PREFIX, _MULTIARCH)
        archives = sorted([
            path.basename
            for path in repository_ctx.path(directory).readdir()
            if path.basename.startswith(attr.archives) and
               path.basename.endswith(".a")
        ])
        if not archives:
            fail("@{}: no {}/{}*.a; install it: apt-get install {}".format(
                attr.target,
                directory,
                attr.archives,
                attr.package,
            ))
        repository_ctx.file("merge.mri", "\n".join(
            ["CREATE lib/merged.a"] +
            ["ADDLIB {}/{}".format(directory, archive) for archive in archives] +
            ["SAVE", "END", ""],
        ))
        run(repository_ctx, ["mkdir", "-p", "lib"])
        run(repository_ctx, ["sh", "-c", "ar -M < merge.mri"])
        rules.append('cc_import(name = "merged", static_library = "lib/merged.a")')
        deps.append(":merged")
    for name, path in attr.files.items():
        repository_ctx.symlink(path, name)

    includes = ["wrappers"] if attr.wrappers else []
    includes += ["include"] + ["include/" + name for name in attr.includes]
    rules.append("""cc_library(
    name = "{name}",
    hdrs = glob(["include/**", "wrappers/**"], exclude_directories = 1),
    includes = {includes},
    linkopts = {linkopts},
    deps = {deps},
)""".format(
        name = attr.target,
        includes = repr(includes),
        linkopts = repr(attr.linkopts),
        deps = repr(deps),
    ))
    for name in attr.main:
        rules.append("""cc_library(
    name = "{name}",
    deps = [":{name}_static", ":{target}"],
)""".format(name = name, target = attr.target))
    repository_ctx.file("WORKSPACE", "")
    repository_ctx.file("BUILD.bazel", "\n\n".join(
        ['package(default_visibility = ["//visibility:public"])'] +
        rules +
        [attr.rules],
    ) + "\n")

installed_library = repository_rule(
    implementation = _installed_library_impl,
    doc = "One installed library as `@NAME//:TARGET`.",
    attrs = {
        "target": attr.string(mandatory = True, doc = "name of the cc_library"),
        "package": attr.string(mandatory = True, doc = "Debian package, for messages"),
        "headers": attr.string_list(doc = "files or folders below include/"),
        "includes": attr.string_list(doc = "further include directories, below include/"),
        "wrappers": attr.label_keyed_string_dict(
            doc = "our file: the header whose name it has, and which it includes by #include_next",
        ),
        "shared": attr.string_list(doc = "shared objects to link, without lib and .so"),
        "static": attr.string_list(doc = "archives to link, without lib and .a"),
        "main": attr.string_list(doc = "archives with a main function: a target each"),
        "archives": attr.string(doc = "prefix of archives to merge into one"),
        "files": attr.string_dict(doc = "name in the repository: absolute path"),
        "linkopts": attr.string_list(),
        "rules": attr.string(doc = "more text for the BUILD file"),
    },
    local = True,
)
