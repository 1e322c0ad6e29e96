"""Handwritten archives of images, as old and new engines export them."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from dockdj.adapters.docker.image_layers import Saved, read
from dockdj.errors import CommandFailed

TAG = "shop/django:1.0.0"
FILES = {"etc/app.conf": b"size 1m\n", "srv/" + "long/" * 40 + "name": b"x" * 1000, "empty": b"", "srv/key": b"secret"}


def tar_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def saved(tmp_path: Path, layer: bytes, name: str = "blobs/sha256/abc") -> Saved:
    manifest = [{"Config": "c.json", "RepoTags": [TAG], "Layers": [name]}, {"RepoTags": None, "Layers": []}]
    config = {"rootfs": {"diff_ids": ["sha256:" + "d" * 64]}, "history": []}
    content = {name: layer, "c.json": json.dumps(config).encode(), "manifest.json": json.dumps(manifest).encode()}
    path = tmp_path / "images.tar"
    path.write_bytes(tar_of(content))
    return read(tarfile.open(path), [TAG])[TAG]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_layer_is_read_uncompressed_and_offsets_lead_to_files(tmp_path: Path, pack: type[bytes]) -> None:
    plain = tar_of(FILES)
    image = saved(tmp_path, pack(plain))
    (layer,) = image.layers
    assert b"".join(layer.chunks()) == plain
    assert (layer.diff_id, image.config["history"]) == ("sha256:" + "d" * 64, [])
    at = plain.index(b"secret")
    long = plain.index(b"xxx")
    # The last is in the padding at the archive's end, which belongs to no file.
    assert layer.files_at({0, at, long, len(plain) - 1}) == {
        0: "/etc/app.conf",
        at: "/srv/key",
        long: "/srv/" + "long/" * 40 + "name",
    }


def test_offset_in_a_long_name_header_leads_to_its_file(tmp_path: Path) -> None:
    plain = tar_of(FILES)
    at = plain.index(b"long/long")
    assert saved(tmp_path, plain).layers[0].files_at({at}) == {at: "/srv/" + "long/" * 40 + "name"}


def test_layer_with_unsupported_compression_is_refused(tmp_path: Path) -> None:
    (layer,) = saved(tmp_path, b"\x28\xb5\x2f\xfd....").layers
    with pytest.raises(CommandFailed, match="zstd"):
        list(layer.chunks())


def test_archive_without_the_tag_is_refused(tmp_path: Path) -> None:
    saved(tmp_path, b"")
    with tarfile.open(tmp_path / "images.tar") as archive, pytest.raises(CommandFailed, match="does not name other"):
        read(archive, ["other"])
