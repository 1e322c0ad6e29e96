"""TOML that people wrote: one kind of failure, ValueError, and no text that is parsed without end.

The tomllib module alone also raises RecursionError, and needs minutes for a key of a hundred thousand parts.
"""

import re
import tomllib
from typing import Any

from dockdj.model.json_document import require_shallow

# No file of ours has a key of more than five parts.
MOST_DOTS = 200
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*')


def parse(text: str) -> dict[str, Any]:
    """The document in a TOML text. Raises ValueError for any other text."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST_DOTS and _QUOTED.sub("", line).count(".") > MOST_DOTS:
            raise ValueError(f"a key with more than {MOST_DOTS} parts (at line {number})")
    try:
        document = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    require_shallow(document)
    return document
