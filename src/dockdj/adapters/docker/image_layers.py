"""Images as `docker image save` exports them: the configuration and the content of each layer."""

import gzip
import tempfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from dockdj.adapters import shell
from dockdj.adapters.docker.saved_archive import SavedArchive, malformed
from dockdj.adapters.inventory.tar_stream import BLOCK_BYTES, FILE, members
from dockdj.errors import CommandFailed
from dockdj.model.json_document import items, table, text, texts

CHUNK_BYTES = 1 << 20
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class Layer:
    """A layer in an archive of images: every file it adds, even if a later layer deletes the file."""

    name: str
    diff_id: str
    archive: SavedArchive = field(repr=False, compare=False)

    def chunks(self) -> Iterator[bytes]:
        """The layer's tar, uncompressed, in pieces. Raises CommandFailed for an unsupported compression."""
        with self._open() as stream, _uncompressing(self.diff_id):
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk

    def files_at(self, offsets: Collection[int]) -> Mapping[int, str]:
        """Offset in `chunks` -> absolute path of the file there; offsets outside files are left out."""
        paths: dict[int, str] = {}
        with self._open() as stream, _uncompressing(self.diff_id):
            for member in members(stream):
                blocks = -(-member.size // BLOCK_BYTES) if member.kind == FILE else 0
                end = member.offset + blocks * BLOCK_BYTES
                paths |= {offset: f"/{member.name}" for offset in offsets if member.start <= offset < end}
        return paths

    def _open(self) -> IO[bytes]:
        stream = self.archive.open(self.name)
        start = stream.read(len(ZSTD))
        stream.seek(0)
        if start == ZSTD:
            raise CommandFailed(
                f"the layer {self.diff_id[:19]} is compressed with zstd, which dockdj cannot read",
                hint="build with the engine's own image store, or with gzip",
            )
        return cast(IO[bytes], gzip.GzipFile(fileobj=stream)) if start.startswith(GZIP) else stream


@contextmanager
def _uncompressing(diff_id: str) -> Iterator[None]:
    """Turn the errors of a damaged gzip stream into CommandFailed."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise malformed(f"the layer {diff_id[:19]} cannot be uncompressed: {error}") from error


@dataclass(frozen=True)
class Saved:
    """An image: the JSON document of its configuration, and its layers, the lowest first."""

    config: Mapping[str, Any]
    layers: tuple[Layer, ...]


@contextmanager
def saved(tags: Collection[str]) -> Iterator[Mapping[str, Saved]]:
    """Images of the engine by tag, readable while the context lasts. Raises CommandFailed if an image is missing."""
    with tempfile.TemporaryDirectory(prefix="dockdj-layers-") as folder:
        path = Path(folder) / "images.tar"
        # In one call, layers that images share are written once.
        result = shell.save(["docker", "image", "save", *tags], path)
        if result.status != 0:
            raise shell.failure(result.argv, result.status, result.stderr)
        with path.open("rb") as archive:
            # The archive is large: unlinked, it disappears even if this process is killed.
            path.unlink()
            yield read(archive, tags)


def read(archive: IO[bytes], tags: Collection[str]) -> Mapping[str, Saved]:
    """The images in an archive of `docker image save` (Docker Image Specification v1.2, "Combined Image JSON").

    Engines from 25 on write an OCI layout that also has this manifest.json. Raises CommandFailed if a tag is missing or
    the archive is malformed.
    """
    contents = SavedArchive(archive)
    try:
        entries = {
            name: entry
            for entry in map(table, items(contents.document("manifest.json"), "the list of images"))
            for name in texts(entry.get("RepoTags") or [], "a list of tags")
        }
        return {tag: _saved(contents, entries, tag) for tag in tags}
    except ValueError as error:
        raise malformed(str(error)) from error


def _saved(contents: SavedArchive, entries: Mapping[str, Mapping[str, Any]], tag: str) -> Saved:
    """An image in the archive. Raises ValueError for documents of another shape."""
    if (entry := entries.get(tag)) is None:
        raise CommandFailed(f"the engine's archive does not name {tag}", hint="docker image ls; then again")
    config = table(contents.document(text(entry, "Config")), "a configuration")
    diff_ids = texts(table(config.get("rootfs"), "`rootfs`").get("diff_ids"), "the list of layers")
    pairs = zip(texts(entry.get("Layers"), "the list of layers"), diff_ids, strict=True)
    return Saved(config, tuple(Layer(name, diff_id, contents) for name, diff_id in pairs))
