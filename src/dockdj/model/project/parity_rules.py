"""[parity] of `dockdj.toml`: the allowed differences between environments, with reasons."""

import glob
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

# `[{]` is a brace itself, as `[*]` is a star.
_CHOICE = re.compile(r"(?<!\[)\{([^{},]*,[^{}]*)\}")
# Every choice multiplies the alternatives of a pattern.
MOST_ALTERNATIVES = 1000
MOST_CHOICES = 10


@dataclass(frozen=True)
class ParityRules:
    """Pattern -> reason.

    A pattern is a path as `dockdj parity` prints it; `*` matches anything, `{a,b}` either word.
    """

    allow: Mapping[str, str] = field(default_factory=dict)


def alternatives(pattern: str) -> Iterator[str]:
    """A pattern's alternatives, without braces. `mistakes` refuses a pattern that has too many."""
    choice = _CHOICE.search(pattern)
    if choice is None:
        yield pattern
        return
    for word in choice[1].split(","):
        yield from alternatives(f"{pattern[: choice.start()]}{word.strip()}{pattern[choice.end() :]}")


def _has_too_many(pattern: str) -> bool:
    if pattern.count("{") > MOST_CHOICES:
        return True
    return len(list(islice(alternatives(pattern), MOST_ALTERNATIVES + 1))) > MOST_ALTERNATIVES


def escaped(path: str) -> str:
    """The pattern that matches only this path."""
    return glob.escape(path).replace("{", "[{]")


def mistakes(rules: ParityRules) -> Iterator[str]:
    """The mistakes in the rules, each with the path of its key below `parity`."""
    for pattern, why in rules.allow.items():
        if not why.strip():
            yield f'allow."{pattern}": add a reason; reviewers read it'
        elif _has_too_many(pattern):
            yield f'allow."{pattern[:80]}": has more than {MOST_ALTERNATIVES} alternatives: write several patterns'
        elif not pattern.strip("*/"):
            yield f'allow."{pattern}": would allow every difference'
