"""Manifests and indexes as a registry returns them (OCI image specification, "Image Manifest", "Image Index")."""

import json
from dataclasses import dataclass

from dockdj.model.canonical import digest_of


@dataclass(frozen=True)
class Layer:
    """A layer in a manifest: its digest, and its size in bytes as the registry keeps it (compressed)."""

    digest: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """The manifest of an image, or an index.

    `config` is the digest of the image's configuration, empty for an index. `children` are the digests of the
    manifests that an index lists, in its order.
    """

    digest: str
    config: str = ""
    layers: tuple[Layer, ...] = ()
    children: tuple[str, ...] = ()

    @property
    def may_be_record(self) -> bool:
        """True if this can be the image of a record: it has one layer. Telling needs no download."""
        return len(self.layers) == 1


def parse(content: bytes) -> Manifest:
    """The manifest or index in a registry's answer; its digest is computed from the bytes."""
    document = json.loads(content)
    return Manifest(
        digest=digest_of(content),
        config=str((document.get("config") or {}).get("digest", "")),
        layers=tuple(Layer(str(layer["digest"]), int(layer["size"])) for layer in document.get("layers", ())),
        children=tuple(str(child["digest"]) for child in document.get("manifests", ())),
    )
