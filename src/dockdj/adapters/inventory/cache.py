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
from dockdj.model.inventory.inventory import Distribution, Interpreter, Inventory, OsPackage

# Raise this number when the same image gives another inventory than before: every image is then read again.
FORMAT = 1


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
        document = json.loads(_file(name).read_bytes())
        body = document["inventory"]
        return _inventory(body) if document["digest"] == _digest(body) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
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
    system = body["os_packages"]
    return Inventory(
        os_id=body["os_id"],
        os_version=body["os_version"],
        os_packages=None if system is None else {name: OsPackage(**fields) for name, fields in system.items()},
        python={prefix: _interpreter(fields) for prefix, fields in body["python"].items()},
        npm=body["npm"],
        runtime=body["runtime"],
        files=body["files"],
        unmanaged=body["unmanaged"],
    )


def _interpreter(fields: Mapping[str, Any]) -> Interpreter:
    packages = {name: Distribution(**package) for name, package in fields["packages"].items()}
    return Interpreter(fields["version"], packages)
