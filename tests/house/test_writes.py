"""A change of a file outside adapters/disk.py is an offence, except at the places with a reason."""

from pathlib import Path

import pytest

from tests.house import writes


def offences(root: Path, source: str, path: str = "lifecycle/history/log.py") -> list[str]:
    file = root / "src/dockdj" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
    return [str(offence) for offence in writes.offences(root)]


@pytest.mark.parametrize(
    "source",
    [
        "path.write_text('x')",
        "(folder / name).write_bytes(b'')",
        "open(path, 'w')",
        "open(path, mode='ab')",
        "path.open('r+b')",
        "path.open(mode='x')",
        "os.replace(old, new)",
        "old.replace(new)",
        "old.rename(new)",
        "os.fdopen(handle, 'wb')",
        "os.write(handle, b'')",
        "shutil.copytree(old, new)",
        "shutil.move(old, new)",
    ],
)
def test_change_of_a_file_is_an_offence(tmp_path: Path, source: str) -> None:
    [offence] = offences(tmp_path, f"import os\n{source}\n")
    assert offence.startswith("src/dockdj/lifecycle/history/log.py:2: ")
    assert offences(tmp_path / "other", source, "adapters/file_calls.py") == []


@pytest.mark.parametrize(
    "source",
    [
        "open(path)",
        "path.open()",
        "path.open('rb')",
        "tarfile.open(path, mode='r:')",
        "tarfile.open(fileobj=buffer, mode='w')",
        "disk.rename(old, new)",
        "text.replace('a', 'b')",
        "dataclasses.replace(project, name='a')",
        "replace(project, name='a')",
        "web.open('http://a.example/x')",
        "shutil.copytree(old, new, copy_function=disk.copy)",
    ],
)
def test_reading_and_other_calls_are_allowed(tmp_path: Path, source: str) -> None:
    assert offences(tmp_path, source) == []


def test_every_exception_exists() -> None:
    package = Path(__file__).parents[2] / writes.PACKAGE
    assert [path for path in writes.EXCEPTIONS if not (package / path).exists()] == []
