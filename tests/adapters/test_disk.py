import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dockdj.adapters.disk import locked, text_of, write_atomically, write_files
from dockdj.errors import ProjectError
from dockdj.model.files import File


def test_write_files_replaces_content_and_keeps_the_mode(tmp_path: Path) -> None:
    write_files(tmp_path, [File("bin/run", b"1", 0o755)])
    write_files(tmp_path, [File("bin/run", b"2", 0o755)])
    assert ((tmp_path / "bin/run").read_bytes(), (tmp_path / "bin/run").stat().st_mode & 0o777) == (b"2", 0o755)
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["run"]


def test_failed_write_leaves_the_old_file_and_no_temporary_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "f", b"old")
    with pytest.raises(TypeError):
        write_atomically(tmp_path / "f", "not bytes")  # type: ignore[arg-type]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"old")]


def test_lock_has_one_holder_at_a_time(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")

    def add(_: int) -> None:
        with locked(tmp_path / "lock"):
            counter.write_text(str(int(counter.read_text()) + 1))

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(add, range(200)))
    assert counter.read_text() == "200"


def test_locked_without_waiting_raises_while_the_lock_is_held(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"), pytest.raises(BlockingIOError), locked(tmp_path / "lock", wait=False):
        pass
    with locked(tmp_path / "lock", wait=False):
        pass


def test_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    hold = (
        "import sys, time; from pathlib import Path; from dockdj.adapters.disk import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", hold, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(BlockingIOError), locked(tmp_path / "lock", wait=False):
        pass
    holder.kill()
    holder.wait(60)
    with locked(tmp_path / "lock", wait=False):
        pass


def test_text_that_is_not_utf8_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes("Grüße\r\n".encode())
    assert text_of(tmp_path, "good") == "Grüße\n"
    (tmp_path / "wrong").write_bytes("FROM a\n# für\n".encode("latin-1"))
    with pytest.raises(ProjectError) as caught:
        text_of(tmp_path, "wrong")
    assert caught.value.message == "wrong is not UTF-8: line 2, byte 10 of the file"
    with pytest.raises(ProjectError, match="none cannot be read: No such file"):
        text_of(tmp_path, "none")
