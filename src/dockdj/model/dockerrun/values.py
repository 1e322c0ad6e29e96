"""How Compose writes values, and what ECS wants instead: variables, durations, sizes, pairs."""

import re
from collections.abc import Mapping
from typing import Any

MIB = 1024 * 1024
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<inside>[^{}]*)\}|(?P<name>[A-Za-z_]\w*)|)")
DEFAULT = re.compile(r"[A-Za-z_]\w*:?-(?P<default>.*)", re.DOTALL)
DURATION = re.compile(r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?")
SIZE = re.compile(r"(?P<number>\d+)\s*(?P<unit>[kmg]?)b?", re.IGNORECASE)
POWERS = {"": 0, "k": 1, "m": 2, "g": 3}


class Inexpressible(Exception):
    """A value that ECS cannot be told; the text says why."""


def literal(value: Any) -> Any:
    """A value, however deep, with its variables replaced as Compose does where none is set.

    ECS replaces none, so `${NAME:-default}` is its default and `$$` a dollar sign; a variable without a default
    has no value that could be written down. Raises Inexpressible.
    """
    if isinstance(value, str):
        return VARIABLE.sub(_replaced, value)
    if isinstance(value, Mapping):
        return {key: literal(inner) for key, inner in value.items()}
    return [literal(inner) for inner in value] if isinstance(value, list) else value


def _replaced(match: re.Match[str]) -> str:
    if match["dollar"]:
        return "$"
    default = DEFAULT.fullmatch(match["inside"] or "")
    if default is None:
        raise Inexpressible(f"nothing replaces `{match[0]}` on ECS, and it has no default")
    return default["default"]


def seconds(value: Any, least: int = 0, most: int = 2**31 - 1) -> int:
    """Whole seconds of a duration such as `1m30s`. Raises Inexpressible, also outside of ECS's limits."""
    found = DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if found is None:
        raise Inexpressible(f"a number of whole seconds is needed (`40s`, `1m30s`), not {value!r}")
    whole = int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + int(found["s"] or 0)
    return between(whole, least, most)


def mebibytes(value: Any) -> int:
    """MiB of a size such as `256m`; a bare number is bytes. Raises Inexpressible unless it is whole MiB."""
    found = SIZE.fullmatch(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    size = int(found["number"]) * 1024 ** POWERS[found["unit"].lower()] if found else 0
    if size == 0 or size % MIB:
        raise Inexpressible(f"whole mebibytes are needed (`256m`, `1g`), not {value!r}")
    return size // MIB


def between(value: Any, least: int, most: int) -> int:
    """A whole number within ECS's limits. Raises Inexpressible."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Inexpressible(f"ECS takes {least} to {most}, not {value!r}")
    return value


def flag(value: Any) -> bool:
    """True or false. Raises Inexpressible."""
    if not isinstance(value, bool):
        raise Inexpressible(f"true or false is needed, not {value!r}")
    return value


def text(value: Any) -> str:
    """Text, or a whole number as text. Raises Inexpressible for what YAML may have read in another way."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Inexpressible(f"text is needed: put {value!r} in quotes")
    return str(value)


def texts(value: Any) -> list[str]:
    """A list of texts; one text is a list of it. Raises Inexpressible."""
    return [text(one) for one in value] if isinstance(value, list) else [text(value)]


def pairs(value: Any, separators: str = "=") -> dict[str, str | None]:
    """Names and values, from a table or from lines; None for a name without a value. Raises Inexpressible."""
    if isinstance(value, Mapping):
        return {str(name): None if given is None else text(given) for name, given in value.items()}
    found: dict[str, str | None] = {}
    for line in texts(value):
        cut = min((line.index(sign) for sign in separators if sign in line), default=len(line))
        found[line[:cut]] = line[cut + 1 :] if cut < len(line) else None
    return found
