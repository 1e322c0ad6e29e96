"""Compare two releases from their tags and commits: no image, no engine, no network."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from dockdj.adapters import project_file
from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import history as git_history
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Commit
from dockdj.errors import ProjectError
from dockdj.lifecycle.diff.files import Sides, Tree, difference, text_of, wanted
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.diff.application import VariableChange, direct
from dockdj.model.diff.changes import Changes, diff
from dockdj.model.diff.direction import Change
from dockdj.model.diff.migrations import MigrationChange, differing, migration_change
from dockdj.model.diff.project_files import TargetValueChange, contract_changes, target_changes
from dockdj.model.project.project import PROJECT_FILE, Project
from dockdj.model.project.recipe import PRODUCTION_CONTRACT
from dockdj.model.release.origin import descent
from dockdj.model.release.record import Release
from dockdj.model.version import Version, attempt


@dataclass(frozen=True)
class Comparison:
    """Two releases and what differs: in their records, and in the commits they were made from.

    `texts` holds the difference of configuration files, by service and path; the compose file's service is empty.
    `direct` names, by kind, the packages that the project itself asks for on either side; None where no record says.
    `migrations` are all where both commits are here, else those that the records call irreversible. `notes` are what
    could not be compared, and what a target has besides its release.
    """

    before: Release
    after: Release
    changes: Changes
    commits: tuple[Commit, ...] = ()
    undone: tuple[Commit, ...] = ()
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
    return compare_at(project.root, before, after, notes)


def compare_at(root: Path, before: Version, after: Version, notes: tuple[str, ...] = ()) -> Comparison:
    """The same for the project in this folder."""
    repository, name = git.find(root), project_file.name_at(root)
    old, new = (release_tags.require(repository, version, name) for version in (before, after))
    found = of_records(old, new, notes)
    if old.commit == new.commit and not (found.changes.files or found.changes.compose):
        return found
    if old.commit != new.commit:
        commits, undone = git_history.between(repository, old.commit, new.commit)
        found = replace(found, commits=commits, undone=undone)
    trees = _trees(repository, old, new)
    absent = tuple(
        f"{release.commit[:12]}, the commit of {release.version}, is not in this clone: texts, target values and all "
        "but irreversible migrations are not compared (git fetch --tags --unshallow)"
        for release, tree in zip((old, new), trees, strict=True)
        if tree is None
    )
    one, two = trees
    if one is None or two is None:
        return replace(found, notes=(*found.notes, *absent))
    return _with_commits(repository, found, one, two)


def of_records(before: Release, after: Release, notes: tuple[str, ...] = ()) -> Comparison:
    """What the two records alone say."""
    changes = diff(before, after)
    for one in changes.restacks:
        for side in (before, after):
            if str(side.version) == one.of and side.digest != one.of_digest:
                notes += (f"{one.version} was made from another record of {one.of}: {one.of_digest}",)
    going: Change = "add" if before.version < after.version else "remove"
    names = (name.partition(".") for name in changes.irreversible)
    return Comparison(
        before,
        after,
        changes,
        migrations=tuple(MigrationChange(app, name, "", going, False, ()) for app, _, name in names),
        variables=changes.variables,
        direct=direct(before, after),
        notes=notes,
    )


def _trees(repository: git.Repository, old: Release, new: Release) -> tuple[Tree | None, Tree | None]:
    """The files of both commits; where a release has the stack of others, their files stand behind its own."""
    blobs: dict[str, dict[str, str] | None] = {}
    sides: list[Tree | None] = []
    for release in (old, new):
        commits = _commits(repository, release)
        for commit in commits:
            if commit not in blobs:
                blobs[commit] = git_files.blobs(repository, commit)
        own, *others = (blobs[commit] for commit in commits)
        sides.append(None if own is None else Tree(own, tuple(one for one in others if one is not None)))
    return sides[0], sides[1]


def _commits(repository: git.Repository, release: Release) -> list[str]:
    """A release's commit and, for a restack, those that its stack may come from, the nearest first."""
    found = [release.commit]
    seen = {str(release.version)}
    current: Release | None = release
    while current and (origin := descent(current)) and origin.stack_from and origin.stack_from not in seen:
        seen.add(origin.stack_from)
        version, current = attempt(origin.stack_from), None
        # Of a damaged record no commit is known; the two releases are compared all the same.
        with suppress(ProjectError):
            current = release_tags.of_tag(repository, version) if version else None
        found += [current.commit] if current else []
    return list(dict.fromkeys(found))


def _with_commits(repository: git.Repository, found: Comparison, old: Tree, new: Tree) -> Comparison:
    """The comparison with what the two trees say besides."""
    moved = differing(old.own, new.own)
    fixed = (*moved, PROJECT_FILE, PRODUCTION_CONTRACT)
    content = git_files.texts(repository, wanted(found.changes, (old, new), fixed))
    sides = Sides(old, new, content)

    def both(path: str) -> tuple[str | None, str | None]:
        return text_of(old.own, path, content), text_of(new.own, path, content)

    files = [*found.changes.files, *([found.changes.compose] if found.changes.compose else [])]
    return replace(
        found,
        texts={(file.service, file.name): text for file in files if (text := difference(file, sides))},
        migrations=tuple(migration_change(path, *both(path)) for path in moved),
        variables=contract_changes(*both(PRODUCTION_CONTRACT)),
        values=target_changes(*both(PROJECT_FILE), both(PRODUCTION_CONTRACT)),
    )
