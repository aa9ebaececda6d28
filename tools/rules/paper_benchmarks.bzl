"""The parameters of the paper's runs, from which //:cifar10, //:cifar100 and
//:imagenet16_120 are made, and which `robbench plan` counts."""

# name, which is the data set's too: raw files and recipe
PAPER_BENCHMARKS = {
    "cifar10": struct(
        raw = "@cifar10//:raw",
        recipe = "//training/specs:cifar_recipe.textproto",
    ),
    "cifar100": struct(
        raw = "@cifar100//:raw",
        recipe = "//training/specs:cifar_recipe.textproto",
    ),
    "imagenet16_120": struct(
        raw = "@imagenet16//:raw",
        recipe = "//training/specs:imagenet16_recipe.textproto",
    ),
}

PAPER_SEEDS = ["0", "1", "2"]

PAPER_SUITE = "//training/specs:paper_suite.textproto"

# For the first seed only, as in the published table.
PAPER_AUTOATTACK = "//training/specs:autoattack_authors_suite.textproto"

PAPER_NTK = "//ntk/specs:paper.textproto"

def paper_dataset_spec(name):
    return "//training/specs:{}.textproto".format(name)

# What the authors' AutoAttack could be replaced by.
_STANDARD_AUTOATTACK = "//training/specs:autoattack_standard_suite.textproto"

def paper_specs_header(name):
    """Declares NAME.inc, the specs above as C++; tools/robbench/plan.cc has the
    types."""
    labels = [PAPER_SUITE, PAPER_AUTOATTACK, _STANDARD_AUTOATTACK, PAPER_NTK]
    for dataset, benchmark in PAPER_BENCHMARKS.items():
        for label in [paper_dataset_spec(dataset), benchmark.recipe]:
            if label not in labels:
                labels.append(label)

    # {"training/specs/x.textproto", R"asset(...)asset"}
    def_text = "text() { printf '{\"%s\", R\"asset(' $$1; cat $$1; printf ')asset\"}'; }; "
    lines = ["printf 'constexpr int kPaperSeeds = {};\\n'".format(len(PAPER_SEEDS))]
    lines.append("printf 'constexpr BenchmarkText kBenchmarkTexts[] = {\\n'")
    for dataset, benchmark in PAPER_BENCHMARKS.items():
        lines += [
            "printf '{\"%s\", ' " + dataset,
            "text $(location {})".format(paper_dataset_spec(dataset)),
            "printf ', '",
            "text $(location {})".format(benchmark.recipe),
            "printf '},\\n'",
        ]
    lines.append("printf '};\\nconstexpr SuiteText kSuiteTexts[] = {\\n'")
    for label, role in [
        (PAPER_SUITE, "SuiteRole::kEverySeed"),
        (PAPER_AUTOATTACK, "SuiteRole::kFirstSeed"),
        (_STANDARD_AUTOATTACK, "SuiteRole::kInstead"),
    ]:
        lines += [
            "printf '{%s, ' " + role,
            "text $(location {})".format(label),
            "printf '},\\n'",
        ]
    lines += [
        "printf '};\\nconstexpr SpecText kNtkText = '",
        "text $(location {})".format(PAPER_NTK),
        "printf ';\\n'",
    ]
    native.genrule(
        name = name,
        srcs = labels,
        outs = [name + ".inc"],
        cmd = def_text + "{ " + "; ".join(lines) + "; } > $@",
    )
