"""A release as a CycloneDX 1.6 bill of materials, which scanners of vulnerabilities and licences read.

Made of the record alone, so that one release has one bill. CycloneDX is ECMA-424: https://cyclonedx.org/docs/1.6/json/.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from dockdj.model.bom import package_url
from dockdj.model.bom.components import Component, built_assets, component, contents, distinct, hashes, properties
from dockdj.model.release.origin import Descent, descent
from dockdj.model.release.record import Release


def encode(release: Release) -> bytes:
    """The bill as it is written: indented UTF-8, a newline at the end. The same release gives the same bytes."""
    return f"{json.dumps(bill_of_materials(release), indent=2, ensure_ascii=False)}\n".encode()


def bill_of_materials(release: Release) -> dict[str, Any]:
    """The bill: the application, its images, and of each the operating system, interpreters, packages and files.

    A package that several images have is one component on which they all depend; what built the assets and is in no
    image is `excluded`. What packages need of each other is left unsaid: the record does not know it.
    """
    document = release.document
    application = _application(release)
    images = {name: _image(release, name, service) for name, service in document["services"].items()}
    held = {name: list(contents(name, service)) for name, service in document["services"].items()}
    assets = list(built_assets(document.get("npm") or {}))
    depends = {images[name]["bom-ref"]: [one["bom-ref"] for one in found] for name, found in held.items()}
    depends[application["bom-ref"]] = [one["bom-ref"] for one in (*images.values(), *assets)]
    tool, _, tool_version = document["tool"].partition(" ")
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, release.digest)}",
        "version": 1,
        "metadata": {
            "timestamp": document["created"],
            # The inventory is read out of the finished images.
            "lifecycles": [{"phase": "post-build"}],
            "tools": {"components": [{"type": "application", "name": tool, "version": tool_version}]},
            "component": application,
        },
        "components": distinct([*images.values(), *assets, *(one for found in held.values() for one in found)]),
        "dependencies": [{"ref": ref, "dependsOn": sorted(set(on))} for ref, on in sorted(depends.items())],
        # Of files that no package owns, the record has those under the paths that an image names.
        "compositions": [
            {"aggregate": "incomplete", "assemblies": sorted(image["bom-ref"] for image in images.values())}
        ],
    }


def _application(release: Release) -> Component:
    document = release.document
    origin = descent(release)
    facts = {
        "record": release.digest,
        "commit": release.commit,
        "tree": document["app"]["tree"],
        **{f"fingerprint:{name}": value for name, value in document["fingerprint"].items()},
    }
    if origin and origin.stack_from:
        facts |= {"restack:stack_from": origin.stack_from, "restack:stack_record": origin.stack_digest or ""}
    if origin:
        facts |= {f"restack:base:{name}": image for name, image in origin.bases.items()}
    return {
        **component("application", _ref(document["name"], release.version), document["name"], str(release.version)),
        **(_pedigree(_original(document["name"], origin)) if origin else {}),
        "properties": properties(facts),
    }


def _original(name: str, origin: Descent) -> Component:
    """The release whose application a restack has."""
    original = component("application", _ref(name, origin.of), name, origin.of)
    return {**original, "properties": properties({"record": origin.of_digest})}


def _image(release: Release, name: str, service: Mapping[str, Any]) -> Component:
    config = service["config"]
    source = service["source"]
    runtime = {f"runtime:{fact}": value for fact, value in (service.get("runtime") or {}).items()}
    facts = {"platform": service["platform"], "size": str(service["size"]), **({"source": source} if source else {})}
    base = service.get("base")
    return {
        **component("container", f"image:{name}", name, "" if source else str(release.version)),
        "hashes": hashes(config),
        "purl": package_url.of_image(source or f"{release.document['name']}/{name}", config),
        **(_pedigree(_base(name, base)) if base else {}),
        "properties": properties({**facts, **runtime}),
    }


def _base(service: str, base: Mapping[str, Any]) -> Component:
    """The image whose layers are the first of ours."""
    whole = component("container", f"base:{service}", base["name"], "")
    return {**whole, "hashes": hashes(base["config"]), "purl": package_url.of_image(base["name"], base["config"])}


def _pedigree(ancestor: Component) -> Component:
    return {"pedigree": {"ancestors": [ancestor]}}


def _ref(name: str, version: object) -> str:
    return f"release:{name}@{version}"
