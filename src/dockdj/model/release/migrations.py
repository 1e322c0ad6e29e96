"""The migrations of a release, as Django's own loader saw them in its image."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

# `lossy` is undone by Django, but the data that it dropped is gone.
Verdict = Literal["reversible", "lossy", "unknown", "irreversible"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# Operations that drop data.
LOSSY = ("DeleteModel", "RemoveField")
# Operations that break an application from before them.
TAKES_AWAY = ("DeleteModel", "RemoveField", "RenameField", "RenameModel")


@dataclass(frozen=True)
class Dropped:
    """A table that an operation drops, or one of its columns."""

    table: str
    column: str | None

    def __str__(self) -> str:
        return self.table if self.column is None else f"{self.table}.{self.column}"


@dataclass(frozen=True)
class Operation:
    """An operation of a migration: the name of its class, with the module unless Django has it."""

    name: str
    verdict: Verdict
    drops: tuple[Dropped, ...] = ()


@dataclass(frozen=True)
class Migration:
    """A migration. `dependencies` and what it `replaces` are migrations (label.name).

    `path` is its file in the commit, empty for a migration of an installed package. An operation that contains others
    is listed by those that change the database.
    """

    path: str
    dependencies: tuple[str, ...]
    replaces: tuple[str, ...]
    operations: tuple[Operation, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of its operations."""
        return gravest(operation.verdict for operation in self.operations)

    @property
    def drops(self) -> tuple[str, ...]:
        """The tables and columns that it drops."""
        return tuple(sorted({str(place) for operation in self.operations for place in operation.drops}))

    @property
    def reversible(self) -> bool | None:
        """True if Django can undo it, None if that is unknown."""
        return {"irreversible": False, "unknown": None}.get(self.verdict, True)

    @property
    def takes_away(self) -> tuple[str, ...]:
        """Its operations that remove or rename what an older application may use."""
        return tuple(sorted({each.name for each in self.operations if each.name in TAKES_AWAY}))


@dataclass(frozen=True)
class MigrationGraph:
    """All migrations of an image, those of installed packages included, by label.name.

    `django` is Django's version. `leaves` is label -> the migrations that no other of the application depends on.
    """

    django: str
    leaves: Mapping[str, tuple[str, ...]]
    migrations: Mapping[str, Migration]

    def effects(self, name: str) -> frozenset[str]:
        """The migrations that a database has once this one is applied: itself, or those that it replaces."""
        effects, pending, seen = set[str](), [name], set[str]()
        while pending:
            current = pending.pop()
            if current in seen:
                continue
            seen.add(current)
            migration = self.migrations.get(current)
            if migration and migration.replaces:
                pending += migration.replaces
            else:
                effects.add(current)
        return frozenset(effects)

    @property
    def known(self) -> frozenset[str]:
        """All migrations that a database may have by this graph, the replaced ones included."""
        return frozenset(self.migrations).union(*map(self.effects, self.migrations))

    def beyond(self, other: "MigrationGraph") -> tuple[str, ...]:
        """The migrations that change a database and that another graph does not know."""
        known = other.known
        # A squash that the other graph still has, and without what it replaced.
        known = known.union(*(self.effects(name) for name in self.migrations if name in other.migrations))
        return tuple(sorted(name for name in self.migrations if name not in known and self.effects(name) - known))


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest verdict; reversible without one."""
    return max(verdicts, key=VERDICTS.index, default="reversible")


def label_of(name: str) -> str:
    """The label of a migration's application."""
    return name.partition(".")[0]


def graph_of(fields: Mapping[str, Any] | None) -> MigrationGraph | None:
    """The migrations in the valid JSON fields of a record; None for a record without them."""
    if fields is None:
        return None
    leaves = {label: tuple(names) for label, names in fields["leaves"].items()}
    migrations = {
        name: Migration(
            path=each["path"],
            dependencies=tuple(each["dependencies"]),
            replaces=tuple(each["replaces"]),
            operations=tuple(map(_operation, each["operations"])),
        )
        for name, each in fields["migrations"].items()
    }
    return MigrationGraph(fields["django"], leaves, migrations)


def _operation(fields: Mapping[str, Any]) -> Operation:
    drops = tuple(Dropped(place["table"], place["column"]) for place in fields["drops"])
    return Operation(fields["name"], fields["verdict"], drops)
