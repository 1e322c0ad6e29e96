"""Every parser takes any input: it returns or raises a typed error, within a second of processor time.

Each change tries the same 2,000 inputs for each parser. `make soak` tries 200,000 others and prints their seed, which
SOAK_SEED repeats; SOAK_INPUTS chooses how many.
"""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockdj.errors import ProjectError
from tests.fuzz import parsers, run
from tests.fuzz.mutation import inputs

INPUTS = 2_000
SETTLED = 1
LONG = int(os.environ.get("SOAK_INPUTS", "200000"))
SEED = int(os.environ.get("SOAK_SEED", str(time.time_ns() % 1_000_000)))
EVERY = parsers.every()
PAGE = Path(__file__).parents[2] / "docs/reference/parsers.md"
by_name = pytest.mark.parametrize("parser", EVERY, ids=[parser.name for parser in EVERY])


def settled(parser: parsers.Parser) -> Iterator[bytes]:
    """The inputs of every run."""
    return inputs(parser.seeds, SETTLED, INPUTS, parser.longest)


@by_name
def test_any_input_is_parsed_or_refused_with_a_typed_error(parser: parsers.Parser) -> None:
    for content in parser.seeds:
        assert not run.failure(parser.parse, content), content
    assert run.check(parser.name, parser.parse, settled(parser), f"of seed {SETTLED}") == INPUTS


@pytest.mark.soak
@by_name
def test_many_inputs_are_parsed_or_refused_with_a_typed_error(parser: parsers.Parser) -> None:
    print(f"\n{parser.name}: SOAK_SEED={SEED} SOAK_INPUTS={LONG}")
    run.check(parser.name, parser.parse, inputs(parser.seeds, SEED, LONG, parser.longest), f"of seed {SEED}")


def test_the_page_lists_exactly_the_fuzzed_parsers() -> None:
    listed = re.findall(r"^\| ([^|]+?) \|", PAGE.read_text(), re.MULTILINE)
    assert listed[1:] == [parser.name for parser in EVERY]


def _lookup(content: bytes) -> object:
    return {b"{}": 1}[content[:2]] if content.startswith(b"{") else None


def _deep(content: bytes) -> object:
    return _deep(content[1:]) if content[:1] == b"[" else content


def _endless(content: bytes) -> object:
    while b"null" in content:
        pass
    return content


def _backtracking(content: bytes) -> object:
    return re.match(rb"(a|aa)+$", content)


def _surrogate(content: bytes) -> object:
    if b"\xff" in content:
        raise ProjectError(content.decode(errors="surrogateescape"))
    return content


FAULTS = {
    "KeyError": (_lookup, b'{"a": 1}'),
    "RecursionError": (_deep, b"[[1]]"),
    "no end": (_endless, b'{"a": 1, "b": [2]}'),
    "no end within": (_backtracking, b"aaaaaaaab"),
    "cannot be printed": (_surrogate, b"name"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_planted_fault_is_found(kind: str) -> None:
    parse, seed = FAULTS[kind]
    with pytest.raises(run.Fault, match=kind):
        run.check("planted", parse, inputs((seed,), SETTLED, INPUTS))


def test_the_same_seed_gives_the_same_inputs() -> None:
    seeds = EVERY[0].seeds
    assert list(inputs(seeds, 7, 50)) == list(inputs(seeds, 7, 50)) != list(inputs(seeds, 8, 50))


def test_the_input_that_is_shown_is_small() -> None:
    def parse(content: bytes) -> None:
        assert b"x" not in content

    assert len(run.smaller(parse, b"a" * 1000 + b"x" + b"b" * 1000, run.failure(parse, b"x"))) < 10
