"""Folders that only this user can open."""

import os
from pathlib import Path

import pytest

from dockdj.adapters import private_folder
from dockdj.errors import Refused


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path / "home"


def test_folder_is_created_for_its_owner_only(tmp_path: Path) -> None:
    private_folder.ensure(tmp_path / "a/b")
    assert (tmp_path / "a/b").stat().st_mode & 0o777 == 0o700


def test_existing_folder_loses_the_rights_of_others(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o777)
    private_folder.ensure(tmp_path / "a")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700


def test_link_file_and_unwritable_place_are_refused(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "file").touch()
    for name in ("link", "dangling", "file", "file/inside"):
        with pytest.raises(Refused, match=name):
            private_folder.ensure(tmp_path / name)
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o755
    assert not (tmp_path / "nowhere").exists()


def test_runtime_folder_is_in_a_private_xdg_runtime_dir(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert private_folder.runtime_folder() == runtime / "dockdj"
    fallback = home / ".local/state/dockdj"
    runtime.chmod(0o755)
    assert private_folder.runtime_folder() == fallback
    runtime.chmod(0o700)
    (tmp_path / "link").symlink_to("runtime")
    for value in ("", ".", "runtime", str(tmp_path / "link"), str(tmp_path / "missing")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", value)
        assert private_folder.runtime_folder() == fallback
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert private_folder.runtime_folder() == fallback


def test_runtime_folder_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.getuid()
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setattr(os, "getuid", lambda: user + 1)
    assert private_folder.runtime_folder() == private_folder.state_home() / "dockdj"
