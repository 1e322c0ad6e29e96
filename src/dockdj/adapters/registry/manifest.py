"""Manifests and indexes as a registry returns them (OCI image specification, "Image Manifest", "Image Index")."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.errors import CommandFailed
from dockdj.model import json_document
from dockdj.model.canonical import digest_of
from dockdj.model.json_document import items, number, table, text

# OCI image specification, "Digests".
DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]{1,256}")


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
    """The manifest or index in a registry's answer; its digest is computed from the bytes.

    Raises CommandFailed if the answer is neither.
    """
    try:
        document = table(json_document.parse(content))
        return Manifest(
            digest=digest_of(content),
            config=_digest(document["config"], "config") if "config" in document else "",
            layers=tuple(map(_layer, _listed(document, "layers"))),
            children=tuple(_digest(child, "a manifest") for child in _listed(document, "manifests")),
        )
    except ValueError as error:
        raise CommandFailed(
            f"the registry's answer is not a manifest: {error}",
            hint="does the repository's name lead to a registry? Ask again; a proxy can answer in its place",
        ) from error


def _listed(document: Mapping[str, Any], name: str) -> list[Any]:
    return items(document[name], name) if name in document else []


def _layer(value: Any) -> Layer:
    return Layer(_digest(value, "a layer"), number(value, "size"))


def _digest(value: Any, name: str) -> str:
    digest = text(table(value, name), "digest")
    if not DIGEST.fullmatch(digest):
        raise ValueError(f"the digest of {name} is malformed: {digest[:80]!r}")
    return digest
