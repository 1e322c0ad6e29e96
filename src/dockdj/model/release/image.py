"""The images of a release, as its record describes them, and the one rule for recognising them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

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


class HasLayers(Protocol):
    """An image of the engine."""

    @property
    def diff_ids(self) -> tuple[str, ...]: ...


def is_recorded(image: HasLayers | None, recorded: RecordedImage) -> bool:
    """Tell whether an image of the engine is the recorded one: it has the very same layers.

    The engine's id for an image cannot tell: on the containerd store it is not the digest of the configuration.
    """
    return image is not None and tuple(image.diff_ids) == recorded.diff_ids


def recorded_manifests(configs: Mapping[str, str], manifests: Mapping[str, str]) -> dict[str, str]:
    """Service -> manifest digest of its image in a registry; services whose image is missing are left out.

    `configs` are the record's, service -> config digest; `manifests` are the registry's, config digest -> manifest
    digest. The configuration's digest alone identifies an image in a registry, never a tag.
    """
    return {service: manifests[config] for service, config in configs.items() if config in manifests}
