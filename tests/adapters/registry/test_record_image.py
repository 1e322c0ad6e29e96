import gzip
import io
import json
import tarfile

import pytest

from dockdj.adapters.registry import record_image
from dockdj.adapters.registry.record_image import image, read, require
from dockdj.errors import CommandFailed, WrongContent

CONTENT = b'{"schema":1}'


def tar_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def archive(layer: bytes, manifest: object = None) -> io.BytesIO:
    named = [{"Layers": ["layer"]}] if manifest is None else manifest
    return io.BytesIO(tar_of({"manifest.json": json.dumps(named).encode(), "layer": layer}))


def test_record_is_read_from_the_image_that_was_made_of_it() -> None:
    assert read(io.BytesIO(image(CONTENT, "shop:record")[0])) == CONTENT


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_record_is_read_from_a_layer(pack: type[bytes]) -> None:
    assert read(archive(pack(tar_of({"release.json": CONTENT})))) == CONTENT


def test_image_without_a_record_has_none() -> None:
    assert read(archive(tar_of({"etc/passwd": b""}))) is None


MALFORMED = {
    "nothing": io.BytesIO(b""),
    "no archive": io.BytesIO(b"x" * 2000),
    "no manifest": io.BytesIO(tar_of({"layer": b""})),
    "no image": archive(b"", []),
    "a table of images": archive(b"", {}),
    "an image that is text": archive(b"", ["x"]),
    "no layers": archive(b"", [{}]),
    "layers that are a number": archive(b"", [{"Layers": 3}]),
    "a layer that is a number": archive(b"", [{"Layers": [3]}]),
    "a layer that is not there": archive(b"", [{"Layers": ["other"]}]),
    "a layer that is empty": archive(b""),
    "a layer that is no archive": archive(b"x" * 2000),
    "a layer that is cut off": archive(gzip.compress(tar_of({"release.json": CONTENT * 99}))[:-12]),
    "a manifest nested too deeply": io.BytesIO(tar_of({"manifest.json": b"[" * 100_000})),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_archives_are_refused(content: io.BytesIO) -> None:
    with pytest.raises(CommandFailed):
        read(content)


def test_layer_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_image, "LARGEST_LAYER", 1 << 16)
    with pytest.raises(CommandFailed, match="too much for a record"):
        read(archive(gzip.compress(bytes(1 << 17))))


def test_archive_of_the_expected_image_passes() -> None:
    content, config = image(CONTENT, "shop:record")
    require(io.BytesIO(content), config)


def test_archive_of_another_image_is_refused() -> None:
    content, _ = image(CONTENT, "shop:record")
    _, other = image(b"{}", "shop:record")
    with pytest.raises(WrongContent, match=f"the engine gave the image .* for {other}"):
        require(io.BytesIO(content), other)


def test_archive_with_another_layer_than_the_configuration_names_is_refused() -> None:
    content, config = image(CONTENT, "shop:record")
    with pytest.raises(WrongContent, match="the engine gave the layer"):
        require(io.BytesIO(content.replace(CONTENT, CONTENT[::-1])), config)


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_archive_is_not_taken_for_the_expected_image(case: str) -> None:
    with pytest.raises((CommandFailed, WrongContent)):
        require(MALFORMED[case], "sha256:0")
