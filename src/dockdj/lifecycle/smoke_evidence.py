"""The reports and logs behind a release's evidence, kept for people beside the project."""

import shutil
import tempfile
from pathlib import Path

from dockdj.adapters.disk import make_ignored
from dockdj.events import Report, Warned, silent
from dockdj.lifecycle.image import EVIDENCE_FOLDER
from dockdj.model.project import Project
from dockdj.model.version import Version


def kept(project: Project, version: Version) -> Path:
    """Where what belongs to a version is; it need not exist."""
    return project.root / EVIDENCE_FOLDER / str(version)


def keep(folder: Path, project: Project, version: Version, report: Report = silent) -> Path:
    """Copy the evidence in `folder` to the project, in place of what an earlier run left; return where it is.

    A reader never sees half of one run's. Where it cannot be written, that is said and no error: it explains a result,
    which must be heard in its own words.
    """
    destination = kept(project, version)
    try:
        make_ignored(destination.parents[1])
        destination.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=destination.parent, prefix=f".{version}-") as temporary:
            new, old = Path(temporary) / "new", Path(temporary) / "old"
            shutil.copytree(folder, new)
            if destination.exists():
                destination.replace(old)
            new.replace(destination)
    except OSError as error:
        report(Warned(f"what the checks wrote cannot be kept in {destination}: {error.strerror or error}"))
    return destination
