"""A release as a CycloneDX 1.6 bill of materials, which scanners of vulnerabilities and licences read.

Made of the record alone, so that one release has one bill. CycloneDX is ECMA-424: https://cyclonedx.org/docs/1.6/json/.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from dockdj.model import purl
from dockdj.model.release import Release

Component = dict[str, Any]


def encode(release: Release) -> bytes:
    """The bill as it is written: indented UTF-8, a newline at the end. The same release gives the same bytes."""
    return f"{json.dumps(bill_of_materials(release), indent=2, ensure_ascii=False)}\n".encode()


def bill_of_materials(release: Release) -> dict[str, Any]:
    """The bill: the application, its images, and of each the operating system, Python, packages and configuration.

    A package that several images have is one component on which they all depend. What packages need of each
    other is left unsaid: the record does not know it.
    """
    document = release.document
    application = _application(release)
    images = {name: _image(release, name, service) for name, service in document["services"].items()}
    contents = {name: _contents(name, service) for name, service in document["services"].items()}
    depends = {images[name]["bom-ref"]: [one["bom-ref"] for one in found] for name, found in contents.items()}
    depends[application["bom-ref"]] = [image["bom-ref"] for image in images.values()]
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
        "components": _distinct([*images.values(), *(one for found in contents.values() for one in found)]),
        "dependencies": [{"ref": ref, "dependsOn": sorted(set(on))} for ref, on in sorted(depends.items())],
        # Neither JavaScript in the assets nor files that no package owns are in the record.
        "compositions": [
            {"aggregate": "incomplete", "assemblies": sorted(image["bom-ref"] for image in images.values())}
        ],
    }


def _application(release: Release) -> Component:
    document = release.document
    return {
        "type": "application",
        "bom-ref": f"release:{document['name']}@{release.version}",
        "name": document["name"],
        "version": str(release.version),
        "properties": _properties(
            {
                "record": release.digest,
                "commit": release.commit,
                "tree": document["app"]["tree"],
                **{f"fingerprint:{name}": value for name, value in document["fingerprint"].items()},
            }
        ),
    }


def _image(release: Release, name: str, service: Mapping[str, Any]) -> Component:
    config = service["config"]
    source = service["source"]
    facts = {"platform": service["platform"], "size": str(service["size"]), **({"source": source} if source else {})}
    return {
        **_component("container", f"image:{name}", name, "" if source else str(release.version)),
        "hashes": _hashes(config),
        "purl": purl.of_image(source or f"{release.document['name']}/{name}", config),
        "properties": _properties(facts),
    }


def _contents(name: str, service: Mapping[str, Any]) -> list[Component]:
    system, python = service.get("os"), service.get("python")
    found: list[Component] = []
    if system:
        ref = f"os:{system['id']}@{system['version']}"
        found.append(_component("operating-system", ref, system["id"], system["version"]))
        found += [
            _packaged(package, one["version"], purl.of_os_package(system, package, one), {"source": one["source"]})
            for package, one in system["packages"].items()
        ]
    if python:
        ref = purl.encode("generic", "python", python["version"])
        found.append({**_component("platform", ref, "python", python["version"]), "purl": ref})
        found += [
            _packaged(package, version, purl.encode("pypi", package, version), {})
            for package, version in python["packages"].items()
        ]
    found += [
        {"type": "file", "bom-ref": f"file:{name}:{path}", "name": path, "hashes": _hashes(digest)}
        for path, digest in service["files"].items()
    ]
    return found


def _packaged(name: str, version: str, address: str, facts: Mapping[str, str]) -> Component:
    component = {**_component("library", address, name, version), "purl": address}
    return {**component, "properties": _properties(facts)} if facts else component


def _component(kind: str, ref: str, name: str, version: str) -> Component:
    return {"type": kind, "bom-ref": ref, "name": name, **({"version": version} if version else {})}


def _distinct(components: Iterable[Component]) -> list[Component]:
    found = {one["bom-ref"]: one for one in components}
    return [found[ref] for ref in sorted(found)]


def _hashes(digest: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}]


def _properties(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": f"dockdj:{name}", "value": values[name]} for name in sorted(values)]
