"""Decide from the repository, before any build, if a version may be released from a commit.

The rules of versions and branches are those of the how-to "Make a patch release".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dockdj.errors import Refused
from dockdj.model.listing import in_words
from dockdj.model.release.blocked import require_free
from dockdj.model.release.record import Release
from dockdj.model.version import Version, attempt

TAGS = "refs/tags/"
BRANCHES = "refs/heads/"


@dataclass(frozen=True)
class NoRemoteNeeded:
    """There is no remote, or this clone has all of its branches: no remote was asked."""


@dataclass(frozen=True)
class RemoteReferences:
    """The remote's branches and tags: full name -> id."""

    references: Mapping[str, str]


@dataclass(frozen=True)
class RemoteSilent:
    """The remote did not list its references, for this cause."""

    cause: str


RemoteState = NoRemoteNeeded | RemoteReferences | RemoteSilent


@dataclass(frozen=True)
class Observed:
    """The facts of a repository before a release.

    `remote` is the remote's name, empty without a remote. `remote_state` is the remote's answer, if it was asked.
    """

    commit: str
    explicit: bool
    modified: tuple[str, ...]
    existing: Release | None
    references: Mapping[str, str]
    default_branch: str
    on_default: bool
    on_release: bool
    has_default_branch: bool = True
    has_release_branch: bool = False
    shallow: bool = False
    project: str = ""
    remote: str = ""
    remote_state: RemoteState = NoRemoteNeeded()


@dataclass(frozen=True)
class AlreadyReleased:
    """The version is already released from this commit: there is nothing to do."""

    release: Release


@dataclass(frozen=True)
class MakeRelease:
    """Release this commit, and make this branch unless it is None (it exists)."""

    commit: str
    branch: str | None


def decide(version: Version, observed: Observed) -> AlreadyReleased | MakeRelease:
    """Decide if this version may be released from this commit. Raises Refused with the reason."""
    if version.stack:
        raise Refused(f"{version} names a restack, which a release does not make", hint="release MAJOR.MINOR.PATCH")
    tagged = observed.references.get(f"{TAGS}{version.tag}")
    existing = observed.existing
    if existing and observed.project and existing.name != observed.project:
        raise Refused(
            f"the tag {version.tag} is a release of `{existing.name}` in this repository",
            hint="projects that share a repository share its version numbers: release the next one",
        )
    if existing and existing.commit == tagged == observed.commit:
        return AlreadyReleased(existing)
    if tagged is not None and tagged == observed.commit:
        held = f"the record of another commit, {existing.commit[:12]}" if existing else "no release record"
        raise Refused(
            f"the tag {version.tag} exists with other content: it holds {held}",
            hint=f"release the next version; for a tag made by hand: git tag --delete {version.tag}, and release again",
        )
    if tagged is not None:
        raise Refused(
            f"the tag {version.tag} exists with other content: it names {tagged[:12]}, not {observed.commit[:12]}",
            hint=f"release the next version, or see what {version.tag} holds: dockdj show {version}",
        )
    if observed.modified and not observed.explicit:
        raise Refused(
            f"tracked files are modified and would not be part of the release: {in_words(observed.modified)}",
            hint=f"commit them first, or release the last commit without them: dockdj release {version} --commit HEAD",
        )
    _require_whole(version, observed)
    decision = _from_branch(version, observed)
    require_free(references_of(version, decision.branch), observed.references, observed.remote)
    if isinstance(observed.remote_state, RemoteReferences):
        theirs = observed.remote_state.references
        require_free(references_of(version, decision.branch), theirs, observed.remote, at_remote=True)
    return decision


def references_of(version: Version, branch: str | None) -> tuple[str, ...]:
    """The full names of a release's tag and, unless it is None, its branch."""
    return (f"{TAGS}{version.tag}", *((f"{BRANCHES}{branch}",) if branch else ()))


def _require_whole(version: Version, observed: Observed) -> None:
    """Raise Refused if this clone lacks the remote's version tags or the branch, which decide."""
    remote = observed.remote_state
    if isinstance(remote, NoRemoteNeeded):
        return
    if isinstance(remote, RemoteSilent):
        raise Refused(
            f"this clone has only a part of `{observed.remote}`, which does not say whether {version} is released: "
            f"{remote.cause}",
            hint=f"{_fetch(observed)}, then release again",
        )
    versions = (tagged(name) for name in remote.references if name not in observed.references)
    tags = sorted(filter(None, versions), reverse=True)
    branch = _lacking_branch(version, observed, remote.references)
    if missing := (*((f"the branch {branch}",) if branch else ()), *(tag.tag for tag in tags)):
        raise Refused(
            f"this clone has only a part of `{observed.remote}`; it lacks {in_words(missing)}",
            hint=f"{_fetch(observed, branch)}, then release again",
        )


def _lacking_branch(version: Version, observed: Observed, references: Mapping[str, str]) -> str:
    """The remote's branch for this version if this clone lacks the branch; else an empty text."""
    if observed.has_release_branch:
        return ""
    if f"{BRANCHES}{version.branch}" in references:
        return version.branch
    default = observed.default_branch
    return default if f"{BRANCHES}{default}" in references and not observed.has_default_branch else ""


def _fetch(observed: Observed, branch: str = "") -> str:
    """The command that fetches the missing tags and branch."""
    depth = "--unshallow " if observed.shallow else ""
    return f"git fetch {depth}--tags {observed.remote}" + (f" {branch}:{branch}" if branch else "")


def tagged(reference: str) -> Version | None:
    """The version whose tag has this full name; None for any other reference."""
    return attempt(reference.removeprefix(f"{TAGS}v")) if reference.startswith(f"{TAGS}v") else None


def _from_branch(version: Version, observed: Observed) -> MakeRelease:
    """Require that the commit is on the branch of this version. Raises Refused with the reason."""
    short = observed.commit[:12]
    deepen = f"the clone is shallow, so Git cannot tell: {_fetch(observed)}, then release again"
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
    series = [other for name in observed.references if (other := tagged(name)) and other.branch == version.branch]
    if series:
        newest = max(series)
        make = f"git branch {version.branch} {newest.tag}"
        raise Refused(
            f"{newest} is released, and its branch {version.branch} is not here",
            hint=f"{_fetch(observed, version.branch)}; if the branch is lost: {make}" if observed.remote else make,
        )
    if not observed.on_default:
        raise Refused(
            f"{version} is released from the branch {observed.default_branch}, which has no commit {short}",
            hint=deepen if observed.shallow else f"git switch {observed.default_branch} and merge, then release again",
        )
    return MakeRelease(observed.commit, version.branch)
