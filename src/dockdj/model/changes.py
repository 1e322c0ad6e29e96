"""What changed between two releases, from their records alone."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dockdj.model.release import Release


@dataclass(frozen=True)
class PackageChange:
    """A package that is new, gone or of another version; `kind` is os or python, absence is None."""

    service: str
    kind: str
    name: str
    before: str | None
    after: str | None

    @property
    def change(self) -> str:
        return "add" if self.before is None else "remove" if self.after is None else "other"


@dataclass(frozen=True)
class ValueChange:
    """A runtime, base system or configuration file that differs; for files the values are digests."""

    service: str
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Changes:
    """All differences of two releases; equal content has none."""

    before: str
    after: str
    same: Mapping[str, bool]
    packages: tuple[PackageChange, ...]
    runtimes: tuple[ValueChange, ...]
    files: tuple[ValueChange, ...]
    images: tuple[ValueChange, ...]

    @property
    def empty(self) -> bool:
        """Whether the two releases hold the same."""
        return not (self.packages or self.runtimes or self.files or self.images) and all(self.same.values())


def diff(before: Release, after: Release) -> Changes:
    """Compare two releases."""
    old, new = before.document["services"], after.document["services"]
    names = sorted(set(old) | set(new))
    pairs = [(name, old.get(name, {}), new.get(name, {})) for name in names]
    prints = ("app", "deps", "stack")
    return Changes(
        before=str(before.version),
        after=str(after.version),
        same={name: before.document["fingerprint"][name] == after.document["fingerprint"][name] for name in prints},
        packages=tuple(change for pair in pairs for change in _packages(*pair)),
        runtimes=tuple(change for pair in pairs for change in _runtimes(*pair)),
        files=tuple(
            ValueChange(name, path, a, b) for name, one, two in pairs for path, a, b in _differing(one, two, "files")
        ),
        images=tuple(
            ValueChange(name, "image", one.get("config"), two.get("config"))
            for name, one, two in pairs
            if one.get("config") != two.get("config")
        ),
    )


def as_data(changes: Changes) -> dict[str, Any]:
    """The changes as JSON data: absence is null, lists are sorted by service, kind and name."""
    return {
        "from": changes.before,
        "to": changes.after,
        "same": dict(changes.same),
        "packages": [{**asdict(change), "change": change.change} for change in changes.packages],
        "runtimes": [asdict(change) for change in changes.runtimes],
        "files": [asdict(change) for change in changes.files],
        "images": [asdict(change) for change in changes.images],
    }


def _packages(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PackageChange]:
    for kind in ("os", "python"):
        one, two = (_versions(side.get(kind, {}).get("packages", {})) for side in (old, new))
        for name in sorted(set(one) | set(two)):
            if one.get(name) != two.get(name):
                yield PackageChange(service, kind, name, one.get(name), two.get(name))


def _versions(packages: Mapping[str, Any]) -> dict[str, str]:
    return {name: value["version"] if isinstance(value, Mapping) else value for name, value in packages.items()}


def _runtimes(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ValueChange]:
    for kind in ("os", "python"):
        one, two = (side.get(kind, {}).get("version") for side in (old, new))
        if one != two:
            yield ValueChange(service, kind, one, two)


def _differing(
    old: Mapping[str, Any], new: Mapping[str, Any], field: str
) -> Iterator[tuple[str, str | None, str | None]]:
    one, two = old.get(field, {}), new.get(field, {})
    for name in sorted(set(one) | set(two)):
        if one.get(name) != two.get(name):
            yield name, one.get(name), two.get(name)
