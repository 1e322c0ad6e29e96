"""What checks and tests wrote, kept for people beside the project: the reports and logs behind a verdict."""

import shutil
import tempfile
from pathlib import Path

from dockdj.adapters.disk import make_ignored
from dockdj.events import Report, Warned, silent
from dockdj.model.project.project import Project

# Ignored by Git.
EVIDENCE_FOLDER = ".dockdj/evidence"
# Of the last build whose quality gate was closed.
FAILED = "failed"
FAILED_FOLDER = f"{EVIDENCE_FOLDER}/{FAILED}"


def kept(project: Project, name: str) -> Path:
    """Where what belongs to a version, or another `name`, is; it need not exist."""
    return project.root / EVIDENCE_FOLDER / name


def keep(folder: Path, project: Project, name: str, report: Report = silent) -> Path:
    """Copy the evidence in `folder` to the project, in place of what an earlier run left; return where it is.

    A reader never sees half of one run's. Where it cannot be written, that is said and no error: it explains a result,
    which must be heard in its own words.
    """
    destination = kept(project, name)
    try:
        make_ignored(destination.parents[1])
        destination.parent.mkdir(exist_ok=True)
        _recover(destination)
        with tempfile.TemporaryDirectory(dir=destination.parent, prefix=f".{name}-") as temporary:
            new, old = Path(temporary) / "new", Path(temporary) / "old"
            shutil.copytree(folder, new)
            if destination.exists():
                destination.replace(old)
            new.replace(destination)
    except OSError as error:
        report(Warned(f"what the checks wrote cannot be kept in {destination}: {error.strerror or error}"))
    return destination


def _recover(destination: Path) -> None:
    """Tidy up after a killed run: what it had moved away and not replaced yet comes back."""
    for left in destination.parent.glob(f".{destination.name}-*"):
        if not destination.exists() and (left / "old").exists():
            (left / "old").replace(destination)
        shutil.rmtree(left, ignore_errors=True)
