"""The repositories of repositories.bzl as a module extension, for Bazel 7."""

load(":repositories.bzl", "robbench_repositories")

def _installed_impl(_module_ctx):
    robbench_repositories()

installed = module_extension(implementation = _installed_impl)
