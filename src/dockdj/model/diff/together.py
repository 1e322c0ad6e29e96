"""Changes that several services share, as people read them: each once, with its services."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from dockdj.model.diff.direction import ValueChange
from dockdj.model.diff.images import BaseChange

Shared = TypeVar("Shared", BaseChange, ValueChange)


def together(changes: Iterable[Shared]) -> dict[Shared, tuple[str, ...]]:
    """Each change, without its service -> the services that have it."""
    services: dict[Shared, tuple[str, ...]] = {}
    for change in changes:
        alike: Shared = replace(change, service="")
        services[alike] = (*services.get(alike, ()), change.service)
    return services
