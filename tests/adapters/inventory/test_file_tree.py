"""The places of an image that are read for its Pythons; a folder takes the image's place."""

import io
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from dockdj.adapters.inventory.file_tree import read
from dockdj.adapters.inventory.image_files import Files
from dockdj.model.inventory.python_packages import interpreters
from dockdj.model.inventory.search import search_of
from tests.support.project import write


class Folder:
    """An engine whose only container has the files of a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: list[str] = []

    @contextmanager
    def archive(self, container: str, path: str) -> Iterator[IO[bytes] | None]:
        self.asked.append(path)
        place = self.root / path.lstrip("/")
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w") as tar:
            if place.exists() or place.is_symlink():
                tar.add(place, place.name)
        content.seek(0)
        yield content if place.exists() or place.is_symlink() else None

    def inspect(self, names: object) -> dict[str, dict[str, Any]]:
        raise NotImplementedError

    def create(self, image_id: str, labels: Mapping[str, str]) -> str:
        raise NotImplementedError

    def labelled(self, label: str) -> dict[str, str]:
        raise NotImplementedError

    def remove(self, container: str) -> None:
        raise NotImplementedError


def metadata(root: Path, folder: str, name: str, version: str) -> None:
    write(root, f"{folder}/{name}-{version}.dist-info/METADATA", f"Name: {name}\nVersion: {version}\n")


@pytest.mark.parametrize("debian", [True, False])
def test_free_threaded_python_and_the_folders_of_its_search_path_are_read(tmp_path: Path, debian: bool) -> None:
    if debian:
        write(tmp_path, "var/lib/dpkg/status", "Package: dpkg\nStatus: install ok installed\nVersion: 1\n")
    site = "usr/local/lib/python3.13t/site-packages"
    write(tmp_path, "usr/local/bin/python3.13", "program")
    (tmp_path / "usr/local/bin/python3").symlink_to("python3.13")
    write(tmp_path, "usr/local/include/python3.13t/patchlevel.h", '#define PY_VERSION "3.13.9"\n')
    metadata(tmp_path, site, "pip", "25")
    write(tmp_path, f"{site}/__editable__.shop.pth", "/data/shop/src\n/usr/share/lib/shop\n/srv/read\n/usr/lib\n")
    metadata(tmp_path, "data/shop/src", "shop", "1")
    metadata(tmp_path, "usr/share/lib/shop", "shared", "2")
    metadata(tmp_path, "srv/read", "read", "3")
    metadata(tmp_path, "usr/lib", "large", "4")
    metadata(tmp_path, "deps", "django", "6")
    metadata(tmp_path, "usr/local/extra", "extra", "7")
    metadata(tmp_path, "var/app/vendor", "vendor", "8")
    variables = ["PATH=/usr/local/bin:/usr/bin", "PYTHONPATH=/deps:vendor::/usr/local/extra:/nowhere"]
    search = search_of({"Config": {"Env": variables, "WorkingDir": "/var/app"}})
    assert search.python_path == ("/deps", "/var/app/vendor", "/var/app", "/usr/local/extra", "/nowhere")
    engine = Folder(tmp_path)
    tree = read(Files(engine, ""), search)
    (python,) = interpreters(tree, {}, search.python_path).values()
    assert python.version == "3.13.9"
    assert {name: package.version for name, package in python.packages.items()} == {
        **{"pip": "25", "shop": "1", "shared": "2", "read": "3"},
        **{"django": "6", "extra": "7", "vendor": "8"},
    }
    # Nothing is read twice, and no large folder for the sake of a line in a file.
    assert [engine.asked.count(place) for place in ("/data/shop/src", "/deps", "/srv", "/usr/local/extra")] == [1] * 4
    assert not {"/usr/lib", "/srv/read", "/var/app"} & set(engine.asked)


def test_pythons_of_usr_local_are_found_without_a_link_that_names_them(tmp_path: Path) -> None:
    write(tmp_path, "usr/bin/python3.13", "program")
    (tmp_path / "usr/bin/python3").symlink_to("python3.13")
    for release in ("3.12", "3.14t"):
        write(tmp_path, f"usr/local/bin/python{release}", "program")
        metadata(tmp_path, f"usr/local/lib/python{release}/site-packages", "pip", release.rstrip("t"))
        header = f'#define PY_VERSION "{release.rstrip("t")}.1"\n'
        write(tmp_path, f"usr/local/include/python{release}/patchlevel.h", header)
    search = search_of({"Config": {"Env": ["PATH=/usr/local/bin:/usr/bin"]}})
    found = interpreters(read(Files(Folder(tmp_path), ""), search), {})
    assert {
        name: (python.version, python.packages["pip"].version) for name, python in found.items() if python.packages
    } == {
        "/usr/local": ("3.12.1", "3.12"),
        "/usr/local/lib/python3.14t": ("3.14.1", "3.14"),
    }
