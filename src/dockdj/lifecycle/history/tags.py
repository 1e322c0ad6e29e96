"""Release records in the messages of annotated tags, below a summary for people."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from dockdj.adapters import project_file
from dockdj.adapters.git import repository as git
from dockdj.adapters.git import tags as git_tags
from dockdj.errors import ProjectError, Refused
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release
from dockdj.model.release.schema import head, read
from dockdj.model.release.summary import Listed, Unread
from dockdj.model.release.validation import NewerSchema
from dockdj.model.version import Version, attempt

MARK = "release.json "


def message(release: Release) -> str:
    """The message of a release's tag: a summary for people, and the record's bytes on the last line."""
    services = ", ".join(release.services)
    suites = "".join(
        f"{result.suite:<8} {result.passed} passed, {result.failed} failed, {result.skipped} skipped\n"
        for result in release.evidence
    )
    return (
        f"{release.name} {release.version}\n\n"
        f"record   {release.digest}\n"
        f"services {services}\n"
        f"{suites}\n"
        f"{MARK}{release.content.decode()}\n"
    )


def content_in(message: bytes) -> bytes | None:
    """The bytes of the record in a tag's message; None if the message has no record."""
    mark = f"\n{MARK}".encode()
    start = message.rfind(mark)
    if start < 0:
        return None
    # Only a line feed ends the line, because JSON text may contain other line separators.
    end = message.find(b"\n", start + len(mark))
    return message[start + len(mark) : end if end >= 0 else None]


def from_message(message: bytes) -> Release | None:
    """The release in a tag's message; None if the message has no record. Raises as `read` does."""
    content = content_in(message)
    return None if content is None else read(content)


def usable(content: bytes) -> Release | str:
    """The release in a record's bytes, or the error that the record has. Raises NewerSchema."""
    try:
        return read(content)
    except NewerSchema:
        raise
    except ProjectError as error:
        return error.message


def of_tag(repository: git.Repository, version: Version) -> Release | None:
    """The release in a version's tag; None without tag or record. Raises ProjectError if the record is damaged."""
    message = git_tags.message(repository, version.tag)
    try:
        return None if message is None else from_message(message)
    except ProjectError as error:
        raise type(error)(f"the tag {version.tag}: {error.message}", hint=error.hint) from error


def require(repository: git.Repository, version: Version, name: str) -> Release:
    """The release of a version of the project `name`, or of any project if the name is empty.

    Raises Refused if the version is not released, or is a release of another project in the repository; ProjectError
    if its record is damaged.
    """
    release = of_tag(repository, version)
    if release is None:
        raise Refused(
            f"{version} is not released: there is no tag {version.tag} with a release record",
            hint=f"dockdj release {version}, or fetch it: git fetch --tags; released versions: dockdj history",
        )
    if release.version != version:
        raise ProjectError(f"the tag {version.tag} has the record of {release.version}: it was edited")
    if name and release.name != name:
        raise Refused(
            f"the tag {version.tag} is a release of `{release.name}` in this repository, not of `{name}`",
            hint=f"released versions of `{name}`: dockdj history",
        )
    return release


def of_project(project: Project, holding: Collection[str] = ()) -> tuple[Release, ...]:
    """Every release of a project with its whole record, oldest version first. `listed` is faster and has less.

    With `holding`, only releases whose records contain one of these texts: the search is much faster than parsing
    every record. Other tags and damaged records are skipped; `require` refuses a damaged record.
    """
    releases = []
    texts = [text.encode() for text in holding]
    for tag, message in git_tags.messages(git.find(project.root)):
        if attempt(tag.removeprefix("v")) and (not texts or any(text in message for text in texts)):
            with suppress(ProjectError):
                releases += [release] if (release := from_message(message)) else []
    return tuple(sorted((each for each in releases if each.name == project.name), key=lambda each: each.version))


def find(project: Project, version: Version) -> Release:
    """The project's release of a version. Raises as `require` does."""
    return require(git.find(project.root), version, project.name)


def at(root: Path, version: Version) -> Release:
    """The release of a version of the project in this folder, even if its `dockdj.toml` is invalid.

    Raises as `require` does.
    """
    return require(git.find(root), version, project_file.name_at(root))


def listed(project: Project) -> tuple[Listed, ...]:
    """The releases of a project whose records can be read, as `tagged` lists them."""
    return tuple(release for release in tagged(project) if isinstance(release, Listed))


def tagged(project: Project) -> tuple[Listed | Unread, ...]:
    """Every release of a project as lists show it, oldest version first.

    Only the beginning of each record is read, which is much faster than `of_project`. A record that is damaged further
    on is therefore listed, but `require` refuses it.
    """
    releases = []
    for tag, message in git_tags.messages(git.find(project.root)):
        version = attempt(tag.removeprefix("v")) if tag.startswith("v") else None
        if version and (content := content_in(message)):
            release = head(content, version)
            name = release.name or _named(message, version) or project.name
            releases += [release] if name == project.name else []
    return tuple(sorted(releases, key=lambda release: release.version))


def _named(message: bytes, version: Version) -> str:
    """The project that the summary above a record names; empty if the summary is not ours."""
    name, _, number = message.partition(b"\n")[0].decode(errors="replace").rpartition(" ")
    return name if number == str(version) else ""
