"""A full disk at every call, and a power cut after every call: a file has its old content or its new, whole."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dockdj.adapters import disk, file_calls
from dockdj.adapters.disk import append_line, write_atomically
from dockdj.errors import CommandFailed, UsageError
from tests.support.failing import CALLS, failing_at

OLD, NEW = b"the old content", b"another content, and a longer one"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_full_disk_at_any_call_leaves_a_whole_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "f"
    number = 0
    while True:
        number += 1
        path.write_bytes(OLD)
        with failing_at(number) as names:
            try:
                write_atomically(path, NEW)
                break
            except CommandFailed as error:
                assert "No space left on device" in error.message
                assert str(path) in error.message
                assert f"df -h {tmp_path}" in error.hint
        assert files(tmp_path) == {"f": NEW if names[-1] == "sync_folder" else OLD}
        write_atomically(path, NEW)
        assert files(tmp_path) == {"f": NEW}
    assert names == ["create", "write", "change_mode", "sync", "rename", "sync_folder"]


def test_partial_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = file_calls.write
    monkeypatch.setattr(file_calls, "write", lambda handle, content: whole(handle, content[:3]))
    write_atomically(tmp_path / "f", NEW)
    append_line(tmp_path / "f", OLD)
    assert files(tmp_path) == {"f": NEW + b"\n" + OLD + b"\n"}


def test_full_disk_at_any_call_of_an_append_loses_that_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append_line(path, b"first")
    number = 0
    while True:
        number += 1
        with failing_at(number) as names:
            try:
                append_line(path, b"second")
                break
            except CommandFailed as error:
                assert "No space left on device" in error.message
    assert names == ["open_file", "write", "sync"]
    lines = path.read_bytes().split(b"\n")
    assert (lines[0], lines[-2:]) == (b"first", [b"second", b""])
    assert {line for line in lines[1:-2]} == {b"sec", b"second"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_failure_of_the_disk_is_not_the_users_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def failing(*_: Any) -> None:
        raise OSError(number, "text of the system")

    monkeypatch.setattr(file_calls, "sync", failing)
    with pytest.raises(CommandFailed, match="text of the system"):
        write_atomically(tmp_path / "f", NEW)
    assert files(tmp_path) == {}


def test_place_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(UsageError, match="f cannot be written: Is a directory"):
        write_atomically(tmp_path / "f", NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


@dataclass
class Recorder:
    """The calls of one write, carried out and recorded, and the states in which a power cut leaves the file.

    After a cut the disk has all content that was synced, and of other content any beginning. It has every name given
    before the folder was synced, and of later names any number, in their order.
    """

    path: Path
    names: dict[int, Path] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in CALLS:
            monkeypatch.setattr(file_calls, name, self._recording(name, getattr(file_calls, name)))

    def _recording(self, name: str, call: Any) -> Any:
        def recording(*arguments: Any) -> Any:
            result = call(*arguments)
            if name == "create":
                self.names[result[0]] = result[1]
            elif name == "write":
                self.calls.append(("write", self.names[arguments[0]], bytes(arguments[1][:result])))
            elif name == "sync":
                self.calls.append(("sync", self.names[arguments[0]]))
            elif name in ("rename", "sync_folder"):
                self.calls.append((name, *arguments))
            return result

        return recording

    def after_a_cut(self, count: int, old: bytes) -> Iterator[bytes]:
        """The possible contents of the file when the power fails after this number of calls."""
        written: dict[Path, bytes] = {}
        synced: dict[Path, bytes] = {}
        durable: Path | None = None
        pending: list[Path] = []
        for name, *arguments in self.calls[:count]:
            if name == "write":
                written[arguments[0]] = written.get(arguments[0], b"") + arguments[1]
            elif name == "sync":
                synced[arguments[0]] = written.get(arguments[0], b"")
            elif name == "rename" and arguments[1] == self.path:
                pending.append(arguments[0])
            elif name == "sync_folder" and arguments[0] == self.path.parent and pending:
                durable, pending = pending[-1], []
        for source in (durable, *pending):
            if source is None:
                yield old
                continue
            content, safe = written.get(source, b""), len(synced.get(source, b""))
            yield from (content[:length] for length in range(safe, len(content) + 1))


def test_power_cut_after_any_call_leaves_the_old_content_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"
    path.write_bytes(OLD)
    recorder = Recorder(path)
    recorder.install(monkeypatch)
    write_atomically(path, NEW)
    for count in range(len(recorder.calls) + 1):
        assert {*recorder.after_a_cut(count, OLD)} <= {OLD, NEW}, recorder.calls[:count]
    # A caller that was told of the end can rely on it.
    assert {*recorder.after_a_cut(len(recorder.calls), OLD)} == {NEW}


def test_recorder_shows_what_a_missing_sync_would_lose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f"
    recorder = Recorder(path)
    monkeypatch.setattr(file_calls, "sync", lambda _: None)
    recorder.install(monkeypatch)
    monkeypatch.setattr(file_calls, "sync", lambda _: None)
    write_atomically(path, NEW)
    assert b"" in {*recorder.after_a_cut(len(recorder.calls), OLD)}


def test_copy_keeps_content_and_permissions(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(NEW)
    (tmp_path / "a").chmod(0o750)
    disk.copy(str(tmp_path / "a"), str(tmp_path / "b"))
    assert ((tmp_path / "b").read_bytes(), (tmp_path / "b").stat().st_mode & 0o777) == (NEW, 0o750)
