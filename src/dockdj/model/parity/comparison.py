"""Whether two environments are the same: what is equal, what may differ because somebody said why, and what may not."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dockdj.model.parity.facts import SERVICE, Environment, Subject, facts
from dockdj.model.project.parity_rules import ParityRules, alternatives, escaped
from dockdj.model.project.recipe import LOCK


@dataclass(frozen=True)
class Difference:
    """A fact that two environments do not share; None is one that an environment lacks.

    `entry` is what declares it, a pattern of [parity.allow] or a lock, and `why` its reason; None for neither.
    """

    subject: Subject
    before: str | None
    after: str | None
    entry: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Parity:
    """Two environments compared. `equal` counts by kind; `unused` are patterns that no difference matches."""

    before: str
    after: str
    equal: Mapping[str, int]
    differences: tuple[Difference, ...]
    unused: tuple[str, ...] = ()

    @property
    def declared(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.entry is not None)

    @property
    def undeclared(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.entry is None)


def compare(one: Environment, two: Environment, rules: ParityRules) -> Parity:
    """Compare two environments.

    A Python package that only one of them has needs no rule when its lock alone names it: the two locks exist to
    differ in this. Another version of a package that both have is never covered by that.
    """
    apart = set(one.services) ^ set(two.services)
    first, second = _facts(one, two, apart), _facts(two, one, apart)
    patterns = {pattern: (entry, why) for entry, why in rules.allow.items() for pattern in alternatives(entry)}
    used: set[str] = set()
    differences = []
    for subject in sorted(set(first) | set(second)):
        before, after = first.get(subject), second.get(subject)
        if before == after:
            continue
        matching = [pattern for pattern in patterns if fnmatchcase(subject.path, pattern)]
        used.update(matching)
        alone = one if after is None else two if before is None else None
        entry, why = patterns[matching[0]] if matching else _by_lock(subject, alone, two if alone is one else one)
        differences.append(Difference(subject, before, after, entry, why))
    equal = Counter(subject.kind for subject, value in first.items() if second.get(subject) == value)
    unused = tuple(pattern for pattern in patterns if pattern not in used)
    return Parity(one.name, two.name, dict(sorted(equal.items())), tuple(differences), unused)


def declaration(difference: Difference, why: str) -> str:
    """The line below [parity.allow] that declares a difference."""
    return f"{_quoted(escaped(difference.subject.path))} = {_quoted(why)}"


def _facts(side: Environment, other: Environment, apart: set[str]) -> dict[Subject, str]:
    """A service that only one side has is one fact, whatever there is to say about it."""
    both = frozenset((set(side.images) & set(other.images)) - apart)
    found = {subject: value for subject, value in facts(side, both).items() if subject.service not in apart}
    return found | {Subject(name, SERVICE): "a service" for name in side.services if name in apart}


def _by_lock(subject: Subject, alone: Environment | None, other: Environment) -> tuple[str, str] | tuple[None, None]:
    """What declares a package that is in one environment `alone`; None when both have some version of it."""
    if alone is None or subject.kind != "python" or subject.name not in alone.locked - other.locked:
        return None, None
    return LOCK.format(environment=alone.name), f"locked for {alone.name} alone"


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    return json.dumps(text, ensure_ascii=False)
