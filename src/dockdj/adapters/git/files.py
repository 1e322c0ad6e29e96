"""The files of a commit, as a checkout would write them, without a checkout."""

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
    """The bytes of a project's file as a checkout of a commit would write them; None if the commit lacks the file."""
    matches = files(repository, commit, lambda name: name == path)
    return matches[0].content if matches else None


def files(repository: Repository, commit: str, wanted: Callable[[str], bool]) -> tuple[File, ...]:
    """The project's files and links in a commit whose paths, relative to the project, are wanted.

    Line ends and filters follow `.gitattributes` as in a checkout; `export-ignore` applies to archives only. Links
    are not followed. Submodules have no files in a commit.
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
    """The project's files and links in a commit, without submodules; None if this clone lacks the commit."""
    answer = git.run(repository.top / repository.prefix, "ls-tree", "-r", "-z", commit, check=False)
    if answer.status != 0:
        return None
    lines = (line.split("\t", 1) for line in answer.stdout.split("\0") if line)
    fields = ((path, *details.split()) for details, path in lines)
    return tuple(Entry(path, mode, name) for path, mode, kind, name in fields if kind == "blob")


def blobs(repository: Repository, commit: str) -> dict[str, str] | None:
    """Path -> content id of each file of the project in a commit; None if this clone lacks the commit."""
    listing = entries(repository, commit)
    return None if listing is None else {entry.path: entry.id for entry in listing}


def texts(repository: Repository, ids: Iterable[str]) -> dict[str, str]:
    """Id -> text of the contents in this clone. Line ends become LF, invalid UTF-8 is replaced."""
    wanted = set(ids)
    if not wanted:
        return {}
    # A random word, so that no content contains it.
    mark = os.urandom(16).hex()
    answer = git.run(
        repository.top,
        *("cat-file", f"--batch={mark} %(objectname)"),
        stdin="".join(f"{name}\n" for name in sorted(wanted)),
        env={"GIT_NO_LAZY_FETCH": "1"},
    )
    contents = {}
    for piece in answer.stdout.split(f"{mark} ")[1:]:
        name, _, content = piece.partition("\n")
        # After a content, Git writes a line for each id that it lacks.
        while content.endswith(" missing\n") and content[:-1].rpartition("\n")[2].split()[0] in wanted:
            content = content[: content[:-1].rfind("\n") + 1]
        contents[name] = content.removesuffix("\n")
    return contents
