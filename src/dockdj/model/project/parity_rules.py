"""[parity] of `dockdj.toml`: in what environments may differ, and why."""

import glob
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# `[{]` is a brace itself, as `[*]` is a star.
_CHOICE = re.compile(r"(?<!\[)\{([^{}]*,[^{}]*)\}")


@dataclass(frozen=True)
class ParityRules:
    """Pattern -> reason.

    A pattern is a path as `dockdj parity` names it; `*` stands for anything, `{a,b}` for either.
    """

    allow: Mapping[str, str] = field(default_factory=dict)


def alternatives(pattern: str) -> Iterator[str]:
    """The patterns without braces that a pattern stands for."""
    found = _CHOICE.search(pattern)
    if found is None:
        yield pattern
        return
    for word in found[1].split(","):
        yield from alternatives(f"{pattern[: found.start()]}{word.strip()}{pattern[found.end() :]}")


def escaped(path: str) -> str:
    """The pattern that stands for this path alone."""
    return glob.escape(path).replace("{", "[{]")


def mistakes(rules: ParityRules) -> Iterator[str]:
    """What is wrong with the rules, each with the path of its key below `parity`."""
    for pattern, why in rules.allow.items():
        if not why.strip():
            yield f'allow."{pattern}": say why; it is read in reviews'
        elif not pattern.strip("*/"):
            yield f'allow."{pattern}": would allow every difference'
