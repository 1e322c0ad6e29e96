"""The environment contract, `environments/ENV/.env.example`: the list of variables, and the `.env` generated from it.

A variable is a line NAME=VALUE; the comment right above it starts with its kinds:
`# required, secret. What it is for.` A variable is required or optional; it may also be `secret`, `local`
(needed on this machine alone), or both. In values, `<generate>` means a random text, and `<NAME>` the value of another
variable.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from dockdj.errors import ProjectError
from dockdj.model.project import dotenv
from dockdj.model.project.dotenv import Mistake

GENERATE = "<generate>"
PRESENCE = ("required", "optional")
KINDS = (*PRESENCE, "secret", "local")
# Random bytes of a generated secret: 64 characters in a URL's alphabet, which no parser changes.
SECRET_BYTES = 48

_REFERENCE = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")
_LINE = re.compile(rf"(?P<name>{dotenv.NAME.pattern})=(?P<value>.*)")
_KIND = re.compile(r"#\s*(?P<kinds>[\w-]+(?:\s*,\s*[\w-]+)*)\s*\.(?:\s+(?P<about>.*))?")


@dataclass(frozen=True)
class Variable:
    """A variable of the contract, with its example value."""

    name: str
    example: str
    required: bool = False
    secret: bool = False
    local: bool = False
    about: str = ""

    @property
    def kinds(self) -> str:
        """The variable's kinds, as in the contract: `required, secret`."""
        flags = {"secret": self.secret, "local": self.local}
        return ", ".join(["required" if self.required else "optional", *(kind for kind in flags if flags[kind])])


def parse(content: bytes, name: str) -> tuple[Variable, ...]:
    """The variables of an `.env.example`, in its order. Raises ProjectError with every mistake and its line."""
    variables, mistakes = read(content)
    dotenv.refuse(mistakes, name)
    return variables


def read(content: bytes) -> tuple[tuple[Variable, ...], list[Mistake]]:
    """The variables of an `.env.example`, and its mistakes in the order of its lines."""
    text = content.decode(errors="replace")
    variables: list[Variable] = []
    mistakes: list[Mistake] = []
    comments: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            comments.append((number, line.strip()))
            continue
        if found := _LINE.fullmatch(line):
            variable, wrong = _described(found["name"], found["value"], comments, number)
            variables.append(variable)
            mistakes += wrong
        comments = []
    names = {variable.name for variable in variables}
    mistakes += _reference_mistakes(text, names)
    mistakes += _cycle_mistakes(text, {variable.name: variable.example for variable in variables})
    # Values are checked as `filled` returns them, with a letter in place of generated texts and references.
    mistakes += dotenv.read(re.sub(_REFERENCE.pattern.encode(), b"x", content))[1]
    return tuple(variables), sorted(mistakes, key=lambda mistake: mistake.line)


def filled(content: bytes, name: str, generate: Callable[[], str]) -> str:
    """The `.env` that an `.env.example` describes, every `<generate>` replaced by a text of `generate`.

    Raises ProjectError when the example or the resulting `.env` is wrong.
    """
    variables = parse(content, name)
    text = _filled(content.decode(), variables, name, generate)
    dotenv.parse(text.encode(), name)
    return text


def missing(variables: Iterable[Variable], given: Mapping[str, str]) -> tuple[Variable, ...]:
    """The required variables without a value. An empty value does not count, as for the application."""
    return tuple(variable for variable in variables if variable.required and not given.get(variable.name, "").strip())


def unknown(variables: Iterable[Variable], given: Iterable[str]) -> tuple[str, ...]:
    """The names that are not in the contract."""
    known = {variable.name for variable in variables}
    return tuple(name for name in given if name not in known)


def resembling(name: str, variables: Iterable[Variable]) -> str:
    """The variable of the contract that a mistyped name probably means; empty without a similar name."""
    return next(iter(get_close_matches(name, [variable.name for variable in variables], n=1)), "")


def _filled(text: str, variables: Iterable[Variable], file: str, generate: Callable[[], str]) -> str:
    values = {variable.name: variable.example for variable in variables}
    for name, value in values.items():
        if value == GENERATE:
            values[name] = generate()
    for name in TopologicalSorter(_references(values)).static_order():
        value = _REFERENCE.sub(lambda reference: values[reference[1]], values[name])
        if len(value) > dotenv.LONGEST_LINE:
            raise ProjectError(
                f"{file}: the value of {name} has more than {dotenv.LONGEST_LINE:,} bytes with its references",
                hint=f"write fewer references in {file}",
            )
        values[name] = value
    return "\n".join(_with_value(line, values) for line in text.split("\n"))


def _references(values: Mapping[str, str]) -> dict[str, list[str]]:
    """The variables of the file that each value refers to."""
    return {
        name: [] if value == GENERATE else [other for other in _REFERENCE.findall(value) if other in values]
        for name, value in values.items()
    }


def _with_value(line: str, values: Mapping[str, str]) -> str:
    found = _LINE.fullmatch(line)
    return f"{found['name']}={values[found['name']]}" if found else line


def _described(
    name: str, example: str, comments: Iterable[tuple[int, str]], number: int
) -> tuple[Variable, list[Mistake]]:
    """The variable, described by the comment right above it, and the comment's mistakes."""
    described = [(line, found) for line, text in comments if (found := _KIND.fullmatch(text))]
    meant = [(line, found) for line, found in described if set(_words(found)) & set(KINDS)] or described[:1]
    if not meant:
        return Variable(name, example), [Mistake(number, f"{name} has no kind: {_expected(name)}")]
    line, found = meant[0]
    kinds, about = _words(found), (found["about"] or "").strip()
    reasons = [f"unknown kind `{kind}`: expected {', '.join(KINDS)}" for kind in kinds if kind not in KINDS]
    if not reasons and len(set(kinds) & set(PRESENCE)) != 1:
        reasons.append(f"{name} is either required or optional")
    if not about:
        reasons.append(f"{name} has no text: {_expected(name)}")
    flags = {kind: kind in kinds for kind in ("required", "secret", "local")}
    return Variable(name, example, **flags, about=about), [Mistake(line, reason) for reason in reasons]


def _words(found: re.Match[str]) -> list[str]:
    return [word.strip() for word in found["kinds"].split(",")]


def _expected(name: str) -> str:
    return f"write `# required. What {name} is for.` right above it"


def _reference_mistakes(text: str, names: Collection[str]) -> list[Mistake]:
    return [
        Mistake(number, f"<{reference}> is not a variable of this file")
        for number, line in enumerate(text.split("\n"), 1)
        if (found := _LINE.fullmatch(line))
        for reference in _REFERENCE.findall(found["value"])
        if reference not in names and found["value"] != GENERATE
    ]


def _cycle_mistakes(text: str, values: Mapping[str, str]) -> list[Mistake]:
    """One mistake for each circle of references, at the line of its first variable."""
    references = _references(values)
    lines = {line["name"]: number for number, row in enumerate(text.split("\n"), 1) if (line := _LINE.fullmatch(row))}
    mistakes = []
    while names := _circle(references):
        first = min(range(len(names)), key=lambda index: lines[names[index]])
        circle = [*names[first:], *names[:first], names[first]]
        mistakes.append(Mistake(lines[circle[0]], f"{circle[0]} refers to itself: {' -> '.join(circle)}"))
        references |= {name: [] for name in names}
    return mistakes


def _circle(references: Mapping[str, Collection[str]]) -> list[str]:
    """The variables of one circle, each before the one that it refers to; empty without a circle."""
    try:
        TopologicalSorter(references).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))[:-1]
    return []
