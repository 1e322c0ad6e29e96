"""What an image of a release holds, as components of a CycloneDX bill."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dockdj.model.bom import package_url
from dockdj.model.release.contents import interpreters, package, packages

Component = dict[str, Any]
# A package's place is known by this property.
PLACES = {"python": "interpreter", "npm": "node_modules"}


def contents(service_name: str, service: Mapping[str, Any]) -> Iterator[Component]:
    """The components of a service's image."""
    yield from _system(service)
    for place, version in interpreters(service).items():
        ref = package_url.encode("generic", "python", version)
        yield {
            **component("platform", ref, "python", version),
            "purl": ref,
            "properties": properties({"interpreter": place}),
        }
    for kind, fact in PLACES.items():
        for place, listed in packages(service, kind).items():
            for name, entry in listed.items():
                one = package(name, entry)
                yield _library(name, one.version, _address(kind, name, one.version), one.origin, {fact: place})
    for field in ("files", "unmanaged"):
        for path, digest in (service.get(field) or {}).items():
            file = {**component("file", f"file:{service_name}:{path}", path, ""), "hashes": hashes(digest)}
            yield {**file, "properties": properties({"unmanaged": "true"})} if field == "unmanaged" else file


def built_assets(npm: Mapping[str, str]) -> Iterator[Component]:
    """The npm packages that built the assets and reach no image."""
    for name, version in npm.items():
        yield {
            **_library(name, version, _address("npm", name, version), None, {"built": "assets"}),
            "scope": "excluded",
        }


def distinct(components: Iterable[Component]) -> list[Component]:
    """Each component once, with every property that one of its places gives it; in an image it is not excluded."""
    found: dict[str, Component] = {}
    for one in components:
        known = found.setdefault(one["bom-ref"], one)
        if known is not one:
            merged = {
                (each["name"], each["value"]) for each in (*known.get("properties", ()), *one.get("properties", ()))
            }
            found[one["bom-ref"]] = {
                **{key: value for key, value in known.items() if key != "scope" or one.get("scope") == value},
                **(
                    {"properties": [{"name": name, "value": value} for name, value in sorted(merged)]} if merged else {}
                ),
            }
    return [found[ref] for ref in sorted(found)]


def component(kind: str, ref: str, name: str, version: str) -> Component:
    return {"type": kind, "bom-ref": ref, "name": name, **({"version": version} if version else {})}


def hashes(digest: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}]


def properties(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": f"dockdj:{name}", "value": values[name]} for name in sorted(values)]


def _system(service: Mapping[str, Any]) -> Iterator[Component]:
    system = service.get("os")
    if system:
        ref = f"os:{system['id']}@{system['version']}"
        yield component("operating-system", ref, system["id"], system["version"])
        for name, entry in packages(service, "os")[""].items():
            one = package(name, entry)
            address = package_url.of_os_package(system, name, {"version": one.version, "source": one.source})
            yield _library(name, one.version, address, one.origin, {"source": one.source})


def _library(name: str, version: str, address: str, origin: str | None, facts: Mapping[str, str]) -> Component:
    where = {**facts, **({"origin": origin} if origin else {})}
    return {**component("library", address, name, version), "purl": address, "properties": properties(where)}


def _address(kind: str, name: str, version: str) -> str:
    if kind == "python":
        return package_url.encode("pypi", name, version)
    # The scope is what npm's type calls the namespace.
    scope, _, last = name.rpartition("/")
    return package_url.encode("npm", last, version, namespace=scope)
