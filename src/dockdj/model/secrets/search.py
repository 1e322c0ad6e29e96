"""Secrets where none may be: what is searched, and the search itself in a stream of bytes."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from dockdj.model.project.env_contract import Variable

# Below these lengths a value stands in innocent bytes by chance.
SECRET_LENGTH = 8
VALUE_LENGTH = 12
# Bytes that a pattern looks at, at most: its match and what stands beside it.
REACH = 2048
CREDENTIALS_OF_URL = re.compile(r"://[^/@:\s]*:([^/@\s]+)@")


@dataclass(frozen=True)
class Needle:
    """What is searched: these bytes or, with a `pattern`, what begins with them and matches it.

    `name` is a variable or a kind of credential, and `source` the file that the value is from.
    """

    name: str
    text: bytes = field(repr=False)
    pattern: re.Pattern[bytes] | None = None
    source: str = ""

    @property
    def reach(self) -> int:
        """How many bytes from its start on decide whether it is there."""
        return REACH if self.pattern else len(self.text)


@dataclass(frozen=True)
class Found:
    """A needle, and how many bytes before it."""

    needle: Needle
    offset: int


@dataclass(frozen=True)
class Hit:
    """A secret: where it is, and in which file if it is in one (of an image: absolute; else of the project)."""

    needle: Needle
    where: str
    path: str = ""

    @property
    def line(self) -> str:
        """For people: the variable or kind of credential and where it is, not the value."""
        source = f" of {self.needle.source}" if self.needle.source else ""
        return f"{self.needle.name}{source}: {self.where}{f', {self.path}' if self.path else ''}"


def values(
    given: Mapping[str, str],
    contract: Iterable[Variable],
    source: str,
    *,
    examples: Collection[str] = (),
    plain: Collection[str] = (),
) -> Iterator[Needle]:
    """Which of a `.env`'s values are searched: secrets, and others of 12 or more characters.

    A secret shorter than 8 characters is not; of an address, its password is as well. `examples` are values that
    contracts give, which are no secrets; `plain` are those of targets, where no variable that is secret belongs.
    """
    secret = {variable.name for variable in contract if variable.secret}
    shown = {part for value in examples for part in (value, *_passwords(value))}
    own = {name: value for name, value in given.items() if name in secret or value not in plain}
    parts = [(name, value) for name, value in own.items() if len(value) >= _enough(name in secret)]
    # After the others: a password that is a variable's value, too, goes by the name of that one.
    parts += [(name, part) for name, value in own.items() for part in _passwords(value) if len(part) >= SECRET_LENGTH]
    yield from (Needle(name, part.encode(), source=source) for name, part in parts if part not in shown)


def distinct(needles: Iterable[Needle]) -> tuple[Needle, ...]:
    """Each text once, under the name that comes first."""
    first: dict[bytes, Needle] = {}
    for needle in needles:
        first.setdefault(needle.text, needle)
    return tuple(first.values())


def scan(chunks: Iterable[bytes], needles: Collection[Needle]) -> Iterator[Found]:
    """Every place of every needle in the chunks taken as one text, in one pass.

    bytes.find goes through a gigabyte a second; one regular expression of all alternatives is tens of times slower.
    """
    reach = max((needle.reach for needle in needles), default=1)
    window, before, judged = b"", 0, 0
    for chunk in chunks:
        window += chunk
        # What starts later is judged with the next chunk, when all that decides it is here.
        until = len(window) - reach
        if until > judged:
            yield from _starting(window, judged, until, before, needles)
            # One byte more is kept: patterns look at what stands before them.
            window, before, judged = window[until - 1 :], before + until - 1, 1
    yield from _starting(window, judged, len(window), before, needles)


def strings(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(place, text) of every text in a JSON document, keys included; `config.Env` names its variables."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield place, str(key)
            yield from strings(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value, 1):
            variable = place == "config.Env" and isinstance(item, str)
            yield from strings(item, f"Env {item.partition('=')[0]}" if variable else f"{place}.{number}")


def is_allowed(hit: Hit, allowed: Iterable[str]) -> bool:
    """Whether an entry of [leaks] names this hit: its variable, or its file by a path that may have `*`."""
    return any(
        entry == hit.needle.name or (hit.path and fnmatchcase(hit.path.lstrip("/"), entry.lstrip("/")))
        for entry in allowed
    )


def redacted(text: str, needles: Iterable[Needle]) -> str:
    """The text without what is searched: a file's name may hold a secret, too."""
    content = text.encode(errors="replace")
    for needle in needles:
        found = needle.pattern or re.compile(re.escape(needle.text))
        content = found.sub(b"***", content)
    return content.decode(errors="replace")


def _starting(window: bytes, start: int, until: int, before: int, needles: Iterable[Needle]) -> Iterator[Found]:
    for needle in needles:
        end = until + len(needle.text) - 1
        at = window.find(needle.text, start, end)
        while at != -1:
            if needle.pattern is None or needle.pattern.match(window, at):
                yield Found(needle, before + at)
            at = window.find(needle.text, at + 1, end)


def _enough(secret: bool) -> int:
    return SECRET_LENGTH if secret else VALUE_LENGTH


def _passwords(value: str) -> Iterator[str]:
    for password in CREDENTIALS_OF_URL.findall(value):
        yield from dict.fromkeys((password, unquote(password)))
