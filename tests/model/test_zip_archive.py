import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.files import File
from dockdj.model.zip_archive import pack, unpack

FILES = (File("a/größe.txt", "ä\r\n".encode()), File("b", b"\0" * 5000, 0o755), File("c", b""))
ARCHIVE = pack(FILES)


def test_files_come_back_byte_for_byte_in_any_order() -> None:
    assert unpack(ARCHIVE) == FILES
    assert pack(reversed(FILES)) == ARCHIVE


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a//b", "a\\b", "./a"])
def test_path_outside_the_archive_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        unpack(pack([File(path, b"")]))


def test_content_that_expands_without_end_is_refused_unread() -> None:
    with pytest.raises(ValueError, match="more than"):
        unpack(pack([File(str(i), bytes(2**24)) for i in range(5)]))


def test_path_that_is_there_twice_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("a", "1")
        archive.writestr("a", "2")
    with pytest.raises(ValueError, match="twice"):
        unpack(buffer.getvalue())


@given(st.lists(st.tuples(st.integers(0, len(ARCHIVE) - 1), st.integers(0, 255)), max_size=4), st.integers(0, 400))
def test_damaged_archive_gives_its_files_or_a_value_error(changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(ARCHIVE)
    for place, byte in changes:
        content[place] = byte
    try:
        files = unpack(bytes(content[: len(content) - cut // 2]))
    except ValueError:
        return
    assert all(isinstance(file.content, bytes) for file in files)
