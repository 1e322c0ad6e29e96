"""The images that a release's own were built on, and what became of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.direction import Change, direction


@dataclass(frozen=True)
class BaseChange:
    """Another base image; digests are of configurations. Absence is None: a service of its own, or nothing proved."""

    service: str
    name_before: str | None
    name_after: str | None
    before: str | None
    after: str | None
    change: Change


def base_changes(service: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[BaseChange]:
    """The change of a service's base, if there is one."""
    one, two = old.get("base") or {}, new.get("base") or {}
    before, after = one.get("config"), two.get("config")
    names = one.get("name"), two.get("name")
    if (names[0], before) != (names[1], after):
        yield BaseChange(service, *names, before, after, direction("unknown", before, after))
