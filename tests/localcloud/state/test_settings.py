"""The settings of a cloud."""

from pathlib import Path

from dockdj.localcloud.state import settings


def test_keys_are_created_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "cloud"
    created = settings.load(folder)
    assert settings.load(folder) == created
    assert (folder / "settings.json").stat().st_mode & 0o777 == 0o600


def test_clouds_in_different_folders_have_different_ids(tmp_path: Path) -> None:
    assert settings.cloud_id(tmp_path / "one") != settings.cloud_id(tmp_path / "two")
