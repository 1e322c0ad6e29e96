"""Compare two releases from their tags and commits: no image, no engine, no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockdj.adapters import git, git_contents
from dockdj.adapters.git import Commit
from dockdj.lifecycle import records
from dockdj.lifecycle.diff_files import Sides, difference, text_of, wanted
from dockdj.model.changes import Changes, diff
from dockdj.model.migrations import MigrationChange, differing, migration_change
from dockdj.model.project import PRODUCTION_CONTRACT, PROJECT_FILE, Project
from dockdj.model.project_changes import (
    TargetValueChange,
    VariableChange,
    contract_changes,
    listed_packages,
    required_packages,
    target_changes,
)
from dockdj.model.release import Release
from dockdj.model.version import Version

REQUIREMENTS = "pyproject.toml"
PACKAGES = "docker/django/packages.txt"


@dataclass(frozen=True)
class Comparison:
    """Two releases and what differs: in their records, and in the commits they were made from.

    `texts` holds the difference of configuration files, by service and path; the compose file's service is empty.
    `direct` names, by kind, the packages that the project itself asks for on either side; None where no commit says.
    `notes` are what could not be compared, and what a target has besides its release.
    """

    before: Release
    after: Release
    changes: Changes
    commits: tuple[Commit, ...]
    undone: tuple[Commit, ...]
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    migrations: tuple[MigrationChange, ...] = ()
    variables: tuple[VariableChange, ...] = ()
    values: tuple[TargetValueChange, ...] = ()
    direct: Mapping[str, frozenset[str]] | None = None
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the two releases hold the same; equal application trees have no more to compare."""
        return self.changes.empty and not (self.migrations or self.variables or self.values)


def compare(project: Project, before: Version, after: Version, notes: tuple[str, ...] = ()) -> Comparison:
    """Compare two released versions. Raises Refused when one is not released."""
    repository = git.find(project.root)
    old, new = records.require(repository, before), records.require(repository, after)
    changes = diff(old, new)
    if old.commit == new.commit:
        commits: tuple[Commit, ...] = ()
        undone: tuple[Commit, ...] = ()
    else:
        commits = git.log(repository, old.commit, new.commit)
        undone = git.log(repository, new.commit, old.commit)
    trees = _trees(repository, old.commit, new.commit)
    absent = tuple(
        f"{release.commit[:12]}, the commit of {release.version}, is not in this clone: commits, texts, migrations and "
        "variables are not compared (git fetch --tags --unshallow)"
        for release, tree in zip((old, new), trees, strict=True)
        if tree is None
    )
    one, two = trees
    if one is None or two is None:
        return Comparison(old, new, changes, commits, undone, notes=(*notes, *absent))
    return _with_commits(repository, Comparison(old, new, changes, commits, undone, notes=notes), one, two)


def _trees(repository: git.Repository, old: str, new: str) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    first = git_contents.blobs(repository, old)
    return first, first if old == new else git_contents.blobs(repository, new)


def _with_commits(
    repository: git.Repository, found: Comparison, old: dict[str, str], new: dict[str, str]
) -> Comparison:
    """The comparison with what the two trees (path -> content's id) say besides."""
    moved = differing(old, new)
    fixed = (*moved, PROJECT_FILE, PRODUCTION_CONTRACT, REQUIREMENTS, PACKAGES)
    content = git_contents.texts(repository, wanted(found.changes, (old, new), fixed))
    sides = Sides(old, new, content)

    def both(path: str) -> tuple[str | None, str | None]:
        return text_of(sides.old, path, content), text_of(sides.new, path, content)

    files = [*found.changes.files, *([found.changes.compose] if found.changes.compose else [])]
    texts = {(file.service, file.name): text for file in files if (text := difference(file, sides))}
    return Comparison(
        found.before,
        found.after,
        found.changes,
        found.commits,
        found.undone,
        texts=texts,
        migrations=tuple(migration_change(path, *both(path)) for path in moved),
        variables=contract_changes(*both(PRODUCTION_CONTRACT)),
        values=target_changes(*both(PROJECT_FILE), both(PRODUCTION_CONTRACT)),
        direct=_direct(both(REQUIREMENTS), both(PACKAGES)),
        notes=found.notes,
    )


def _direct(
    requirements: tuple[str | None, str | None], packages: tuple[str | None, str | None]
) -> dict[str, frozenset[str]]:
    return {
        "python": required_packages(requirements[0]) | required_packages(requirements[1]),
        "os": listed_packages(packages[0]) | listed_packages(packages[1]),
    }
