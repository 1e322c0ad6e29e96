"""Look at what Git holds of a release, here and at the remote, without changing anything."""

from dataclasses import dataclass

from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import remote as git_remote
from dockdj.adapters.git import repository as git
from dockdj.adapters.git import tags as git_tags
from dockdj.adapters.git.remote import RemoteAnswer
from dockdj.errors import DockdjError, UsageError
from dockdj.events import Report, step
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.layout import layout_at
from dockdj.lifecycle.release import app_fields
from dockdj.model.canonical import digest_of
from dockdj.model.release.record import Release
from dockdj.model.verify.finding import ABSENT, UNASKED, Finding
from dockdj.model.verify.git import CommitSeen, TagSeen, branch_finding, commit_finding, remote_tag_finding, tag_finding
from dockdj.model.version import Version


@dataclass(frozen=True)
class GitSeen:
    """The tag, the record in it or the reason why it has none, and the remote's references."""

    tag: TagSeen | None
    record: Release | str
    remote: RemoteAnswer


def observe(repository: git.Repository, version: Version, report: Report) -> GitSeen:
    """Read the tag and ask the remote. Raises NewerSchema if a newer dockdj wrote the tag's record."""
    with step(report, f"look at {version.tag} in Git"):
        tag = git_tags.tag(repository, version.tag)
        tag_seen = TagSeen(tag.id, tag.type, tag.commit, tag.message) if tag else None
        remote = git_remote.ask(repository, git_remote.name(repository))
        return GitSeen(tag_seen, record_in(tag_seen), remote)


def record_in(tag: TagSeen | None) -> Release | str:
    """The release in a tag's message, or the reason why it has none. Raises NewerSchema."""
    content = release_tags.content_in(tag.message) if tag else None
    return "it has no release record" if content is None else release_tags.usable(content)


def findings(
    repository: git.Repository, version: Version, seen: GitSeen, release: Release | None
) -> tuple[Finding, ...]:
    """Compare Git with the record; without a record, only the tags."""
    tag_at_remote = f"refs/tags/{version.tag}" in seen.remote.objects
    expected = (release, release_tags.message(release).encode()) if release else None
    found = [tag_finding(version, seen.tag, seen.record, expected, elsewhere=tag_at_remote)]
    remote = seen.remote
    if remote.failure:
        found.append(Finding(f"tag {version.tag} at {remote.name}", UNASKED, (because(remote.failure),)))
    elif not remote.name:
        found.append(Finding("tag at the remote", ABSENT, ("no Git remote",)))
    else:
        found.append(remote_tag_finding(version, remote.name, remote.objects, seen.tag, release))
    if release is not None:
        found.append(branch_finding(version, _contains(repository, version, seen, release.commit), release))
        found.append(commit_finding(_commit(repository, release.commit), release))
    return tuple(found)


def because(failure: DockdjError) -> str:
    """The reason why a place did not answer, and what to type."""
    return f"{failure.message} ({failure.hint})" if failure.hint else failure.message


def _contains(repository: git.Repository, version: Version, seen: GitSeen, commit: str) -> dict[str, bool | None]:
    # A restack's commit may join an application with another stack: its parent is then what a branch has.
    places = git_references.read(repository, seen.remote.name).places(version.branch)
    holders = git_references.containing(repository, commit, places)
    if version.stack and not holders and git.knows(repository, f"{commit}^"):
        commit = git.resolve(repository, f"{commit}^")
        holders = git_references.containing(repository, commit, places)
    found: dict[str, bool | None] = {}
    if places:
        found["here"] = bool(holders)
    theirs = seen.remote.objects.get(f"refs/heads/{version.branch}")
    if theirs is not None:
        found[seen.remote.name] = git.contains(repository, theirs, commit) if git.knows(repository, theirs) else None
    return found


def _commit(repository: git.Repository, commit: str) -> CommitSeen | None:
    if not git.knows(repository, commit):
        return None
    try:
        tree = git.tree(repository, commit)
    except UsageError:
        return CommitSeen(None, None, None)
    compose = git_files.content_at(repository, commit, layout_at(repository, commit).production.compose)
    application_print = app_fields.print_of(repository, commit)
    return CommitSeen(tree, None if compose is None else digest_of(compose), application_print)
