"""Release records where people find them: in the message of the annotated tag, below a summary."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from dockdj.adapters import git, git_tags
from dockdj.errors import ProjectError, Refused, UsageError
from dockdj.model.project import Project
from dockdj.model.record_head import Listed, head
from dockdj.model.release import Release, read
from dockdj.model.verification import record_finding
from dockdj.model.version import Version, attempt

MARK = "release.json "


def message(release: Release) -> str:
    """The tag's message: a summary for people, then the record's bytes on the last line."""
    services = ", ".join(release.document["services"])
    suites = "".join(
        f"{proof['suite']:<8} {proof['passed']} passed, {proof['failed']} failed, {proof['skipped']} skipped\n"
        for proof in release.document["evidence"]
    )
    return (
        f"{release.document['name']} {release.version}\n\n"
        f"record   {release.digest}\n"
        f"services {services}\n"
        f"{suites}\n"
        f"{MARK}{release.content.decode()}\n"
    )


def from_message(text: str) -> Release | None:
    """The release in a tag's message; None when the message holds none."""
    # Only a line feed ends a line here: JSON text may hold other separators.
    for line in reversed(text.split("\n")):
        if line.startswith(MARK):
            return checked(line.removeprefix(MARK).encode())
    return None


def checked(content: bytes) -> Release:
    """The release in a record's bytes, with every field that is read of one.

    Raises NewerSchema, or ProjectError for a damaged record and for one that lacks a field.
    """
    release = read(content)
    document = release.document
    try:
        _ = release.version, release.commit, message(release), record_finding(release, "")
        _ = (document["app"]["tree"], document["app"]["migrations"], document["compose"], document["created"])
        for service in document["services"].values():
            _ = [service[name] for name in ("diff_ids", "platform", "size", "source", "base", "runtime")]
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, UsageError) as error:
        raise ProjectError(
            "this release record lacks fields that each has",
            hint="was it edited, or made by an early dockdj? release the next version",
        ) from error
    return release


def of_tag(repository: git.Repository, version: Version) -> Release | None:
    """The release recorded in a version's tag, or None. Raises ProjectError when the record is damaged."""
    text = git.tag_message(repository, version.tag)
    try:
        return None if text is None else from_message(text)
    except ProjectError as error:
        raise type(error)(f"the tag {version.tag}: {error.message}", hint=error.hint) from error


def require(repository: git.Repository, version: Version) -> Release:
    """The release of this version. Raises Refused when it was not released, ProjectError when its record is damaged."""
    found = of_tag(repository, version)
    if found is None:
        raise Refused(
            f"{version} is not released: there is no tag {version.tag} with a release record",
            hint=f"dockdj release {version}, or fetch it: git fetch --tags; released versions: dockdj history",
        )
    if found.version != version:
        raise ProjectError(f"the tag {version.tag} holds the record of {found.version}: it was edited")
    return found


def of_project(project: Project, holding: Collection[str] = ()) -> tuple[Release, ...]:
    """Every release of a project, whole, oldest version first; where the beginning of each will do, `listed`.

    With `holding`, those whose records hold one of these texts: reading each takes milliseconds, looking does not.
    Tags that are none of ours are passed over, and so are damaged records: `require` names those.
    """
    found = []
    texts = [text.encode() for text in holding]
    for tag, message in git_tags.messages(git.find(project.root)):
        if attempt(tag.removeprefix("v")) and (not texts or any(text in message for text in texts)):
            with suppress(ProjectError):
                found += [release] if (release := from_message(message.decode(errors="replace"))) else []
    return tuple(sorted((one for one in found if one.document["name"] == project.name), key=lambda one: one.version))


def find(project: Project, version: Version) -> Release:
    """A project's release of this version. Raises as `require` does."""
    return require(git.find(project.root), version)


def at(root: Path, version: Version) -> Release:
    """The release of this version of the project in this folder. Raises as `require` does."""
    return require(git.find(root), version)


def listed(project: Project) -> tuple[Listed, ...]:
    """Every release of a project as a list shows it, oldest version first, in a fraction of what `of_project` takes.

    What of a record is read is its beginning: one that was edited further on is listed, and refused by `require`.
    """
    found = []
    mark = f"\n{MARK}".encode()
    for tag, message in git_tags.messages(git.find(project.root)):
        version = attempt(tag.removeprefix("v")) if tag.startswith("v") else None
        start = message.rfind(mark) + len(mark)
        if version and start >= len(mark):
            one = head(message[start:].partition(b"\n")[0], version)
            found += [one] if one and one.name == project.name else []
    return tuple(sorted(found, key=lambda one: one.version))
