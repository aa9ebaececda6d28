"""Makes the wheel of the package: the same bytes each time.

A wheel is a zip archive of the package and of what pyproject.toml says of it.
setuptools would put the time into it; this needs Python's standard library
only (3.11 or later).

Usage: make_wheel.py PYPROJECT README OUT FILE ...
OUT is named robbench-VERSION-py3-none-any.whl; each FILE is put below the
folder "robbench".
"""

import base64
import hashlib
import pathlib
import re
import sys
import tomllib
import zipfile

_FOLDER = "robbench/"


def metadata(project, version, readme):
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}",
             f"Version: {version}", f"Summary: {project['description']}",
             f"License: {project['license']}",
             f"Requires-Python: {project['requires-python']}"]
    lines += [f"Classifier: {one}" for one in project["classifiers"]]
    lines += ["Description-Content-Type: text/markdown", "", readme]
    return "\n".join(lines)


def record(files):
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
        lines.append(f"{name},sha256={digest.decode().rstrip('=')},"
                     f"{len(content)}\n")
    return "".join(lines)


def main(pyproject, readme, out, *paths):
    project = tomllib.loads(pathlib.Path(pyproject).read_text("utf-8"))
    project = project["project"]
    files = {}
    for path in sorted(paths):
        name = path[path.rindex("/" + _FOLDER) + 1:]
        files[name] = pathlib.Path(path).read_bytes()
    version = re.search(r'^__version__ = "(.+)"$',
                        files[_FOLDER + "__init__.py"].decode(), re.M).group(1)
    expected = f"{project['name']}-{version}-py3-none-any.whl"
    found = pathlib.Path(out).name
    if found != expected:
        sys.exit(f"make_wheel.py: OUT: expected {expected}, found {found}")
    info = f"{project['name']}-{version}.dist-info/"
    files[info + "METADATA"] = metadata(
        project, version, pathlib.Path(readme).read_text("utf-8")).encode()
    files[info + "WHEEL"] = (b"Wheel-Version: 1.0\nGenerator: robbench\n"
                             b"Root-Is-Purelib: true\nTag: py3-none-any\n")
    listed = record(files) + f"{info}RECORD,,\n"
    files[info + "RECORD"] = listed.encode()
    # Not compressed: zlib's bytes change with its version.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, whatever made it
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
