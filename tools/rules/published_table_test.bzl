"""A C++ test of what the published tables say."""

load("@jung2023//:config.bzl", JUNG2023 = "PRESENT")
load("@nasrobbench201//:config.bzl", NASROBBENCH201 = "PRESENT")

def published_table_test(name, size = "small", data = [], standard_training = False, **kwargs):
    """A cc_test that finds the published table by the variable NASROBBENCH201.

    Where the table is not on this machine (third_party/dataset.bzl), the
    variable is not set and the test skips what needs it by name.

    Args:
      name: of the test.
      size: as cc_test has it.
      data: other files that it reads.
      standard_training: whether it also reads the table of Jung et al., by the
        variable JUNG2023.
      **kwargs: what cc_test takes.
    """
    tables = {}
    if NASROBBENCH201:
        tables["NASROBBENCH201"] = "@nasrobbench201//:raw"
    if standard_training and JUNG2023:
        tables["JUNG2023"] = "@jung2023//:raw"
    native.cc_test(
        name = name,
        size = size,
        data = data + tables.values(),
        env = {name: "$(rootpath {})".format(raw) for name, raw in tables.items()},
        **kwargs
    )
