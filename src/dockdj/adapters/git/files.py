"""The files of a commit as a checkout would have them, without one."""

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import NEUTRAL, Repository
from dockdj.model.files import Entry, File

PROGRAM = "100755"
LINK = "120000"


def content_at(repository: Repository, commit: str, path: str) -> bytes | None:
    """A file of the project as a checkout of a commit would have it, byte for byte; None when it has none."""
    found = files(repository, commit, lambda name: name == path)
    return found[0].content if found else None


def files(repository: Repository, commit: str, wanted: Callable[[str], bool]) -> tuple[File, ...]:
    """The project's files and links in a commit whose paths, relative to the project, are wanted.

    Line ends and filters are as `.gitattributes` says for a checkout; `export-ignore` is for archives and hides
    nothing. Links are not followed, wherever they lead. Submodules have no files in a commit.
    """
    modes = {entry.path: entry.mode for entry in entries(repository, commit) or () if wanted(entry.path)}
    if not modes:
        return ()
    with tempfile.TemporaryDirectory(prefix="dockdj-tree-") as temporary:
        tree = Path(temporary) / "tree"
        index = {"GIT_INDEX_FILE": str(Path(temporary) / "index")}
        git.run(repository.top, *NEUTRAL, "read-tree", commit, env=index)
        prefix = f"{repository.prefix}/" if repository.prefix else ""
        git.run(
            repository.top,
            *(*NEUTRAL, "-c", "core.symlinks=true", "checkout-index", "-z", "--stdin", f"--prefix={tree}/"),
            stdin="".join(f"{prefix}{path}\0" for path in modes),
            env=index,
        )
        return tuple(_file(tree / prefix / path, path, mode) for path, mode in modes.items())


def _file(place: Path, path: str, mode: str) -> File:
    if mode == LINK:
        return File(path, bytes(place.readlink()), 0o777, link=True)
    return File(path, place.read_bytes(), 0o755 if mode == PROGRAM else 0o644)


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
