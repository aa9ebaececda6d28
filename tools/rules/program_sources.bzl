"""What //tools/checks:output_flags_test reads of a folder."""

def program_sources():
    """Declares the filegroup of the folder's .cc files.

    Tests are left out, and benchmarks, whose flags and help are Google
    Benchmark's.
    """
    native.filegroup(
        name = "program_sources",
        testonly = True,
        srcs = native.glob(
            ["*.cc"],
            exclude = [
                "*_benchmark.cc",
                "*_test.cc",
            ],
        ),
    )
