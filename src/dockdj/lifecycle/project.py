"""The project that a command works on."""

from pathlib import Path

from dockdj.adapters import project_file
from dockdj.model.project import Project


def load(start: Path) -> Project:
    """The project at `start`, or the nearest above it. Raises ProjectError when there is none, or it is wrong."""
    return project_file.load(project_file.find(start))


def root(start: Path) -> Path:
    """The folder of the project at `start`, or of the nearest above it; its `dockdj.toml` is not read.

    Raises ProjectError when there is none.
    """
    return project_file.find(start)
