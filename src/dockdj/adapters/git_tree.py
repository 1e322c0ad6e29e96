"""The files of a commit as a checkout would have them, without one."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from dockdj.adapters import git
from dockdj.adapters.git import NEUTRAL, Repository
from dockdj.adapters.git_contents import entries
from dockdj.model.files import File

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
