"""Pagination by MaxRecords and NextToken."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dockdj.localcloud.api_error import invalid

Item = TypeVar("Item")
PAGE_MAX_RECORDS = 1000
TOKEN = re.compile("[0-9]{1,15}")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """The items of one page."""

    items: Sequence[Item]
    next_token: str | None
    """The token that requests the next page; None on the last page."""


def page(items: Sequence[Item], parameters: Mapping[str, Any]) -> Page[Item]:
    """The page that a request asks for. Raises ApiError."""
    start, size = position(parameters) or 0, page_size(parameters)
    end = start + size
    return Page(items[start:end], str(end) if end < len(items) else None)


def position(parameters: Mapping[str, Any]) -> int | None:
    """The number in NextToken; None on the first page. Raises ApiError."""
    token = parameters.get("NextToken")
    if not token:
        return None
    if not TOKEN.fullmatch(token):
        raise invalid("Invalid NextToken.")
    return int(token)


def page_size(parameters: Mapping[str, Any]) -> int:
    """The number of records on a page. Raises ApiError."""
    size = parameters.get("MaxRecords", PAGE_MAX_RECORDS)
    if not 1 <= size <= PAGE_MAX_RECORDS:
        raise invalid(f"MaxRecords must be between 1 and {PAGE_MAX_RECORDS}.")
    return int(size)
