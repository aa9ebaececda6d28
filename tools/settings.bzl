"""Flags of this repository: --//tools:numeric_profile, :cells, :seeds,
:threads, :allow_missing."""

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

def _list_impl(ctx):
    return [SettingInfo(value = [
        word
        for text in ctx.build_setting_value
        for word in text.split(",")
        if word
    ])]

list_setting = rule(
    implementation = _list_impl,
    build_setting = config.string_list(flag = True),
)
