import json
from dataclasses import replace
from pathlib import Path

import pytest

from dockdj.adapters.inventory import cache as inventory_cache
from dockdj.model.inventory.inventory import Distribution, Interpreter, Inventory, OsPackage

TAKEN = Inventory(
    os_id="debian",
    os_version="13",
    os_packages={"libc6": OsPackage("2.41", "glibc")},
    python={"/opt/venv": Interpreter("3.13.5", {"django": Distribution("6.1")})},
    npm={"/app/node_modules": {"a": "1"}},
    runtime={"libc": "glibc 2.41"},
    files={"/start.sh": "sha256:1"},
    unmanaged={},
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKDJ_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("inventory", [TAKEN, Inventory(), replace(TAKEN, unmanaged=None, os_packages=None)])
def test_load_returns_what_was_stored(inventory: Inventory) -> None:
    inventory_cache.store("k", inventory)
    assert inventory_cache.load("k") == inventory


def test_damaged_entry_is_ignored(cache: Path) -> None:
    inventory_cache.store("k", TAKEN)
    [file] = (cache / "inventory").iterdir()
    whole = file.read_bytes()
    other = json.loads(whole)
    other["inventory"]["os_packages"]["libc6"]["version"] = "2.40"
    for damaged in (b"", whole[:-20], b"[]", b"{}", json.dumps(other).encode(), b"\xff"):
        file.write_bytes(damaged)
        assert inventory_cache.load("k") is None
    inventory_cache.store("k", TAKEN)
    assert inventory_cache.load("k") == TAKEN


def test_unwritable_cache_is_ignored(cache: Path) -> None:
    cache.write_text("a file")
    inventory_cache.store("k", TAKEN)
    assert inventory_cache.load("k") is None


def test_key_depends_on_every_fact() -> None:
    assert inventory_cache.key(["a"], {"x": 1}) == inventory_cache.key(["a"], {"x": 1})
    assert len({inventory_cache.key(*facts) for facts in ([["a"]], [["a", "b"]], [["a"], ["b"]], [])}) == 4


def test_folder_follows_dockdj_cache_and_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKDJ_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert inventory_cache.folder() == tmp_path / "dockdj"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/dev")
    assert inventory_cache.folder() == Path("/home/dev/.cache/dockdj")
