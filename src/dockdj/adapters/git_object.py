"""Git's objects as they are stored, byte for byte."""

import tempfile
from pathlib import Path

from dockdj.adapters import git, shell
from dockdj.adapters.git import Repository
from dockdj.errors import CommandFailed
from dockdj.model.verification_git import TagSeen


def tag(repository: Repository, name: str) -> TagSeen | None:
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
    return TagSeen(own, kind, peeled.stdout.strip(), message)


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
