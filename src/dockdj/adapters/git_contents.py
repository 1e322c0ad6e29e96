"""Many files of commits in a few calls of Git, without a checkout."""

import os
from collections.abc import Iterable

from dockdj.adapters import git
from dockdj.adapters.git import Repository
from dockdj.model.stack import Entry


def entries(repository: Repository, commit: str) -> tuple[Entry, ...] | None:
    """The project's files and links in a commit, submodules left out; None when this clone lacks the commit."""
    asked = git.run(repository.top / repository.prefix, "ls-tree", "-r", "-z", commit, check=False)
    if asked.status != 0:
        return None
    lines = (line.split("\t", 1) for line in asked.stdout.split("\0") if line)
    found = ((path, *about.split()) for about, path in lines)
    return tuple(Entry(path, mode, name) for path, mode, kind, name in found if kind == "blob")


def blobs(repository: Repository, commit: str) -> dict[str, str] | None:
    """Path -> id of the content of each file of the project in a commit; None when this clone lacks the commit."""
    found = entries(repository, commit)
    return None if found is None else {entry.path: entry.id for entry in found}


def texts(repository: Repository, ids: Iterable[str]) -> dict[str, str]:
    """Id -> text of those contents that are here. Line ends are LF, bytes that are no UTF-8 are replaced."""
    wanted = set(ids)
    if not wanted:
        return {}
    # A word that no content holds.
    mark = os.urandom(16).hex()
    asked = git.run(
        repository.top,
        *("cat-file", f"--batch={mark} %(objectname)"),
        stdin="".join(f"{one}\n" for one in sorted(wanted)),
        env={"GIT_NO_LAZY_FETCH": "1"},
    )
    found = {}
    for piece in asked.stdout.split(f"{mark} ")[1:]:
        name, _, content = piece.partition("\n")
        # Git names what it lacks on a line of its own, after the content that came before.
        while content.endswith(" missing\n") and content[:-1].rpartition("\n")[2].split()[0] in wanted:
            content = content[: content[:-1].rfind("\n") + 1]
        found[name] = content.removesuffix("\n")
    return found
