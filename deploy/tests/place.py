"""A folder with the scripts as on a machine, and programs of the machine that are doubled by a few lines of shell."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

from cloud import ROOT, run


class Place(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root, self.doubles = Path(folder.name) / "switchboard", Path(folder.name) / "doubles"
        self.calls = Path(folder.name) / "calls"
        self.root.mkdir()
        self.doubles.mkdir()
        for name in ("deploy", "nginx"):
            shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("tls", "tests", "target"))

    def double(self, program, script="true"):
        """`program` writes its arguments down, and then does what the script says."""
        path = self.doubles / program
        path.write_text(f'#!/bin/bash\necho "{program} $*" >>"{self.calls}"\n{script}\n')
        path.chmod(0o755)

    def called(self):
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def run_in(self, *words, stdin="", **environment):
        env = {key: value for key, value in os.environ.items() if not key.endswith(("_POSTGRES_URL", "_MONGO_URL"))}
        env |= {"PATH": f"{self.doubles}:{env['PATH']}", "SWITCHBOARD_SETTINGS": os.devnull, "SWITCHBOARD_POLL": "0.1"}
        return run(*words, cwd=self.root, env=env | environment, stdin=stdin)
