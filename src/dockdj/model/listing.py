"""Long lists in messages, cut after the first entries."""

from collections.abc import Collection
from itertools import islice

SHOWN = 10


def in_words(names: Collection[str], shown: int = SHOWN) -> str:
    """The list in a sentence: `a, b and 3 more`."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(islice(names, shown)) + more


def in_lines(lines: Collection[str], shown: int = SHOWN) -> str:
    """The list below a sentence: each entry on an indented line. The text begins with a line end."""
    more = (f"and {len(lines) - shown} more",) if len(lines) > shown else ()
    return "".join(f"\n  {line}" for line in (*islice(lines, shown), *more))
