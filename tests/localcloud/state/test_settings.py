"""The settings of a cloud."""

import errno
import os
from pathlib import Path

import pytest

from dockdj.localcloud.state import settings
from dockdj.localcloud.state.failure import StateDamaged, StateFailed


def test_keys_are_created_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "cloud"
    created = settings.load(folder)
    assert settings.load(folder) == created
    assert (folder / "settings.json").stat().st_mode & 0o777 == 0o600


def test_clouds_in_different_folders_have_different_ids(tmp_path: Path) -> None:
    assert settings.cloud_id(tmp_path / "one") != settings.cloud_id(tmp_path / "two")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"access_key": "LOCAL',
        b"\xff\xfe",
        b"[]",
        b"null",
        b"1",
        b'{"access_key": "a"}',
        b'{"access_key": "a", "secret_key": "b", "of_a_newer_version": 1}',
        b'{"access_key": "a", "secret_key": 5}',
        b'{"access_key": "a", "secret_key": ""}',
        b'{"access_key": "a", "secret_key": "b", "port": "5577"}',
        b'{"access_key": "a", "secret_key": "b", "port": 65536}',
        b"[" * 100_000,
        b'{"access_key": "a", "secret_key": "b", "port": ' + b"9" * 5000 + b"}",
    ],
    ids=range(14),
)
def test_damaged_settings_are_named_with_the_way_out_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    with pytest.raises(StateDamaged) as damaged:
        settings.load(tmp_path)
    assert str(path) in damaged.value.message
    assert damaged.value.hint.startswith(f"rm {path}")
    assert path.read_bytes() == content


def test_interrupted_write_keeps_the_former_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    created = settings.load(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateFailed, match="No space left"):
        settings.save(tmp_path, settings.with_port(created, 1))
    assert settings.load(tmp_path) == created
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def full(handle: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
