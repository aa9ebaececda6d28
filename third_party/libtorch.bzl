"""@torch: LibTorch from the system's package, or from $LIBTORCH_PATH.

LIBTORCH_PATH is a directory with include/ and lib/: an unpacked official
archive, or the `torch` directory of a PyTorch wheel whose nvidia packages lie
beside it. With CUDA libraries in it, $CUDA_PATH (/usr/local/cuda) must hold the
toolkit's headers.
"""

load(":installed_library.bzl", "dynamic_section", "run")

# Linked into our programs. Everything else lies beside them and is loaded
# when it is needed: libcaffe2_nvrtc.so, for one, needs the driver's library,
# and no program linked to it would start on a machine without a driver.
_LINKED = [
    "libtorch",
    "libtorch_cpu",
    "libc10",
    "libtorch_cuda",
    "libc10_cuda",
    "libcudart",
]

# Opened by name at run time; no NEEDED entry leads to them.
_OPENED = [
    "libtorch_cuda_linalg",
    "libcaffe2_nvrtc",
    "libnvrtc",
    "libnvrtc-builtins",
    "libcudnn_",
]

# The wheel's copies of other projects' headers, which would shadow ours.
_FOREIGN_HEADERS = ["google", "pybind11"]

_LIBS_BZL = '''"""Shared objects in one directory, so that $ORIGIN run paths hold."""

def _library(ctx, toolchain, features, file):
    return cc_common.create_library_to_link(
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        dynamic_library = file,
    )

def _shared_libraries_impl(ctx):
    toolchain = ctx.attr._cc_toolchain[cc_common.CcToolchainInfo]
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )

    beside = [
        _library(ctx, toolchain, features, file).dynamic_library
        for file in ctx.files.beside
    ]
    linker_input = cc_common.create_linker_input(
        owner = ctx.label,
        libraries = depset([
            _library(ctx, toolchain, features, file)
            for file in ctx.files.linked
        ]),
        additional_inputs = depset(beside),
    )
    return [
        CcInfo(linking_context = cc_common.create_linking_context(
            linker_inputs = depset([linker_input]),
        )),
        DefaultInfo(runfiles = ctx.runfiles(files = beside)),
    ]

shared_libraries = rule(
    implementation = _shared_libraries_impl,
    attrs = {
        "linked": attr.label_list(allow_files = True),
        "beside": attr.label_list(allow_files = True),
        "_cc_toolchain": attr.label(
            default = "@bazel_tools//tools/cpp:current_cc_toolchain",
        ),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
'''

_BUILD = """load(":libs.bzl", "shared_libraries")

package(default_visibility = ["//visibility:public"])

exports_files(["config.bzl"])

shared_libraries(
    name = "libs",
    beside = {beside},
    linked = {linked},
)

cc_library(
    name = "torch",
    hdrs = glob(
        ["include/**", "cuda_include/**"],
        exclude = ["**/*.py", "cuda_include/cccl/**"],
        exclude_directories = 1,
    ),
    defines = {defines},
    includes = {includes},
    linkopts = ["-pthread"],
    deps = {deps},
)
"""

def _is(name, stem):
    """Whether a file is the library: archives add a hash, libcudart-1a2b.so.12."""
    base = name.partition(".so")[0]
    return base == stem or base.startswith(stem + "-")

def _bundled(repository_ctx, prefix):
    """Links the closure of what LibTorch needs from its own directories."""
    found = {}
    directories = [repository_ctx.path(prefix + "/lib")]
    siblings = repository_ctx.path(prefix + "/../nvidia")
    if siblings.exists:
        directories += [
            directory.get_child("lib")
            for directory in siblings.readdir()
            if directory.get_child("lib").exists
        ]
    for directory in directories:
        for path in directory.readdir():
            if ".so" in path.basename and path.basename not in found:
                found[path.basename] = path

    first = [
        name
        for name in sorted(found)
        for stem in _LINKED
        if _is(name, stem)
    ]
    queue = first + [
        name
        for name in sorted(found)
        for stem in _OPENED
        if _is(name, stem) or (stem.endswith("_") and name.startswith(stem))
    ]
    linked, beside, seen = [], [], {}
    for _ in range(10000):  # Starlark has no while
        if not queue:
            break
        name = queue.pop(0)
        if name in seen or name not in found:
            continue
        seen[name] = True
        soname, needed = dynamic_section(repository_ctx, found[name])
        if soname in linked or soname in beside:
            continue
        repository_ctx.symlink(found[name], "lib/" + soname)
        (linked if name in first else beside).append(soname)
        queue += needed
    return linked, beside

def _system(repository_ctx):
    directory = "/usr/lib/x86_64-linux-gnu"
    linked = []
    for name in ["torch", "torch_cpu", "c10"]:
        path = repository_ctx.path("{}/lib{}.so".format(directory, name))
        if not path.exists:
            fail("LibTorch not found: {} is missing; install it (apt-get install libtorch-dev) or set LIBTORCH_PATH to an unpacked LibTorch".format(path))
        soname, _ = dynamic_section(repository_ctx, path)
        repository_ctx.symlink(path, "lib/" + soname)
        linked.append(soname)
    blas = run(repository_ctx, ["readlink", "-f", directory + "/libblas.so.3"])
    if "openblas" not in blas:
        fail("LibTorch's BLAS is {}, which is 20 times slower than OpenBLAS; install it: apt-get install libopenblas0-pthread".format(blas))
    return linked, []

def _libtorch_impl(repository_ctx):
    prefix = repository_ctx.os.environ.get("LIBTORCH_PATH", "")
    if prefix:
        include = repository_ctx.path(prefix + "/include")
        if not include.exists or not repository_ctx.path(prefix + "/lib").exists:
            fail("LIBTORCH_PATH={}: expected a directory with include/ and lib/".format(prefix))
        for path in include.readdir():
            if path.basename not in _FOREIGN_HEADERS:
                repository_ctx.symlink(path, "include/" + path.basename)
        linked, beside = _bundled(repository_ctx, prefix)
    else:
        for name in ["ATen", "c10", "caffe2", "torch"]:
            repository_ctx.symlink("/usr/include/" + name, "include/" + name)
        linked, beside = _system(repository_ctx)

    cuda = any([name.startswith("libtorch_cuda.so") for name in linked])
    if repository_ctx.os.environ.get("ROBBENCH_CUDA", "") and not cuda:
        fail("--config=cuda: expected LIBTORCH_PATH to name a LibTorch with lib/libtorch_cuda.so (a PyTorch wheel's torch directory or an unpacked official archive), found {}".format(repr(prefix) if prefix else "it is not set"))
    includes = ["include", "include/torch/csrc/api/include"]
    # One header an operator: including all of them doubles a compilation.
    defines = ["AT_PER_OPERATOR_HEADERS"]
    if cuda:
        cuda_path = repository_ctx.os.environ.get("CUDA_PATH", "") or "/usr/local/cuda"
        if not repository_ctx.path(cuda_path + "/include").exists:
            fail("CUDA LibTorch needs the toolkit's headers: {}/include is missing; set CUDA_PATH".format(cuda_path))
        repository_ctx.symlink(cuda_path + "/include", "cuda_include")
        includes.append("cuda_include")
    symbols = run(repository_ctx, ["sh", "-c", "nm -D --defined-only lib/libc10.so* | grep -c __cxx11 || true"])
    defines.append("_GLIBCXX_USE_CXX11_ABI={}".format("0" if symbols == "0" else "1"))
    macros = repository_ctx.read("include/c10/macros/cmake_macros.h")
    deps = [":libs"]
    if "#define C10_USE_GLOG" in macros:
        deps.append("@glog")

    repository_ctx.file("WORKSPACE", "")
    # In one of two headers, by LibTorch's version; "" where neither has it.
    version = run(repository_ctx, ["sh", "-c", """
        cat include/torch/headeronly/version.h \\
            include/torch/csrc/api/include/torch/version.h 2>/dev/null |
          sed -nE 's/^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+)$/\\2/p' |
          paste -s -d .
    """])
    repository_ctx.file("config.bzl", "HAS_CUDA = {}\nLIBTORCH_VERSION = {}\n".format(cuda, repr(version)))
    repository_ctx.file("libs.bzl", _LIBS_BZL)
    repository_ctx.file("BUILD.bazel", _BUILD.format(
        linked = repr(["lib/" + name for name in linked]),
        beside = repr(["lib/" + name for name in beside]),
        includes = repr(includes),
        defines = repr(defines),
        deps = repr(deps),
    ))

libtorch = repository_rule(
    implementation = _libtorch_impl,
    environ = ["CUDA_PATH", "LIBTORCH_PATH", "ROBBENCH_CUDA"],
    local = True,
)
