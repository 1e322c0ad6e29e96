"""Fingerprints of a release's content: equal for equal content, whatever bytes it is packed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.canonical import canonical, digest_of
from dockdj.model.release.image import OperatingSystem, ServiceImage


@dataclass(frozen=True)
class Fingerprint:
    """Digests of a release's content.

    `app` covers the application's files outside its stack. `deps` covers the Python and npm packages, `stack` the
    operating system's packages, the runtime and the files that images name, and `pair` the other three digests.
    """

    app: str
    deps: str
    stack: str
    pair: str


def fingerprint(application: str, services: Mapping[str, ServiceImage], npm: Mapping[str, str]) -> Fingerprint:
    """The fingerprint of these images and of the application whose own digest is given.

    Whether a package comes from the base image or from a layer above makes no difference.
    """
    deps = {
        "npm": npm,
        "services": {
            name: {
                "python": {
                    prefix: {package: entry.version for package, entry in python.packages.items()}
                    for prefix, python in image.python.items()
                },
                "npm": image.npm,
            }
            for name, image in services.items()
        },
    }
    stack = {
        name: {
            "os": _os(image.os) if image.os else {"packages": {}},
            "runtime": image.runtime,
            "files": image.files,
            "unmanaged": image.unmanaged or {},
        }
        for name, image in services.items()
    }
    parts = {"app": application, "deps": digest_of(canonical(deps)), "stack": digest_of(canonical(stack))}
    return Fingerprint(**parts, pair=digest_of(canonical(parts)))


def _os(system: OperatingSystem) -> dict[str, Any]:
    packages = {name: [package.version, package.source] for name, package in system.packages.items()}
    return {**system.more, "id": system.id, "version": system.version, "packages": packages}
