"""What an image of a release holds, out of its record. What a record does not say is not there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

KINDS = ("os", "python", "npm")
Held = TypeVar("Held")


@dataclass(frozen=True)
class Package:
    """An installed package. `origin` is base or ours, None where the record does not say."""

    version: str
    source: str
    origin: str | None = None


def packages(service: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    """Place -> name -> package as the record has it, for `package`.

    Places are interpreters' prefixes and node_modules folders; the system's is empty.
    """
    held = service.get(kind) or {}
    if kind == "os":
        return {"": held.get("packages", {})}
    if kind == "python":
        return {place: one.get("packages", {}) for place, one in _tables(held)}
    return dict(_tables(held))


def package(name: str, entry: Any) -> Package:
    """A package out of its entry in a record: a version alone, or with its source and origin."""
    if isinstance(entry, Mapping):
        return Package(str(entry.get("version", "")), str(entry.get("source") or name), entry.get("origin"))
    return Package(str(entry), name)


def interpreters(service: Mapping[str, Any]) -> dict[str, str]:
    """Prefix -> version of each Python."""
    return {place: str(one["version"]) for place, one in _tables(service.get("python") or {}) if one.get("version")}


def paired(one: Mapping[str, Held], two: Mapping[str, Held]) -> Iterator[tuple[str | None, Held | None, Held | None]]:
    """What stands at the same place on both sides, by place; None for the place where either side has only one."""
    if len(one) <= 1 and len(two) <= 1:
        yield None, next(iter(one.values()), None), next(iter(two.values()), None)
        return
    for place in sorted({*one, *two}):
        yield place, one.get(place), two.get(place)


def _tables(held: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((place, one) for place, one in held.items() if isinstance(one, Mapping))
