"""Release records where people find them: in the message of the annotated tag, below a summary."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from dockdj.adapters import project_file
from dockdj.adapters.git import repository as git
from dockdj.adapters.git import tags as git_object
from dockdj.adapters.git import tags as git_tags
from dockdj.errors import ProjectError, Refused
from dockdj.model.project.project import Project
from dockdj.model.release.record import NewerSchema, Release, read
from dockdj.model.release.schema import wrong_field
from dockdj.model.release.summary import Listed, Unread, head
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


def content_in(message: bytes) -> bytes | None:
    """The bytes of the record in a tag's message, None when it holds none."""
    mark = f"\n{MARK}".encode()
    start = message.rfind(mark)
    if start < 0:
        return None
    # Only a line feed ends a line here: JSON text may hold other separators.
    end = message.find(b"\n", start + len(mark))
    return message[start + len(mark) : end if end >= 0 else None]


def from_message(message: bytes) -> Release | None:
    """The release in a tag's message; None when the message holds none. Raises as `checked` does."""
    content = content_in(message)
    return None if content is None else checked(content)


def checked(content: bytes) -> Release:
    """The release in a record's bytes, with every field that each has.

    Raises NewerSchema, or ProjectError for a damaged record and for one that lacks a field.
    """
    release = read(content)
    field = wrong_field(release.document)
    if field is None and attempt(release.document["version"]) is None:
        field = "version"
    if field is not None:
        raise ProjectError(
            f"this release record has no usable field `{field}`",
            hint="was it edited, or made by an early dockdj? release the next version",
        )
    return release


def usable(content: bytes) -> Release | str:
    """The release in a record's bytes, or what is wrong with it. Raises NewerSchema."""
    try:
        return checked(content)
    except NewerSchema:
        raise
    except ProjectError as error:
        return error.message


def of_tag(repository: git.Repository, version: Version) -> Release | None:
    """The release recorded in a version's tag, or None. Raises ProjectError when the record is damaged."""
    message = git_object.message(repository, version.tag)
    try:
        return None if message is None else from_message(message)
    except ProjectError as error:
        raise type(error)(f"the tag {version.tag}: {error.message}", hint=error.hint) from error


def require(repository: git.Repository, version: Version, name: str) -> Release:
    """The release of this version of the project of this name; an empty one is any.

    Raises Refused when it was not released, or is a release of another project in the repository; ProjectError when
    its record is damaged.
    """
    found = of_tag(repository, version)
    if found is None:
        raise Refused(
            f"{version} is not released: there is no tag {version.tag} with a release record",
            hint=f"dockdj release {version}, or fetch it: git fetch --tags; released versions: dockdj history",
        )
    if found.version != version:
        raise ProjectError(f"the tag {version.tag} holds the record of {found.version}: it was edited")
    if name and found.document["name"] != name:
        raise Refused(
            f"the tag {version.tag} is a release of `{found.document['name']}` in this repository, not of `{name}`",
            hint=f"released versions of `{name}`: dockdj history",
        )
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
                found += [release] if (release := from_message(message)) else []
    return tuple(sorted((one for one in found if one.document["name"] == project.name), key=lambda one: one.version))


def find(project: Project, version: Version) -> Release:
    """A project's release of this version. Raises as `require` does."""
    return require(git.find(project.root), version, project.name)


def at(root: Path, version: Version) -> Release:
    """The release of this version of the project in this folder, also where its `dockdj.toml` cannot be read.

    Raises as `require` does.
    """
    return require(git.find(root), version, project_file.name_at(root))


def listed(project: Project) -> tuple[Listed, ...]:
    """Every release of a project whose record can be read, as `tagged` has them."""
    return tuple(one for one in tagged(project) if isinstance(one, Listed))


def tagged(project: Project) -> tuple[Listed | Unread, ...]:
    """Every release of a project as a list shows it, oldest version first, in a fraction of what `of_project` takes.

    What of a record is read is its beginning: one that was edited further on is listed, and refused by `require`.
    """
    found = []
    for tag, message in git_tags.messages(git.find(project.root)):
        version = attempt(tag.removeprefix("v")) if tag.startswith("v") else None
        if version and (content := content_in(message)):
            one = head(content, version)
            found += [one] if (one.name or _named(message, version) or project.name) == project.name else []
    return tuple(sorted(found, key=lambda one: one.version))


def _named(message: bytes, version: Version) -> str:
    """The project that the summary above a record names; empty where it is none of ours."""
    name, _, of = message.partition(b"\n")[0].decode(errors="replace").rpartition(" ")
    return name if of == str(version) else ""
