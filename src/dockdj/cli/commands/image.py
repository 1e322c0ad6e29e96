"""`dockdj image build|update|destroy|publish ENV`."""

from dataclasses import asdict

import click

from dockdj.cli.arguments import project_of, target_option
from dockdj.cli.console import Console
from dockdj.cli.suggestions import SuggestingGroup
from dockdj.lifecycle.build import images
from dockdj.model.project.project import target_of
from dockdj.model.project.recipe import PRODUCTION


@click.group("image", cls=SuggestingGroup)
def command() -> None:
    """Build, update, destroy or publish the images of an environment."""


@command.command("build", epilog="Example: dockdj image build prod")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def build(console: Console, environment: str) -> None:
    """Build the images of ENV from the working tree.

    Production's checks and tests run inside the build.
    """
    built = images.build(project_of(console), environment, console.report)
    lines = [f"{each.tag}  {each.config}" for each in built]
    console.result("image build", {"images": [asdict(each) for each in built]}, "\n".join(lines))


@command.command("update", epilog="Example: dockdj image update prod")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def update(console: Console, environment: str) -> None:
    """Rebuild the images of ENV without cache, on the newest base images that the registries have."""
    # Loaded here alone: a build without changes takes a fraction of a second.
    from dockdj.lifecycle.build import update as image_update

    updated = image_update.update(project_of(console), environment, console.report)
    bases = updated.bases
    lines = [f"{each.tag}  {each.config}" for each in updated.images]
    lines += [f"renewed      {name}" for name in bases.renewed]
    lines += [f"up to date   {name}" for name in bases.newest]
    lines += [f"not renewed  {name}" for name in bases.kept]
    console.result("image update", asdict(updated), "\n".join(lines))


@command.command("destroy", epilog="Example: dockdj image destroy dev")
@click.argument("environment", metavar="ENV")
@click.pass_obj
def destroy(console: Console, environment: str) -> None:
    """Remove the images of ENV from this machine, except those that a release names."""
    from dockdj.lifecycle.environments import remove_images

    removal = remove_images.destroy(project_of(console), environment, console.report)
    lines = [f"removed  {tag}" for tag in removal.removed]
    lines += [f"kept     {tag}: release {version} names it" for tag, version in removal.kept.items()]
    console.result("image destroy", asdict(removal), "\n".join(lines) or f"{environment} has no images")


@command.command("publish", epilog="Example: dockdj image publish prod --tag qa --to staging")
@click.argument("environment", metavar="ENV")
@click.option("--tag", metavar="TAG", help="Tag to push; each push moves it [default: ENV].")
@target_option
@click.pass_obj
def publish(console: Console, environment: str, tag: str | None, target_name: str | None) -> None:
    """Build and test the images of ENV, and push them under TAG.

    Other machines run them with `start --pull` and test them with `test --image`.
    """
    from dockdj import wiring
    from dockdj.cli.commands.test_image import origin
    from dockdj.lifecycle.publish import upload
    from dockdj.lifecycle.tested_images import publish as image_publish

    project = project_of(console)
    repository = wiring.repository_of(target_of(project, target_name))
    name = tag or environment
    outcome = image_publish.publish(project, environment, name, repository, console.report)
    tested, sent = outcome.images, outcome.sent
    tests = tested.evidence
    data = {
        "environment": environment,
        "tag": name,
        **origin(tested),
        "images": {service: tested.pinned(service) for service in tested.manifests},
        "tests": {"passed": tests.passed, "failed": tests.failed, "skipped": tests.skipped},
        "sent": {"bytes": sent.bytes, "layers": sent.layers},
    }
    lines = [f"{environment} is published as {repository}:{name}", f"  from    {tested.origin}"]
    lines += [f"  tests   {tests.passed} passed, {tests.skipped} skipped"]
    lines += [f"  sent    {upload.text(sent)}"]
    lines += [f"  {service:<7} {digest}" for service, digest in tested.manifests.items()]
    words = "" if name == environment else f" --tag {name}"
    more = f"elsewhere: dockdj start {environment} --pull{words}"
    if environment == PRODUCTION:
        more += f" · dockdj test {environment} --image {name}"
    console.result("image publish", data, "\n".join([*lines, more]))
