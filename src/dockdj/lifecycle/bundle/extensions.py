"""Check the `.ebextensions` of a release before it is built, as Elastic Beanstalk reads them in its bundle."""

from pathlib import Path

from dockdj.adapters import ebextensions
from dockdj.errors import ProjectError
from dockdj.events import Report, Warned, silent
from dockdj.lifecycle.bundle.files import belongs, patterns_in
from dockdj.model.files import shown


def check(folder: Path, report: Report = silent) -> None:
    """Refuse files that fail a deployment, and keys of which Elastic Beanstalk drops one section.

    Warns about a key for which it skips the whole file: a key of Amazon's may be newer than this program. `folder` is a
    checkout of the release's commit. Raises ProjectError with every mistake, as `path:LINE: reason`.
    """
    mistakes: list[str] = []
    for path in bundled(folder):
        reading = ebextensions.read((folder / path).read_bytes(), path, "of this release")
        path = shown(path)
        if reading.flaw:
            mistakes.append(f"{path}:{reading.flaw.line}: {shown(reading.flaw.reason)}")
        mistakes += [f"{path}:{flaw.line}: {shown(flaw.reason)}; one of the two is dropped" for flaw in reading.doubles]
        for flaw in reading.unknown:
            report(
                Warned(f"{path}:{flaw.line}: Elastic Beanstalk skips the file for its unknown key {shown(flaw.reason)}")
            )
    if mistakes:
        lines = "".join(f"\n  {mistake}" for mistake in mistakes)
        raise ProjectError(
            f"Elastic Beanstalk cannot use these configuration files as they are:{lines}",
            hint="correct them, commit and release again",
        )


def bundled(folder: Path) -> list[str]:
    """The configuration files of a checkout that are in its bundle, in the order in which they are read."""
    patterns = patterns_in(folder)
    files = [
        file for file in folder.rglob(f"{ebextensions.FOLDER}/*.config") if file.is_file() and not file.is_symlink()
    ]
    paths = sorted(file.relative_to(folder).as_posix() for file in files)
    return [path for path in paths if belongs(path, patterns)]
