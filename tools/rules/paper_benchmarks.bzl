"""The parameters of the paper's runs, from which //:cifar10, //:cifar100 and
//:imagenet16_120 are made, and which `robbench plan` counts."""

load(":embed.bzl", "embed")

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

# AutoAttack runs for the first seed only, as in the published table.
PAPER_AUTOATTACK = "//training/specs:autoattack_authors_suite.textproto"

PAPER_NTK = "//ntk/specs:paper.textproto"

def paper_dataset_spec(name):
    return "//training/specs:{}.textproto".format(name)

# The authors' AutoAttack could be replaced by this suite.
_STANDARD_AUTOATTACK = "//training/specs:autoattack_standard_suite.textproto"

# kCifar10Text of //training/specs:cifar10.textproto
def _constant(label):
    words = label.split(":")[1].split(".")[0].split("_")
    return "k" + "".join([word.capitalize() for word in words]) + "Text"

def _spec(label):
    return '{"%s", %s}' % (label[len("//"):].replace(":", "/"), _constant(label))

def embed_paper_specs(name):
    """Declares NAME.embed.h, the specs above, for tools/robbench/plan/plan.cc."""
    labels = [PAPER_SUITE, PAPER_AUTOATTACK, _STANDARD_AUTOATTACK, PAPER_NTK]
    for dataset, benchmark in PAPER_BENCHMARKS.items():
        labels += [paper_dataset_spec(dataset), benchmark.recipe]

    embed(
        name = name,
        files = {label: _constant(label) for label in labels},
        code = [
            "struct SpecText {",
            "  const char* path;",
            "  const char* text;",
            "};",
            "struct BenchmarkText {",
            "  const char* name;  // of the data set",
            "  SpecText dataset;",
            "  SpecText recipe;",
            "};",
            "inline constexpr int kPaperSeeds = {};".format(len(PAPER_SEEDS)),
            "inline constexpr BenchmarkText kBenchmarkTexts[] = {",
        ] + [
            '    {"%s", %s, %s},' % (dataset, _spec(paper_dataset_spec(dataset)), _spec(benchmark.recipe))
            for dataset, benchmark in PAPER_BENCHMARKS.items()
        ] + [
            "};",
            "inline constexpr SpecText kEverySeedSuite = {};".format(_spec(PAPER_SUITE)),
            "inline constexpr SpecText kFirstSeedSuite = {};".format(_spec(PAPER_AUTOATTACK)),
            "inline constexpr SpecText kInsteadSuite = {};".format(_spec(_STANDARD_AUTOATTACK)),
            "inline constexpr SpecText kNtkSpec = {};".format(_spec(PAPER_NTK)),
        ],
    )
