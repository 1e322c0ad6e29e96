"""The one-file image that carries a release record."""

import gzip
import io
import json
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import IO

from dockdj.adapters import disk, shell
from dockdj.adapters.docker.saved_archive import SavedArchive, malformed
from dockdj.adapters.inventory.tar_stream import FILE, members
from dockdj.errors import WrongContent
from dockdj.model import json_document
from dockdj.model.canonical import digest_of
from dockdj.model.json_document import items, table, text, texts

RECORD_FILE = "release.json"
GZIP = b"\x1f\x8b"
# A record has a hundred kilobytes; a layer has the record alone.
LARGEST_LAYER = 1 << 26
# The image is never started, so it fits every machine.
PLATFORM = {"architecture": "amd64", "os": "linux"}


def load(content: bytes, tag: str) -> str:
    """Load the image into the engine under a tag; return its configuration's digest.

    Equal bytes give an equal image.
    """
    archive, config = image(content, tag)
    with tempfile.TemporaryDirectory(prefix="dockdj-record-") as folder:
        path = Path(folder) / "image.tar"
        disk.write(path, archive)
        shell.capture(["docker", "image", "load", "--quiet", "--input", str(path)])
    return config


def image(content: bytes, tag: str) -> tuple[bytes, str]:
    """The archive for `docker image load` (Docker Image Specification v1.2, "Combined Image JSON"), and the digest of
    the image's configuration."""
    layer = _tar({RECORD_FILE: content})
    root = {"type": "layers", "diff_ids": [digest_of(layer)]}
    config = json.dumps({**PLATFORM, "config": {}, "rootfs": root}, sort_keys=True).encode()
    name = digest_of(config).removeprefix("sha256:")
    manifest = [{"Config": f"{name}.json", "RepoTags": [tag], "Layers": ["layer.tar"]}]
    files = {f"{name}.json": config, "layer.tar": layer, "manifest.json": json.dumps(manifest).encode()}
    return _tar(files), digest_of(config)


def read(archive: IO[bytes]) -> bytes | None:
    """The record in an archive of `docker image save`; None if the image has no record.

    Raises CommandFailed for a malformed archive, and for a layer that is too large for a record.
    """
    saved = SavedArchive(archive)
    try:
        entry = table(items(saved.document("manifest.json"))[0], "its image")
        names = texts(entry.get("Layers"), "its list of layers")
    except (ValueError, IndexError) as error:
        raise malformed(f"manifest.json names no image: {error}") from error
    for name in names:
        with saved.open(name) as layer:
            content = _uncompressed(layer)
        for member in members(io.BytesIO(content)):
            if member.kind == FILE and member.name == RECORD_FILE:
                return member.read()
    return None


def require(archive: IO[bytes], config: str) -> None:
    """Raise WrongContent unless an archive of `docker image save` has the image of this configuration and its layers.

    A configuration names the digest of every layer. Raises CommandFailed for a malformed archive.
    """
    saved = SavedArchive(archive)
    try:
        entry = table(items(saved.document("manifest.json"))[0], "its image")
        with saved.open(text(entry, "Config")) as file:
            configuration = file.read(LARGEST_LAYER)
        _compare("image", configuration, config)
        root = table(table(json_document.parse(configuration)).get("rootfs"), "rootfs")
        digests = texts(root.get("diff_ids"), "diff_ids")
        for name, digest in zip(texts(entry.get("Layers"), "its list of layers"), digests, strict=True):
            with saved.open(name) as layer:
                _compare("layer", _uncompressed(layer), digest)
    except (ValueError, IndexError) as error:
        raise malformed(f"manifest.json names no image: {error}") from error


def _compare(what: str, content: bytes, digest: str) -> None:
    if (actual := digest_of(content)) != digest:
        raise WrongContent(
            f"the engine gave the {what} {actual} for {digest}",
            hint="its store is damaged: remove the image, and run the same command again",
        )


def _uncompressed(layer: IO[bytes]) -> bytes:
    """The tar of a layer. A small layer may be compressed so that it has no end: only the beginning is read."""
    start = layer.read(len(GZIP))
    layer.seek(0)
    try:
        content = (gzip.GzipFile(fileobj=layer) if start == GZIP else layer).read(LARGEST_LAYER + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise malformed(f"a layer cannot be uncompressed: {error}") from error
    if len(content) > LARGEST_LAYER:
        raise malformed(f"a layer has more than {LARGEST_LAYER >> 20} MiB, too much for a record")
    return content


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
