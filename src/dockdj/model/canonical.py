"""Canonical JSON and its digests."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(document: Any) -> bytes:
    """The canonical JSON of a document: keys sorted by code point, compact, UTF-8; no text is normalised.

    That order is the one of the keys' UTF-8 bytes, and of `jq -cSj .`, so that `sha256sum` of the file is the
    document's digest. RFC 8785 gives the same bytes, except that it sorts a key with a character above U+FFFF by
    UTF-16. Raises ValueError for a float, an integer that JSON readers would round, and text that is not Unicode.
    """
    _check(document)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_of(content: bytes) -> str:
    """`sha256:` and the hexadecimal hash of these bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _check(value: Any) -> None:
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise ValueError(f"a release record holds no such number: {value!r}")
    if isinstance(value, Mapping):
        if bad := [key for key in value if not isinstance(key, str)]:
            raise ValueError(f"a release record's keys are text: {bad[0]!r}")
        for item in value.values():
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
