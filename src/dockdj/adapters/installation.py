"""The installed Dockdj: what its installer recorded about it, and a wheel of it."""

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from dockdj import __version__
from dockdj.errors import Refused
from dockdj.model import json_document
from dockdj.model.files import File
from dockdj.model.project.source import PACKAGE
from dockdj.model.zip_archive import pack

CODE = "dockdj"
NAME = PACKAGE.replace("-", "_")
# What Python and editors leave in a folder.
LEFTOVERS = (".pyc", ".swp", "~", ".DS_Store")
WHEEL = b"Wheel-Version: 1.0\nGenerator: dockdj\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def direct_url() -> dict[str, Any]:
    """The `direct_url.json` of the running Dockdj (PEP 610); empty if it does not say where this code is from."""
    try:
        distribution = metadata.distribution(PACKAGE)
        document = json_document.parse(distribution.read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError, OSError):
        return {}
    # The code that runs may be another than the installed one: a checkout on PYTHONPATH.
    installed = Path(str(distribution.locate_file(CODE)))
    running = Path(str(resources.files(CODE)))
    return document if isinstance(document, dict) and installed.resolve() == running.resolve() else {}


def requirements(extra: str) -> tuple[str, ...]:
    """The packages that an extra of Dockdj adds, as its installation lists them; empty if it is not installed."""
    try:
        listed = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return ()
    pairs = [line.partition(";") for line in listed]
    return tuple(name.strip() for name, _, condition in pairs if re.search(rf"extra == ['\"]{extra}['\"]", condition))


@cache
def wheel() -> File:
    """Pack the running Dockdj as a wheel, of an installation and of a checkout alike.

    Raises Refused if it is not installed, or if its installed metadata is of another version.
    """
    folder = f"{NAME}-{__version__}.dist-info"
    files = [*_code(resources.files(CODE), f"{CODE}/"), *_metadata(folder), File(f"{folder}/WHEEL", WHEEL)]
    record = "".join(f"{file.path},sha256={_hash(file.content)},{len(file.content)}\n" for file in sorted(files))
    record += f"{folder}/RECORD,,\n"
    return File(f"{NAME}-{__version__}-py3-none-any.whl", pack([*files, File(f"{folder}/RECORD", record.encode())]))


def _code(folder: Traversable, prefix: str) -> Iterator[File]:
    for entry in folder.iterdir():
        if entry.name == "__pycache__" or entry.name.endswith(LEFTOVERS):
            continue
        if entry.is_dir():
            yield from _code(entry, f"{prefix}{entry.name}/")
        else:
            yield File(f"{prefix}{entry.name}", entry.read_bytes())


def _metadata(folder: str) -> Iterator[File]:
    hint = "install dockdj again, or add: --source SOURCE"
    try:
        distribution = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError as error:
        raise Refused("this Dockdj runs without being installed, so no wheel of it can be made", hint=hint) from error
    text = distribution.read_text("METADATA")
    if text is None or distribution.version != __version__:
        raise Refused(
            f"this Dockdj is {__version__}, but its installation says {distribution.version}: no wheel can be made",
            hint=hint,
        )
    yield File(f"{folder}/METADATA", text.encode())
    yield File(f"{folder}/entry_points.txt", (distribution.read_text("entry_points.txt") or "").encode())
    for path in distribution.files or ():
        if path.parent.name == "licenses" and path.parent.parent.name.endswith(".dist-info"):
            yield File(f"{folder}/licenses/{path.name}", path.read_binary())


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
