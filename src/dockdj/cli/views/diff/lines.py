"""The lines of a comparison, which plain text and Markdown share."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from dockdj.lifecycle.diff.diff import Comparison
from dockdj.model.diff.direction import Change, ValueChange
from dockdj.model.diff.images import BaseChange, ImageChange
from dockdj.model.diff.migrations import MigrationChange
from dockdj.model.diff.package_groups import PackageGroup, grouped

SIGNS: dict[Change, str] = {"add": "+", "remove": "-", "up": "↑", "down": "↓", "other": "~"}
KINDS = {"python": "Python packages", "os": "OS packages", "npm": "npm packages"}
DOWN = "DOWNGRADE"
PROCESSOR = "ANOTHER PROCESSOR"
One = TypeVar("One", BaseChange, ValueChange)
MEGABYTE = 1_000_000


def package_lines(comparison: Comparison, kind: str) -> Iterator[str]:
    """Return a line for each source package; `*` marks packages that the project requires directly."""
    direct = comparison.direct[kind] if comparison.direct else frozenset()
    for group in grouped(one for one in comparison.changes.packages if one.kind == kind):
        yield _package(kind, group, direct & {*group.names})


def _package(kind: str, group: PackageGroup, direct: frozenset[str]) -> str:
    several = group.names != (group.source,)
    mark = " *" if direct else ""
    parts = [f"{SIGNS[group.change]} {group.source}{mark}", between(group.before, group.after)]
    # What a project asks for is its own unless something else brought it.
    parts += [group.origin] if group.origin and (kind == "os" or group.origin != "ours") else []
    parts += [f"({' '.join(group.names)})"] if several else []
    parts += [_where(group.services, group.place)]
    return "  ".join(parts) + (f"  {DOWN}" if group.change == "down" else "")


def _where(services: Iterable[str], place: str | None = None) -> str:
    """Return the services of a line; npm packages that built the assets belong to no service."""
    return f"[{', '.join(service or 'assets' for service in services)}{f' {place}' if place else ''}]"


def runtime_lines(comparison: Comparison) -> Iterator[str]:
    """Return the lines of operating systems, libc, OpenSSL and interpreters."""
    for one, services in _together(comparison.changes.runtimes, lambda one: (one.name, one.before, one.after)):
        down = f"  {DOWN}" if one.change == "down" else ""
        yield f"{SIGNS[one.change]} {one.name}  {between(one.before, one.after)}  {_where(services)}{down}"


def base_lines(comparison: Comparison) -> Iterator[str]:
    """Return the lines of base images."""
    names = ("name_before", "before", "name_after", "after")
    for one, services in _together(comparison.changes.bases, lambda one: tuple(getattr(one, name) for name in names)):
        if one.name_before == one.name_after:
            shown = f"{one.name_after}  {between(_short(one.before), _short(one.after))}"
        else:
            sides = ((one.name_before, one.before), (one.name_after, one.after))
            shown = " → ".join(f"{name} {_short(config)}" if config else "none proved" for name, config in sides)
        yield f"~ {shown}  {_where(services)}"


def unmanaged_lines(comparison: Comparison) -> Iterator[str]:
    """Return the lines of files that no package owns."""
    for one, services in _together(comparison.changes.unmanaged, lambda one: (one.name, one.before, one.after)):
        yield f"{SIGNS[one.change]} {one.name}  {_where(services)}"


def _together(changes: Iterable[One], key: Callable[[One], object]) -> Iterator[tuple[One, list[str]]]:
    """Return each change once, with the services that have it."""
    services_of: dict[object, tuple[One, list[str]]] = {}
    for one in changes:
        services_of.setdefault(key(one), (one, []))[1].append(one.service)
    yield from services_of.values()


def setting_lines(comparison: Comparison) -> Iterator[str]:
    """Return the lines of the settings with which images run."""
    for one in comparison.changes.settings:
        loud = f"  {PROCESSOR}" if one in comparison.changes.platforms else ""
        sides = " → ".join(_shown(side) if side else "none" for side in (one.before, one.after))
        yield f"~ {one.name}  {sides}  [{one.service}]{loud}"


def migration_lines(comparison: Comparison) -> Iterator[str]:
    """Return added, removed and edited migrations, and whether they are reversible; else the last migrations."""
    for one in comparison.migrations:
        yield f"{SIGNS[one.change]} {one.app}.{one.name}{_verdict(one)}"
    told = {one.app for one in comparison.migrations if one.path}
    for leaf in comparison.changes.leaves:
        if leaf.app not in told:
            yield f"{SIGNS[leaf.change]} {leaf.app}  last: {between(leaf.before, leaf.after)}"


def _verdict(one: MigrationChange) -> str:
    parts = ["edited after it was released"] if one.change == "other" else []
    if one.reversible is not True:
        parts.append("NOT REVERSIBLE" if one.reversible is False else "cannot tell whether it is reversible")
    parts += [f"takes away: {', '.join(one.takes_away)}"] if one.takes_away else []
    return f"  ! {'; '.join(parts)}" if parts else ""


def variable_lines(comparison: Comparison) -> Iterator[str]:
    """Return the lines of production's contract."""
    for one in comparison.variables:
        kinds = between(one.before, one.after)
        yield f"{SIGNS[one.change]} {one.name}  ({kinds})" + (f"  {one.about}" if one.about else "")


def value_lines(comparison: Comparison) -> Iterator[str]:
    """Return the lines of the targets' plain values."""
    for one in comparison.values:
        sides = (_shown(side) for side in (one.before, one.after))
        yield f"{SIGNS[one.change]} {one.target}: {one.name}  {' → '.join(sides)}"


def _shown(value: str | None) -> str:
    """Return a value on one line."""
    if value is None:
        return "(not there)"
    return value if value and value.isprintable() else json.dumps(value, ensure_ascii=False)


def image_lines(comparison: Comparison) -> Iterator[str]:
    """Return the images with their sizes and the bytes to pull."""
    for one in comparison.changes.images:
        yield f"{SIGNS[_direction(one)]} {one.service}  {_sizes(one)}{_source(one)}"


def commit_lines(comparison: Comparison) -> Iterator[str]:
    """Return the new commits, then the undone ones."""
    for sign, commits in (("+", comparison.commits), ("-", comparison.undone)):
        for one in commits:
            yield f"{sign} {one.sha[:8]} {one.subject}  ({one.author}, {one.date})"


def between(before: str | None, after: str | None) -> str:
    """Return a value before and after."""
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
    """Return the bytes to pull, before compression: a record does not hold the sizes of layers."""
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
