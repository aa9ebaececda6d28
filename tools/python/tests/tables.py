"""The tables and programs that a test is run with, by run_test.sh."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import robbench

ROOT = pathlib.Path.cwd()
COMMAND = ROOT / "tools" / "robbench" / "robbench"


def synthetic(name):
    """The folder of a table that run_test.sh made."""
    return pathlib.Path(os.environ["TEST_TMPDIR"]) / name


def built(name):
    """The folder of a table of the pipeline, or None where it is not there."""
    folder = ROOT / (name + "_table")
    return folder if (folder / "table.sqlite").exists() else None


def run_command(*arguments, stdin=""):
    """Output, messages and exit code of the robbench command."""
    done = subprocess.run([str(COMMAND), *map(str, arguments)], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", check=False)
    return done.stdout, done.stderr, done.returncode


class TestCase(unittest.TestCase):
    """With a folder of its own and messages to compare."""

    def setUp(self):
        self.folder = pathlib.Path(
            tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def skipTest(self, reason):
        # One line by name, as the other tests have it.
        print(f"SKIPPED: {self.id()} ({reason})", flush=True)
        super().skipTest(reason)

    def copy(self, table="twenty", name="table.sqlite"):
        """A copy of a table's database, to be spoiled."""
        target = self.folder / name
        shutil.copy(synthetic(table) / "table.sqlite", target)
        target.chmod(0o644)
        return target

    def message(self, error, function, *arguments, **named):
        """The message of the error that a call must raise."""
        with self.assertRaises(error) as raised:
            function(*arguments, **named)
        self.assertIsInstance(raised.exception, (robbench.RobbenchError,
                                                 OSError, ValueError))
        return str(raised.exception)
