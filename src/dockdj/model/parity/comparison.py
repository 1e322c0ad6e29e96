"""Compare two environments: equal facts, differences that the project declares, and undeclared differences."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dockdj.model.parity.facts import SERVICE, Environment, Subject, facts
from dockdj.model.project.parity_rules import ParityRules, alternatives, escaped


@dataclass(frozen=True)
class Difference:
    """A fact in which two environments differ; None is the value of an environment that lacks the fact.

    `entry` declares the difference: a pattern of [parity.allow], or a lock. `why` is its reason. Both are None for an
    undeclared difference.
    """

    subject: Subject
    before: str | None
    after: str | None
    entry: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Parity:
    """The comparison of two environments. `equal` counts equal facts by kind; `unused` patterns match no difference."""

    before: str
    after: str
    equal: Mapping[str, int]
    differences: tuple[Difference, ...]
    unused: tuple[str, ...] = ()

    @property
    def declared(self) -> tuple[Difference, ...]:
        return tuple(difference for difference in self.differences if difference.entry is not None)

    @property
    def undeclared(self) -> tuple[Difference, ...]:
        return tuple(difference for difference in self.differences if difference.entry is None)


def compare(before: Environment, after: Environment, rules: ParityRules) -> Parity:
    """Compare two environments.

    A Python package of a single environment needs no rule if only that environment's lock names it: that is why the
    two locks differ. A different version of a package in both environments always needs a rule.
    """
    unshared = set(before.services) ^ set(after.services)
    facts_before, facts_after = _facts(before, after, unshared), _facts(after, before, unshared)
    patterns = {pattern: (entry, why) for entry, why in rules.allow.items() for pattern in alternatives(entry)}
    used: set[str] = set()
    differences = []
    for subject in sorted(set(facts_before) | set(facts_after)):
        values = facts_before.get(subject), facts_after.get(subject)
        if values[0] == values[1]:
            continue
        matching = [pattern for pattern in patterns if fnmatchcase(subject.path, pattern)]
        used.update(matching)
        entry, why = patterns[matching[0]] if matching else _by_lock(subject, values, before, after)
        differences.append(Difference(subject, *values, entry, why))
    equal = Counter(subject.kind for subject, value in facts_before.items() if facts_after.get(subject) == value)
    unused = tuple(pattern for pattern in patterns if pattern not in used)
    return Parity(before.name, after.name, dict(sorted(equal.items())), tuple(differences), unused)


def declaration(difference: Difference, why: str) -> str:
    """The line of [parity.allow] that declares a difference."""
    return f"{_quoted(escaped(difference.subject.path))} = {_quoted(why)}"


def _facts(environment: Environment, other: Environment, unshared: set[str]) -> dict[Subject, str]:
    """The facts to compare; a service that the other environment lacks is a single fact."""
    both = frozenset((set(environment.images) & set(other.images)) - unshared)
    shared = {name: value for name, value in facts(environment, both).items() if name.service not in unshared}
    return shared | {Subject(name, SERVICE): "a service" for name in environment.services if name in unshared}


def _by_lock(
    subject: Subject, values: tuple[str | None, str | None], before: Environment, after: Environment
) -> tuple[str, str] | tuple[None, None]:
    """The lock that declares a package of a single environment, and the reason; None if both have a version of it."""
    if subject.kind != "python" or None not in values:
        return None, None
    owner, other = (before, after) if values[1] is None else (after, before)
    if subject.name not in owner.locked - other.locked:
        return None, None
    return owner.files.of(owner.name).requirements, f"locked for {owner.name} alone"


def _quoted(text: str) -> str:
    """A basic TOML string."""
    return json.dumps(text, ensure_ascii=False)
