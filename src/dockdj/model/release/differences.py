"""The fields in which two release records differ."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

# Enough to see what happened: two records of different builds differ in hundreds of fields.
MOST = 5


def differences(one: bytes, other: bytes) -> tuple[str, ...]:
    """The first fields that differ between two records, by their paths: `app.commit`, `services.django.config`."""
    return tuple(islice(_paths(json.loads(one), json.loads(other), ""), MOST))


def _paths(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from _paths(one.get(key), other.get(key), f"{path}.{key}" if path else key)
    elif one != other or type(one) is not type(other):
        yield path
