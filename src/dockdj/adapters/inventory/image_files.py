"""Files of an image, read from a container that is never started: no program of the image is needed."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, Protocol

from dockdj.adapters.inventory import engine_socket, tar_stream
from dockdj.adapters.inventory.engine_client import Client
from dockdj.adapters.inventory.tar_stream import FILE, LINK, Member
from dockdj.adapters.machine import has_ended, owner
from dockdj.model.inventory.file_tree import LONGEST_CHAIN, link_target

# The label that names a container's reader, so that containers of killed readers are recognised.
READER_LABEL = "org.dockdj.inventory"


class Engine(Protocol):
    """The requests to an engine, whichever way it is reached; `engine_socket` describes them."""

    def inspect(self, names: Sequence[str]) -> dict[str, dict[str, Any]]: ...
    def create(self, image_id: str, labels: Mapping[str, str]) -> str: ...
    def archive(self, container: str, path: str) -> AbstractContextManager[IO[bytes] | None]: ...
    def labelled(self, label: str) -> dict[str, str]: ...
    def remove(self, container: str) -> None: ...


def engine() -> Engine:
    """The engine that Docker's client reaches, over its socket if it has one."""
    return engine_socket.of_engine() or Client()


@dataclass(frozen=True)
class Files:
    """The files of an image. Each read makes the engine mount the image, which takes about ten milliseconds."""

    engine: Engine
    container: str

    def members(self, path: str) -> Generator[tuple[str, Member], None, None]:
        """(absolute path, member) of a file or a link, or of a folder and everything below it; empty if missing.

        If the path itself is a link, it is not followed. All but one name of a file are hard links.
        """
        with self.engine.archive(self.container, path) as stream:
            for member in tar_stream.members(stream) if stream else ():
                inside = member.name.partition("/")[2] if path != "/" else member.name
                yield f"{path.rstrip('/')}/{inside}".rstrip("/") or "/", member

    def following(self, path: str) -> Generator[tuple[str, Member], None, None]:
        """As `members`, but follow the path itself if it is a link. Paths are below the path that was asked for."""
        real = path
        for _ in range(LONGEST_CHAIN):
            with closing(self.members(real)) as members:
                first = next(members, None)
                if first is None:
                    return
                if first[1].kind != LINK:
                    for name, member in chain([first], members):
                        yield path + name[len(real) :], member
                    return
            real = link_target(real, first[1].target)

    def look(self, path: str) -> Member | None:
        """The member at a path, without its content; None for a missing path."""
        with closing(self.members(path)) as members:
            first = next(members, None)
            return first and first[1]

    def content(self, path: str) -> bytes | None:
        """The content of a file; links are followed. None if the path does not lead to a file."""
        with closing(self.following(path)) as members:
            first = next(members, None)
            return first[1].read() if first and first[1].kind == FILE else None


@contextmanager
def opened(engine: Engine, image_id: str) -> Iterator[Files]:
    """The files of an image of the engine, readable while the context lasts."""
    container = engine.create(image_id, {READER_LABEL: owner()})
    try:
        yield Files(engine, container)
    finally:
        engine.remove(container)


def sweep(engine: Engine) -> None:
    """Remove the containers of readers that were killed on this machine."""
    for container, reader in engine.labelled(READER_LABEL).items():
        if has_ended(reader):
            engine.remove(container)
