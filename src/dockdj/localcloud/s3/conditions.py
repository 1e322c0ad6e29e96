"""Conditions of requests: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since and If-Range.

Rules: RFC 9110, section 13, and "Add preconditions to S3 operations" in the user guide. Header names are lower case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from dockdj.localcloud.api_error import ApiError


@dataclass(frozen=True)
class Representation:
    """The properties of an object that conditions compare."""

    etag: str
    """Without quotes."""
    modified: datetime
    """UTC, without fractions of a second."""


class Outcome(Enum):
    """The answer to a read whose conditions were compared."""

    ANSWER = auto()
    NOT_MODIFIED = auto()
    FAILED = auto()


def check_write(headers: Mapping[str, str], current: Representation | None) -> None:
    """Raise ApiError unless an object may be written; `current` is the one with the same key."""
    absent, match = headers.get("if-none-match"), headers.get("if-match")
    if absent is not None and (absent.strip() != "*" or match is not None):
        raise ApiError("NotImplemented", "A header you provided implies functionality that is not implemented", 501)
    if absent is not None and current:
        raise failed()
    check_match(headers, current)


def check_match(headers: Mapping[str, str], current: Representation | None) -> None:
    """Raise ApiError unless the object is the one that If-Match names, if there is such a header."""
    match = headers.get("if-match")
    if match is None:
        return
    if current is None:
        raise ApiError("NoSuchKey", "The specified key does not exist.", 404)
    if not _names(match, current):
        raise failed()


def read_outcome(headers: Mapping[str, str], current: Representation) -> Outcome:
    """The outcome of the conditions of a read. An invalid date counts as absent."""
    match, other = headers.get("if-match"), headers.get("if-none-match")
    before, after = _date(headers.get("if-unmodified-since")), _date(headers.get("if-modified-since"))
    if match is not None:
        if not _names(match, current):
            return Outcome.FAILED
    elif before and current.modified > before:
        return Outcome.FAILED
    if other is not None:
        return Outcome.NOT_MODIFIED if _names(other, current) else Outcome.ANSWER
    return Outcome.NOT_MODIFIED if after and current.modified <= after else Outcome.ANSWER


def range_applies(headers: Mapping[str, str], current: Representation) -> bool:
    """Tell if the Range of a request is meant for this object: If-Range names it, or is absent."""
    condition = headers.get("if-range")
    return condition is None or _names(condition, current) or _date(condition) == current.modified


def failed() -> ApiError:
    """The error for a condition that does not hold."""
    return ApiError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)


def _names(value: str, current: Representation) -> bool:
    """Tell if a list of ETags, with or without quotes, names the object."""
    etags = {text.strip().strip('"') for text in value.split(",")}
    return bool(etags & {"*", current.etag})


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
