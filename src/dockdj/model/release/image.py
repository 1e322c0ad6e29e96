"""The images of a release, as its record describes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dockdj.model.inventory.inventory import Base, Interpreter, OsPackage


@dataclass(frozen=True)
class RecordedImage:
    """An image that was built or pulled, and then tested.

    `config` is the digest of its configuration. `diff_ids` are those of its uncompressed layers, the base image's
    first. `platform` is its system and processor (linux/amd64), `size` its bytes, uncompressed. `source` is the name
    that the compose file gives an image that is not built, None for an image that is. `base` is the image whose layers
    come first, None where none is proved.
    """

    config: str
    diff_ids: tuple[str, ...]
    platform: str
    size: int
    source: str | None
    base: Base | None


@dataclass(frozen=True)
class RunSettings:
    """The settings with which an image starts: arguments, program, user (empty is root), exposed ports (80/tcp)."""

    cmd: tuple[str, ...]
    entrypoint: tuple[str, ...]
    user: str
    ports: tuple[str, ...]


@dataclass(frozen=True)
class OperatingSystem:
    """The operating system of an image: ID and VERSION_ID of os-release(5), and its packages by name.

    `more` are the record's fields that this dockdj does not know: they count in the stack's fingerprint.
    """

    id: str
    version: str
    packages: Mapping[str, OsPackage]
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ServiceImage(RecordedImage):
    """The image of a service in a release, with its inventory.

    `runtime` is the versions of libc, openssl and python, as far as the image tells them. `files` are configuration
    files, path -> digest. `python` is by an interpreter's prefix, `npm` by the path of a node_modules folder, then
    package -> version. `unmanaged` are files that no package owns, path -> digest; None where the image's label names
    no paths.
    """

    run: RunSettings
    runtime: Mapping[str, str]
    files: Mapping[str, str]
    os: OperatingSystem | None = None
    python: Mapping[str, Interpreter] = field(default_factory=dict)
    npm: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unmanaged: Mapping[str, str] | None = None
