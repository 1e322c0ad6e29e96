"""The application of a release, as its record describes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from dockdj.model.release.migrations import MigrationGraph


@dataclass(frozen=True)
class RecordedVariable:
    """A variable of production's contract."""

    name: str
    required: bool


@dataclass(frozen=True)
class DirectPackages:
    """The names of the packages that the project itself asks for, by kind."""

    npm: tuple[str, ...] = ()
    os: tuple[str, ...] = ()
    python: tuple[str, ...] = ()


@dataclass(frozen=True)
class Application:
    """The source of an application: Git's ids of its commit and of the project's folder in it.

    `migrations` is the label of a Django application of the project -> its last migration. `irreversible` are the
    migrations (label.name) that the parent release lacks and that cannot be undone. `django` are all migrations as
    Django's loader saw them in the image; None if it was not asked, and the sources alone told.
    """

    commit: str
    tree: str
    migrations: Mapping[str, str]
    irreversible: tuple[str, ...]
    variables: tuple[RecordedVariable, ...]
    direct: DirectPackages
    django: MigrationGraph | None = None
