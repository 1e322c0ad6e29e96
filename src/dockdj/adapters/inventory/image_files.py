"""Files of an image, out of a container that is never started: no shell, no program of the image is needed."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, Protocol

from dockdj.adapters.inventory import engine_socket
from dockdj.adapters.inventory.engine_client import Client
from dockdj.adapters.inventory.tar_stream import FILE, LINK, Member, members
from dockdj.adapters.machine import has_ended, owner
from dockdj.model.inventory.file_tree import LONGEST_CHAIN, beside

# Whose container it is, so that one whose reader was killed is recognised.
READER_LABEL = "org.dockdj.inventory"


class Engine(Protocol):
    """What is asked of an engine, whichever way it is reached; each is described in `engine_socket`."""

    def inspect(self, names: Sequence[str]) -> dict[str, dict[str, Any]]: ...
    def create(self, image_id: str, labels: Mapping[str, str]) -> str: ...
    def archive(self, container: str, path: str) -> AbstractContextManager[IO[bytes] | None]: ...
    def labelled(self, label: str) -> dict[str, str]: ...
    def remove(self, container: str) -> None: ...


def engine() -> Engine:
    """The engine that Docker's client reaches: over its socket where it has one."""
    return engine_socket.of_engine() or Client()


@dataclass(frozen=True)
class Files:
    """The files of one image. Each question costs the engine a mount, ten milliseconds of a busy machine: ask once."""

    engine: Engine
    container: str

    def members(self, path: str) -> Generator[tuple[str, Member], None, None]:
        """(absolute path, member) of a file or a link, or of a folder and all below it; nothing when there is none.

        A link that is the path itself is not followed. Of a file with several names, all but one are hard links.
        """
        with self.engine.archive(self.container, path) as stream:
            for member in members(stream) if stream else ():
                inside = member.name.partition("/")[2] if path != "/" else member.name
                yield f"{path.rstrip('/')}/{inside}".rstrip("/") or "/", member

    def following(self, path: str) -> Generator[tuple[str, Member], None, None]:
        """As `members`, with the link followed that the path itself may be: paths stay below the one asked for."""
        real = path
        for _ in range(LONGEST_CHAIN):
            with closing(self.members(real)) as found:
                first = next(found, None)
                if first is None:
                    return
                if first[1].kind != LINK:
                    for name, member in chain([first], found):
                        yield path + name[len(real) :], member
                    return
            real = beside(real, first[1].target)

    def look(self, path: str) -> Member | None:
        """What one path is, without its content; None where there is nothing."""
        with closing(self.members(path)) as found:
            first = next(found, None)
            return first and first[1]

    def content(self, path: str) -> bytes | None:
        """A file with the links followed that the path may be; None when there is none."""
        with closing(self.following(path)) as found:
            first = next(found, None)
            return first[1].read() if first and first[1].kind == FILE else None


@contextmanager
def opened(engine: Engine, image_id: str) -> Iterator[Files]:
    """The files of an image of the engine for as long as the context lasts."""
    container = engine.create(image_id, {READER_LABEL: owner()})
    try:
        yield Files(engine, container)
    finally:
        engine.remove(container)


def sweep(engine: Engine) -> None:
    """Remove what readers left that were killed on this machine."""
    for container, reader in engine.labelled(READER_LABEL).items():
        if has_ended(reader):
            engine.remove(container)
