"""One value that differs between two releases, with what became of it."""

from dataclasses import dataclass

from dockdj.model.direction import Change, direction


@dataclass(frozen=True)
class ValueChange:
    """A runtime, a setting of an image or a file that differs; for files the values are digests."""

    service: str
    name: str
    before: str | None
    after: str | None
    change: Change


def value_change(service: str, name: str, before: str | None, after: str | None) -> ValueChange | None:
    """The change of a value that has no order; None when it is the same."""
    if before == after:
        return None
    return ValueChange(service, name, before, after, direction("unknown", before, after))
