"""The files of a commit, as a checkout would write them, without a checkout."""

import os
import re
import tempfile
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from dockdj.adapters import shell
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import NEUTRAL, NEUTRAL_ENVIRONMENT, Repository
from dockdj.errors import CommandFailed
from dockdj.model.files import Entry, File

PROGRAM = "100755"
LINK = "120000"
SUBMODULE = "160000"
FULL_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def content_at(repository: Repository, commit: str, path: str) -> bytes | None:
    """The bytes of a project's file as a checkout of a commit would write them; None if the commit lacks the file."""
    matches = files(repository, commit, lambda name: name == path)
    return matches[0].content if matches else None


def files(repository: Repository, commit: str, wanted: Callable[[str], bool]) -> tuple[File, ...]:
    """The project's files and links in a commit whose paths, relative to the project, are wanted.

    Line ends and filters follow the commit's `.gitattributes` as in a checkout; `export-ignore` and `export-subst`
    apply to archives only. Links are not followed. Submodules have no files in a commit.
    """
    modes = {entry.path: entry.mode for entry in entries(repository, commit) or () if wanted(entry.path)}
    if not modes:
        return ()
    with tempfile.TemporaryDirectory(prefix="dockdj-tree-") as temporary:
        tree, index, nothing = (Path(temporary) / name for name in ("tree", "index", "nothing"))
        nothing.mkdir()
        # Git would prefer the .gitattributes of the working tree to those of the index. An empty working tree has none.
        env = {**NEUTRAL_ENVIRONMENT, "GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(nothing)}
        git.run(repository.top, *NEUTRAL, "read-tree", commit, env=env)
        prefix = f"{repository.prefix}/" if repository.prefix else ""
        git.run(
            repository.top,
            *(*NEUTRAL, "checkout-index", "-z", "--stdin", f"--prefix={tree}/"),
            stdin="".join(f"{prefix}{path}\0" for path in modes),
            env=env,
        )
        return tuple(_file(tree / prefix / path, path, mode) for path, mode in modes.items())


def below(repository: Repository, commit: str, folders: Iterable[str]) -> tuple[File, ...]:
    """The files and links of some folders of the project in a commit, as `files` gives them."""
    starts = tuple(f"{folder}/" for folder in folders)
    return files(repository, commit, lambda path: path.startswith(starts))


def _file(place: Path, path: str, mode: str) -> File:
    if mode == LINK:
        return File(path, os.fsencode(place.readlink()), 0o777, link=True)
    return File(path, place.read_bytes(), 0o755 if mode == PROGRAM else 0o644)


def entries(repository: Repository, commit: str) -> tuple[Entry, ...] | None:
    """The project's files and links in a commit, without submodules; None if this clone lacks the commit."""
    everything = listing(repository, commit)
    return None if everything is None else tuple(entry for entry in everything if entry.mode != SUBMODULE)


def listing(repository: Repository, commit: str) -> tuple[Entry, ...] | None:
    """The project's files, links and submodules in a commit; None if this clone lacks the commit."""
    read = _listed_once if FULL_ID.fullmatch(commit) else _listed
    try:
        return read(repository, commit)
    except CommandFailed:
        return None


def _listed(repository: Repository, commit: str) -> tuple[Entry, ...]:
    argv = ["git", "-C", str(repository.top / repository.prefix), "ls-tree", "-r", "-z", commit]
    # As bytes, because text would replace bytes that are not UTF-8, and carriage returns.
    with shell.reading(argv) as stream:
        lines = [os.fsdecode(line) for line in stream.read().split(b"\0") if line]
    fields = ((path, *details.split()) for details, path in (line.split("\t", 1) for line in lines))
    return tuple(Entry(path, mode, name) for path, mode, _, name in fields)


# A commit never changes, and a release lists its files several times.
_listed_once = lru_cache(maxsize=4)(_listed)


def blobs(repository: Repository, commit: str) -> dict[str, str] | None:
    """Path -> content id of each file of the project in a commit; None if this clone lacks the commit."""
    present = entries(repository, commit)
    return None if present is None else {entry.path: entry.id for entry in present}


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
