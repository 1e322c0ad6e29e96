"""Images as `docker image save` exports them: the configuration and the content of each layer."""

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
    """A layer in an archive of images: every file it adds, even if a later layer deletes the file."""

    name: str
    diff_id: str
    archive: tarfile.TarFile = field(repr=False, compare=False)

    def chunks(self) -> Iterator[bytes]:
        """The layer's tar, uncompressed, in pieces. Raises CommandFailed for an unsupported compression."""
        with self._open() as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk

    def files_at(self, offsets: Collection[int]) -> Mapping[int, str]:
        """Offset in `chunks` -> absolute path of the file there; offsets outside files are left out."""
        paths: dict[int, str] = {}
        with self._open() as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            for member in tar:
                end = member.offset_data + (-(-member.size // BLOCK_BYTES) * BLOCK_BYTES if member.isreg() else 0)
                paths |= {offset: f"/{member.name}" for offset in offsets if member.offset <= offset < end}
        return paths

    def _open(self) -> IO[bytes]:
        stream = self.archive.extractfile(self.name)
        if stream is None:
            raise CommandFailed(f"the engine's archive has no layer {self.name}")
        start = stream.read(len(ZSTD))
        stream.seek(0)
        if start == ZSTD:
            raise CommandFailed(
                f"the layer {self.diff_id[:19]} is compressed with zstd, which dockdj cannot read",
                hint="build with the engine's own image store, or with gzip",
            )
        return cast(IO[bytes], gzip.GzipFile(fileobj=stream)) if start.startswith(GZIP) else stream


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
        with tarfile.open(path, mode="r:") as archive:
            # The archive is large: unlinked, it disappears even if this process is killed.
            path.unlink()
            yield read(archive, tags)


def read(archive: tarfile.TarFile, tags: Collection[str]) -> Mapping[str, Saved]:
    """The images in an archive of `docker image save` (Docker Image Specification v1.2, "Combined Image JSON").

    Engines from 25 on write an OCI layout that also has this manifest.json.
    """
    entries = {name: entry for entry in _json(archive, "manifest.json") for name in entry["RepoTags"] or ()}
    images = {}
    for tag in tags:
        if (entry := entries.get(tag)) is None:
            raise CommandFailed(f"the engine's archive does not name {tag}", hint="docker image ls; then again")
        config = _json(archive, entry["Config"])
        pairs = zip(entry["Layers"], config["rootfs"]["diff_ids"], strict=True)
        images[tag] = Saved(config, tuple(Layer(name, diff_id, archive) for name, diff_id in pairs))
    return images


def _json(archive: tarfile.TarFile, name: str) -> Any:
    stream = archive.extractfile(name)
    assert stream is not None
    return json.load(stream)
