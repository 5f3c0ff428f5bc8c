# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the tests of the Zephyr module share."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "zephyr"
HARD = ["-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"]
SOFT = ["-mcpu=cortex-m33+nofp", "-mthumb", "-mfloat-abi=soft"]


def run(*command, env=None, cwd=None, timeout=600):
    """Runs a command: (exit code, standard output and error together)."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          env=None if env is None else {**os.environ, **env}, cwd=cwd, timeout=timeout)
    return done.returncode, done.stdout


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def runs(self, *command, **options):
        """The output of a command that must succeed."""
        code, output = run(*command, **options)
        self.assertEqual(code, 0, f"{command}:\n{output}")
        return output

    def write(self, name, text):
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path
