"""@host: fingerprints of what actions use but Bazel does not track.

`numeric.txt` names the compiler, the linker and, by SHA-256, every shared
object that LibTorch loads (BLAS, OpenMP, oneDNN, the C library, ...), and the
NVIDIA driver and the models of the devices, if there are any. It is an input of
every numeric action. `plotting.txt` does the same for the programs that draw
the figures. `config.bzl` says which core of OpenBLAS the numeric profiles
choose.
"""

load(":installed_library.bzl", "run")

_NUMERIC = """
set -e
gcc --version | head -n 1
gcc -dumpmachine
ld --version | head -n 1
for library in $(readlink -f {libraries}); do
  echo "$library"
  ldd "$library" | awk '$3 ~ "^/" {{print $3}}'
done | sort -u | xargs readlink -f | sort -u | xargs sha256sum |
  awk '{{n = split($2, part, "/"); print $1, part[n]}}' | sort -k 2
cat /proc/driver/nvidia/version /proc/driver/nvidia/gpus/*/information \
  2>/dev/null | grep -E '^(Model|NVRM)' | sort -u || true
"""

_PLOTTING = """
set -e
for program in /usr/bin/dot /usr/bin/gnuplot /usr/bin/rsvg-convert; do
  if [ -e "$program" ]; then
    sha256sum "$(readlink -f "$program")" | awk '{print $1}'
    case "$program" in
      */dot) "$program" -V 2>&1 ;;
      *) "$program" --version ;;
    esac
  else
    echo "$program is missing"
  fi
done
find /usr/share/fonts/truetype/dejavu -name '*.ttf' 2>/dev/null | sort |
  xargs -r sha256sum | awk '{print $1}'
"""

# OpenBLAS 0.3.34 gives its Haswell core blocks that overrun the kernel's stack on
# AMD's Zen 4 and 5 (OpenBLAS issues 6013, 6021): every larger product in float64
# crashes. Sandybridge's kernels take such blocks.
_CRASHES_AS_HASWELL = [
    "libopenblas-r0.3.34.so",
    "libopenblasp-r0.3.34.so",
]

def _openblas_core(libraries):
    for library in _CRASHES_AS_HASWELL:
        if library in libraries:
            return "Sandybridge"
    return "Haswell"

def _host_impl(repository_ctx):
    prefix = repository_ctx.os.environ.get("LIBTORCH_PATH", "")
    libraries = (prefix + "/lib" if prefix else "/usr/lib/x86_64-linux-gnu") + "/libtorch_cpu.so"
    repository_ctx.file("WORKSPACE", "")
    numeric = run(repository_ctx, [
        "sh",
        "-c",
        _NUMERIC.format(libraries = libraries),
    ])
    repository_ctx.file("numeric.txt", numeric + "\n")
    repository_ctx.file(
        "config.bzl",
        "OPENBLAS_CORE = \"{}\"\n".format(_openblas_core(numeric)),
    )
    repository_ctx.file("plotting.txt", run(repository_ctx, ["sh", "-c", _PLOTTING]) + "\n")
    repository_ctx.file("BUILD.bazel", """exports_files([
    "numeric.txt",
    "plotting.txt",
])
""")

host = repository_rule(
    implementation = _host_impl,
    environ = ["LIBTORCH_PATH"],
    local = True,
)
