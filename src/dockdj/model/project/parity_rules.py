"""[parity] of `dockdj.toml`: the allowed differences between environments, with reasons."""

import glob
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# `[{]` is a brace itself, as `[*]` is a star.
_CHOICE = re.compile(r"(?<!\[)\{([^{}]*,[^{}]*)\}")


@dataclass(frozen=True)
class ParityRules:
    """Pattern -> reason.

    A pattern is a path as `dockdj parity` prints it; `*` matches anything, `{a,b}` either word.
    """

    allow: Mapping[str, str] = field(default_factory=dict)


def alternatives(pattern: str) -> Iterator[str]:
    """A pattern's alternatives, without braces."""
    choice = _CHOICE.search(pattern)
    if choice is None:
        yield pattern
        return
    for word in choice[1].split(","):
        yield from alternatives(f"{pattern[: choice.start()]}{word.strip()}{pattern[choice.end() :]}")


def escaped(path: str) -> str:
    """The pattern that matches only this path."""
    return glob.escape(path).replace("{", "[{]")


def mistakes(rules: ParityRules) -> Iterator[str]:
    """The mistakes in the rules, each with the path of its key below `parity`."""
    for pattern, why in rules.allow.items():
        if not why.strip():
            yield f'allow."{pattern}": add a reason; reviewers read it'
        elif not pattern.strip("*/"):
            yield f'allow."{pattern}": would allow every difference'
