"""The messages of all tags as bytes: thousands of records are read in the time that Git takes."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import shell
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Repository
from dockdj.errors import CommandFailed

FORMAT = "%(refname:strip=2)%00%(contents)%00"


@dataclass(frozen=True)
class Tag:
    """A tag: the id and type of its object, the commit it leads to (empty if to none), and its message's bytes.

    A lightweight tag has no message.
    """

    id: str
    type: str
    commit: str
    message: bytes


def messages(repository: Repository) -> Iterator[tuple[str, bytes]]:
    """Tag and message of every tag; a lightweight one has its commit's. Raises CommandFailed."""
    with tempfile.TemporaryDirectory(prefix="dockdj-tags-") as folder:
        path = Path(folder) / "tags"
        argv = ["git", "-C", str(repository.top), "for-each-ref", f"--format={FORMAT}", "refs/tags"]
        asked = shell.save(argv, path)
        if asked.status != 0:
            raise shell.failure(asked.argv, asked.status, asked.stderr)
        content = path.read_bytes()
    start = 0
    # Not split at once: that would copy everything.
    while (middle := content.find(b"\0", start)) >= 0:
        end = content.index(b"\0", middle + 1)
        yield content[start:middle].decode(errors="replace").strip(), content[middle + 1 : end]
        start = end + 1


def tag(repository: Repository, name: str) -> Tag | None:
    """A tag and the object it names; None when there is no such tag."""
    reference = f"refs/tags/{name}"
    asked = git.run(
        repository.top, "for-each-ref", "--format=%(refname)%09%(objectname)%09%(objecttype)", reference
    ).stdout
    found = next((line.split("\t") for line in asked.splitlines() if line.startswith(f"{reference}\t")), None)
    if found is None:
        return None
    _, own, kind = found
    peeled = git.run(repository.top, "rev-parse", "--verify", "--quiet", f"{own}^{{commit}}", check=False)
    message = content(repository, own, "tag").partition(b"\n\n")[2] if kind == "tag" else b""
    return Tag(own, kind, peeled.stdout.strip(), message)


def message(repository: Repository, name: str) -> bytes | None:
    """The message of an annotated tag; None when there is no such tag, or it is a lightweight one."""
    try:
        return content(repository, f"refs/tags/{name}", "tag").partition(b"\n\n")[2]
    except CommandFailed:
        return None


def content(repository: Repository, name: str, kind: str) -> bytes:
    """An object's content. Raises CommandFailed when the repository has no object of this id and type."""
    with tempfile.TemporaryDirectory(prefix="dockdj-object-") as folder:
        # As bytes: text would lose what tells `\\r\\n` from `\\n`.
        path = Path(folder) / "object"
        asked = shell.save(["git", "-C", str(repository.top), "--no-replace-objects", "cat-file", kind, name], path)
        if asked.status != 0:
            raise shell.failure(asked.argv, asked.status, asked.stderr)
        return path.read_bytes()
