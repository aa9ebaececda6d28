#!/usr/bin/env python3
"""Checks that every C++ file includes the header of each symbol that it uses,
and no other, and that every Bazel target depends on the libraries whose headers
its files include.

For symbols of libraries, tools/checks/include_table.txt says which header they
are in; for the repository's own names, its headers and .proto files do. A .cc
file need not include again what the header of its own name includes. A std::,
absl::, testing:: or at:: symbol that the table does not know is an error too,
so that the table stays complete. `// IWYU pragma: keep` behind an include keeps
one that is not used by name.

    tools/checks/check_includes.py

It first checks itself on a few lines below. What it does not see: members,
operators and what argument-dependent look-up finds, but for members that the
table names (.llt()).
"""

import ast
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
# Namespaces whose symbols must all be in the table.
KNOWN = ("std", "absl", "testing", "at")
# Included for operators and member functions, which have no name to look for.
FOR_OPERATORS = {"ATen/TensorOperators.h", "ATen/core/Tensor.h"}
LITERAL = re.compile(
    r'R"([^(\s]*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+[<"]([^>"]+)[>"](.*)$', re.M)
NAME = re.compile(
    r"<=>|(?:\.|->)\w+\("
    r"|(?<![\w.])(?:::)?[A-Za-z_]\w*(?:::~?[A-Za-z_]\w*)*(?:[ \n]*\()?")
ALIAS = re.compile(r"\bnamespace (\w+) = (?:::)?([\w:]+);")
USING = re.compile(r"\busing (?:::)?((?:\w+::)+\w+);")


def without_literals(text):
    """The text, comments and literals made empty; line numbers stay."""
    def blank(match):
        kept = "\n" * match.group().count("\n")
        return '""' + kept if match.group()[0] in "R\"" else " " + kept
    return LITERAL.sub(blank, text)


class Table:
    """Symbol -> the headers that it may come from."""

    def __init__(self):
        self.headers = {}
        self.known = set()  # headers that an unused include can be one of

    def add(self, symbol, header):
        self.headers.setdefault(symbol, set()).add(header)
        self.known.add(header)

    def find(self, symbol, called):
        """(the table's name, its headers) of the longest part that is known."""
        parts = symbol.split("::")
        for n in range(len(parts), 0, -1):
            name = "::".join(parts[:n])
            for key in ([name + "()"] if called and n == len(parts) else []) + [
                    name, "::".join(parts[:n - 1] + ["*"]) if n > 1 else ""]:
                if key in self.headers:
                    return name, self.headers[key]
        match = re.match(r"(_mm256_|sqlite3_|SQLITE_|EVP_|Z_)\w", symbol)
        key = match.group(1) + "*" if match else ""
        return symbol, self.headers.get(key, set())


def library_table(text):
    table = Table()
    for line in text.splitlines():
        header, *symbols = line.split() or ["#"]
        if header != "#":
            for symbol in symbols:
                table.add(symbol, header)
    return table


DECLARATION = [
    re.compile(r"#[ \t]*define[ \t]+(\w+)"),
    # In the namespace itself lines are not indented.
    re.compile(r"^(?:class|struct|union|enum(?: class| struct)?) (\w+)"
               r"(?: final)?[ \n]*(?:: [^;{]*)?\{", re.M),
    re.compile(r"^using (\w+) =", re.M),
    re.compile(r"^(?:inline |static |extern |constexpr |const )+[\w:<>, ]*?"
               r"\b(\w+)(?:\[\w*\])?(?: =|\{|;| =\n)", re.M),
    # A function: a return type, at the line's start, and its name.
    re.compile(r"^(?!return|using|else|class|struct|namespace|template|typedef)"
               r"(?:[\w:<>,*&\[\]]+[ \n]+)+[*&]?(\w+)\(", re.M),
]
ANY_DECLARATION = re.compile(
    r"(?:\b(\w+)|[\w>][>&*]+) +(\w+)(?= *(?:[({=;,)]|:[^:]))")
NO_TYPE = {"return", "else", "case", "new", "delete", "throw", "explicit",
           "const", "public", "private", "protected", "typename", "using",
           "friend", "operator", "constexpr", "static", "inline", "and", "or",
           "not", "goto", "class", "virtual", "define"}


def names_declared(text):
    """What a header of ours, or a .cc file, declares in its namespace."""
    names = set()
    text = re.sub(r"^template <[^{;]*?>\n", "", text, flags=re.M)
    for pattern in DECLARATION:
        names.update(pattern.findall(text))
    return {name for name in names if not name.endswith("_H_")}


def names_declared_anywhere(text):
    """Also members, nested types, variables: names that may be no others."""
    text = re.sub(r"\bTEST\(\w+, \w+\)|(\bTEST_[FP]\(\w+), \w+\)",
                  lambda m: "void %s()" % re.sub(r"\W+", "; void ", m.group()),
                  text)
    return {name for before, name in ANY_DECLARATION.findall(text)
            if before not in NO_TYPE}


def own_table(texts, protos):
    table = Table()
    for path, text in texts.items():
        if path.endswith(".h"):
            for name in names_declared(text):
                table.add(name, path)
    for path, text in protos.items():
        for name in re.findall(r"^(?:message|enum) (\w+)", text, re.M):
            table.add(name, path[:-len("proto")] + "pb.h")
    return table


def includes(text):
    """header -> (line, whether a pragma keeps it)."""
    return {m.group(1): (text.count("\n", 0, m.start()) + 1,
                         "IWYU pragma: keep" in m.group(2))
            for m in INCLUDE.finditer(text)}


def check(path, originals, library, own, nested):
    """Messages about one file. `nested`: header -> names inside its classes."""
    original = originals[path]
    own_header = path[:-2] + "h" if path.endswith(".cc") else ""
    direct = includes(original)
    have = set(direct) | set(includes(originals.get(own_header, "")))
    text = without_literals(original)
    body = INCLUDE.sub("", text)
    for alias, name in ALIAS.findall(body):
        body = re.sub(r"\b%s::" % alias, name + "::", body)
    local = names_declared_anywhere(body)
    for header in have:
        local |= nested.get(header, set())
    used, missing = set(), {}
    for match in NAME.finditer(body):
        token = match.group().replace("->", ".")
        called = token.endswith("(")
        symbol = token.rstrip("( \n").lstrip(":")
        before = body[max(0, match.start() - 2):match.start()]
        if before.endswith(("->", "::")):
            continue
        symbol = re.sub(r"^(?:\w+::)*robbench::", "", symbol)
        first = symbol.split("::")[0]
        name, headers = library.find(symbol, called)
        if headers and "::" not in name and called and name in local:
            headers = set()
        if first == "at" and symbol.count("::") == 1:
            header = "ATen/ops/%s.h" % re.sub("_out$|_$", "", symbol[4:])
            if header in have or headers == {"ATen/ATen.h"} - have:
                headers = {header}
        if not headers and first in KNOWN and "::" in symbol:
            headers = {"a line in tools/checks/include_table.txt"}
            name = symbol
        if not headers:
            name, headers = first, own.headers.get(first, set())
            used |= headers
            if name in local or path in headers:
                continue
        used |= headers
        if headers and not headers & have:
            line = body.count("\n", 0, match.start()) + 1
            missing.setdefault(tuple(sorted(headers)), (line, name))
    messages = [(line, "%s needs %s" % (name, " or ".join(headers)))
                for headers, (line, name) in missing.items()]
    for header, (line, kept) in direct.items():
        known = header in library.known | own.known or "/ops/" in header
        if known and not kept and header not in used | FOR_OPERATORS | {
                own_header}:
            messages.append((line, "%s is not used" % header))
    return ["%s:%d: %s" % (path, *message) for message in sorted(messages)]


# A library's headers, by how their names begin -> its targets.
LIBRARIES = [
    (("absl/",), {"@com_google_absl//:absl"}),
    (("gtest/", "gmock/"), {"@googletest//:gtest", "@googletest//:gtest_main"}),
    (("google/protobuf/",), {"@com_google_protobuf//:protobuf"}),
    (("ATen/", "c10/", "torch/"), {"@torch"}),
    (("Eigen/",), {"@eigen"}),
    (("benchmark/",), {"@benchmark", "@benchmark//:main"}),
    (("glog/",), {"@glog"}),
    (("CLI/",), {"@cli11"}),
    (("nlohmann/",), {"@nlohmann_json"}),
    (("openssl/",), {"@openssl//:crypto"}),
    (("sqlite3.h",), {"@sqlite3"}),
    (("zlib.h",), {"@zlib"}),
]


class Target:
    """A rule of a BUILD file: its label, line, files and deps."""

    def __init__(self, package, call, lists):
        strings = {
            k.arg: [text for n in ast.walk(k.value) for text in
                    strings_of(n) + lists.get(getattr(n, "id", ""), [])]
            for k in call.keywords}
        self.kind = call.func.id
        self.line = call.lineno
        self.package = package
        self.label = label("".join(strings.get("name", [])), package)
        self.files = [os.path.join(package, f) for f in
                      strings.get("srcs", []) + strings.get("hdrs", [])]
        self.deps = {label(d, package) for d in strings.get("deps", [])}
        # Deps on a condition are not asked whether they are needed.
        self.conditional = any(isinstance(n, ast.IfExp) for n in ast.walk(call))


def strings_of(node):
    value = getattr(node, "value", None)
    return [value] if isinstance(node, ast.Constant) and isinstance(
        value, str) else []


def label(text, package):
    """As Bazel writes it: //a/b:c, and //a/b for //a/b:b."""
    if not text.startswith(("//", "@")):
        text = "//%s:%s" % (package, text.lstrip(":"))
    return re.sub(r"(^|/)(\w+):\2$", r"\1\2", text)


def check_deps(builds, sources):
    """Every target names the libraries whose headers its files include."""
    targets = []
    for path, text in builds.items():
        lists = {}  # those with a name
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign):
                lists[node.targets[0].id] = [
                    t for n in ast.walk(node.value) for t in strings_of(n)]
            elif isinstance(node, ast.Expr) and isinstance(
                    getattr(node.value, "func", None), ast.Name):
                targets.append(Target(os.path.dirname(path), node.value, lists))
    provides = {}
    protos = {t.label: t.files for t in targets if t.kind == "proto_library"}
    for t in targets:
        if t.kind == "cc_library":
            files = [f for f in t.files if f.endswith(".h")]
        elif t.kind == "cc_proto_library":
            files = [f[:-len("proto")] + "pb.h" for d in t.deps
                     for f in protos[d]]
        else:
            continue
        for file in files:
            provides.setdefault(file, set()).add(t.label)
    messages = []
    for t in targets:
        if t.kind not in ("cc_library", "cc_binary", "cc_test"):
            continue
        needed, included = set(), {
            h for f in t.files for h in includes(sources.get(f, ""))}
        for header in sorted(included - set(t.files)):
            labels = set(provides.get(header, ()))
            for prefixes, library in LIBRARIES:
                if header.startswith(prefixes):
                    labels |= library
            needed |= labels
            if labels and not labels & t.deps:
                messages.append("%s/BUILD:%d: %s needs %s for %s" % (
                    t.package, t.line, t.label, " or ".join(sorted(labels)),
                    header))
        for dep in () if t.conditional else sorted(t.deps - needed):
            messages.append("%s/BUILD:%d: %s does not need %s" % (
                t.package, t.line, t.label, dep))
    return messages


def check_all(originals, table):
    """`originals`: path -> text of .h, .cc, .proto and BUILD files."""
    builds = {p: t for p, t in originals.items() if p.endswith("BUILD")}
    protos = {p: t for p, t in originals.items() if p.endswith(".proto")}
    sources = {p: t for p, t in originals.items() if p.endswith((".h", ".cc"))}
    library = library_table(table)
    texts = {p: without_literals(t) for p, t in sources.items()}
    own = own_table(texts, protos)
    nested = {p: names_declared_anywhere(t) - names_declared(t)
              for p, t in texts.items() if p.endswith(".h")}
    messages = []
    for path in sources:
        messages += check(path, sources, library, own, nested)
    return messages + check_deps(builds, sources)


SELF_TEST = {
    "a/shape.proto": "message Shape {}\n",
    "a/area.h": """#include <string>
#include "a/shape.pb.h"
// std::vector in a comment, and "std::map" in a text: not used.
inline constexpr char kText[] = "std::map";
double Area(const Shape& shape, const std::string& name);
struct Circle {
  double Corner() const;
};
""",
    "a/area.cc": """#include "a/area.h"
#include <cmath>
double Area(const Shape& shape, const std::string& name) {
  return absl::StrCat(name).size() * std::make_up(2);
}
""",
    "a/use.cc": """#include "a/area.h"
#include "absl/strings/str_cat.h"
#include <vector>
#include <new>  // IWYU pragma: keep
uint32_t Corner() { return absl::StrCat(Area({}, "")).size(); }
Shape shape;
const auto& f = ::testing::Each(1);
""",
    "a/BUILD": """
proto_library(name = "shape_proto", srcs = ["shape.proto"])
cc_proto_library(name = "shape_cc_proto", deps = [":shape_proto"])
cc_library(name = "area", srcs = ["area.cc"], hdrs = ["area.h"],
           deps = [":shape_cc_proto", "@glog"])
cc_binary(name = "use", srcs = ["use.cc"], deps = ["//a:area"])
""",
}
SELF_TEST_FINDS = [
    "a/area.cc:2: cmath is not used",
    "a/area.cc:4: absl::StrCat needs absl/strings/str_cat.h",
    "a/area.cc:4: std::make_up needs a line in tools/checks/include_table.txt",
    "a/use.cc:3: vector is not used",
    "a/use.cc:5: uint32_t needs cstdint",
    "a/use.cc:6: Shape needs a/shape.pb.h",
    "a/use.cc:7: testing::Each needs gmock/gmock.h",
    "a/BUILD:4: //a:area does not need @glog",
    "a/BUILD:6: //a:use needs @com_google_absl//:absl for "
    "absl/strings/str_cat.h",
]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def main():
    table = read("tools/checks/include_table.txt")
    found = check_all(SELF_TEST, table)
    if found != SELF_TEST_FINDS:
        print("FAILED: the check of this check finds\n  " + "\n  ".join(found))
        return 1
    tracked = subprocess.run(
        ["git", "ls-files", "*.h", "*.cc", "*.proto", "BUILD", "*/BUILD"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    messages = check_all({path: read(path) for path in tracked}, table)
    print("\n".join("FAILED: " + message for message in messages) or
          "passed: includes of %d files" % len(tracked))
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())
