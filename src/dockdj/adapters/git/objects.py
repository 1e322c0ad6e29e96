"""The objects that commits consist of, read as Git sends them: without replacements, filters or a checkout."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import IO

from dockdj.adapters import shell
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.repository import Repository
from dockdj.errors import CommandFailed

CHUNK_BYTES = 1 << 20
# A push ignores `git replace`, so its search does.
PLAIN = "--no-replace-objects"
AUTOMATIC = frozenset((b"tree", b"parent", b"object", b"author", b"committer", b"tagger"))


@dataclass(frozen=True)
class GitObject:
    """An object and its content, to be read before the next object. `kind` is commit, tag, tree or blob."""

    id: str
    kind: str
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class Place:
    """An object in a commit; `path` is relative to the repository's top folder."""

    id: str
    commit: str
    path: str


def of_commit(repository: Repository, commit: str, paths: Collection[str] = ()) -> dict[str, str]:
    """The objects of a commit and its tree: id -> a path of the object, relative to the repository's top folder.

    With `paths`, only their objects and those on the way to them. Raises CommandFailed if this clone lacks the commit.
    """
    return _listed(repository, "--no-walk", commit, paths=paths)


def reachable(
    repository: Repository, starts: Collection[str], without: Collection[str] = (), paths: Collection[str] = ()
) -> dict[str, str]:
    """The objects that a push of `starts` sends to a remote that has `without`, like `of_commit`.

    `starts` are commits and tags of this clone. Ids of `without` that this clone lacks are ignored.
    Raises CommandFailed.
    """
    return _listed(repository, stdin=_range(starts, without), paths=paths) if starts else {}


def contents(repository: Repository, ids: Collection[str]) -> Iterator[GitObject]:
    """Read objects in one process of Git. Raises CommandFailed if one is unreadable."""
    if not ids:
        return
    argv = _argv(repository, "cat-file", "--batch")
    with shell.reading(argv, "".join(f"{name}\n" for name in ids).encode()) as stream:
        for line in iter(stream.readline, b""):
            fields = line.decode().split()
            if len(fields) != 3:
                raise CommandFailed(f"Git cannot read the object {fields[0]}", hint="git fsck; git fetch --refetch")
            chunks = _chunks(stream, int(fields[2]))
            yield GitObject(fields[0], fields[1], chunks)
            for _ in chunks:
                pass
            stream.read(1)


def texts_of(content: bytes) -> bytes:
    """The texts of a commit or tag: its message, and its headers without ids and persons."""
    headers, _, message = content.partition(b"\n\n")
    # An address of a person is often a variable's value, too, and public.
    lines = (line for line in headers.split(b"\n") if line.partition(b" ")[0] not in AUTOMATIC)
    return b"\n".join((*lines, b"", message))


def places_in(repository: Repository, commit: str, ids: Collection[str]) -> Iterator[Place]:
    """The places of some files and folders in a commit."""
    with shell.reading(_argv(repository, "ls-tree", "-r", "-t", "-z", "--full-tree", commit)) as stream:
        for entry in _entries(stream):
            details, _, path = entry.partition(b"\t")
            name = details.split()[2].decode()
            if name in ids:
                yield Place(name, commit, path.decode(errors="replace"))


def places_since(
    repository: Repository, starts: Collection[str], without: Collection[str], ids: Collection[str]
) -> Iterator[Place]:
    """The places at which commits of `reachable` introduce some files and folders, the oldest commit first."""
    if not starts:
        return
    listing = ("rev-list", "--ignore-missing", "--reverse", "--topo-order", "--stdin")
    commits = git.run(repository.top, PLAIN, *listing, stdin=_range(starts, without)).stdout
    # A merge is compared with each of its parents.
    compare = ("diff-tree", "--stdin", "-m", "-r", "-t", "-z", "--root", "--raw", "--no-renames", "--no-relative")
    with shell.reading(_argv(repository, *compare), commits.encode()) as stream:
        commit = ""
        entries = _entries(stream)
        for entry in entries:
            if not entry.startswith(b":"):
                commit = entry.split()[0].decode()
                continue
            path, name = next(entries), entry.split()[3].decode()
            if name in ids:
                yield Place(name, commit, path.decode(errors="replace"))


def entry_at(tree: bytes, offset: int, id_bytes: int) -> tuple[str, str] | None:
    """Name and id of the entry whose name is at an offset of a tree's content; None between names.

    `id_bytes` is the length of an id: 20, or 32 in a repository with SHA-256.
    """
    start = 0
    while start <= offset:
        name = tree.index(b" ", start) + 1
        end = tree.index(b"\0", name)
        start = end + 1 + id_bytes
        if name <= offset < end:
            return tree[name:end].decode(errors="replace"), tree[end + 1 : start].hex()
    return None


def _listed(
    repository: Repository, *options: str, stdin: str | None = None, paths: Collection[str] = ()
) -> dict[str, str]:
    given = () if stdin is None else ("--ignore-missing", "--stdin")
    limits = ("--", *(f":(literal,top){path}" for path in paths)) if paths else ()
    argv = (PLAIN, "rev-list", "--objects", "--full-history", *options, *given, *limits)
    lines = git.run(repository.top, *argv, stdin=stdin).stdout.split("\n")
    return {name: path for name, _, path in (line.partition(" ") for line in lines) if name}


def _range(starts: Collection[str], without: Collection[str]) -> str:
    return "".join(f"{name}\n" for name in (*starts, *(f"^{name}" for name in without)))


def _argv(repository: Repository, *arguments: str) -> list[str]:
    return ["git", "-C", str(repository.top), PLAIN, *arguments]


def _chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0:
        chunk = stream.read(min(size, CHUNK_BYTES))
        if not chunk:
            raise CommandFailed("Git ended in the middle of an object", hint="git fsck")
        size -= len(chunk)
        yield chunk


def _entries(stream: IO[bytes]) -> Iterator[bytes]:
    """The entries of an output in which a NUL byte ends each."""
    rest = b""
    while chunk := stream.read(CHUNK_BYTES):
        *entries, rest = (rest + chunk).split(b"\0")
        yield from entries
