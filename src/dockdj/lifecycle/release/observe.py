"""Observe the facts of a repository that decide if a version may be released."""

from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import remote as git_remote
from dockdj.adapters.git import repository as git
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.release.rules import (
    TAGS,
    NoRemoteNeeded,
    Observed,
    RemoteReferences,
    RemoteSilent,
    RemoteState,
)
from dockdj.model.version import Version


def observe(repository: git.Repository, version: Version, revision: str | None) -> Observed:
    """Read the repository for a release of this version. Raises UsageError for an unknown revision."""
    commit = git.resolve(repository, revision or "HEAD")
    remote = git_remote.name(repository)
    references = git_references.read(repository, remote)
    tagged = f"{TAGS}{version.tag}" in references.commits
    remote_state = NoRemoteNeeded() if tagged or remote is None else _ask_remote(repository, remote)
    default = references.default_branch(remote_state.references if isinstance(remote_state, RemoteReferences) else ())
    default_places, release_places = references.places(default), references.places(version.branch)
    holders = git_references.containing(repository, commit, (*default_places, *release_places))
    return Observed(
        commit=commit,
        explicit=revision is not None,
        modified=git.modified(repository),
        existing=release_tags.of_tag(repository, version) if tagged else None,
        references=references.commits,
        default_branch=default,
        on_default=not holders.isdisjoint(default_places),
        on_release=not holders.isdisjoint(release_places),
        has_default_branch=bool(default_places),
        has_release_branch=bool(release_places),
        shallow=repository.shallow,
        remote=remote or "",
        remote_state=remote_state,
    )


def _ask_remote(repository: git.Repository, remote: str) -> RemoteState:
    """The remote's references; a complete clone needs no network."""
    if git_remote.is_whole(repository, remote):
        return NoRemoteNeeded()
    answer = git_remote.ask(repository, remote)
    return RemoteSilent(answer.failure.message) if answer.failure else RemoteReferences(answer.objects)
