"""Build, test and record a version: from a commit, never from the working tree.

Observe what the repository holds, decide whether this version may be released, then do it. The tag and the
release branch appear in one Git transaction at the very end, so a killed run leaves nothing to clean up.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dockdj import __version__
from dockdj.adapters import docker, git, git_remote
from dockdj.adapters.worktree import worktree
from dockdj.errors import DockdjError
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle import application, bundle_tree, dockerrun, leaks, records
from dockdj.lifecycle.assemble import assemble, local_tag
from dockdj.model.project import Project
from dockdj.model.release import Release, compose
from dockdj.model.release_rules import TAGS, AlreadyReleased, Observed, decide, listed
from dockdj.model.version import Version


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
        report(Warned(f"not tracked by Git, so not part of the release: {listed(left_out)}"))
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
    tagged = f"{TAGS}{version.tag}" in references
    remote = git.remote(repository)
    theirs = None if tagged or remote is None else _of_remote(repository, remote)
    default = git.default_branch(repository, theirs if isinstance(theirs, Mapping) else ())
    return Observed(
        commit=commit,
        explicit=revision is not None,
        modified=git.modified(repository),
        existing=records.of_tag(repository, version) if tagged else None,
        references=references,
        default_branch=default,
        on_default=git.on_branch(repository, default, commit),
        on_release=git.on_branch(repository, version.branch, commit),
        has_default_branch=git.has_branch(repository, default),
        has_release_branch=git.has_branch(repository, version.branch),
        shallow=git.is_shallow(repository),
        remote=remote or "",
        theirs=theirs,
    )


def _of_remote(repository: git.Repository, remote: str) -> Mapping[str, str] | DockdjError | None:
    """A remote's references, or why they are not known; None where this clone is a whole one and needs no network."""
    if git_remote.is_whole(repository, remote):
        return None
    try:
        return git.remote_references(repository, remote)
    except DockdjError as error:
        return error
