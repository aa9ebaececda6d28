"""What //tools/checks:output_flags_test reads of a folder."""

def program_sources():
    """Declares the filegroup of the folder's .cc files but for its tests."""
    native.filegroup(
        name = "program_sources",
        testonly = True,
        srcs = native.glob(
            ["*.cc"],
            exclude = ["*_test.cc"],
        ),
    )
