"""Distributions of awkward folders, compared with `importlib.metadata` of a real Python."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from dockdj.model.inventory.file_tree import Tree
from dockdj.model.inventory.python_packages import interpreters
from tests.support.project import write

RELEASE = f"python{sys.version_info.major}.{sys.version_info.minor}"
# The first distribution of a name is the one that is imported.
EVERY = (
    "import importlib.metadata as m, json;"
    "print(json.dumps([[d.name, d.version] for d in reversed(list(m.distributions()))]))"
)


def tree_of(folder: Path) -> Tree:
    """The files of a folder as they are read from an image."""
    paths = {str(path): str(path.readlink()) if path.is_symlink() else "" for path in folder.rglob("*")}
    return Tree(paths, {path: Path(path).read_bytes() for path, link in paths.items() if Path(path).is_file()})


def add(folder: Path, name: str, version: str, form: str = "{}-{}.dist-info/METADATA") -> None:
    """Write the metadata of a distribution; its files are named as installers name them."""
    path = form.format(name.replace("-", "_"), version)
    write(folder, path, f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: no\n")


def listed(python: Path, environment: dict[str, str]) -> dict[str, str]:
    words = [str(python), "-c", EVERY]
    # From a folder without distributions: with -c, the current folder is the first of the search path.
    answer = subprocess.run(words, capture_output=True, check=True, env=environment, cwd=python.parent, timeout=60)
    return {canonicalize_name(name): version for name, version in json.loads(answer.stdout) if name}


@pytest.mark.parametrize("python_path", [False, True])
def test_distributions_are_those_that_a_real_python_finds(tmp_path: Path, python_path: bool) -> None:
    prefix, source, target = tmp_path / "venv", tmp_path / "source", tmp_path / "target"
    venv.create(prefix, symlinks=True)
    site = prefix / f"lib/{RELEASE}/site-packages"
    # Names that are one when they are normalised, in two folders of the search path.
    add(site, "Zope.Thing_x", "2.0")
    add(site, "plain", "1.0")
    add(target, "zope-thing-x", "3.0")
    add(target, "on_target_only", "1.0")
    # An editable installation (PEP 660) whose source has metadata of another version.
    add(site, "editable", "1.5")
    write(site, "editable-1.5.dist-info/direct_url.json", '{"url":"file:///source","dir_info":{"editable":true}}')
    write(site, "__editable__.editable-1.5.pth", f"{source}/src\n")
    add(source / "src", "editable", "1.6", "{0}.egg-info/PKG-INFO")
    # Development installations of setuptools: an egg-link, the folder in a .pth, the metadata in the folder.
    add(source / "linked", "linked-project", "2.1", "{0}.egg-info/PKG-INFO")
    write(site, "linked-project.egg-link", f"{source}/linked\n.")
    write(site, "easy-install.pth", f"{source}/linked\n./egg-3.0-py3.egg\n# comment\n\nimport os\n{tmp_path}/missing\n")
    add(site / "egg-3.0-py3.egg", "egg", "3.0", "EGG-INFO/PKG-INFO")
    add(site / "unlisted-3.0-py3.egg", "unlisted", "3.0", "EGG-INFO/PKG-INFO")
    # A relative .pth through a link, and one in a folder where none is read.
    write(site, "zz.pth", "../../relative  \n")
    (prefix / "lib/relative").symlink_to(source / "relative")
    add(source / "relative", "relative", "1.0")
    add(source / "relative", "plain", "9.0")
    write(source / "relative", "nested.pth", f"{source}/nested\n")
    add(source / "nested", "nested", "1.0")
    # Other forms, and metadata that no Python finds.
    add(site, "file", "4.0", "{}-{}.egg-info")
    add(site, "distutils", "5.0", "{}-{}-py3.13.egg-info/PKG-INFO")
    add(site / "setuptools/_vendor", "vendored", "1")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if python_path:
        environment["PYTHONPATH"] = f"{tmp_path}/nowhere:{target}"
    packages = interpreters(tree_of(tmp_path), {}, (f"{tmp_path}/nowhere", str(target)) if python_path else ())[
        str(prefix)
    ].packages
    versions = {name: package.version for name, package in packages.items()}
    assert versions == listed(prefix / "bin/python", environment)
    assert versions == {
        **{"distutils": "5.0", "editable": "1.5", "egg": "3.0", "file": "4.0", "linked-project": "2.1"},
        **{"plain": "1.0", "relative": "1.0", "zope-thing-x": "3.0" if python_path else "2.0"},
        **({"on-target-only": "1.0"} if python_path else {}),
    }


def test_of_two_versions_in_one_folder_the_highest_is_listed(tmp_path: Path) -> None:
    prefix = tmp_path / "venv"
    write(prefix, "pyvenv.cfg", f"home = /nowhere\nversion = {RELEASE.removeprefix('python')}.1\n")
    site = prefix / f"lib/{RELEASE}/site-packages"
    for version in ("10.0", "9.0", "nonsense"):
        add(site, "twice", version)
    assert interpreters(tree_of(tmp_path), {})[str(prefix)].packages["twice"].version == "10.0"
