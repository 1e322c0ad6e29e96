"""The contents of a release's image, as components of a CycloneDX bill."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dockdj.model.bom import package_url
from dockdj.model.inventory.npm_packages import own_name
from dockdj.model.release.contents import interpreters, package, packages
from dockdj.model.release.image import ServiceImage

Component = dict[str, Any]
# The property that names a package's place.
PLACES = {"python": "interpreter", "npm": "node_modules"}


def contents(service: str, image: ServiceImage) -> Iterator[Component]:
    """The components of a service's image."""
    yield from _system(image)
    for place, version in interpreters(image).items():
        ref = package_url.encode("generic", "python", version)
        yield {
            **component("platform", ref, "python", version),
            "purl": ref,
            "properties": properties({"interpreter": place}),
        }
    for kind, fact in PLACES.items():
        for place, listed in packages(image, kind).items():
            for name, entry in listed.items():
                held = package(name, entry)
                own, version = own_name(name, held.version) if kind == "npm" else (name, held.version)
                yield _library(own, version, _address(kind, own, version), held.origin, {fact: place})
    for path, digest in image.files.items():
        yield _file(service, path, digest)
    for path, digest in (image.unmanaged or {}).items():
        yield {**_file(service, path, digest), "properties": properties({"unmanaged": "true"})}


def built_assets(npm: Mapping[str, str]) -> Iterator[Component]:
    """The npm packages that built the assets and are in no image."""
    for path, locked in npm.items():
        name, version = own_name(path, locked)
        yield {
            **_library(name, version, _address("npm", name, version), None, {"built": "assets"}),
            "scope": "excluded",
        }


def distinct(components: Iterable[Component]) -> list[Component]:
    """Each component once, with every property that one of its places gives it; in an image it is not excluded."""
    merged: dict[str, Component] = {}
    for each in components:
        known = merged.setdefault(each["bom-ref"], each)
        if known is not each:
            pairs = {(fact["name"], fact["value"]) for side in (known, each) for fact in side.get("properties", ())}
            facts = [{"name": name, "value": value} for name, value in sorted(pairs)]
            merged[each["bom-ref"]] = {
                **{key: value for key, value in known.items() if key != "scope" or each.get("scope") == value},
                **({"properties": facts} if facts else {}),
            }
    return [merged[ref] for ref in sorted(merged)]


def component(kind: str, ref: str, name: str, version: str) -> Component:
    return {"type": kind, "bom-ref": ref, "name": name, **({"version": version} if version else {})}


def hashes(digest: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}]


def properties(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": f"dockdj:{name}", "value": values[name]} for name in sorted(values)]


def _system(image: ServiceImage) -> Iterator[Component]:
    system = image.os
    if system is None:
        return
    yield component("operating-system", f"os:{system.id}@{system.version}", system.id, system.version)
    for name, held in system.packages.items():
        address = package_url.of_os_package(system, name, held)
        yield _library(name, held.version, address, held.origin, {"source": held.source or name})


def _file(service: str, path: str, digest: str) -> Component:
    return {**component("file", f"file:{service}:{path}", path, ""), "hashes": hashes(digest)}


def _library(name: str, version: str, address: str, origin: str | None, facts: Mapping[str, str]) -> Component:
    where = {**facts, **({"origin": origin} if origin else {})}
    return {**component("library", address, name, version), "purl": address, "properties": properties(where)}


def _address(kind: str, name: str, version: str) -> str:
    if kind == "python":
        return package_url.encode("pypi", name, version)
    # The scope is what npm's type calls the namespace.
    scope, _, last = name.rpartition("/")
    return package_url.encode("npm", last, version, namespace=scope)
