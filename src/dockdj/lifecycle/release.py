"""Build, test and record a version: from a commit, never from the working tree.

Observe what the repository holds, decide whether this version may be released, then do it. The tag and the
release branch appear in one Git transaction at the very end, so a killed run leaves nothing to clean up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from dockdj import __version__
from dockdj.adapters import docker, git
from dockdj.adapters.worktree import worktree
from dockdj.errors import Refused
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle import application, bundle_tree, dockerrun, leaks, records
from dockdj.lifecycle.assemble import assemble, local_tag
from dockdj.model.project import Project
from dockdj.model.release import Release, compose
from dockdj.model.version import Version

SHOWN_FILES = 10


@dataclass(frozen=True)
class Observed:
    """What the repository says before a release."""

    commit: str
    explicit: bool
    modified: tuple[str, ...]
    existing: Release | None
    references: Mapping[str, str]
    default_branch: str
    on_default: bool
    on_release: bool
    has_release_branch: bool = False
    shallow: bool = False
    project: str = ""


@dataclass(frozen=True)
class AlreadyReleased:
    """The version exists with this very commit: nothing to do."""

    release: Release


@dataclass(frozen=True)
class MakeRelease:
    """Release this commit, and make this branch unless it is None (it exists)."""

    commit: str
    branch: str | None


def release(
    project: Project, version: Version, *, revision: str | None = None, report: Report = silent
) -> tuple[Release, bool]:
    """Release a version; returns it, and whether it was made now.

    Raises Refused when the state forbids it, a test fails or a secret would be part of it, UsageError for an unknown
    revision.
    """
    repository = git.find(project.root)
    with step(report, f"look at the repository for {version}"):
        observed = replace(observe(repository, version, revision), project=project.name)
        decision = decide(version, observed)
    if isinstance(decision, AlreadyReleased):
        return decision.release, False
    if git.text_at(repository, decision.commit, ".gitmodules") is not None:
        report(Warned("submodules are not part of a release: their folders are empty in the build"))
    if left_out := git.untracked(repository):
        report(Warned(f"not tracked by Git, so not part of the release: {_listed(left_out)}"))
    docker.require_engine()
    require_sealing(project, repository)
    with worktree(repository, decision.commit) as folder:
        dockerrun.check(project, folder)
        bundle_tree.check(project, folder)
        parts = assemble(project, version, folder, report, tree=git.tree(repository, decision.commit))
        made = record(project, repository, version, decision.commit, parts, report)
    seal(project, repository, made, decision.branch, report)
    return made, True


def require_sealing(project: Project, repository: git.Repository) -> None:
    """Raise ProjectError before a long build for what its end needs: who releases, and secrets to search for."""
    git.identity(repository)
    leaks.of_machine(project)


def record(
    project: Project,
    repository: git.Repository,
    version: Version,
    commit: str,
    parts: Mapping[str, Any],
    report: Report,
    *,
    restack_of: Mapping[str, Any] | None = None,
) -> Release:
    """The record of images that were built and tested from a commit; `parts` are those of `assemble`."""
    with step(report, "write the release record"):
        # Releases of other projects in the repository are not ours.
        earlier = [one for one in records.listed(project) if one.version < version]
        parent = earlier[-1] if earlier else None
        app, application_print = application.describe(repository, commit, parent.commit if parent else None)
        return compose(
            name=project.name,
            version=version,
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            by=git.identity(repository).partition(" <")[0],
            tool=f"dockdj {__version__}",
            parent=parent.digest if parent else None,
            app=app,
            application=application_print,
            platform=project.recipe.answers.get("platform", "docker"),
            restack_of=restack_of,
            **parts,
        )


def seal(project: Project, repository: git.Repository, made: Release, branch: str | None, report: Report) -> None:
    """Make a record the release of its version: search secrets, then tag its commit, and make the branch if named.

    Raises Refused when a secret would be part of it.
    """
    version = made.version
    with step(report, "search secrets"):
        leaks.check(project, repository, made, {name: local_tag(project, version, name) for name in made.configs})
    with step(report, f"tag {version.tag}" + (f" and branch {branch}" if branch else "")):
        git.create_release(repository, version.tag, made.commit, records.message(made), branch)


def observe(repository: git.Repository, version: Version, revision: str | None) -> Observed:
    """What a release of this version meets in the repository."""
    commit = git.resolve(repository, revision or "HEAD")
    references = git.references(repository)
    default = git.default_branch(repository)
    return Observed(
        commit=commit,
        explicit=revision is not None,
        modified=git.modified(repository),
        existing=records.of_tag(repository, version) if f"refs/tags/{version.tag}" in references else None,
        references=references,
        default_branch=default,
        on_default=git.on_branch(repository, default, commit),
        on_release=git.on_branch(repository, version.branch, commit),
        has_release_branch=git.has_branch(repository, version.branch),
        shallow=git.is_shallow(repository),
    )


def decide(version: Version, observed: Observed) -> AlreadyReleased | MakeRelease:
    """Whether this version may be released from this commit. Raises Refused with the reason."""
    if version.stack:
        raise Refused(f"{version} names a restack, which a release does not make", hint="release MAJOR.MINOR.PATCH")
    tagged = observed.references.get(f"refs/tags/{version.tag}")
    existing = observed.existing
    if existing and observed.project and existing.document["name"] != observed.project:
        raise Refused(
            f"the tag {version.tag} is a release of `{existing.document['name']}` in this repository",
            hint="projects that share a repository share its version numbers: release the next one",
        )
    if existing and existing.commit == tagged == observed.commit:
        return AlreadyReleased(existing)
    if tagged is not None and tagged == observed.commit:
        held = f"the record of another commit, {existing.commit[:12]}" if existing else "no release record"
        raise Refused(
            f"the tag {version.tag} exists with other content: it holds {held}",
            hint=f"release the next version; of a tag made by hand: git tag --delete {version.tag}, and release again",
        )
    if tagged is not None:
        raise Refused(
            f"the tag {version.tag} exists with other content: it names {tagged[:12]}, not {observed.commit[:12]}",
            hint=f"release the next version, or see what {version.tag} holds: dockdj show {version}",
        )
    if observed.modified and not observed.explicit:
        raise Refused(
            f"tracked files are modified and would not be part of the release: {_listed(observed.modified)}",
            hint=f"commit them first, or release the last commit without them: dockdj release {version} --commit HEAD",
        )
    return _from_branch(version, observed)


def _from_branch(version: Version, observed: Observed) -> MakeRelease:
    """Whether the commit is where this version may come from. Raises Refused with the reason."""
    short = observed.commit[:12]
    deepen = "the clone is shallow, so Git cannot tell: git fetch --unshallow --tags, then release again"
    if version.patch > 0 and observed.has_release_branch:
        if not observed.on_release:
            raise Refused(
                f"{version} is a patch: it is released from {version.branch}, which has no commit {short}",
                hint=deepen
                if observed.shallow
                else f"git switch {version.branch}, bring the fix there (git cherry-pick), and release again",
            )
        return MakeRelease(observed.commit, None)
    if observed.has_release_branch:
        raise Refused(
            f"the branch {version.branch} exists, but the tag {version.tag} does not",
            hint=f"release a patch from that branch, or see what it is: git log {version.branch}",
        )
    if not observed.on_default:
        raise Refused(
            f"{version} is released from the branch {observed.default_branch}, which has no commit {short}",
            hint=deepen if observed.shallow else f"git switch {observed.default_branch} and merge, then release again",
        )
    return MakeRelease(observed.commit, version.branch)


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else ""
    return ", ".join(names[:SHOWN_FILES]) + more
