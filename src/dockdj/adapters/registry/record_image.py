"""The one-file image that carries a release record."""

import io
import json
import tarfile
import tempfile
from pathlib import Path

from dockdj.adapters import shell
from dockdj.model.canonical import digest_of

RECORD_FILE = "release.json"
# The image is never started, so it fits every machine.
PLATFORM = {"architecture": "amd64", "os": "linux"}


def load(content: bytes, tag: str) -> str:
    """Load the image into the engine under a tag; return its configuration's digest.

    Equal bytes give an equal image.
    """
    archive, config = image(content, tag)
    with tempfile.TemporaryDirectory(prefix="dockdj-record-") as folder:
        path = Path(folder) / "image.tar"
        path.write_bytes(archive)
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


def read(archive: tarfile.TarFile) -> bytes | None:
    """The record in an archive of `docker image save`; None if the image has no record."""
    for layer in json.loads(_content(archive, "manifest.json") or b"[]")[0]["Layers"]:
        with tarfile.open(fileobj=archive.extractfile(layer), mode="r:*") as tar:
            if (content := _content(tar, RECORD_FILE)) is not None:
                return content
    return None


def _content(archive: tarfile.TarFile, path: str) -> bytes | None:
    try:
        file = archive.extractfile(path)
    except KeyError:
        return None
    return file.read() if file else None


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
