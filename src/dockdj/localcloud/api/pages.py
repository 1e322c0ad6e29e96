"""Pagination by MaxRecords and NextToken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dockdj.localcloud.api_error import invalid

Item = TypeVar("Item")
PAGE_MAX_RECORDS = 1000


@dataclass(frozen=True)
class Page(Generic[Item]):
    """The items of one page."""

    items: Sequence[Item]
    next_token: str | None
    """The token that requests the next page; None on the last page."""


def page(items: Sequence[Item], parameters: Mapping[str, Any]) -> Page[Item]:
    """The page that a request asks for. Raises ApiError."""
    token = parameters.get("NextToken") or "0"
    if not token.isdigit():
        raise invalid("Invalid NextToken.")
    size = parameters.get("MaxRecords") or PAGE_MAX_RECORDS
    if not 1 <= size <= PAGE_MAX_RECORDS:
        raise invalid(f"MaxRecords must be between 1 and {PAGE_MAX_RECORDS}.")
    start = int(token)
    end = start + size
    return Page(items[start:end], str(end) if end < len(items) else None)
