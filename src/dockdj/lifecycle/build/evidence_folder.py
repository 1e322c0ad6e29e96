"""The folder of evidence: the reports and logs of checks and tests, kept for people in the project."""

import shutil
import tempfile
from pathlib import Path

from dockdj.adapters import disk
from dockdj.adapters.disk import make_ignored
from dockdj.errors import CommandFailed, UsageError
from dockdj.events import Report, Warned, silent
from dockdj.model.project.project import Project

# Ignored by Git.
EVIDENCE_FOLDER = ".dockdj/evidence"
# The evidence of the last build whose quality gate was closed.
FAILED = "failed"
FAILED_FOLDER = f"{EVIDENCE_FOLDER}/{FAILED}"


def kept(project: Project, name: str) -> Path:
    """The path of the evidence of a version, or of another `name`. It need not exist."""
    return project.root / EVIDENCE_FOLDER / name


def keep(folder: Path, project: Project, name: str, report: Report = silent) -> Path:
    """Copy the evidence in `folder` to the project, replacing an earlier run's; return the copy's path.

    A reader never sees a partial copy. A failed write is only a warning: evidence explains a result, and must not
    hide it.
    """
    destination = kept(project, name)
    try:
        make_ignored(destination.parents[1])
        destination.parent.mkdir(exist_ok=True)
        _recover(destination)
        temporary = Path(tempfile.mkdtemp(dir=destination.parent, prefix=f".{name}-"))
        try:
            shutil.copytree(folder, temporary / "new", copy_function=disk.copy)
            if destination.exists():
                disk.rename(destination, temporary / "old")
            disk.rename(temporary / "new", destination)
        finally:
            _recover(destination)
    except (OSError, UsageError, CommandFailed) as error:
        cause = (error.strerror or error) if isinstance(error, OSError) else error.message
        report(Warned(f"the evidence of the checks cannot be kept in {destination}: {cause}"))
    return destination


def _recover(destination: Path) -> None:
    """Clean up after a killed or failed run: restore the evidence that it moved away and did not replace."""
    for leftover in destination.parent.glob(f".{destination.name}-*"):
        if not destination.exists() and (leftover / "old").exists():
            disk.rename(leftover / "old", destination)
        shutil.rmtree(leftover, ignore_errors=True)
