"""The differences of two releases, from their records alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dockdj.model.diff.application import (
    LeafChange,
    VariableChange,
    irreversible,
    leaf_changes,
    staying,
    variable_changes,
)
from dockdj.model.diff.direction import ValueChange, value_change
from dockdj.model.diff.images import BaseChange, ImageChange, base_changes, image_changes
from dockdj.model.diff.migrations import MigrationChange
from dockdj.model.diff.packages import PackageChange, asset_changes, package_changes
from dockdj.model.diff.runtimes import runtime_changes
from dockdj.model.diff.suites import SuiteChange, suites
from dockdj.model.project.recipe import PRODUCTION_COMPOSE_FILE
from dockdj.model.release.contents import KINDS
from dockdj.model.release.image import ServiceImage
from dockdj.model.release.origin import Descent, descent
from dockdj.model.release.record import Record

__all__ = ["COMPOSE", "KINDS", "PLATFORM", "Changes", "PackageChange", "ValueChange", "as_data", "diff"]

COMPOSE = PRODUCTION_COMPOSE_FILE
# The parts of a fingerprint that `diff` compares.
PRINTS = ("app", "deps", "stack")
# The setting of an image that names its processor.
PLATFORM = "platform"


@dataclass(frozen=True)
class Changes:
    """All differences of two releases; equal content has none.

    `irreversible` are the migrations between them that cannot be undone, as far as the records know. `staying` are
    those that a database keeps although the second release does not know them, None if a record lacks them. Two fields
    are not differences: `suites` are all suites that ran on either release, `restacks` is the origin of each that is a
    restack.
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
    staying: tuple[MigrationChange, ...] | None
    variables: tuple[VariableChange, ...]
    suites: tuple[SuiteChange, ...]
    restacks: tuple[Descent, ...]

    @property
    def configuration(self) -> tuple[ValueChange, ...]:
        """The configuration files that differ, the compose file last."""
        return (*self.files, *((self.compose,) if self.compose else ()))

    @property
    def empty(self) -> bool:
        """Equality of the two releases' content."""
        images = (self.packages, self.runtimes, self.bases, self.files, self.unmanaged, self.settings, self.images)
        return not (any(images) or self.compose or self.leaves or self.variables) and all(self.same.values())

    @property
    def platforms(self) -> tuple[ValueChange, ...]:
        """The images whose processor differs."""
        return tuple(change for change in self.settings if change.name == PLATFORM)


def diff(before: Record, after: Record) -> Changes:
    """The differences of two releases, by their records alone."""
    old, new = before.services, after.services
    pairs = [(name, old.get(name), new.get(name)) for name in sorted({*old, *new})]
    return Changes(
        before=str(before.version),
        after=str(after.version),
        same={name: getattr(before.fingerprint, name) == getattr(after.fingerprint, name) for name in PRINTS},
        packages=(
            *asset_changes(before.npm, after.npm),
            *(change for pair in pairs for change in package_changes(*pair)),
        ),
        runtimes=tuple(change for pair in pairs for change in runtime_changes(*pair)),
        bases=tuple(change for pair in pairs for change in base_changes(*pair)),
        files=_files(pairs, lambda image: image.files),
        unmanaged=_files(pairs, lambda image: image.unmanaged or {}),
        settings=tuple(change for pair in pairs for change in _settings(*pair)),
        images=tuple(image_changes(old, new)),
        compose=value_change("", COMPOSE, before.compose, after.compose),
        leaves=leaf_changes(before, after),
        irreversible=irreversible(before, after),
        staying=staying(before, after),
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
        "restacks": [asdict(restack) for restack in changes.restacks],
    }


def _restacks(before: Record, after: Record) -> tuple[Descent, ...]:
    descents = {str(record.version): descent(record) for record in (before, after)}
    return tuple(each for each in descents.values() if each)


def _files(
    pairs: Iterable[tuple[str, ServiceImage | None, ServiceImage | None]],
    files_of: Callable[[ServiceImage], Mapping[str, str]],
) -> tuple[ValueChange, ...]:
    changes = []
    for service, old, new in pairs:
        one, two = (files_of(image) if image else {} for image in (old, new))
        changes += [value_change(service, name, one.get(name), two.get(name)) for name in sorted({*one, *two})]
    return tuple(change for change in changes if change)


def _settings(service: str, old: ServiceImage | None, new: ServiceImage | None) -> Iterator[ValueChange]:
    """The settings and the processor of an image that both releases have."""
    if old is None or new is None:
        return
    one, two = ({**vars(image.run), PLATFORM: image.platform} for image in (old, new))
    for name in sorted(one):
        if change := value_change(service, name, _text(one[name]), _text(two[name])):
            yield change


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " ".join(value)
