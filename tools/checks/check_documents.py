#!/usr/bin/env python3
"""Checks that what documents, comments and messages name exists.

Usage: tools/checks/check_documents.py [BAZEL]

Looks in every file that git tracks (but CHANGELOG.md, which says what was, and
golden files) for

- links of documents: the file, and the heading behind "#";
- paths that begin with a folder of the repository and end in a source's suffix,
  "nas/cell.h";
- labels, "//nas:cell_test", which `bazel query` knows;
- tests that have no row in TESTING.md.

Names with capitals ("training/attack/NAME_attack.h") and wildcards stand for
several and are left out. It first checks itself on lines with known faults.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = "analysis|nas|ntk|third_party|tools|training"
SUFFIXES = "bzl|cc|css|h|js|json|md|proto|py|sh|svg|textproto|toml"
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"(?<![\w/.@-])((?:%s)/[\w./-]*\.(?:%s))\b(?!\.?[\w*{])" %
                  (FOLDERS, SUFFIXES))
LABEL = re.compile(r"(?<![\w:/@])(//(?:(?:%s)(?:/\w+)*)?:\w[\w.-]*\w|"
                   r"//(?:%s)(?:/\w+)*\b(?![\w/:*]|\.\.\.))" %
                   (FOLDERS, FOLDERS))
# Made by the build, or a name that stands for any.
MADE = re.compile(r"\.(?:pb|embed)\.h$|/x\.|[A-Z]{4}")
# Only where ROBBENCH_DATA has the published table.
WITH_DATA = re.compile(r"//:\w+_reproduction$")


def anchors(text):
    """The names by which a page links to its headings."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        words = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(words.strip().replace(" ", "-"))
    return found


def faults(name, text, exists, read):
    """(line, fault) of what `text` names, labels left aside."""
    folder = os.path.dirname(name)
    for number, line in enumerate(text.split("\n"), 1):
        for target in LINK.findall(line) if name.endswith(".md") else []:
            if "://" in target:
                continue
            path, _, anchor = target.partition("#")
            path = (os.path.normpath(os.path.join(folder, path)) if path
                    else name)
            if not exists(path):
                yield number, f"no file {path}"
            elif anchor and anchor not in anchors(read(path)):
                yield number, f"{path} has no heading #{anchor}"
        for path in PATH.findall(line):
            beside = os.path.normpath(os.path.join(folder, path))
            if not (exists(path) or exists(beside) or MADE.search(path)):
                yield number, f"no file {path}"


def check_itself():
    text = ("# A heading, `x`\n[a](b.md) [c](#a-heading-x) [d](#none)\n"
            "nas/gone.h, nas/here.h, nas/NAME.h, bazel-bin/nas/x.h\n")
    files = {"doc.md": text, "nas/here.h": ""}
    found = [what for _, what in
             faults("doc.md", text, files.__contains__, files.get)]
    expected = ["no file b.md", "doc.md has no heading #none",
                "no file nas/gone.h"]
    assert found == expected, found
    found = LABEL.findall("//nas:cell_test //nas/... //:mini https://nas.de/x "
                          "//nas/base:a_b, //analysis/claims.")
    assert found == ["//nas:cell_test", "//:mini", "//nas/base:a_b",
                     "//analysis/claims"], found


def missing_labels(labels, bazel):
    """Those that name no target and no file, by one query."""
    query = " + ".join(sorted(labels))
    run = subprocess.run(
        [bazel, "query", "--keep_going", "--noshow_progress", query],
        cwd=ROOT, text=True, capture_output=True, check=False)
    known = set(run.stdout.split())
    if not known:
        sys.exit(f"FAILED: bazel query found nothing: {run.stderr[-2000:]}")
    # "//nas" is also the folder.
    return {label for label in labels if label not in known and
            (":" in label or not (ROOT / label[2:] / "BUILD").exists())}


def tests_without_row(bazel):
    run = subprocess.run(
        [bazel, "query", "--noshow_progress", 'kind(".*_test rule", //...)'],
        cwd=ROOT, text=True, capture_output=True, check=True)
    rows = set()
    for line in (ROOT / "TESTING.md").read_text().split("\n"):
        if not line.startswith("| `//"):
            continue
        package = ""
        for label in re.findall(r"`([^`]+)`", line.split("|")[1]):
            if label.startswith("//"):
                package = label.partition(":")[0]
            rows.add(package + label if label.startswith(":") else label)
    return sorted(set(run.stdout.split()) - rows)


def main():
    check_itself()
    bazel = sys.argv[1] if len(sys.argv) > 1 else "./bazelw"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, text=True,
                             capture_output=True, check=True).stdout.split()
    names = set(tracked)
    for name in tracked:
        names.update(str(parent) for parent in pathlib.PurePath(name).parents)
    found, labels = [], {}
    for name in tracked:
        if (name in ("CHANGELOG.md", "tools/checks/check_documents.py") or
                "/golden/" in name or "/testdata/" in name):
            continue
        try:
            text = (ROOT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        found += [f"{name}:{line}: {what}" for line, what in
                  faults(name, text, names.__contains__,
                         lambda path: (ROOT / path).read_text())]
        # In scripts labels are used, or made up for a test.
        if name.endswith((".cc", ".h", ".md", ".proto", ".py")):
            for number, line in enumerate(text.split("\n"), 1):
                for label in LABEL.findall(line):
                    if not MADE.search(label) and not WITH_DATA.search(label):
                        labels.setdefault(label, f"{name}:{number}")
    found += [f"{labels[label]}: no target {label}"
              for label in sorted(missing_labels(labels, bazel))]
    found += [f"TESTING.md: no row for {test}"
              for test in tests_without_row(bazel)]
    for fault in found:
        print(f"FAILED: {fault}")
    if not found:
        print(f"passed: documents and comments name what exists "
              f"({len(labels)} labels)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
