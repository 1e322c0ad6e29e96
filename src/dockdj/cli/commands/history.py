"""`dockdj history`."""

from dataclasses import asdict

import click

from dockdj.cli.arguments import project_of, target_option_with
from dockdj.cli.console import Console
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.log import LoggedEvent
from dockdj.model.project.project import target_of
from dockdj.model.release.origin import Descent
from dockdj.model.release.summary import Listed, Unread
from dockdj.model.release.validation import UPGRADE


@click.command("history", epilog="Example: dockdj history --to production")
@target_option_with("Target in dockdj.toml [default: all targets].")
@click.pass_obj
def command(console: Console, target_name: str | None) -> None:
    """List the releases, newest first, and what was published, deployed and rolled back, where and when."""
    project = project_of(console)
    targets = [target_of(project, target_name).name] if target_name else list(project.targets)
    releases = tuple(reversed(release_tags.tagged(project)))
    logged = log.read(project, report=console.report)
    events = {target: log.finished(tuple(event for event in logged if event.target == target)) for target in targets}
    data = {
        "releases": [_data(release) for release in releases],
        "targets": {target: {"events": [asdict(event) for event in happened]} for target, happened in events.items()},
    }
    console.result("history", data, lambda: _text(releases, events))


def _data(release: Listed | Unread) -> dict[str, object]:
    version = str(release.version)
    if isinstance(release, Unread):
        unknown = dict.fromkeys(("digest", "commit", "created", "restack_of"))
        return {"version": version, **unknown, "unread": release.why}
    return {
        "version": version,
        "digest": release.digest,
        "commit": release.commit,
        "created": release.created,
        "restack_of": _restack(release.origin),
        "unread": None,
    }


def _restack(origin: Descent | None) -> dict[str, object] | None:
    if origin is None:
        return None
    return {"version": origin.of, "stack_from": origin.stack_from, "bases": dict(origin.bases)}


def _text(releases: tuple[Listed | Unread, ...], events: dict[str, tuple[LoggedEvent, ...]]) -> str:
    lines = ["Releases" if releases else "no release yet: dockdj release 1.0.0"]
    width = max((len(str(release.version)) for release in releases), default=0)
    lines += [f"  {release.version!s:<{width}}  {_about(release)}" for release in releases]
    for target, happened in events.items():
        if happened:
            lines.append(f"{target}")
            lines += [
                f"  {event.when}  {event.what:<11} {event.version:<{width}}  {event.outcome:<7} {event.who}"
                for event in happened
            ]
    return "\n".join(lines)


def _about(release: Listed | Unread) -> str:
    if isinstance(release, Unread):
        next_command = UPGRADE if release.newer else f"dockdj verify {release.version}"
        return f"its record {'is ' if release.newer else ''}{release.why}: {next_command}"
    made_of = f"  {release.origin.made_of}" if release.origin else ""
    return f"{release.commit[:8]}  {release.created}  {release.digest[:19]}{made_of}"
