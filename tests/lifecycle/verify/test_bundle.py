"""The record in a bundle's bytes, whatever became of them."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.lifecycle.verify.bundle import record_in
from dockdj.model.beanstalk.bundle import pack
from dockdj.model.files import File
from tests.support.records import release

ONE = release()
BUNDLE = pack([File("release.json", ONE.content), File("more", b"more")], ONE.version).content


def zipped(method: int) -> bytes:
    """The bundle as somebody else packed it."""
    found = BytesIO()
    with zipfile.ZipFile(found, "w", method) as archive:
        archive.writestr("release.json", ONE.content)
    return found.getvalue()


ARCHIVES = [BUNDLE, zipped(zipfile.ZIP_DEFLATED)]


def test_the_record_is_read_from_a_bundle() -> None:
    assert [record_in(one) for one in ARCHIVES] == [ONE.content] * 2


@pytest.mark.parametrize("content", [b"", b"no zip", pack([File("more", b"")], ONE.version).content])
def test_bytes_without_a_record_have_no_record(content: bytes) -> None:
    assert record_in(content) is None


@given(
    st.sampled_from(ARCHIVES),
    st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), min_size=1, max_size=3),
    st.integers(0, 100_000),
)
def test_damaged_bytes_never_give_another_record(content: bytes, flips: list[tuple[int, int]], end: int) -> None:
    # Most positions near the end: there the directory is, which decides how the rest is read.
    damaged = bytearray(content)
    for position, value in flips:
        damaged[-1 - position % len(damaged)] = value
    assert record_in(bytes(damaged)) in (ONE.content, None)
    assert record_in(content[: end % len(content)]) is None
