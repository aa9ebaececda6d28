"""Files, and what Bazel knows, as constants of C++.

    embed(
        name = "search_spec",
        files = {"//analysis/specs:search.textproto": "kSearchSpec"},
    )
    cc_library(name = "search", srcs = ["search.cc", ":search_spec"], ...)

makes FOLDER/search_spec.embed.h with `inline constexpr char kSearchSpec[]`, byte for
byte the file. Text only: a byte 0 would end what a reader of the constant sees,
and a file may not hold `)embedded"`.
"""

def _write_part(ctx, parts, text):
    part = ctx.actions.declare_file("{}.part_{}".format(ctx.label.name, len(parts)))
    ctx.actions.write(part, text)
    parts.append(part)

def _embed_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".embed.h")
    guard = out.short_path.replace("/", "_").replace(".", "_").upper() + "_"
    parts = []  # files, one after the other
    text = "// Made by //tools/rules:embed.bzl of {}.\n".format(ctx.build_file_path)
    text += "#ifndef {guard}\n#define {guard}\n\nnamespace robbench {{\n\n".format(guard = guard)
    for target, constant in ctx.attr.files.items():
        file = target.files.to_list()
        if len(file) != 1:
            fail("{}: expected one file, found {}".format(target.label, len(file)), "files")
        _write_part(ctx, parts, text + "inline constexpr char {}[] = R\"embedded(".format(constant))
        parts.append(file[0])
        text = ")embedded\";\n"
    text += "".join([line + "\n" for line in ctx.attr.code])
    _write_part(ctx, parts, text + "\n}}  // namespace robbench\n\n#endif  // {}\n".format(guard))
    arguments = ctx.actions.args()
    arguments.add(out)
    arguments.add_all(parts)
    ctx.actions.run_shell(
        outputs = [out],
        inputs = parts,
        command = "out=$1 && shift && cat \"$@\" > \"$out\"",
        arguments = [arguments],
        mnemonic = "Embed",
        progress_message = "Embedding " + out.short_path,
    )
    return [DefaultInfo(files = depset([out]))]

embed = rule(
    implementation = _embed_impl,
    attrs = {
        "files": attr.label_keyed_string_dict(
            allow_files = True,
            doc = "a file -> the constant's name",
        ),
        "code": attr.string_list(doc = "lines of C++ after the constants, in namespace robbench"),
    },
)
