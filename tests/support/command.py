"""The command line as a person types it."""

import json
import subprocess
import sys
from typing import Any

from dockdj.model.project.project import Project


def dockdj(project: Project, *words: str) -> tuple[int, dict[str, Any]]:
    """Run a command with --json; return its exit code and its document."""
    argv = [sys.executable, "-m", "dockdj.cli.main", *words, "--json", "--project", str(project.root)]
    result = subprocess.run(argv, capture_output=True, text=True, timeout=1800, check=False)
    return result.returncode, json.loads(result.stdout)
