"""A release in a list, by the beginning of its record: reading all of each would be slow."""

from dataclasses import dataclass

from dockdj.model.release.origin import Descent
from dockdj.model.version import Version


@dataclass(frozen=True)
class Listed:
    """A release as a list shows it. Only reading the whole record tells whether it is intact."""

    name: str
    version: Version
    digest: str
    commit: str
    created: str
    origin: Descent | None


@dataclass(frozen=True)
class Unread:
    """A release whose record this dockdj cannot read: written by a newer version, or damaged.

    `name` is the project's, empty where it is unknown.
    """

    name: str
    version: Version
    newer: bool

    @property
    def why(self) -> str:
        """The reason, in words."""
        return "of a newer dockdj" if self.newer else "cannot be read"
