"""The application of a release, as its record describes it."""

from collections.abc import Mapping
from dataclasses import dataclass


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

    `migrations` is the label of a Django application -> its last migration. `irreversible` are the migrations
    (label.name) that the parent release lacks and that cannot be undone.
    """

    commit: str
    tree: str
    migrations: Mapping[str, str]
    irreversible: tuple[str, ...]
    variables: tuple[RecordedVariable, ...]
    direct: DirectPackages
