"""Compare two releases from their tags: no image, no engine, no network."""

import difflib
from dataclasses import dataclass

from dockdj.adapters import git
from dockdj.adapters.git import Commit
from dockdj.lifecycle import records
from dockdj.model.changes import Changes, ValueChange, diff
from dockdj.model.project import Project
from dockdj.model.release import Release, digest_of
from dockdj.model.version import Version

# Lines shown around a changed line.
CONTEXT = 1


@dataclass(frozen=True)
class Comparison:
    """Two releases, what changed, the commits between them and the text of changed configuration files."""

    before: Release
    after: Release
    changes: Changes
    commits: tuple[Commit, ...]
    undone: tuple[Commit, ...]
    texts: dict[tuple[str, str], str]


def compare(project: Project, before: Version, after: Version) -> Comparison:
    """Compare two released versions. Raises Refused when one is not released."""
    repository = git.find(project.root)
    old, new = records.require(repository, before), records.require(repository, after)
    changes = diff(old, new)
    return Comparison(
        old,
        new,
        changes,
        git.log(repository, old.commit, new.commit),
        git.log(repository, new.commit, old.commit),
        {(file.service, file.name): text for file in changes.files if (text := _text(repository, old, new, file))},
    )


def _text(repository: git.Repository, old: Release, new: Release, file: ValueChange) -> str:
    """The text diff of a configuration file, found in the commits by its name and digest; empty otherwise."""
    one = _find(repository, old.commit, file.name, file.before)
    two = _find(repository, new.commit, file.name, file.after)
    if one is None or two is None:
        return ""
    lines = difflib.unified_diff(one.splitlines(), two.splitlines(), lineterm="", n=CONTEXT)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def _find(repository: git.Repository, commit: str, path: str, digest: str | None) -> str | None:
    if digest is None:
        return ""
    for candidate in git.paths_named(repository, commit, path.rpartition("/")[2]):
        text = git.text_at(repository, commit, candidate)
        if text is not None and digest_of(text.encode()) == digest:
            return text
    return None
