"""`dockdj publish VERSION`."""

from dataclasses import asdict

import click

from dockdj.cli.arguments import VERSION, project_of, target_option
from dockdj.cli.console import Console
from dockdj.lifecycle.publish import publish as use_case
from dockdj.lifecycle.publish import upload
from dockdj.model.project.project import target_of
from dockdj.model.version import Version


@click.command("publish", epilog="Example: dockdj publish 1.2.0 --to production")
@click.argument("version", type=VERSION)
@target_option
@click.pass_obj
def command(console: Console, version: Version, target_name: str | None) -> None:
    """Push a release.

    Its images, its record and the index over them go to the target's registry, its tag and branch to the Git remote.
    """
    from dockdj import wiring

    project = project_of(console)
    target = target_of(project, target_name)
    outcome = use_case.publish(project, version, target.name, wiring.repository_of(target), console.report)
    published = outcome.published
    data = {
        "version": str(version),
        "target": target.name,
        "repository": published.repository,
        "index": published.index,
        "record": published.release.digest,
        "images": {service: published.pinned(service) for service in published.manifests},
        "pushed": {"images": outcome.pushed_images, "references": list(outcome.pushed_references)},
        "uploads": {
            **asdict(outcome.sent),
            "record": asdict(outcome.sent_record),
            "images": {service: asdict(sent) for service, sent in outcome.uploads.items() if service},
        },
    }
    head = "is published to" if outcome.pushed_images else "is already published to"
    lines = [f"{version} {head} {published.repository}", f"  index   {published.index}"]
    lines += [f"  {service:<7} {digest}" for service, digest in published.manifests.items()]
    if outcome.pushed_images:
        lines.insert(1, f"  {upload.text(outcome.sent)}")
    console.result("publish", data, "\n".join([*lines, f"next: dockdj deploy {version} --to {target.name}"]))
