"""What changed between two releases, from their records alone."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dockdj.model.direction import Change, direction, order_of
from dockdj.model.image_changes import ImageChange, image_changes
from dockdj.model.project import COMPOSE_FILE
from dockdj.model.release import Release

COMPOSE = COMPOSE_FILE.format(environment="prod")
KINDS = ("os", "python")


@dataclass(frozen=True)
class PackageChange:
    """A package that is new, gone or of another version; `kind` is os or python, absence is None.

    `source` is the source package it is built from, where both records name the same one, else the package itself.
    """

    service: str
    kind: str
    name: str
    before: str | None
    after: str | None
    change: Change
    source: str


@dataclass(frozen=True)
class ValueChange:
    """A runtime, a setting of an image or a file that differs; for files the values are digests."""

    service: str
    name: str
    before: str | None
    after: str | None
    change: Change


@dataclass(frozen=True)
class Changes:
    """All differences of two releases; equal content has none."""

    before: str
    after: str
    same: Mapping[str, bool]
    packages: tuple[PackageChange, ...]
    runtimes: tuple[ValueChange, ...]
    files: tuple[ValueChange, ...]
    settings: tuple[ValueChange, ...]
    images: tuple[ImageChange, ...]
    compose: ValueChange | None

    @property
    def empty(self) -> bool:
        """Whether the two releases hold the same."""
        found = (self.packages, self.runtimes, self.files, self.settings, self.images, self.compose)
        return not any(found) and all(self.same.values())


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
        files=tuple(change for name, one, two in pairs for change in _files(name, one, two)),
        settings=tuple(change for name, one, two in pairs if one and two for change in _settings(name, one, two)),
        images=tuple(image_changes(old, new)),
        compose=_value("", COMPOSE, before.document["compose"], after.document["compose"]),
    )


def as_data(changes: Changes) -> dict[str, Any]:
    """The changes as JSON data: absence is null, lists are sorted by service, kind and name."""
    return {
        "from": changes.before,
        "to": changes.after,
        "same": dict(changes.same),
        "packages": [asdict(change) for change in changes.packages],
        "runtimes": [asdict(change) for change in changes.runtimes],
        "files": [asdict(change) for change in changes.files],
        "settings": [asdict(change) for change in changes.settings],
        "images": [asdict(change) for change in changes.images],
        "compose": asdict(changes.compose) if changes.compose else None,
    }


def _packages(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PackageChange]:
    for kind in KINDS:
        one, two = (side.get(kind, {}).get("packages", {}) for side in (old, new))
        order = order_of(kind, *(side.get(kind, {}).get("id") for side in (old, new)))
        for name in sorted(set(one) | set(two)):
            before, after = _version(one.get(name)), _version(two.get(name))
            if before != after:
                sources = {_source(side[name], name) for side in (one, two) if name in side}
                source = sources.pop() if len(sources) == 1 else name
                yield PackageChange(service, kind, name, before, after, direction(order, before, after), source)


def _version(package: Any) -> str | None:
    version = package["version"] if isinstance(package, Mapping) else package
    return None if version is None else str(version)


def _source(package: Any, name: str) -> str:
    return str(package.get("source") or name) if isinstance(package, Mapping) else name


def _runtimes(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ValueChange]:
    for kind in KINDS:
        one, two = (side.get(kind, {}) for side in (old, new))
        other_system = bool(one and two) and one.get("id") != two.get("id")
        before, after = (
            f"{side['id']} {side['version']}" if other_system else side.get("version") for side in (one, two)
        )
        if before != after:
            # Numbers with points between them: PEP 440 orders a distribution's as well.
            yield ValueChange(service, kind, before, after, direction("pep440", before, after))


def _files(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ValueChange]:
    one, two = old.get("files", {}), new.get("files", {})
    for name in sorted(set(one) | set(two)):
        if change := _value(service, name, one.get(name), two.get(name)):
            yield change


def _settings(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ValueChange]:
    """How an image is run, and for which processor."""
    one, two = ({**side.get("run", {}), "platform": side.get("platform")} for side in (old, new))
    for name in sorted(set(one) | set(two)):
        if change := _value(service, name, _text(one.get(name)), _text(two.get(name))):
            yield change


def _text(value: Any) -> str | None:
    return " ".join(str(item) for item in value) if isinstance(value, list | tuple) else value


def _value(service: str, name: str, before: str | None, after: str | None) -> ValueChange | None:
    if before == after:
        return None
    return ValueChange(service, name, before, after, direction("unknown", before, after))
