"""Answers in pages: MaxRecords and NextToken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from dockdj.localcloud.api_error import invalid

Item = TypeVar("Item")


def page(items: Sequence[Item], given: Mapping[str, Any], *, longest: int = 1000) -> tuple[Sequence[Item], str | None]:
    """The items of the page that is asked for, and the token for the next one. Raises ApiError."""
    token = given.get("NextToken") or "0"
    if not token.isdigit():
        raise invalid("Invalid NextToken.")
    size = given.get("MaxRecords") or longest
    if not 1 <= size <= longest:
        raise invalid(f"MaxRecords must be between 1 and {longest}.")
    first = int(token)
    rest = first + size
    return items[first:rest], str(rest) if rest < len(items) else None
