"""What changed between two releases, from their records alone."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dockdj.model.diff.application import LeafChange, VariableChange, irreversible, leaf_changes, variable_changes
from dockdj.model.diff.direction import ValueChange, value_change
from dockdj.model.diff.images import BaseChange, ImageChange, base_changes, image_changes
from dockdj.model.diff.packages import PackageChange, asset_changes, package_changes
from dockdj.model.diff.runtimes import runtime_changes
from dockdj.model.diff.suites import SuiteChange, suites
from dockdj.model.project.recipe import PRODUCTION_COMPOSE_FILE
from dockdj.model.release.contents import KINDS
from dockdj.model.release.origin import Descent, descent
from dockdj.model.release.record import Release

__all__ = ["COMPOSE", "KINDS", "PLATFORM", "Changes", "PackageChange", "ValueChange", "as_data", "diff"]

COMPOSE = PRODUCTION_COMPOSE_FILE
# The setting of an image that says which processor it is for.
PLATFORM = "platform"


@dataclass(frozen=True)
class Changes:
    """All differences of two releases; equal content has none.

    `irreversible` are the migrations between them that cannot be undone, as far as the records know. `suites` are all
    that either ran, and `restacks` says of each of the two where it was made from: neither is a difference.
    """

    before: str
    after: str
    same: Mapping[str, bool]
    packages: tuple[PackageChange, ...]
    runtimes: tuple[ValueChange, ...]
    bases: tuple[BaseChange, ...]
    files: tuple[ValueChange, ...]
    unmanaged: tuple[ValueChange, ...]
    settings: tuple[ValueChange, ...]
    images: tuple[ImageChange, ...]
    compose: ValueChange | None
    leaves: tuple[LeafChange, ...]
    irreversible: tuple[str, ...]
    variables: tuple[VariableChange, ...]
    suites: tuple[SuiteChange, ...]
    restacks: tuple[Descent, ...]

    @property
    def empty(self) -> bool:
        """Whether the two releases hold the same."""
        images = (self.packages, self.runtimes, self.bases, self.files, self.unmanaged, self.settings, self.images)
        return not (any(images) or self.compose or self.leaves or self.variables) and all(self.same.values())

    @property
    def platforms(self) -> tuple[ValueChange, ...]:
        """The images that are for another processor."""
        return tuple(one for one in self.settings if one.name == PLATFORM)


def diff(before: Release, after: Release) -> Changes:
    """Compare two releases."""
    one, two = before.document, after.document
    old, new = one["services"], two["services"]
    pairs = [(name, old.get(name, {}), new.get(name, {})) for name in sorted({*old, *new})]
    prints = ("app", "deps", "stack")
    return Changes(
        before=str(before.version),
        after=str(after.version),
        same={name: one["fingerprint"][name] == two["fingerprint"][name] for name in prints},
        packages=(*asset_changes(one, two), *(change for pair in pairs for change in package_changes(*pair))),
        runtimes=tuple(change for pair in pairs for change in runtime_changes(*pair)),
        bases=tuple(change for pair in pairs for change in base_changes(*pair)),
        files=tuple(change for pair in pairs for change in _files(*pair, "files")),
        unmanaged=tuple(change for pair in pairs for change in _files(*pair, "unmanaged")),
        settings=tuple(change for pair in pairs if pair[1] and pair[2] for change in _settings(*pair)),
        images=tuple(image_changes(old, new)),
        compose=value_change("", COMPOSE, one["compose"], two["compose"]),
        leaves=leaf_changes(before, after),
        irreversible=irreversible(before, after),
        variables=variable_changes(before, after),
        suites=suites(before, after),
        restacks=_restacks(before, after),
    )


def as_data(changes: Changes) -> dict[str, Any]:
    """The changes as JSON data: absence is null, lists are sorted by service, kind and name."""
    lists = ("packages", "runtimes", "bases", "files", "unmanaged", "settings", "images", "leaves", "suites")
    return {
        "from": changes.before,
        "to": changes.after,
        "same": dict(changes.same),
        **{name: [asdict(change) for change in getattr(changes, name)] for name in lists},
        "compose": asdict(changes.compose) if changes.compose else None,
        "restacks": [asdict(one) for one in changes.restacks],
    }


def _restacks(before: Release, after: Release) -> tuple[Descent, ...]:
    found = {str(release.version): descent(release) for release in (before, after)}
    return tuple(one for one in found.values() if one)


def _files(service: str, old: Mapping[str, Any], new: Mapping[str, Any], field: str) -> Iterator[ValueChange]:
    one, two = old.get(field) or {}, new.get(field) or {}
    for name in sorted({*one, *two}):
        if change := value_change(service, name, one.get(name), two.get(name)):
            yield change


def _settings(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ValueChange]:
    """How an image is run, and for which processor."""
    one, two = ({**(side.get("run") or {}), PLATFORM: side.get(PLATFORM)} for side in (old, new))
    for name in sorted({*one, *two}):
        if change := value_change(service, name, _text(one.get(name)), _text(two.get(name))):
            yield change


def _text(value: Any) -> str | None:
    return " ".join(str(item) for item in value) if isinstance(value, list | tuple) else value
