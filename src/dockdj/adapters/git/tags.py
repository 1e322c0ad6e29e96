"""Tags, and their messages as bytes."""

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
    """A tag: its object's id and type, the commit it leads to (empty for a tag of a file or tree), and its message.

    A lightweight tag has no message.
    """

    id: str
    type: str
    commit: str
    message: bytes


def messages(repository: Repository) -> Iterator[tuple[str, bytes]]:
    """Name and message of every tag, in one call of Git; a lightweight tag has its commit's. Raises CommandFailed."""
    with tempfile.TemporaryDirectory(prefix="dockdj-tags-") as folder:
        path = Path(folder) / "tags"
        argv = ["git", "-C", str(repository.top), "for-each-ref", f"--format={FORMAT}", "refs/tags"]
        result = shell.save(argv, path)
        if result.status != 0:
            raise shell.failure(result.argv, result.status, result.stderr)
        content = path.read_bytes()
    start = 0
    # Splitting everything at once would copy all records.
    while (middle := content.find(b"\0", start)) >= 0:
        end = content.index(b"\0", middle + 1)
        yield content[start:middle].decode(errors="replace").strip(), content[middle + 1 : end]
        start = end + 1


def tag(repository: Repository, name: str) -> Tag | None:
    """The tag of this name; None if the repository lacks it."""
    reference = f"refs/tags/{name}"
    output = git.run(
        repository.top, "for-each-ref", "--format=%(refname)%09%(objectname)%09%(objecttype)", reference
    ).stdout
    fields = next((line.split("\t") for line in output.splitlines() if line.startswith(f"{reference}\t")), None)
    if fields is None:
        return None
    _, own, kind = fields
    peeled = git.run(repository.top, "rev-parse", "--verify", "--quiet", f"{own}^{{commit}}", check=False)
    message = content(repository, own, "tag").partition(b"\n\n")[2] if kind == "tag" else b""
    return Tag(own, kind, peeled.stdout.strip(), message)


def message(repository: Repository, name: str) -> bytes | None:
    """The message of an annotated tag; None if there is no such tag, or it is lightweight."""
    try:
        return content(repository, f"refs/tags/{name}", "tag").partition(b"\n\n")[2]
    except CommandFailed:
        return None


def content(repository: Repository, name: str, kind: str) -> bytes:
    """An object's content. Raises CommandFailed if the repository has no object of this name and type."""
    with tempfile.TemporaryDirectory(prefix="dockdj-object-") as folder:
        # As bytes, because text would turn `\\r\\n` into `\\n`.
        path = Path(folder) / "object"
        result = shell.save(["git", "-C", str(repository.top), "--no-replace-objects", "cat-file", kind, name], path)
        if result.status != 0:
            raise shell.failure(result.argv, result.status, result.stderr)
        return path.read_bytes()
