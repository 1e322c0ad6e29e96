"""npm packages of an image, from the hidden lock file that npm writes into a node_modules folder."""

import re
from collections.abc import Mapping
from typing import Any

from dockdj.model import json_document
from dockdj.model.inventory.file_tree import Tree

HIDDEN_LOCK = re.compile(r"(?P<folder>.*/node_modules)/\.package-lock\.json")
PREFIX = "node_modules/"


def node_modules(tree: Tree) -> dict[str, dict[str, str]]:
    """Folder -> package -> version, without packages that the lock names but a later step deleted."""
    installed = {}
    for match in tree.matching(HIDDEN_LOCK):
        root = match["folder"].removesuffix(PREFIX.rstrip("/"))
        locked = parse_lock(tree.text(match[0]))
        installed[match["folder"]] = {
            path.removeprefix(PREFIX): version
            for path, version in locked.items()
            if f"{root}{path}/package.json" in tree.paths
        }
    return installed


def parse_lock(text: str) -> dict[str, str]:
    """Path of a package -> its version, in a package-lock.json of version 2 or 3. Links (workspaces) have no version.

    A package inside another's node_modules keeps its path, so that two versions of a name stay apart.
    """
    try:
        document = json_document.parse(text)
    except ValueError:
        return {}
    packages = document.get("packages") if isinstance(document, dict) else None
    entries: Mapping[str, Any] = packages if isinstance(packages, dict) else {}
    return {
        path: fields["version"]
        for path, fields in sorted(entries.items())
        if path.rpartition("/")[0] and PREFIX in path and isinstance(fields, dict)
        if isinstance(fields.get("version"), str)
    }
