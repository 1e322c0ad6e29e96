from pathlib import Path

import pytest

from dockdj.adapters.disk import write_atomically, write_files
from dockdj.model.files import File


def test_a_file_is_replaced_whole_with_its_mode(tmp_path: Path) -> None:
    write_files(tmp_path, [File("bin/run", b"1", 0o755)])
    write_files(tmp_path, [File("bin/run", b"2", 0o755)])
    assert ((tmp_path / "bin/run").read_bytes(), (tmp_path / "bin/run").stat().st_mode & 0o777) == (b"2", 0o755)
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["run"]


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    write_atomically(tmp_path / "f", b"old")
    with pytest.raises(TypeError):
        write_atomically(tmp_path / "f", "not bytes")  # type: ignore[arg-type]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"old")]
