"""Two environments compared, for people and as JSON data."""

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from dockdj.model.parity.comparison import Difference, Parity, declaration
from dockdj.model.parity.facts import SERVICE

WIDTH = 110
KIND_WIDTH = 14
# Of one kind in one service; all of them stand in the JSON.
SHOWN = 15
LINES = 5
DIGEST = "sha256:"


def as_data(found: Parity) -> dict[str, Any]:
    """Absence is null; differences are sorted by service, kind and name."""
    return {
        "from": found.before,
        "to": found.after,
        "equal": dict(found.equal),
        "differences": [_data(one) for one in found.differences],
        "unused": list(found.unused),
    }


def as_text(found: Parity) -> str:
    """The counts, then what is not declared, what is, and how to declare."""
    undeclared, declared = len(found.undeclared), len(found.declared)
    head = f"{found.before} and {found.after}: {sum(found.equal.values())} equal, {declared} declared differences, "
    lines = [f"{head}{undeclared} not declared"]
    if undeclared:
        lines += ["", "Not declared", *_undeclared(found)]
    if declared:
        lines += ["", "Declared", *_declared(found)]
    if found.unused:
        lines += ["", "Declared, but there is no such difference: remove from [parity.allow] in dockdj.toml"]
        lines += [f"  {pattern}" for pattern in found.unused]
    if undeclared:
        lines += ["", "Make them equal, or say in dockdj.toml why they differ:", "  [parity.allow]"]
        lines += [f"  {declaration(one, 'WHY')}" for one in found.undeclared[:LINES]]
        lines += [f"  and {undeclared - LINES} more, by the paths above"] if undeclared > LINES else []
    return "\n".join(lines)


def _data(one: Difference) -> dict[str, Any]:
    subject = one.subject
    return {
        "path": subject.path,
        "service": subject.service or None,
        "kind": subject.kind,
        "name": subject.name or None,
        "place": subject.place or None,
        "from": one.before,
        "to": one.after,
        "declared": one.entry is not None,
        "entry": one.entry,
        "why": one.why,
        "declaration": None if one.entry else declaration(one, "WHY"),
    }


def _undeclared(found: Parity) -> Iterator[str]:
    for (service, _), group in groupby(found.undeclared, key=lambda one: (one.subject.service, one.subject.kind)):
        every = list(group)
        for one in every[:SHOWN]:
            place = f" in {one.subject.place}" if one.subject.place else ""
            yield f"  {one.subject.path}{place}: {_sides(found, one)}"
        if len(every) > SHOWN:
            yield f"  and {len(every) - SHOWN} more of {service or 'the project'}: see --json"


def _sides(found: Parity, one: Difference) -> str:
    if one.subject.kind == SERVICE:
        return f"only in {found.before if one.after is None else found.after}"
    if one.before is None or one.after is None:
        name, value = (found.after, one.after) if one.before is None else (found.before, one.before)
        return f"only in {name}" if not value or value.startswith(DIGEST) else f"only in {name}, {value}"
    if one.before.startswith(DIGEST):
        return "other content"
    return f"{found.before} {one.before or 'nothing'}, {found.after} {one.after or 'nothing'}"


def _declared(found: Parity) -> Iterator[str]:
    for service, differences in groupby(found.declared, key=lambda one: one.subject.service):
        yield f"  {service or 'the project'}"
        for (kind, why), names in _by_reason(differences).items():
            first = f"    {kind:<{KIND_WIDTH}}"
            listed = f"{', '.join(names)}: {why}" if names else why
            yield textwrap.fill(
                listed,
                WIDTH,
                initial_indent=first,
                subsequent_indent=" " * len(first),
                break_on_hyphens=False,
                break_long_words=False,
            )


def _by_reason(differences: Iterable[Difference]) -> dict[tuple[str, str], list[str]]:
    """(kind, reason) -> names, each once."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in differences:
        names = found.setdefault((one.subject.kind, one.why or ""), [])
        if one.subject.name and one.subject.name not in names:
            names.append(one.subject.name)
    return found
