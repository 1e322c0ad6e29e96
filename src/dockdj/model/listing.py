"""Long lists in messages: the first of them, and how many more there are."""

from collections.abc import Collection
from itertools import islice

SHOWN = 10


def in_words(names: Collection[str], shown: int = SHOWN) -> str:
    """For a sentence: `a, b and 3 more`."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(islice(names, shown)) + more


def in_lines(lines: Collection[str], shown: int = SHOWN) -> str:
    """Below a sentence: each on a line of its own, indented, that begins with the line end."""
    more = (f"and {len(lines) - shown} more",) if len(lines) > shown else ()
    return "".join(f"\n  {line}" for line in (*islice(lines, shown), *more))
