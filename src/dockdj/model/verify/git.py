"""Findings about a release in Git: tag, tag at the remote, branch and commit, compared with the record."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dockdj.model.release.record import Release
from dockdj.model.verify.finding import ABSENT, Finding, judged, short
from dockdj.model.version import Version

ANNOTATED = "tag"
# Git appends a signature to the message it signs (gitformat-signature(5)).
SIGNATURES = (b"\n-----BEGIN PGP SIGNATURE-----\n", b"\n-----BEGIN SSH SIGNATURE-----\n")


@dataclass(frozen=True)
class TagSeen:
    """A tag as a repository has it: the id and type of its object, the commit it leads to (empty when to none),
    and the message's bytes, empty for a lightweight tag."""

    id: str
    type: str
    commit: str
    message: bytes = b""


@dataclass(frozen=True)
class CommitSeen:
    """The record's commit in a repository: the tree of the project's folder, the digest of the compose file in it and
    the fingerprint of the application, each None when the commit has none."""

    tree: str | None
    compose: str | None
    application: str | None


def tag_finding(
    version: Version,
    seen: TagSeen | None,
    held: Release | str,
    expected: tuple[Release, bytes] | None,
    *,
    elsewhere: bool,
) -> Finding:
    """The finding about the tag in this repository.

    `held` is the release in its message, or the reason why it has none. `expected` is the verified release and its
    tag's message, None if no place has a record. `elsewhere` is true if the remote has the tag.
    """
    place = f"tag {version.tag}"
    if seen is None:
        if elsewhere:
            return Finding(place, ABSENT, ("the remote has it: git fetch --tags",))
        return judged(place, ["it is gone, here and at the remote"])
    return judged(place, _of_tag(version, seen, held, expected), f"annotated, with the record, on {seen.commit[:12]}")


def _of_tag(
    version: Version, seen: TagSeen, held: Release | str, expected: tuple[Release, bytes] | None
) -> Iterator[str]:
    if seen.type != ANNOTATED:
        yield f"it is a lightweight tag on {seen.commit[:12]}, without a record: it was replaced"
    elif isinstance(held, str):
        yield f"its message was edited: {held}"
    elif held.version != version:
        yield f"it has the record of {held.version}: it was moved"
    if expected is None:
        return
    release, message = expected
    if seen.commit != release.commit:
        yield f"it names commit {seen.commit[:12] or 'none'}, and the record {release.commit[:12]}: it was moved"
    if isinstance(held, Release) and held.digest == release.digest and unsigned(seen.message) != message:
        yield "its message was edited outside the record"


def unsigned(message: bytes) -> bytes:
    """A tag's message without the signature that Git puts below it."""
    for mark in SIGNATURES:
        head, found, _ = message.partition(mark)
        if found:
            return head + b"\n"
    return message


def remote_tag_finding(
    version: Version, remote: str, references: Mapping[str, str], own: TagSeen | None, release: Release | None
) -> Finding:
    """The tag at the remote; `references` are its names with the ids of their objects, annotated tags also with
    `^{}` behind the name and the id of the commit (git-ls-remote(1))."""
    place, name = f"tag {version.tag} at {remote}", f"refs/tags/{version.tag}"
    if name not in references:
        return Finding(place, ABSENT, ("not pushed",))
    return judged(place, _of_remote_tag(references, name, own, release), _remote_note(references[name], own))


def _of_remote_tag(
    references: Mapping[str, str], name: str, own: TagSeen | None, release: Release | None
) -> Iterator[str]:
    theirs, commit = references[name], references.get(f"{name}^{{}}")
    if commit is None:
        yield f"it is a lightweight tag on {theirs[:12]}"
    elif release is not None and commit != release.commit:
        yield f"it names commit {commit[:12]}, and the record {release.commit[:12]}: it was moved"
    if own is not None and theirs != own.id:
        yield f"it is another tag than here: object {theirs[:12]}, here {own.id[:12]}"


def _remote_note(theirs: str, own: TagSeen | None) -> str:
    return f"object {theirs[:12]}, as here" if own else "on the record's commit; its message was not fetched"


def branch_finding(version: Version, contains: Mapping[str, bool | None], release: Release) -> Finding:
    """The release branch; `contains` says per place (`here`, a remote's name) whether it has the record's commit,
    None when the branch there has commits that are unknown here."""
    place = f"branch {version.branch}"
    if not contains:
        return Finding(place, ABSENT, ("no such branch",))
    lost = [where for where, found in contains.items() if found is False]
    ahead = [where for where, found in contains.items() if found is None]
    note = (
        f"has new commits at {', '.join(ahead)}: git fetch shows them" if ahead else f"contains {release.commit[:12]}"
    )
    return judged(place, [f"{_at(where)} it does not contain {release.commit[:12]}" for where in lost], note)


def _at(where: str) -> str:
    return where if where == "here" else f"at {where}"


def commit_finding(seen: CommitSeen | None, release: Release) -> Finding:
    """The record's commit against what the record says of it; None when this repository does not have it."""
    place = f"commit {release.commit[:12]}"
    if seen is None:
        return Finding(place, ABSENT, ("not in this repository: git fetch --tags",))
    return judged(place, _of_commit(seen, release), f"tree {seen.tree[:12]}" if seen.tree else "")


def _of_commit(seen: CommitSeen, release: Release) -> Iterable[str]:
    tree, compose, application = release.app.tree, release.compose, release.fingerprint.app
    if seen.tree != tree:
        yield f"the project's tree is {(seen.tree or 'none')[:12]}, and the record names {tree[:12]}"
    if seen.compose != compose:
        yield f"the compose file is {short(seen.compose or 'none')}, and the record names {short(compose)}"
    if seen.application != application:
        yield f"the application is {short(seen.application or 'none')}, and the record names {short(application)}"
