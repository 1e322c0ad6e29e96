"""Inventories on disk. The contents of layers never change, so an entry never becomes outdated."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dockdj.adapters.disk import write_atomically
from dockdj.errors import UsageError
from dockdj.model import json_document
from dockdj.model.inventory.inventory import Distribution, Interpreter, Inventory, OsPackage
from dockdj.model.json_document import table, text, text_table

# Raise this number when the same image gives another inventory than before: every image is then read again.
FORMAT = 2


def folder() -> Path:
    """The cache folder: $DOCKDJ_CACHE, else dockdj in the XDG cache folder (XDG Base Directory Specification)."""
    if chosen := os.environ.get("DOCKDJ_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "dockdj"


def key(*facts: object) -> str:
    """The name of an entry: the digest of everything that the inventory depends on."""
    return hashlib.sha256(json.dumps([FORMAT, *facts], sort_keys=True).encode()).hexdigest()


def load(name: str) -> Inventory | None:
    """The inventory of this name; None if it is missing or damaged."""
    try:
        return parse(_file(name).read_bytes())
    except OSError:
        return None


def parse(content: bytes) -> Inventory | None:
    """The inventory in an entry; None if the entry is damaged."""
    try:
        document = table(json_document.parse(content))
        body = table(document.get("inventory"))
        return _inventory(body) if document.get("digest") == _digest(body) else None
    except (ValueError, KeyError, TypeError):
        return None


def store(name: str, inventory: Inventory) -> None:
    """Store an inventory. If it cannot be written, the image is read again the next time."""
    body = asdict(inventory)
    content = json.dumps({"digest": _digest(body), "inventory": body})
    try:
        _file(name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(_file(name), content.encode())
    except (OSError, UsageError):
        return


def _file(name: str) -> Path:
    return folder() / "inventory" / f"{name}.json"


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _inventory(body: Mapping[str, Any]) -> Inventory:
    """The inventory. Raises ValueError, KeyError and TypeError for a body of another shape."""
    system, unmanaged = body["os_packages"], body["unmanaged"]
    return Inventory(
        os_id=text(body, "os_id"),
        os_version=text(body, "os_version"),
        os_packages=None
        if system is None
        else {name: OsPackage(**text_table(fields)) for name, fields in table(system).items()},
        python={prefix: _interpreter(table(fields)) for prefix, fields in table(body["python"]).items()},
        npm={folder: text_table(packages) for folder, packages in table(body["npm"]).items()},
        runtime=text_table(body["runtime"]),
        files=text_table(body["files"]),
        unmanaged=None if unmanaged is None else text_table(unmanaged),
    )


def _interpreter(fields: Mapping[str, Any]) -> Interpreter:
    packages = {name: Distribution(**text_table(package)) for name, package in table(fields["packages"]).items()}
    return Interpreter(text(fields, "version"), packages)
