"""Text that XML can contain."""

from __future__ import annotations

import re

UNPRINTABLE = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""A character that XML 1.0 does not allow."""


def printable(text: str) -> str:
    """The text with a replacement character for each character that XML does not allow."""
    return UNPRINTABLE.sub("\ufffd", text)
