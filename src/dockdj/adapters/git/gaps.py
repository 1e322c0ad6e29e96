"""Files of a commit that a checkout on this machine lacks, or has in another form than their authors see."""

import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Repository

# "Pointer files must be less than 1024 bytes in size", and their first line is the version (Git LFS specification).
POINTER_BYTES = 1024
POINTER = re.compile(rb"version https://(?:git-lfs|hawser)\.github\.com/spec/v\d[^\n]*\n(?:ext-[^\n]*\n)*oid sha256:")
ATTRIBUTES = ".gitattributes"
# The values of an attribute that name no filter (gitattributes(5)).
NO_FILTER = ("unspecified", "unset", "set", "")


@dataclass(frozen=True)
class Gaps:
    """The paths of submodules and of Git LFS pointers; and filter -> paths, for filters that this Git does not have."""

    submodules: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def gaps(repository: Repository, commit: str, folder: Path) -> Gaps:
    """The gaps in a project's checkout of a commit in `folder`. Paths are relative to the project."""
    listing = git_files.listing(repository, commit) or ()
    paths = [entry.path for entry in listing if entry.mode not in (git_files.SUBMODULE, git_files.LINK)]
    pointers = tuple(path for path in paths if is_pointer_file(folder / path))
    return Gaps(
        tuple(entry.path for entry in listing if entry.mode == git_files.SUBMODULE),
        pointers,
        _unknown_filters(repository, folder, [path for path in paths if path not in {*pointers}]),
    )


def is_pointer(content: bytes) -> bool:
    """True if this is a Git LFS pointer instead of the content that it points to."""
    return len(content) < POINTER_BYTES and bool(POINTER.match(content))


def is_pointer_file(path: Path) -> bool:
    """True if a file, other than a link, is a Git LFS pointer."""
    status = path.lstat()
    return stat.S_ISREG(status.st_mode) and status.st_size < POINTER_BYTES and is_pointer(path.read_bytes())


def _unknown_filters(repository: Repository, folder: Path, paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The filters that the checkout's attributes name and Git's configuration does not define."""
    # The folder is as deep in its checkout as the project in the repository.
    top = folder.parents[repository.prefix.count("/")] if repository.prefix else folder
    if not _has_filters(top):
        return {}
    words = ("check-attr", "-z", "--stdin", "filter")
    names = "".join(f"{path}\0" for path in paths)
    answer = git.run(folder, *git.NEUTRAL, *words, stdin=names, env=git.NEUTRAL_ENVIRONMENT)
    named: dict[str, list[str]] = {}
    # Git answers in the order of the paths: path, attribute, value.
    for path, value in zip(paths, answer.stdout.split("\0")[2::3], strict=True):
        if value not in NO_FILTER:
            named.setdefault(value, []).append(path)
    return {name: tuple(files) for name, files in named.items() if not _is_defined(folder, name)}


def _has_filters(top: Path) -> bool:
    """True if an attributes file of a checkout names a filter; this is faster than to ask for every file."""
    for place, _, names in os.walk(top):
        if ATTRIBUTES in names and b"filter=" in (Path(place) / ATTRIBUTES).read_bytes():
            return True
    return False


def _is_defined(folder: Path, name: str) -> bool:
    keys = re.escape(f"filter.{name}.") + "(smudge|process)$"
    return git.run(folder, "config", "--get-regexp", keys, check=False).status == 0
