"""Convert Compose's values to ECS's: variables, durations, sizes, pairs."""

import re
from collections.abc import Mapping
from typing import Any

MIB = 1024 * 1024
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# More levels of defaults inside defaults than a person can read.
DEEPEST = 20
DURATION = re.compile(r"(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?")
SIZE = re.compile(r"(?P<number>\d+)\s*(?P<unit>[kmg]?)b?", re.IGNORECASE)
POWERS = {"": 0, "k": 1, "m": 2, "g": 3}


class Inexpressible(Exception):
    """A value without an equivalent on ECS; the text is the reason."""


def literal(value: Any) -> Any:
    """Replace the variables in a value, at any depth, as Compose does when no variable is set.

    ECS replaces no variables, so `${NAME:-default}` becomes its default and `$$` a dollar sign. Raises Inexpressible
    for a variable without a default.
    """
    if isinstance(value, str):
        return _replaced(value)
    if isinstance(value, Mapping):
        return {key: literal(inner) for key, inner in value.items()}
    return [literal(inner) for inner in value] if isinstance(value, list) else value


def _replaced(text: str, depth: int = 0) -> str:
    """A text as Compose interpolates it (Compose specification, "Interpolation"), when no variable is set."""
    if depth > DEEPEST:
        raise Inexpressible("its defaults are nested too deeply")
    parts, position = [], 0
    while (start := text.find("$", position)) >= 0:
        parts.append(text[position:start])
        if text.startswith("$$", start):
            position = start + 2
            parts.append("$")
        elif text.startswith("${", start) and (end := _end(text, start)):
            position = end
            parts.append(_default(text[start:end], depth))
        else:
            name = NAME.match(text, start + 1)
            raise Inexpressible(f"ECS does not replace `${name[0] if name else ''}`; a dollar sign is written `$$`")
    return "".join([*parts, text[position:]])


def _end(text: str, start: int) -> int:
    """The position after the brace that closes the one at `start`; 0 without such a brace."""
    depth = 0
    for position in range(start, len(text)):
        if text.startswith("${", position):
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if depth == 0:
                return position + 1
    return 0


def _default(variable: str, depth: int) -> str:
    """The default in `${NAME:-default}`, where a default may have variables, too."""
    name = NAME.match(variable, 2)
    rest = variable[name.end() : -1] if name else ""
    if not rest.startswith((":-", "-")):
        raise Inexpressible(f"ECS does not replace `{variable}`, and it has no default")
    return _replaced(rest.removeprefix(":")[1:], depth + 1)


def seconds(value: Any, least: int = 0, most: int = 2**31 - 1) -> int:
    """Whole seconds of a duration such as `1m30s`. Raises Inexpressible, also outside ECS's limits."""
    match = DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise Inexpressible(f"whole seconds are required (`40s`, `1m30s`), not {value!r}")
    return between(int(match["h"] or 0) * 3600 + int(match["m"] or 0) * 60 + int(match["s"] or 0), least, most)


def mebibytes(value: Any) -> int:
    """MiB of a size such as `256m`; a bare number is bytes. Raises Inexpressible unless it is whole MiB."""
    match = SIZE.fullmatch(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    size = int(match["number"]) * 1024 ** POWERS[match["unit"].lower()] if match else 0
    if size == 0 or size % MIB:
        raise Inexpressible(f"whole mebibytes are required (`256m`, `1g`), not {value!r}")
    return size // MIB


def between(value: Any, least: int, most: int) -> int:
    """A whole number within ECS's limits. Raises Inexpressible."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Inexpressible(f"ECS accepts {least} to {most}, not {value!r}")
    return value


def flag(value: Any) -> bool:
    """True or false. Raises Inexpressible."""
    if not isinstance(value, bool):
        raise Inexpressible(f"true or false is required, not {value!r}")
    return value


def text(value: Any) -> str:
    """Text, or a whole number as text. Raises Inexpressible for other types, which YAML may have misread."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Inexpressible(f"text is required: put {value!r} in quotes")
    return str(value)


def texts(value: Any) -> list[str]:
    """A list of texts; a single text becomes a list. Raises Inexpressible."""
    return [text(item) for item in value] if isinstance(value, list) else [text(value)]


def pairs(value: Any, separators: str = "=") -> dict[str, str | None]:
    """Names and values of a table or of lines; None for a name without a value. Raises Inexpressible."""
    if isinstance(value, Mapping):
        return {str(name): None if item is None else text(item) for name, item in value.items()}
    table: dict[str, str | None] = {}
    for line in texts(value):
        cut = min((line.index(sign) for sign in separators if sign in line), default=len(line))
        table[line[:cut]] = line[cut + 1 :] if cut < len(line) else None
    return table
