"""The wheel: the same bytes each time, complete, and it works alone."""

import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import unittest
import zipfile

import robbench
from tables import ROOT, TestCase, synthetic

_HERE = ROOT / "tools" / "python"


class WheelTest(TestCase):

    def setUp(self):
        super().setUp()
        self.wheel, = _HERE.glob("*.whl")

    def make(self, out):
        package = sorted(str(path) for path in
                         (_HERE / "robbench").iterdir() if path.is_file())
        return subprocess.run(
            [sys.executable, _HERE / "make_wheel.py", _HERE / "pyproject.toml",
             _HERE / "README.md", out, *reversed(package)],
            stderr=subprocess.PIPE, encoding="utf-8", check=False)

    def test_the_same_bytes(self):
        again = self.folder / self.wheel.name
        self.assertEqual(self.make(again).returncode, 0)
        self.assertEqual(again.read_bytes(), self.wheel.read_bytes())
        done = self.make(self.folder / "robbench-1.0-py3-none-any.whl")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"expected {self.wheel.name}, found", done.stderr)

    def test_is_complete(self):
        with zipfile.ZipFile(self.wheel) as archive:
            self.assertIsNone(archive.testzip())
            names = archive.namelist()
            info = f"robbench-{robbench.__version__}.dist-info/"
            self.assertEqual(
                sorted(names),
                sorted([f"robbench/{path.name}" for path in
                        (_HERE / "robbench").iterdir() if path.is_file()] +
                       [info + name for name in ("METADATA", "RECORD",
                                                 "WHEEL")]))
            self.assertIn("robbench/py.typed", names)
            rows = archive.read(info + "RECORD").decode().splitlines()
            self.assertEqual([row.split(",")[0] for row in rows], names)
            for row in rows[:-1]:
                name, digest, size = row.split(",")
                content = archive.read(name)
                self.assertEqual(len(content), int(size))
                self.assertEqual(
                    digest, "sha256=" + base64.urlsafe_b64encode(
                        hashlib.sha256(content).digest()).decode().rstrip("="))
            text = archive.read(info + "METADATA").decode()
            self.assertIn(f"\nVersion: {robbench.__version__}\n", text)
            self.assertIn("\nRequires-Python: >=3.9\n", text)
            self.assertIn((_HERE / "README.md").read_text("utf-8"), text)

    def answer(self, folder):
        """Of a fresh interpreter that has nothing but the folder."""
        table = synthetic("cifar10") / "table.sqlite"
        code = (f"import sys; sys.path.insert(0, {str(folder)!r})\n"
                "import json, robbench, robbench.nats, robbench.authors\n"
                f"bench = robbench.open({str(table)!r})\n"
                "print(json.dumps([robbench.__file__, "
                "bench[2].accuracy('pgd_8')]))")
        out = subprocess.run([sys.executable, "-I", "-c", code],
                             stdout=subprocess.PIPE, check=True, cwd="/",
                             env={"PATH": os.environ["PATH"]})
        return json.loads(out.stdout), [
            str(pathlib.Path(folder) / "robbench" / "__init__.py"),
            robbench.open(table)[2].accuracy("pgd_8")]

    def test_works_unpacked(self):
        with zipfile.ZipFile(self.wheel) as archive:
            archive.extractall(self.folder)
        self.assertEqual(*self.answer(self.folder))

    def test_works_installed_by_pip(self):
        pip = [sys.executable, "-m", "pip"]
        if subprocess.run([*pip, "--version"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("python3-pip is not installed")
        subprocess.run(
            [*pip, "install", "--quiet", "--no-index", "--no-deps",
             "--no-cache-dir", "--target", self.folder, self.wheel],
            check=True, env={**os.environ, "HOME": str(self.folder)})
        self.assertEqual(*self.answer(self.folder))


if __name__ == "__main__":
    unittest.main()
