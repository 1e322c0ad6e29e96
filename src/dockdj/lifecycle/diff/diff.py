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
from dockdj.lifecycle.history.layout import layout_at
from dockdj.model.diff.application import VariableChange, direct
from dockdj.model.diff.changes import Changes, diff
from dockdj.model.diff.direction import Change
from dockdj.model.diff.migrations import MigrationChange, differing, graph_changes, migration_change, told
from dockdj.model.diff.project_files import TargetValueChange, contract_changes, target_changes
from dockdj.model.project.project import PROJECT_FILE, Project
from dockdj.model.release.origin import descent
from dockdj.model.release.record import Release
from dockdj.model.version import Version, attempt


@dataclass(frozen=True)
class Comparison:
    """Two releases and the differences of their records and of their commits.

    `texts` are the differences of configuration files, by service and path; the service of the compose file is empty.
    `migrations` are all migrations if both records have Django's word or this clone has both commits, else the
    irreversible ones in the records. `notes`
    tell what could not be compared, and what a target has in addition to its release.
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
    notes: tuple[str, ...] = ()

    @property
    def direct(self) -> Mapping[str, frozenset[str]]:
        """Kind -> names of the packages that the project itself asks for on either side."""
        return direct(self.before, self.after)

    @property
    def empty(self) -> bool:
        """Equality of the two releases' content."""
        return self.changes.empty and not (self.migrations or self.variables or self.values)


def compare(project: Project, before: Version, after: Version, notes: tuple[str, ...] = ()) -> Comparison:
    """Compare two released versions. Raises Refused if a version is not released."""
    return compare_at(project.root, before, after, notes)


def compare_at(root: Path, before: Version, after: Version, notes: tuple[str, ...] = ()) -> Comparison:
    """Compare two released versions of the project in this folder. Raises Refused if a version is not released."""
    repository, name = git.find(root), project_file.name_at(root)
    old, new = (release_tags.require(repository, version, name) for version in (before, after))
    comparison = of_records(old, new, notes)
    if old.commit == new.commit and not (comparison.changes.files or comparison.changes.compose):
        return comparison
    if old.commit != new.commit:
        commits, undone = git_history.between(repository, old.commit, new.commit)
        comparison = replace(comparison, commits=commits, undone=undone)
    trees = _trees(repository, old, new)
    absent = tuple(
        f"{release.commit[:12]}, the commit of {release.version}, is not in this clone: texts, target values and all "
        "but irreversible migrations are not compared (git fetch --tags --unshallow)"
        for release, tree in zip((old, new), trees, strict=True)
        if tree is None
    )
    one, two = trees
    if one is None or two is None:
        return replace(comparison, notes=(*comparison.notes, *absent))
    return _with_commits(repository, comparison, one, two)


def of_records(before: Release, after: Release, notes: tuple[str, ...] = ()) -> Comparison:
    """Compare two releases by their records alone."""
    changes = diff(before, after)
    for restack in changes.restacks:
        for side in (before, after):
            if str(side.version) == restack.of and side.digest != restack.of_digest:
                notes += (f"{restack.version} was made from another record of {restack.of}: {restack.of_digest}",)
    going: Change = "add" if before.version < after.version else "remove"
    names = (name.partition(".") for name in changes.irreversible)
    one, two = before.app.django, after.app.django
    final = tuple(MigrationChange(app, name, "", going, False, (), "irreversible") for app, _, name in names)
    return Comparison(
        before,
        after,
        changes,
        migrations=graph_changes(one, two) if one and two else final,
        variables=changes.variables,
        notes=notes,
    )


def _trees(repository: git.Repository, old: Release, new: Release) -> tuple[Tree | None, Tree | None]:
    """The files of both commits. Behind a restack's own files are those of the releases whose stack it has."""
    blobs: dict[str, dict[str, str] | None] = {}
    sides: list[Tree | None] = []
    for release in (old, new):
        commits = _commits(repository, release)
        for commit in commits:
            if commit not in blobs:
                blobs[commit] = git_files.blobs(repository, commit)
        own, *others = (blobs[commit] for commit in commits)
        behind = tuple(files for files in others if files is not None)
        sides.append(None if own is None else Tree(own, layout_at(repository, release.commit), behind))
    return sides[0], sides[1]


def _commits(repository: git.Repository, release: Release) -> list[str]:
    """A release's commit and, for a restack, the commits that its stack may come from, the nearest first."""
    commits = [release.commit]
    versions = {str(release.version)}
    current: Release | None = release
    while current and (origin := descent(current)) and origin.stack_from and origin.stack_from not in versions:
        versions.add(origin.stack_from)
        version, current = attempt(origin.stack_from), None
        # The commit of a damaged record is unknown. The two releases are compared without it.
        with suppress(ProjectError):
            current = release_tags.of_tag(repository, version) if version else None
        commits += [current.commit] if current else []
    return list(dict.fromkeys(commits))


def _with_commits(repository: git.Repository, comparison: Comparison, old: Tree, new: Tree) -> Comparison:
    """The comparison with the differences of the two trees."""
    moved = differing(old.own, new.own)
    contracts = [tree.layout.production.contract for tree in (old, new)]
    fixed = (*moved, PROJECT_FILE, *contracts)
    content = git_files.texts(repository, wanted(comparison.changes, (old, new), fixed))
    sides = Sides(old, new, content)

    def both(path: str) -> tuple[str | None, str | None]:
        return text_of(old.own, path, content), text_of(new.own, path, content)

    before, after = (text_of(tree.own, path, content) for tree, path in zip((old, new), contracts, strict=True))
    compose = comparison.changes.compose and replace(comparison.changes.compose, name=new.layout.production.compose)
    changes = replace(comparison.changes, compose=compose)
    return replace(
        comparison,
        changes=changes,
        texts={(file.service, file.name): text for file in changes.configuration if (text := difference(file, sides))},
        migrations=_migrations(comparison, (old, new), tuple(migration_change(path, *both(path)) for path in moved)),
        variables=contract_changes(before, after),
        values=target_changes(*both(PROJECT_FILE), (before, after)),
    )


def _migrations(
    comparison: Comparison, trees: tuple[Tree, Tree], sources: tuple[MigrationChange, ...]
) -> tuple[MigrationChange, ...]:
    """The migrations that differ: by both records if they have Django's word, else by the sources in the commits."""
    graphs = [release.app.django for release in (comparison.after, comparison.before)]
    after, before = graphs
    if after and before:
        old, new = trees[0].own, trees[1].own
        paths = {migration.path for migration in after.migrations.values()}
        return graph_changes(before, after, {path for path in paths if old.get(path) != new.get(path)})
    return tuple(told(change, [graph for graph in graphs if graph]) for change in sources)
