"""`dockdj diff A B`."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

import click

from dockdj.cli.project import VERSION, project_of
from dockdj.cli.render import Console
from dockdj.lifecycle.diff import Comparison, compare
from dockdj.model.changes import PackageChange, as_data
from dockdj.model.version import Version

SIGNS = {"add": "+", "remove": "-", "other": "~"}
KINDS = {"os": "OS packages", "python": "Python packages"}


@click.command("diff", epilog="Example: dockdj diff 1.0.0 1.1.0")
@click.argument("before", type=VERSION, metavar="A")
@click.argument("after", type=VERSION, metavar="B")
@click.option("--exit-code", is_flag=True, help="End with 1 when they differ.")
@click.pass_context
def command(ctx: click.Context, before: Version, after: Version, exit_code: bool) -> None:
    """Compare two releases: commits, packages, runtimes, configuration, images.

    Reads the records in their tags alone: no image, no engine, no network.
    """
    console: Console = ctx.obj
    found = compare(project_of(console), before, after)
    console.result("diff", data_of(found), lambda: as_text(found))
    if exit_code and not found.changes.empty:
        ctx.exit(1)


def data_of(found: Comparison) -> dict[str, Any]:
    """A comparison as JSON data."""
    data = as_data(found.changes)
    for entry in data["files"]:
        entry["text"] = found.texts.get((entry["service"], entry["name"]))
    commits = [{**asdict(commit), "change": "add"} for commit in found.commits]
    commits += [{**asdict(commit), "change": "remove"} for commit in found.undone]
    tests = {side: _evidence(release.document) for side, release in (("from", found.before), ("to", found.after))}
    return {"schema": 1, **data, "commits": commits, "evidence": tests}


def as_text(found: Comparison) -> str:
    """A comparison for people, the summary first."""
    changes = found.changes
    same = " · ".join(f"{name} {'same' if equal else 'changed'}" for name, equal in changes.same.items())
    lines = [f"{changes.before} → {changes.after}      {same}"]
    lines += [f"  tested    {_tested(found.before.document)} → {_tested(found.after.document)}"]
    if found.commits or found.undone:
        lines.append("Commits")
        lines += [
            f"  + {commit.sha[:8]} {commit.subject}  ({commit.author}, {commit.date})" for commit in found.commits
        ]
        lines += [f"  - {commit.sha[:8]} {commit.subject}  ({commit.author}, {commit.date})" for commit in found.undone]
    for kind, title in KINDS.items():
        lines += _packages(title, [package for package in changes.packages if package.kind == kind])
    if changes.runtimes:
        lines.append("Runtime")
        lines += [
            f"  ~ {one.name}  {one.before or '-'} → {one.after or '-'}  [{one.service}]" for one in changes.runtimes
        ]
    if changes.files:
        lines.append("Configuration")
        for file in changes.files:
            sign = SIGNS["add" if file.before is None else "remove" if file.after is None else "other"]
            lines.append(f"  {sign} {file.name}  [{file.service}]")
            lines += [f"      {line}" for line in found.texts.get((file.service, file.name), "").splitlines()]
    if changes.images:
        lines.append("Images")
        lines += [f"  ~ {one.service}  {_short(one.before)} → {_short(one.after)}" for one in changes.images]
    if changes.empty:
        lines.append("no difference")
    return "\n".join(lines)


def _packages(title: str, packages: list[PackageChange]) -> Iterator[str]:
    if packages:
        yield title
    # One line a package: the services it changed in stand behind it.
    ordered = sorted(packages, key=lambda one: (one.name, one.before or "", one.after or "", one.service))
    for (name, before, after), group in groupby(ordered, key=lambda one: (one.name, one.before, one.after)):
        members = list(group)
        versions = " → ".join(value for value in (before, after) if value)
        yield f"  {SIGNS[members[0].change]} {name}  {versions}  [{', '.join(one.service for one in members)}]"


def _evidence(document: Any) -> Any:
    return document["evidence"][0]


def _tested(document: Any) -> str:
    proof = _evidence(document)
    return f"{proof['passed']} passed, {proof['failed']} failed"


def _short(digest: str | None) -> str:
    return digest.removeprefix("sha256:")[:12] if digest else "none"
