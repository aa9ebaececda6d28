"""Writes which official index Bazel takes each name of a cell for.

//nas:official_index_test compares the file with C++'s ParseCell (nas/cell.h).
"""

load(":official_index.bzl", "NUM_CELLS", "parse_cell")

_OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]

_NO_CELLS = [
    "15625",
    "99999",
    "-1",
    "+1",
    "1.0",
    "1e3",
    "0x10",
    "007",
    "00",
    "12345678901234567890",
    "323135",
    "3231333",
    "32313",
    "cell",
    "|",
    "||||",
    "|none~0|+|none~0|none~1|",
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~2",
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~1|",
    "|none~0|+|none~0|none~1|+|none~0|none~1|conv~2|",
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|+",
    "none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
    "|none~0|none~0|+|none~1|+|none~0|none~1|none~2|",
    "|none|+|none|none|+|none|none|none|",
]

def _cell_names_impl(ctx):
    names = [str(index) for index in range(NUM_CELLS)] + _NO_CELLS
    for position in range(NUM_CELLS):
        digits = [0] * 6
        rest = position
        for place in range(5, -1, -1):
            digits[place] = rest % 5
            rest = rest // 5
        code = "".join([str(digit) for digit in digits])
        names += [code, "c" + code]
        names.append("|{}~0|+|{}~0|{}~1|+|{}~0|{}~1|{}~2|".format(
            *[_OPERATIONS[digit] for digit in digits]
        ))
    output = ctx.actions.declare_file(ctx.label.name + ".txt")
    ctx.actions.write(output, "".join([
        "{} {}\n".format(name, parse_cell(name))
        for name in names
    ]))
    return [DefaultInfo(
        files = depset([output]),
        runfiles = ctx.runfiles([output]),
    )]

cell_names = rule(
    implementation = _cell_names_impl,
    doc = "NAME.txt: a line for each name with its official index or None.",
)
