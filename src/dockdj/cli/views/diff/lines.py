"""The lines of a comparison, one for each change, for example of a downgraded package. Text and Markdown share them."""

import json
from collections.abc import Iterable, Iterator

from dockdj.lifecycle.diff.diff import Comparison
from dockdj.model.diff.changes import Changes
from dockdj.model.diff.direction import Change, direction
from dockdj.model.diff.images import ImageChange
from dockdj.model.diff.migrations import MigrationChange
from dockdj.model.diff.package_groups import PackageGroup, grouped
from dockdj.model.diff.together import together

SIGNS: dict[Change, str] = {"add": "+", "remove": "-", "up": "↑", "down": "↓", "other": "~"}
KINDS = {"python": "Python packages", "os": "OS packages", "npm": "npm packages"}
DOWN = "DOWNGRADE"
PROCESSOR = "ANOTHER PROCESSOR"
MEGABYTE = 1_000_000


def parts(comparison: Comparison) -> dict[str, list[str]]:
    """Title -> lines of each part of a comparison that is not empty, without the configuration files."""
    changes = comparison.changes
    listed = {
        "Commits": _commits(comparison),
        "Migrations": _migrations(comparison),
        "Variables": _variables(comparison),
        "Values": _values(comparison),
        **{title: _packages(comparison, kind) for kind, title in KINDS.items()},
        "Runtime": _runtimes(changes),
        "Base images": _bases(changes),
        "Image settings": _settings(changes),
        "Files that no package owns": _unmanaged(changes),
        "Images": _images(changes),
    }
    return {title: present for title, lines in listed.items() if (present := list(lines))}


def _packages(comparison: Comparison, kind: str) -> Iterator[str]:
    """A line for each source package; `*` marks a package that the project itself asks for."""
    direct = comparison.direct[kind]
    for group in grouped(change for change in comparison.changes.packages if change.kind == kind):
        yield _package(kind, group, direct & {*group.names})


def _package(kind: str, group: PackageGroup, direct: frozenset[str]) -> str:
    several = group.names != (group.source,)
    mark = " *" if direct else ""
    parts = [f"{SIGNS[group.change]} {group.source}{mark}", between(group.before, group.after)]
    # A Python or npm package is the project's own unless the base image brought it.
    parts += [group.origin] if group.origin and (kind == "os" or group.origin != "ours") else []
    parts += [f"({' '.join(group.names)})"] if several else []
    parts += [_where(group.services, group.place)]
    return "  ".join(parts) + (f"  {DOWN}" if group.change == "down" else "")


def _where(services: Iterable[str], place: str | None = None) -> str:
    """The services of a line. npm packages that built the assets are in no service."""
    return f"[{', '.join(service or 'assets' for service in services)}{f' {place}' if place else ''}]"


def _runtimes(changes: Changes) -> Iterator[str]:
    """Systems, libc, OpenSSL and interpreters."""
    for change, services in together(changes.runtimes).items():
        down = f"  {DOWN}" if change.change == "down" else ""
        versions = between(change.before, change.after)
        yield f"{SIGNS[change.change]} {change.name}  {versions}  {_where(services)}{down}"


def _bases(changes: Changes) -> Iterator[str]:
    for change, services in together(changes.bases).items():
        if change.name_before == change.name_after:
            images = f"{change.name_after}  {between(_short(change.before), _short(change.after))}"
        else:
            sides = ((change.name_before, change.before), (change.name_after, change.after))
            images = " → ".join(f"{name} {_short(config)}" if config else "none proved" for name, config in sides)
        yield f"~ {images}  {_where(services)}"


def _unmanaged(changes: Changes) -> Iterator[str]:
    for change, services in together(changes.unmanaged).items():
        yield f"{SIGNS[change.change]} {change.name}  {_where(services)}"


def _settings(changes: Changes) -> Iterator[str]:
    """The settings of images, and their processors."""
    for change in changes.settings:
        loud = f"  {PROCESSOR}" if change in changes.platforms else ""
        sides = " → ".join(_value(side) if side else "none" for side in (change.before, change.after))
        yield f"~ {change.name}  {sides}  [{change.service}]{loud}"


def _migrations(comparison: Comparison) -> Iterator[str]:
    """Each migration that was added, removed or edited, and its reversibility; else the last migration."""
    for change in comparison.migrations:
        yield f"{SIGNS[change.change]} {change.app}.{change.name}{_reversibility(change)}"
    # Without Django's word on both sides, a change without a path is an irreversible one, and there may be others.
    whole = comparison.changes.staying is not None
    apps = {change.app for change in comparison.migrations if change.path or whole}
    for leaf in comparison.changes.leaves:
        if leaf.app not in apps:
            yield f"{SIGNS[leaf.change]} {leaf.app}  last: {between(leaf.before, leaf.after)}"


def _reversibility(change: MigrationChange) -> str:
    notes = ["edited after it was released"] if change.change == "other" else []
    if change.reversible is not True:
        notes.append("NOT REVERSIBLE" if change.reversible is False else "cannot tell whether it is reversible")
    notes += [f"takes away: {', '.join(change.takes_away)}"] if change.takes_away else []
    notes += [f"drops: {', '.join(change.drops)}"] if change.drops else []
    return f"  ! {'; '.join(notes)}" if notes else ""


def _variables(comparison: Comparison) -> Iterator[str]:
    """The contract of production."""
    for change in comparison.variables:
        kinds = between(change.before, change.after)
        yield f"{SIGNS[change.change]} {change.name}  ({kinds})" + (f"  {change.about}" if change.about else "")


def _values(comparison: Comparison) -> Iterator[str]:
    """Plain values of targets."""
    for change in comparison.values:
        sides = (_value(side) for side in (change.before, change.after))
        yield f"{SIGNS[change.change]} {change.target}: {change.name}  {' → '.join(sides)}"


def _value(value: str | None) -> str:
    """A value on one line."""
    if value is None:
        return "(not there)"
    return value if value and value.isprintable() else json.dumps(value, ensure_ascii=False)


def _images(changes: Changes) -> Iterator[str]:
    """Images with their sizes, and how much of each a machine has to pull."""
    for change in changes.images:
        sign = SIGNS[direction("unknown", change.before, change.after)]
        yield f"{sign} {change.service}  {_sizes(change)}{_source(change)}"


def _commits(comparison: Comparison) -> Iterator[str]:
    """Commits that were added, then those that were undone."""
    for sign, commits in (("+", comparison.commits), ("-", comparison.undone)):
        for commit in commits:
            yield f"{sign} {commit.sha[:8]} {commit.subject}  ({commit.author}, {commit.date})"


def between(before: str | None, after: str | None) -> str:
    """Both sides of a change in one text; an absent side is left out."""
    return " → ".join(value for value in (before, after) if value is not None)


def _sizes(change: ImageChange) -> str:
    digests = between(_short(change.before), _short(change.after))
    sizes = between(_size(change.size_before), _size(change.size_after))
    if change.after is None:
        return f"{digests}  {sizes}"
    return f"{digests}  {sizes} ({change.new_layers} of {change.layers} layers to pull{_pull(change)})"


def _pull(change: ImageChange) -> str:
    """The bytes to pull, before compression. A record does not hold the sizes of layers."""
    if not change.new_layers:
        return ""
    if change.pull_least == change.pull_most:
        return f", {_size(change.pull_most)}"
    least = f"{_size(change.pull_least)} to " if change.pull_least >= MEGABYTE else "at most "
    return f", {least}{_size(change.pull_most)}"


def _source(change: ImageChange) -> str:
    if change.source_before == change.source_after:
        return ""
    return f"  {change.source_before or 'built'} → {change.source_after or 'built'}"


def _size(size: int | None) -> str | None:
    if size is None:
        return None
    return f"{size / MEGABYTE:.0f} MB" if size >= MEGABYTE else f"{size} bytes"


def _short(digest: str | None) -> str | None:
    return digest.removeprefix("sha256:")[:12] if digest else None
