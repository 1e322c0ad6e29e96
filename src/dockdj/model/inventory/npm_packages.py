"""npm packages of an image, from the hidden lock file that npm writes into a node_modules folder."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dockdj.model import json_document
from dockdj.model.inventory.file_tree import Tree

HIDDEN_LOCK = re.compile(r"(?P<folder>.*/node_modules)/\.package-lock\.json")
PREFIX = "node_modules/"
# As `npm ls` writes a package that is installed under another name than its own.
ALIAS = "npm:"


def node_modules(tree: Tree) -> dict[str, dict[str, str]]:
    """Folder -> package -> version, without packages that the lock names but a later step deleted."""
    installed = {}
    for match in tree.matching(HIDDEN_LOCK):
        root = match["folder"].removesuffix(PREFIX.rstrip("/"))
        installed[match["folder"]] = {
            path.removeprefix(PREFIX): version
            for path, (place, version) in _entries(tree.text(match[0])).items()
            if f"{posixpath.normpath(root + place)}/package.json" in tree.paths
        }
    return installed


def parse_lock(text: str) -> dict[str, str]:
    """Path of a package -> its version, in a package-lock.json of version 2 or 3.

    A package inside another's node_modules keeps its path, so that two versions of a name stay apart. A package under
    another name than its own has the version `npm:NAME@VERSION`. A link, as to a workspace, has the version of the
    package that it leads to, which can be empty.
    """
    return {path: version for path, (_, version) in _entries(text).items()}


def own_name(path: str, version: str) -> tuple[str, str]:
    """The name and version that the registry knows a package by, from its path and version in an inventory."""
    if version.startswith(ALIAS):
        name, _, number = version.removeprefix(ALIAS).rpartition("@")
        return name, number
    return path.rpartition(PREFIX)[2], version


def _entries(text: str) -> dict[str, tuple[str, str]]:
    """Path of a package -> the folder that has its files, relative to the lock's project, and its version."""
    try:
        document = json_document.parse(text)
    except ValueError:
        return {}
    packages = document.get("packages") if isinstance(document, dict) else None
    return dict(sorted(_installed(packages if isinstance(packages, dict) else {})))


def _installed(packages: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for path, fields in packages.items():
        if not (isinstance(fields, dict) and PREFIX in path and path.rpartition("/")[0]):
            continue
        place, target = path, fields
        if fields.get("link") is True and isinstance(fields.get("resolved"), str):
            place = fields["resolved"]
            linked = packages.get(place)
            target = {"version": "", **(linked if isinstance(linked, dict) else {})}
        name, version = target.get("name"), target.get("version")
        if isinstance(version, str):
            alias = isinstance(name, str) and name != path.rpartition(PREFIX)[2]
            yield path, (place, f"{ALIAS}{name}@{version}" if alias else version)
