"""Handwritten archives of images, as old and new engines export them."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from dockdj.adapters.docker.image_layers import Saved, read
from dockdj.adapters.docker.saved_archive import SavedArchive
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
    return read(io.BytesIO(path.read_bytes()), [TAG])[TAG]


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
    with (tmp_path / "images.tar").open("rb") as archive, pytest.raises(CommandFailed, match="does not name other"):
        read(archive, ["other"])


CONFIG = {"rootfs": {"diff_ids": ["sha256:" + "d" * 64]}}
ENTRY = {"Config": "c.json", "RepoTags": [TAG], "Layers": ["layer"]}
DAMAGED: dict[str, tuple[object, object]] = {
    "no list of images": ({}, CONFIG),
    "an image that is no table": (["x"], CONFIG),
    "tags that are no list": ([{**ENTRY, "RepoTags": 1}], CONFIG),
    "no name of a configuration": ([{"RepoTags": [TAG]}], CONFIG),
    "a configuration that is not in the archive": ([{**ENTRY, "Config": "other"}], CONFIG),
    "no list of layers": ([{**ENTRY, "Layers": None}], CONFIG),
    "a layer without a name": ([{**ENTRY, "Layers": [1]}], CONFIG),
    "more layers than the configuration": ([{**ENTRY, "Layers": ["layer", "layer"]}], CONFIG),
    "a configuration that is no table": ([ENTRY], [1]),
    "a configuration without root file system": ([ENTRY], {}),
    "a root file system that is no table": ([ENTRY], {"rootfs": "x"}),
    "layers that are no list": ([ENTRY], {"rootfs": {"diff_ids": "x"}}),
}


@pytest.mark.parametrize("manifest, config", DAMAGED.values(), ids=DAMAGED.keys())
def test_archives_of_another_shape_are_refused(manifest: object, config: object) -> None:
    files = {"c.json": json.dumps(config).encode(), "manifest.json": json.dumps(manifest).encode(), "layer": b""}
    with pytest.raises(CommandFailed, match="malformed"):
        read(io.BytesIO(tar_of(files)), [TAG])


@pytest.mark.parametrize("manifest", [b"", b"[", b"\xff", b"[" * 100_000, b"[" + b"9" * 5000 + b"]"])
def test_manifest_that_is_not_json_is_refused(manifest: bytes) -> None:
    with pytest.raises(CommandFailed, match=r"manifest\.json is not JSON"):
        read(io.BytesIO(tar_of({"manifest.json": manifest})), [TAG])


@pytest.mark.parametrize("content", [b"", b"\0" * 700, b"\x1f\x8b" * 300])
def test_file_that_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(CommandFailed):
        read(io.BytesIO(content), [TAG])


@pytest.mark.parametrize(
    "content", [gzip.compress(bytes(9000), mtime=0)[:-9], b"\x1f\x8bjunk", b"\x1f\x8b\x08" + bytes(99)]
)
def test_damaged_layer_is_refused(tmp_path: Path, content: bytes) -> None:
    (layer,) = saved(tmp_path, content).layers
    with pytest.raises(CommandFailed, match=r"malformed: the layer .* cannot be uncompressed"):
        list(layer.chunks())


@pytest.mark.parametrize("content", [b"\x1f\x8bjunk", b"x" * 2000, gzip.compress(bytes(100), mtime=0), b""])
def test_offsets_of_a_damaged_layer_are_refused(tmp_path: Path, content: bytes) -> None:
    (layer,) = saved(tmp_path, content).layers
    with pytest.raises(CommandFailed):
        layer.files_at({0})


def test_links_between_layers_are_followed_and_loops_are_refused() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, target in {"b/layer.tar": "../a/layer.tar", "loop": "loop"}.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
        member = tarfile.TarInfo("a/layer.tar")
        member.size = 4
        tar.addfile(member, io.BytesIO(b"text"))
    archive = SavedArchive(buffer)
    assert archive.open("b/layer.tar").read() == b"text"
    with pytest.raises(CommandFailed, match="has no file loop"):
        archive.open("loop")
