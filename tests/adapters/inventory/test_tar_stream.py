import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.adapters.inventory.tar_stream import FILE, FOLDER, HARD_LINK, LINK, members
from dockdj.errors import CommandFailed

PARTS = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=120).filter(
    lambda part: part not in (".", "..")
)
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
FORMATS = st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])


def archive(form: int, *entries: tuple[str, bytes, str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as tar:
        for name, kind, link, content in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, link, len(content)
            tar.addfile(info, io.BytesIO(content))
    return target.getvalue()


@given(FORMATS, st.lists(st.tuples(NAMES, st.binary(max_size=1500)), max_size=4), NAMES)
def test_archives_of_the_standard_library_are_read(form: int, files: list[tuple[str, bytes]], target: str) -> None:
    written = [(name, FILE, "", content) for name, content in files]
    links = [("folder/", FOLDER, "", b""), ("link", LINK, target, b""), ("second", HARD_LINK, target, b"")]
    found = members(io.BytesIO(archive(form, *written, *links)))
    expected = [*written, ("folder", FOLDER, "", b""), *links[1:]]
    assert [(each.name, each.kind, each.target, each.read()) for each in found] == expected


def test_unread_content_is_skipped() -> None:
    content = archive(tarfile.USTAR_FORMAT, ("a", FILE, "", b"x" * 700), ("b/" * 60 + "c", FILE, "", b"y"))
    assert [each.name for each in members(io.BytesIO(content))] == ["a", "b/" * 60 + "c"]


def test_cut_off_archive_is_refused() -> None:
    content = archive(tarfile.PAX_FORMAT, ("a", FILE, "", b"x" * 700))
    for length in (0, 100, 600, 1300):
        with pytest.raises(CommandFailed, match="cut off"):
            [each.read() for each in members(io.BytesIO(content[:length]))]
