"""The lines of a comparison, which plain text and Markdown share."""

import json
from collections.abc import Iterator, Mapping

from dockdj.cli.diff_data import summary
from dockdj.lifecycle.diff import Comparison
from dockdj.model.direction import Change
from dockdj.model.image_changes import ImageChange
from dockdj.model.migrations import MigrationChange
from dockdj.model.package_groups import PackageGroup, grouped
from dockdj.model.release import Release

SIGNS: dict[Change, str] = {"add": "+", "remove": "-", "up": "↑", "down": "↓", "other": "~"}
KINDS = {"python": "Python packages", "os": "OS packages"}
WORDS = {"python": "Python", "os": "OS"}
DOWN = "DOWNGRADE"
MEGABYTE = 1_000_000


def heading(found: Comparison) -> str:
    """Both versions, and which of the release's parts are equal."""
    same = " · ".join(f"{name} {'same' if equal else 'changed'}" for name, equal in found.changes.same.items())
    return f"{found.changes.before} → {found.changes.after}      {same}"


def in_short(found: Comparison) -> str:
    """All that differs, in numbers; empty when nothing does."""
    numbers = summary(found)
    parts = [_many(numbers["commits"], "commit"), _many(numbers["undone"], "commit", " undone")]
    parts += [_directions(WORDS[kind], numbers[kind]) for kind in KINDS]
    parts += [_many(numbers["runtimes"], "runtime"), _many(numbers["settings"], "image setting")]
    parts += [_many(numbers["files"], "configuration file")]
    parts += ["compose file"] if numbers["compose"] else []
    parts += [_many(numbers["migrations"], "migration", " (NOT REVERSIBLE)" if numbers["irreversible"] else "")]
    parts += [_many(numbers["variables"], "variable"), _many(numbers["values"], "target value")]
    parts += [_many(numbers["images"], "image")]
    return " · ".join(part for part in parts if part)


def tested(release: Release) -> str:
    """What the tests of a release said."""
    suites = [one for one in release.document["evidence"] if "passed" in one]
    return "; ".join(f"{one['passed']} passed, {one['failed']} failed" for one in suites) or "nothing"


def package_lines(found: Comparison, kind: str) -> Iterator[str]:
    """A line a source package; `*` marks what the project itself asks for."""
    direct = found.direct[kind] if found.direct else frozenset()
    for group in grouped(one for one in found.changes.packages if one.kind == kind):
        yield _package(group, direct & {*group.names})


def _package(group: PackageGroup, direct: frozenset[str]) -> str:
    several = group.names != (group.source,)
    mark = " *" if direct else ""
    parts = [f"{SIGNS[group.change]} {group.source}{mark}", between(group.before, group.after)]
    parts += [f"({' '.join(group.names)})"] if several else []
    parts += [f"[{', '.join(group.services)}]"]
    return "  ".join(parts) + (f"  {DOWN}" if group.change == "down" else "")


def runtime_lines(found: Comparison) -> Iterator[str]:
    """Interpreters and base systems."""
    for one in found.changes.runtimes:
        down = f"  {DOWN}" if one.change == "down" else ""
        yield f"{SIGNS[one.change]} {one.name}  {between(one.before, one.after)}  [{one.service}]{down}"


def setting_lines(found: Comparison) -> Iterator[str]:
    """How images are run."""
    for one in found.changes.settings:
        yield f"~ {one.name}  {one.before or 'none'} → {one.after or 'none'}  [{one.service}]"


def migration_lines(found: Comparison) -> Iterator[str]:
    """What came, went or was edited, and whether it can be taken back."""
    for one in found.migrations:
        yield f"{SIGNS[one.change]} {one.app}.{one.name}{_verdict(one)}"


def _verdict(one: MigrationChange) -> str:
    parts = ["edited after it was released"] if one.change == "other" else []
    if one.reversible is not True:
        parts.append("NOT REVERSIBLE" if one.reversible is False else "cannot tell whether it is reversible")
    parts += [f"takes away: {', '.join(one.takes_away)}"] if one.takes_away else []
    return f"  ! {'; '.join(parts)}" if parts else ""


def variable_lines(found: Comparison) -> Iterator[str]:
    """The contract of production."""
    for one in found.variables:
        kinds = between(one.before, one.after)
        yield f"{SIGNS[one.change]} {one.name}  ({kinds})"


def value_lines(found: Comparison) -> Iterator[str]:
    """Plain values of targets."""
    for one in found.values:
        sides = (_shown(side) for side in (one.before, one.after))
        yield f"{SIGNS[one.change]} {one.target}: {one.name}  {' → '.join(sides)}"


def _shown(value: str | None) -> str:
    """A value on one line."""
    if value is None:
        return "(not there)"
    return value if value and value.isprintable() else json.dumps(value, ensure_ascii=False)


def image_lines(found: Comparison) -> Iterator[str]:
    """Images with sizes and what of them is to be fetched."""
    for one in found.changes.images:
        yield f"{SIGNS[_direction(one)]} {one.service}  {_sizes(one)}{_source(one)}"


def commit_lines(found: Comparison) -> Iterator[str]:
    """Commits that came, then those undone."""
    for sign, commits in (("+", found.commits), ("-", found.undone)):
        for one in commits:
            yield f"{sign} {one.sha[:8]} {one.subject}  ({one.author}, {one.date})"


def between(before: str | None, after: str | None) -> str:
    """A value and what became of it."""
    return " → ".join(value for value in (before, after) if value is not None)


def _direction(one: ImageChange) -> Change:
    return "add" if one.before is None else "remove" if one.after is None else "other"


def _sizes(one: ImageChange) -> str:
    digests = between(_short(one.before), _short(one.after))
    sizes = between(_size(one.size_before), _size(one.size_after))
    if one.after is None:
        return f"{digests}  {sizes}"
    return f"{digests}  {sizes} ({one.new_layers} of {one.layers} layers to pull{_pull(one)})"


def _pull(one: ImageChange) -> str:
    """Before compression; a record does not hold the sizes of layers."""
    if not one.new_layers:
        return ""
    if one.pull_least == one.pull_most:
        return f", {_size(one.pull_most)}"
    least = f"{_size(one.pull_least)} to " if one.pull_least >= MEGABYTE else "at most "
    return f", {least}{_size(one.pull_most)}"


def _source(one: ImageChange) -> str:
    if one.source_before == one.source_after:
        return ""
    return f"  {one.source_before or 'built'} → {one.source_after or 'built'}"


def _size(size: int | None) -> str | None:
    if size is None:
        return None
    return f"{size / MEGABYTE:.0f} MB" if size >= MEGABYTE else f"{size} bytes"


def _short(digest: str | None) -> str | None:
    return digest.removeprefix("sha256:")[:12] if digest else None


def _many(number: int, word: str, after: str = "") -> str:
    return f"{number} {word}{'s' if number > 1 else ''}{after}" if number else ""


def _directions(word: str, numbers: Mapping[Change, int]) -> str:
    parts = [
        f"{number} {DOWN}{'S' if number > 1 else ''}" if change == "down" else f"{number}{SIGNS[change]}"
        for change, number in numbers.items()
        if number
    ]
    return " ".join([word, *parts]) if parts else ""
