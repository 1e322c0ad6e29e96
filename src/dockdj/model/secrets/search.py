"""The search for secrets: the values to search for, and the search in a stream of bytes."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from dockdj.model.project.env_contract import Variable

# A shorter value occurs in innocent bytes by chance.
SECRET_LENGTH = 8
VALUE_LENGTH = 12
# The most bytes that a pattern looks at: its match and the bytes around it.
REACH = 2048
CREDENTIALS_OF_URL = re.compile(r"://[^/@:\s]*:([^/@\s]+)@")


@dataclass(frozen=True)
class Needle:
    """A secret to search for: these bytes or, with a `pattern`, bytes that begin with them and match the pattern.

    `name` is a variable or a kind of credential, and `source` the file that has the value.
    """

    name: str
    text: bytes = field(repr=False)
    pattern: re.Pattern[bytes] | None = None
    source: str = ""

    @property
    def reach(self) -> int:
        """The number of bytes, from the start of a match, that decide about the match."""
        return REACH if self.pattern else len(self.text)


@dataclass(frozen=True)
class Match:
    """A needle that was found, and its offset in the searched bytes."""

    needle: Needle
    offset: int


@dataclass(frozen=True)
class Hit:
    """A secret that was found: its place, and its path if it is in a file (absolute in images, else in the project).

    `commit` is the commit to rewrite if the secret would be published with a history.
    """

    needle: Needle
    where: str
    path: str = ""
    commit: str = ""

    @property
    def line(self) -> str:
        """A line for people: variable or kind of credential, and place, but not the value."""
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
    """The needles for a `.env`: secrets of 8 or more characters, and other values of 12 or more.

    An address gives a second needle for its password. `examples` are the example values of contracts, which are public.
    `plain` are the values that targets set in `dockdj.toml`, which are public unless the variable is secret.
    """
    secret = {variable.name for variable in contract if variable.secret}
    public = {part for value in examples for part in (value, *_passwords(value))}
    private = {name: value for name, value in given.items() if name in secret or value not in plain}
    parts = [(name, value) for name, value in private.items() if len(value) >= _least_length(name in secret)]
    # Passwords come last, so that one that is also a variable's value is named after that variable.
    parts += [
        (name, part) for name, value in private.items() for part in _passwords(value) if len(part) >= SECRET_LENGTH
    ]
    yield from (Needle(name, part.encode(), source=source) for name, part in parts if part not in public)


def distinct(needles: Iterable[Needle]) -> tuple[Needle, ...]:
    """The needles without repeated texts; the first name of a text wins."""
    first: dict[bytes, Needle] = {}
    for needle in needles:
        first.setdefault(needle.text, needle)
    return tuple(first.values())


def scan(chunks: Iterable[bytes], needles: Collection[Needle]) -> Iterator[Match]:
    """Find every needle everywhere in the chunks, which are one text, in one pass."""
    # bytes.find searches a gigabyte a second; one regular expression for all needles is tens of times slower.
    reach = max((needle.reach for needle in needles), default=1)
    window, before, checked = b"", 0, 0
    for chunk in chunks:
        window += chunk
        # A match that starts later may need bytes of the next chunk.
        until = len(window) - reach
        if until > checked:
            yield from _starting(window, checked, until, before, needles)
            # Keep one byte more, because patterns look at the byte before them.
            window, before, checked = window[until - 1 :], before + until - 1, 1
    yield from _starting(window, checked, len(window), before, needles)


def strings(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(place, text) of every text in a JSON document, keys included; a text in `config.Env` is placed by variable."""
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
    """True if an entry of [leaks] names the hit: its variable, or its file by a path that may have `*`."""
    return any(
        entry == hit.needle.name or (hit.path and fnmatchcase(hit.path.lstrip("/"), entry.lstrip("/")))
        for entry in allowed
    )


def redacted(text: str, needles: Iterable[Needle]) -> str:
    """The text with every needle replaced by `***`: even a file's name may contain a secret."""
    content = text.encode(errors="replace")
    for needle in needles:
        pattern = needle.pattern or re.compile(re.escape(needle.text))
        content = pattern.sub(b"***", content)
    return content.decode(errors="replace")


def _starting(window: bytes, start: int, until: int, before: int, needles: Iterable[Needle]) -> Iterator[Match]:
    for needle in needles:
        end = until + len(needle.text) - 1
        at = window.find(needle.text, start, end)
        while at != -1:
            if needle.pattern is None or needle.pattern.match(window, at):
                yield Match(needle, before + at)
            at = window.find(needle.text, at + 1, end)


def _least_length(secret: bool) -> int:
    return SECRET_LENGTH if secret else VALUE_LENGTH


def _passwords(value: str) -> Iterator[str]:
    for password in CREDENTIALS_OF_URL.findall(value):
        yield from dict.fromkeys((password, unquote(password)))
