"""The comparison of two environments, for people and as JSON data."""

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from dockdj.model.parity.comparison import Difference, Parity, declaration
from dockdj.model.parity.facts import SERVICE

WIDTH = 110
KIND_WIDTH = 14
# Most differences shown of each kind in each service; the JSON holds all.
SHOWN = 15
# Most declarations suggested.
LINES = 5
DIGEST = "sha256:"


def as_data(parity: Parity) -> dict[str, Any]:
    """Return the comparison as JSON data, sorted by service, kind and name. Null means absent."""
    return {
        "from": parity.before,
        "to": parity.after,
        "equal": dict(parity.equal),
        "differences": [_data(difference) for difference in parity.differences],
        "unused": list(parity.unused),
    }


def as_text(parity: Parity) -> str:
    """Return the counts, the undeclared and the declared differences, and the lines that would declare them."""
    undeclared, declared = len(parity.undeclared), len(parity.declared)
    head = f"{parity.before} and {parity.after}: {sum(parity.equal.values())} equal, {declared} declared differences, "
    lines = [f"{head}{undeclared} not declared"]
    if undeclared:
        lines += ["", "Not declared", *_undeclared(parity)]
    if declared:
        lines += ["", "Declared", *_declared(parity)]
    if parity.unused:
        lines += ["", "Declared without a difference: remove from [parity.allow] in dockdj.toml"]
        lines += [f"  {pattern}" for pattern in parity.unused]
    if undeclared:
        lines += ["", "Make them equal, or declare in dockdj.toml why they differ:", "  [parity.allow]"]
        lines += [f"  {declaration(difference, 'WHY')}" for difference in parity.undeclared[:LINES]]
        lines += [f"  and {undeclared - LINES} more, by the paths above"] if undeclared > LINES else []
    return "\n".join(lines)


def _data(difference: Difference) -> dict[str, Any]:
    subject = difference.subject
    return {
        "path": subject.path,
        "service": subject.service or None,
        "kind": subject.kind,
        "name": subject.name or None,
        "place": subject.place or None,
        "from": difference.before,
        "to": difference.after,
        "declared": difference.entry is not None,
        "entry": difference.entry,
        "why": difference.why,
        "declaration": None if difference.entry else declaration(difference, "WHY"),
    }


def _undeclared(parity: Parity) -> Iterator[str]:
    for (service, _), group in groupby(
        parity.undeclared, key=lambda difference: (difference.subject.service, difference.subject.kind)
    ):
        every = list(group)
        for difference in every[:SHOWN]:
            place = f" in {difference.subject.place}" if difference.subject.place else ""
            yield f"  {difference.subject.path}{place}: {_sides(parity, difference)}"
        if len(every) > SHOWN:
            yield f"  and {len(every) - SHOWN} more of {service or 'the project'}: see --json"


def _sides(parity: Parity, difference: Difference) -> str:
    if difference.subject.kind == SERVICE:
        return f"only in {parity.before if difference.after is None else parity.after}"
    if difference.before is None or difference.after is None:
        name, value = (
            (parity.after, difference.after) if difference.before is None else (parity.before, difference.before)
        )
        return f"only in {name}" if not value or value.startswith(DIGEST) else f"only in {name}, {value}"
    if difference.before.startswith(DIGEST):
        return "different content"
    return f"{parity.before} {difference.before or 'nothing'}, {parity.after} {difference.after or 'nothing'}"


def _declared(parity: Parity) -> Iterator[str]:
    for service, differences in groupby(parity.declared, key=lambda difference: difference.subject.service):
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
    """Return the names without duplicates by kind and reason."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for difference in differences:
        names = by_reason.setdefault((difference.subject.kind, difference.why or ""), [])
        if difference.subject.name and difference.subject.name not in names:
            names.append(difference.subject.name)
    return by_reason
