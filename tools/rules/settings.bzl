"""The rules of this repository's flags: --//tools:numeric_profile, :cells,
:seeds, :threads and :allow_missing."""

load(":cell_choice.bzl", "cells_of", "seeds_of")

SettingInfo = provider(
    doc = "The value of a flag.",
    fields = ["value"],
)

def _profile_impl(ctx):
    value = ctx.build_setting_value
    if value not in ctx.attr.values:
        fail("--{}: expected one of {}, found '{}'".format(
            ctx.label,
            ", ".join(ctx.attr.values),
            value,
        ))
    return [SettingInfo(value = value)]

choice_setting = rule(
    implementation = _profile_impl,
    attrs = {"values": attr.string_list(mandatory = True)},
    build_setting = config.string(flag = True),
)

def _plain_impl(ctx):
    return [SettingInfo(value = ctx.build_setting_value)]

bool_setting = rule(
    implementation = _plain_impl,
    build_setting = config.bool(flag = True),
)

int_setting = rule(
    implementation = _plain_impl,
    build_setting = config.int(flag = True),
)

def _words(ctx):
    """Returns the flag's name for messages, and the words that it lists."""
    flag = "--//{}:{}".format(ctx.label.package, ctx.label.name)
    given = ctx.build_setting_value
    words = []
    for text in given:
        # Blanks separate words, as commas do.
        for blank in [" ", "\t", "\n", "\r"]:
            text = text.replace(blank, ",")
        words += [word for word in text.split(",") if word]
    if not words and "".join(given):
        fail("{}: expected at least one, found '{}'".format(flag, ",".join(given)))
    return flag, words

def _cells_impl(ctx):
    return [SettingInfo(value = cells_of(*_words(ctx)))]

def _seeds_impl(ctx):
    return [SettingInfo(value = seeds_of(*_words(ctx)))]

cells_setting = rule(
    implementation = _cells_impl,
    doc = "Cells by any of their names, as official indices.",
    build_setting = config.string_list(flag = True),
)

seeds_setting = rule(
    implementation = _seeds_impl,
    build_setting = config.string_list(flag = True),
)
