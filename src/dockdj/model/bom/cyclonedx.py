"""A release as a CycloneDX 1.6 bill of materials, which scanners of vulnerabilities and licences read.

The record alone makes the bill, so that one release has one bill. CycloneDX is ECMA-424: https://cyclonedx.org/docs/1.6/json/.
"""

import json
import uuid
from typing import Any

from dockdj.model.bom import package_url
from dockdj.model.bom.components import Component, built_assets, component, contents, distinct, hashes, properties
from dockdj.model.inventory.inventory import Base
from dockdj.model.release.image import ServiceImage
from dockdj.model.release.origin import Descent, descent
from dockdj.model.release.record import Release


def encode(release: Release) -> bytes:
    """The bill in bytes: indented UTF-8, a newline at the end. The same release gives the same bytes."""
    return f"{json.dumps(bill_of_materials(release), indent=2, ensure_ascii=False)}\n".encode()


def bill_of_materials(release: Release) -> dict[str, Any]:
    """The bill: the application, its images, and of each the operating system, interpreters, packages and files.

    A package that several images have is one component on which they all depend. What built the assets and is in no
    image is `excluded`. The bill does not tell what packages need of each other, since the record does not know it.
    """
    application = _application(release)
    images = {name: _image(release, name, image) for name, image in release.services.items()}
    held = {name: list(contents(name, image)) for name, image in release.services.items()}
    assets = list(built_assets(release.npm))
    depends = {images[name]["bom-ref"]: [each["bom-ref"] for each in parts] for name, parts in held.items()}
    depends[application["bom-ref"]] = [each["bom-ref"] for each in (*images.values(), *assets)]
    tool, _, tool_version = release.tool.partition(" ")
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, release.digest)}",
        "version": 1,
        "metadata": {
            "timestamp": release.created,
            # The inventory is read out of the finished images.
            "lifecycles": [{"phase": "post-build"}],
            "tools": {"components": [{"type": "application", "name": tool, "version": tool_version}]},
            "component": application,
        },
        "components": distinct([*images.values(), *assets, *(each for parts in held.values() for each in parts)]),
        "dependencies": [{"ref": ref, "dependsOn": sorted(set(on))} for ref, on in sorted(depends.items())],
        # The record has only the unmanaged files under the paths that an image names.
        "compositions": [
            {"aggregate": "incomplete", "assemblies": sorted(image["bom-ref"] for image in images.values())}
        ],
    }


def _application(release: Release) -> Component:
    origin = descent(release)
    facts = {
        "record": release.digest,
        "commit": release.commit,
        "tree": release.app.tree,
        **{f"fingerprint:{name}": value for name, value in vars(release.fingerprint).items()},
    }
    if origin and origin.stack_from:
        facts |= {"restack:stack_from": origin.stack_from, "restack:stack_record": origin.stack_digest or ""}
    if origin:
        facts |= {f"restack:base:{name}": image for name, image in origin.bases.items()}
    return {
        **component("application", _ref(release.name, release.version), release.name, str(release.version)),
        **(_pedigree(_original(release.name, origin)) if origin else {}),
        "properties": properties(facts),
    }


def _original(name: str, origin: Descent) -> Component:
    """The release whose application a restack has."""
    original = component("application", _ref(name, origin.of), name, origin.of)
    return {**original, "properties": properties({"record": origin.of_digest})}


def _image(release: Release, name: str, image: ServiceImage) -> Component:
    runtime = {f"runtime:{fact}": value for fact, value in image.runtime.items()}
    source = {"source": image.source} if image.source else {}
    facts = {"platform": image.platform, "size": str(image.size), **source, **runtime}
    return {
        **component("container", f"image:{name}", name, "" if image.source else str(release.version)),
        "hashes": hashes(image.config),
        "purl": package_url.of_image(image.source or f"{release.name}/{name}", image.config),
        **(_pedigree(_base(name, image.base)) if image.base else {}),
        "properties": properties(facts),
    }


def _base(service: str, base: Base) -> Component:
    """The image whose layers are the first of ours."""
    whole = component("container", f"base:{service}", base.name, "")
    return {**whole, "hashes": hashes(base.config), "purl": package_url.of_image(base.name, base.config)}


def _pedigree(ancestor: Component) -> Component:
    return {"pedigree": {"ancestors": [ancestor]}}


def _ref(name: str, version: object) -> str:
    return f"release:{name}@{version}"
