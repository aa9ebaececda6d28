"""cuda_bundle: programs, the libraries of Debian that they need, and files, in one
archive that needs nothing but a LibTorch where it is unpacked."""

# Copies programs with their libraries into $1 and packs it into $2. The loader
# says which libraries a program needs. Debian's are links to its directories;
# LibTorch's lead elsewhere and stay out, as do those of C and C++, of which a
# machine's own may have to be newer for LibTorch.
_PACK = """
set -euo pipefail
folder=$1 archive=$2 programs=$3 files=$4
mkdir -p "$folder/bin" "$folder/lib"
while read -r program; do
  strip -o "$folder/bin/$(basename "$program")" "$program"
  ldd "$program" > "$folder/needed"
  if grep 'not found' "$folder/needed" >&2; then exit 1; fi
  sed -nE 's/^[[:space:]]*([^ ]+) => ([^ ]+) .*/\\1 \\2/p' "$folder/needed"
done < "$programs" | sort -u | while read -r name path; do
  case $name in
  ld-linux*|libc.so*|libm.so*|libdl.so*|libpthread.so*|librt.so*|libutil.so*|\\
  libstdc++.so*|libgcc_s.so*) continue ;;
  esac
  case $(readlink -f "$path") in
  /lib/*|/usr/lib/*) cp -L "$path" "$folder/lib/$name" ;;
  esac
done
while read -r path place; do
  mkdir -p "$folder/$place"
  cp -L "$path" "$folder/$place/"
done < "$files"
rm "$folder/needed"
chmod -R u+w "$folder"
tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
  --mode=u+w,go=rX --directory="$(dirname "$folder")" "$(basename "$folder")" |
  xz -9 --threads=1 > "$archive"
"""

def _list(ctx, name, lines):
    file = ctx.actions.declare_file("{}.{}".format(ctx.label.name, name))
    ctx.actions.write(file, "\n".join(lines) + "\n")
    return file

def _cuda_bundle_impl(ctx):
    archive = ctx.actions.declare_file(ctx.label.name + ".tar.xz")
    folder = ctx.actions.declare_directory("robbench_cuda")
    programs = [target[DefaultInfo].files_to_run.executable for target in ctx.attr.programs]
    files = [
        (file, place)
        for target, place in ctx.attr.files.items()
        for file in target[DefaultInfo].files.to_list()
    ]
    lists = [
        _list(ctx, "programs", [file.path for file in programs]),
        _list(ctx, "files", ["{} {}".format(file.path, place) for file, place in files]),
    ]
    ctx.actions.run_shell(
        command = _PACK,
        arguments = [folder.path, archive.path] + [file.path for file in lists],
        inputs = depset(
            programs + lists + [file for file, _ in files],
            transitive = [
                target[DefaultInfo].default_runfiles.files
                for target in ctx.attr.programs
            ],
        ),
        outputs = [archive, folder],
        mnemonic = "CudaBundle",
        progress_message = "Packing " + archive.short_path,
    )
    return [DefaultInfo(files = depset([archive]))]

cuda_bundle = rule(
    implementation = _cuda_bundle_impl,
    doc = "An archive NAME.tar.xz of a folder robbench_cuda.",
    attrs = {
        "files": attr.label_keyed_string_dict(
            allow_files = True,
            doc = "files, each with its folder in the archive",
        ),
        "programs": attr.label_list(
            cfg = "target",
            doc = "programs, which come into bin",
        ),
    },
)
