"""The environment contract, `environments/ENV/.env.example`, and the `.env` made from it.

A variable is a line NAME=VALUE; the comment right above it starts with its kind:
`# required, secret. What it is for.` Kinds are required or optional, secret, and local: needed on this
machine alone. In values, `<generate>` stands for a random text and `<NAME>` for another variable's value.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

GENERATE = "<generate>"
KINDS = ("required", "optional", "secret", "local")

_LINE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)")
_KIND = re.compile(rf"#\s*(?P<kinds>(?:{'|'.join(KINDS)})(?:,\s*(?:{'|'.join(KINDS)}))*)\.\s*(?P<about>.*)")
_REFERENCE = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")


@dataclass(frozen=True)
class Variable:
    """One variable of the contract, with the value the example gives it."""

    name: str
    example: str
    required: bool = False
    secret: bool = False
    local: bool = False
    about: str = ""


def contract(example: str) -> tuple[Variable, ...]:
    """The variables of an `.env.example`, in its order."""
    return tuple(_variables(example))


def filled(example: str, generate: Callable[[], str]) -> str:
    """The `.env` that an `.env.example` describes, every `<generate>` replaced by a text of `generate`."""
    values = {variable.name: variable.example for variable in contract(example)}
    for name, value in values.items():
        if value == GENERATE:
            values[name] = generate()
    for name, value in values.items():
        values[name] = _REFERENCE.sub(lambda found: values.get(found[1], found[0]), value)
    return "".join(f"{_with_value(line, values)}\n" for line in example.splitlines())


def _with_value(line: str, values: Mapping[str, str]) -> str:
    found = _LINE.fullmatch(line)
    return f"{found['name']}={values[found['name']]}" if found else line


def _variables(example: str) -> Iterator[Variable]:
    kinds: set[str] = set()
    about = ""
    for line in example.splitlines():
        if kind := _KIND.fullmatch(line.strip()):
            kinds, about = {part.strip() for part in kind["kinds"].split(",")}, kind["about"]
        elif found := _LINE.fullmatch(line):
            yield Variable(
                found["name"],
                found["value"],
                required="required" in kinds,
                secret="secret" in kinds,
                local="local" in kinds,
                about=about,
            )
            kinds, about = set(), ""
        elif not line.strip():
            kinds, about = set(), ""
