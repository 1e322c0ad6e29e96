"""Change valid input at random: bytes, lines and words, and the values of JSON documents.

The engine is seeded and cheap: a few microseconds for an input, where hypothesis takes a millisecond. So two thousand
inputs for each parser fit into `make test`. The number of an input and the seed give the input again.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any

# Words that parsers have stumbled over: numbers at limits, other digits, halves of surrogates, what ends or nests.
WORDS = [
    *(b"0", b"-1", b"1e999", b"9" * 30, b"9" * 5000, b"0x1F", b"1_000", b"NaN", b"-Infinity", b"null", b"true", b"''"),
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\r", b"\n\n", b"\x0b"),
    *("\u2028".encode(), "\u0667".encode(), "\u00b2".encode(), "\u0130".encode(), "e\u0301".encode()),
    *(b"[", b"]", b"{", b"}", b'"', b"'", b"\\", b"<", b">", b"&a", b"*a", b"<<: *a", b"!!timestamp 2001-99-99"),
    *(b"!!int x", b"? a", b"%s", b"$", b"${", b"${a:-", b"$(", b"`", b"#", b":", b"=", b",", b"/", b"..", b"../", b"~"),
    *(b"!", b"*", b"**", b"?", b"[a", b"[z-a]", b"{a,b}", b"@", b"+", b"-", b"--", b" ", b"\t", b"\\\n", b"http://["),
]
# What is repeated to find loops that take forever.
REPEATS = (10, 100, 1000, 4000)
LONGEST = 60_000
VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        "",
        "x",
        "\0",
        "\ud800",
        "9" * 5000,
        "../../x",
        [],
        {},
        [None],
        {"": None},
    ),
    *([[]], ["x", "x"], {"x": {}}, "sha256:" + "0" * 64, "1.0.0", "\n", "${a}", "$", ":", "-1", "1e9", float("inf")),
]
DEEP = 1500

Mutation = Callable[[random.Random, bytes], bytes]


def inputs(seeds: Sequence[bytes], seed: int, count: int, longest: int = LONGEST) -> Iterator[bytes]:
    """Valid input and changed input, `count` in all, the same for the same seed."""
    chance = random.Random(seed)
    yield from seeds[:count]
    for _ in range(count - len(seeds)):
        yield changed(chance, seeds)[:longest]


def changed(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds with one to four changes."""
    content = chance.choice(seeds)
    if chance.random() < 0.02:
        content = chance.choice(seeds)[: chance.randint(0, 400)] + content[chance.randint(0, len(content)) :]
    structured = content[:1] in (b"{", b"[") and chance.random() < 0.6
    for _ in range(chance.choice((1, 1, 2, 4))):
        mutation = chance.choice(STRUCTURED if structured else PLAIN)
        content = mutation(chance, content)[:LONGEST]
    return content


def _place(chance: random.Random, content: bytes) -> int:
    return chance.randint(0, len(content))


def _flip(chance: random.Random, content: bytes) -> bytes:
    if not content:
        return b"\x80"
    place = chance.randrange(len(content))
    return content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]


def _delete(chance: random.Random, content: bytes) -> bytes:
    place = _place(chance, content)
    return content[:place] + content[place + chance.choice((1, 1, 3, 20, 200)) :]


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: _place(chance, content)]


def _insert(chance: random.Random, content: bytes) -> bytes:
    place = _place(chance, content)
    return content[:place] + chance.choice(WORDS) + content[place:]


def _replace(chance: random.Random, content: bytes) -> bytes:
    """Another word in place of a word of the content."""
    words = list(re.finditer(rb"[\w.+-]+", content))
    if not words:
        return _insert(chance, content)
    word = chance.choice(words)
    return content[: word.start()] + chance.choice(WORDS) + content[word.end() :]


def _copy(chance: random.Random, content: bytes) -> bytes:
    start = _place(chance, content)
    part = content[start : start + chance.choice((1, 4, 20, 300))]
    place = _place(chance, content)
    return content[:place] + part + content[place:]


def _repeat(chance: random.Random, content: bytes) -> bytes:
    """A short part of the content, or a word, many times in a row."""
    start = _place(chance, content)
    part = chance.choice(WORDS) if chance.random() < 0.4 else content[start : start + chance.choice((1, 2, 5, 30))]
    times = min(chance.choice(REPEATS), LONGEST // (len(part) or 1))
    return content[:start] + part * times + content[start:]


def _lines(chance: random.Random, content: bytes) -> bytes:
    """A line removed, doubled, moved or split."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    place, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[place]
        case 1:
            lines.insert(other, lines[place])
        case 2:
            lines[place], lines[other] = lines[other], lines[place]
        case _:
            lines[place] = lines[place].replace(b" ", b"\n", 1)
    return b"".join(lines)


def _value(chance: random.Random, content: bytes) -> bytes:
    """Another value, key or level in a JSON document."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return _flip(chance, content)
    places = list(_places(document))
    if not places:
        return _insert(chance, content)
    container, key = chance.choice(places)
    match chance.randrange(8):
        case 0 if isinstance(container, dict):
            del container[key]
        case 1 if isinstance(container, dict):
            container[chance.choice(("", "x", "\ud800", str(key) * 2))] = container.pop(key)
        case 2 if isinstance(container, list):
            container.append(deepcopy(container[key]))
        case 3:
            inner, other = chance.choice(places)
            container[key] = deepcopy(inner[other]) if key in _keys(container) and other in _keys(inner) else None
        case 4:
            container[key] = [container[key]]
        case 5:
            container[key] = str(container[key])
        case _:
            container[key] = chance.choice(VALUES)
    return json.dumps(document).encode()


def _deep(chance: random.Random, content: bytes) -> bytes:
    """A part of a JSON document nested deeply, or a field twice."""
    place = content.find(b":", _place(chance, content))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"x":', b"}")))
    levels = chance.choice((50, DEEP, 20 * DEEP))
    part = opening * levels + b"0" + closing * levels
    return content[: place + 1] + part + content[place + 1 :] if place >= 0 else part


def _keys(container: Any) -> Any:
    return container if isinstance(container, dict) else range(len(container))


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    pending = [document]
    while pending:
        container = pending.pop()
        if isinstance(container, dict | list):
            for key in _keys(container):
                yield container, key
                pending.append(container[key])


PLAIN: tuple[Mutation, ...] = (_flip, _delete, _cut, _insert, _insert, _replace, _replace, _copy, _repeat, _lines)
STRUCTURED: tuple[Mutation, ...] = (*(_value,) * 9, _deep)
