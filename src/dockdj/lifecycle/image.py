"""Build an environment's images from the working tree."""

import re
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import compose_file, docker
from dockdj.errors import CommandFailed, ProjectError, Refused, UsageError
from dockdj.events import Finished, Report, Started, silent
from dockdj.lifecycle import dockerrun
from dockdj.model.bake import definition, image_name
from dockdj.model.compose import Service, services
from dockdj.model.project import COMPOSE_FILE, Project

# The one line the recipe's gate prints for a check that failed, behind BuildKit's step and seconds. BuildKit also
# repeats the commands of a failed step, and those may hold the words.
GATE_LINE = re.compile(r"^\s*(?:#\d+\s+)?\d+\.\d+\s+check failed: (?P<summary>.+)$")


@dataclass(frozen=True)
class BuiltImage:
    """An image of the engine: its service, its local tag and the digest of its configuration."""

    service: str
    tag: str
    config: str


def read_services(root: Path, environment: str) -> tuple[Service, ...]:
    """The services of an environment's compose file. Raises UsageError when there is none."""
    name = COMPOSE_FILE.format(environment=environment)
    try:
        text = (root / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(f"there is no environment `{environment}`: {name} does not exist") from error
    return services(compose_file.parse(text, name), name)


def build(
    project: Project, environment: str, report: Report = silent, *, no_cache: bool = False
) -> tuple[BuiltImage, ...]:
    """Build all images of an environment. Raises Refused when a check of the quality gate fails."""
    found = read_services(project.root, environment)
    if environment == dockerrun.ENVIRONMENT:
        dockerrun.check(project)
    docker.require_engine()
    tags = {service.name: image_name(project.name, environment, service.name) for service in found if service.build}
    if not tags:
        raise ProjectError(f"no service of environment `{environment}` is built")
    step = f"build {', '.join(tags)} for {environment}"
    report(Started(step))
    digests = bake(definition(found, tags=tags, no_cache=no_cache), project.root, report)
    report(Finished(step))
    if lost := [service for service in tags if service not in digests]:
        raise CommandFailed(f"buildx built {', '.join(lost)}, but names no image", hint="upgrade buildx")
    return tuple(BuiltImage(service, tags[service], digests[service]) for service in tags)


def bake(text: str, root: Path, report: Report = silent) -> dict[str, str]:
    """Run a bake definition, turning a closed quality gate into Refused with the check's own output."""
    try:
        return docker.bake(text, root=root, report=report)
    except CommandFailed as error:
        for line in reversed(error.output.splitlines()):
            if gate := GATE_LINE.search(line):
                raise Refused(
                    f"the quality gate is closed: {gate['summary']}\n{error.message}",
                    hint="correct what the check names and run the command again",
                ) from error
        raise
