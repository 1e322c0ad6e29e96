"""The rules by which an image is recognised as the one in a release record: in the engine, and in a registry."""

from collections.abc import Mapping
from typing import Protocol

from dockdj.model.release.image import RecordedImage


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
