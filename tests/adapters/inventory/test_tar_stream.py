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


def header(kind: bytes, content: bytes, size: bytes = b"") -> bytes:
    """A header with a size field as it is given, and its content."""
    field = size or b"%011o\0" % len(content)
    start = b"name".ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + field.ljust(12, b"\0") + b"0" * 12
    return start.ljust(156, b" ") + kind.ljust(356, b"\0") + content.ljust(-(-len(content) // 512) * 512, b"\0")


MALFORMED = {
    "PAX record of length zero": header(b"x", b"0 a=b\n"),
    "PAX record with a negative length": header(b"x", b"-5 a=b\n"),
    "PAX record shorter than its own length field": header(b"x", b"2 a=b\n"),
    "PAX record longer than the header": header(b"x", b"60 a=b\n"),
    "PAX record without a length": header(b"x", b"path=b\n"),
    "PAX record whose length has 5,000 digits": header(b"x", b"9" * 5000 + b" a=b\n"),
    "PAX record whose length is in other digits": header(b"x", "\u0667 a=b\n".encode()),
    "PAX record without a key": header(b"x", b"5 =b\n"),
    "PAX record without an equals sign": header(b"x", b"5 ab\n"),
    "PAX size that is not a number": header(b"x", b"12 size=abc\n") + header(b"0", b""),
    "PAX size below zero": header(b"x", b"11 size=-1\n") + header(b"0", b""),
    "PAX size of 5,000 digits": header(b"x", b"5011 size=" + b"9" * 5000 + b"\n") + header(b"0", b""),
    "size that is not octal": header(b"0", b"", b"99999999999"),
    "size with a sign": header(b"0", b"", b"-0000000001"),
    "size with an underscore": header(b"0", b"", b"1_0"),
    "binary size below zero": header(b"0", b"", b"\xff" * 12),
    "binary size above every file": header(b"0", b"", b"\x80" + b"\xff" * 11),
    "long name of a gigabyte": header(b"L", b"", b"10000000000"),
    "PAX header of a gigabyte": header(b"x", b"", b"10000000000"),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_headers_are_refused(content: bytes) -> None:
    with pytest.raises(CommandFailed, match="malformed"):
        list(members(io.BytesIO(content + bytes(1024))))


def test_key_that_is_not_utf8_does_not_disturb_the_member() -> None:
    content = header(b"x", b"12 \xff\xfe=value\n" + b"10 path=p\n") + header(b"0", b"text") + bytes(1024)
    assert [(each.name, each.read()) for each in members(io.BytesIO(content))] == [("p", b"text")]


def test_members_know_their_places_in_the_archive() -> None:
    content = archive(tarfile.PAX_FORMAT, ("a", FILE, "", b"x" * 600_000), ("b" * 120, FILE, "", b"y"))
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        expected = [(each.name, each.offset, each.offset_data) for each in tar]
    assert [(each.name, each.start, each.offset) for each in members(io.BytesIO(content))] == expected
