"""What an image consists of, as the engine would hand it on: its configuration and the content of each layer."""

import gzip
import json
import tarfile
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from dockdj.adapters import shell
from dockdj.errors import CommandFailed

CHUNK_BYTES = 1 << 20
BLOCK_BYTES = 512
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class Layer:
    """A layer in an archive of images: every file that it adds, those that a later layer deletes included."""

    name: str
    diff_id: str
    archive: tarfile.TarFile = field(repr=False, compare=False)

    def chunks(self) -> Iterator[bytes]:
        """The layer's tar, uncompressed. Raises CommandFailed for a compression that cannot be read here."""
        with self._open() as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk

    def files_at(self, offsets: Collection[int]) -> Mapping[int, str]:
        """Offset in `chunks` -> absolute path of the file it belongs to; what belongs to none is left out."""
        found: dict[int, str] = {}
        with self._open() as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            for member in tar:
                end = member.offset_data + (-(-member.size // BLOCK_BYTES) * BLOCK_BYTES if member.isreg() else 0)
                found |= {offset: f"/{member.name}" for offset in offsets if member.offset <= offset < end}
        return found

    def _open(self) -> IO[bytes]:
        stream = self.archive.extractfile(self.name)
        if stream is None:
            raise CommandFailed(f"the engine's archive has no layer {self.name}")
        start = stream.read(len(ZSTD))
        stream.seek(0)
        if start == ZSTD:
            raise CommandFailed(
                f"the layer {self.diff_id[:19]} is compressed with zstd, which cannot be read here",
                hint="build with the engine's own image store, or with gzip",
            )
        return cast(IO[bytes], gzip.GzipFile(fileobj=stream)) if start.startswith(GZIP) else stream


@dataclass(frozen=True)
class Saved:
    """An image: the JSON document of its configuration, and its layers, the base's first."""

    config: Mapping[str, Any]
    layers: tuple[Layer, ...]


@contextmanager
def saved(tags: Collection[str]) -> Iterator[Mapping[str, Saved]]:
    """Images of the engine by tag, for as long as the context lasts. Raises CommandFailed when one is missing."""
    with tempfile.TemporaryDirectory(prefix="dockdj-layers-") as folder:
        path = Path(folder) / "images.tar"
        # One call: what the images share is written once.
        asked = shell.save(["docker", "image", "save", *tags], path)
        if asked.status != 0:
            raise shell.failure(asked.argv, asked.status, asked.stderr)
        with tarfile.open(path, mode="r:") as archive:
            # Large, and whoever is killed from here on leaves nothing of it.
            path.unlink()
            yield read(archive, tags)


def read(archive: tarfile.TarFile, tags: Collection[str]) -> Mapping[str, Saved]:
    """The images in what `docker image save` wrote (Docker Image Specification v1.2, "Combined Image JSON").

    Engines from 25 on write an OCI layout with the same manifest.json beside it.
    """
    entries = {name: entry for entry in _json(archive, "manifest.json") for name in entry["RepoTags"] or ()}
    found = {}
    for tag in tags:
        if (entry := entries.get(tag)) is None:
            raise CommandFailed(f"the engine's archive does not name {tag}", hint="docker image ls; then again")
        config = _json(archive, entry["Config"])
        pairs = zip(entry["Layers"], config["rootfs"]["diff_ids"], strict=True)
        found[tag] = Saved(config, tuple(Layer(name, diff_id, archive) for name, diff_id in pairs))
    return found


def _json(archive: tarfile.TarFile, name: str) -> Any:
    stream = archive.extractfile(name)
    assert stream is not None
    return json.load(stream)
