"""Names of buckets and keys of objects, and where a request states them."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from dockdj.localcloud.api_error import ApiError

KEY_MAX_BYTES = 1024
BUCKET = re.compile(r"(?=[a-z0-9.-]{3,63}\Z)[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*\Z")
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+\Z")
RESERVED_BEGINNINGS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
ENDPOINT = re.compile(r"(?:(?P<bucket>.+)\.)?(?:localhost|127\.0\.0\.1|s3(?:[.-][a-z0-9-]+){0,2}\.amazonaws\.com)\Z")
"""A host of S3: the endpoint, or a bucket before it."""


def bucket_of_host(host: str) -> str:
    """The bucket that a Host header names; empty if the path names it."""
    name = re.sub(r":\d*\Z", "", host.strip().lower()).removesuffix(".")
    match = ENDPOINT.match(name)
    return (match["bucket"] or "") if match else ""


def decoded(text: str) -> str:
    """A part of a raw path. Raises ApiError if it is not UTF-8."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise ApiError("InvalidURI", "Couldn't parse the specified URI.") from error


def is_bucket_name(name: str) -> bool:
    """Return whether S3 allows a bucket of this name."""
    return bool(
        BUCKET.match(name)
        and not ADDRESS.match(name)
        and "-." not in name
        and not name.endswith("-")
        and not name.startswith(RESERVED_BEGINNINGS)
        and not name.endswith(RESERVED_ENDS)
    )


def check_bucket(name: str) -> None:
    """Raise ApiError unless S3 allows a bucket of this name."""
    if not is_bucket_name(name):
        raise ApiError("InvalidBucketName", "The specified bucket is not valid.")


def check_key(key: str) -> None:
    """Raise ApiError if a key is longer than S3 allows. Every character is allowed."""
    if len(key.encode()) > KEY_MAX_BYTES:
        raise ApiError("KeyTooLongError", "Your key is too long")
