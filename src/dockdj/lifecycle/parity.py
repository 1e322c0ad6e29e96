"""Compare two environments of the working tree: what is in their images, how they are run, what they must be given."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from dockdj.adapters import compose_file
from dockdj.adapters.disk import text_of
from dockdj.adapters.docker import client as docker
from dockdj.adapters.inventory import inventory
from dockdj.adapters.inventory.image_files import engine, opened
from dockdj.errors import Refused
from dockdj.events import Report, silent, step
from dockdj.lifecycle.build import images
from dockdj.lifecycle.build.services import read_services
from dockdj.model.canonical import digest_of
from dockdj.model.image_names import image_name
from dockdj.model.parity import comparison as parity
from dockdj.model.parity.comparison import Parity
from dockdj.model.parity.facts import Environment, ImageContents, locked, processes
from dockdj.model.project import env_contract
from dockdj.model.project.project import Project


def compare(project: Project, first: str, second: str, report: Report = silent, *, build: bool = True) -> Parity:
    """Compare two environments by [parity] of dockdj.toml, after their images were built from the working tree.

    Without `build` the images are those that are there; raises Refused when one is not. Raises UsageError for an
    environment without compose file, and what a build raises.
    """
    sides = {name: read(project, name) for name in (first, second)}
    docker.require_engine()
    for name in sides if build else ():
        images.build(project, name, report)
    one, two = sides[first], sides[second]
    both = [name for name, service in one.services.items() if service.build and _is_built(two, name)]
    if both:
        with step(report, f"take the inventory of {', '.join(both)}"):
            one, two = _with_contents(project, one, two, both)
    return parity.compare(one, two, project.parity)


def read(project: Project, environment: str) -> Environment:
    """What an environment's files say. Raises UsageError when it has no compose file, ProjectError for a wrong file."""
    services = read_services(project, environment)
    files = project.files(environment)
    document = compose_file.parse(_text(project.root, files.compose), files.compose)
    return Environment(
        environment,
        services={service.name: service for service in services},
        compose={str(service): body or {} for service, body in document["services"].items()},
        processes=processes(_text(project.root, files.procfile)),
        contract=env_contract.parse(_text(project.root, files.contract).encode(), files.contract),
        files=files,
        locked=locked(_text(project.root, files.requirements)),
    )


def _is_built(side: Environment, service: str) -> bool:
    return service in side.services and side.services[service].build is not None


def _with_contents(
    project: Project, one: Environment, two: Environment, services: list[str]
) -> tuple[Environment, Environment]:
    pairs = {name: [image_name(project.name, side.name, name) for side in (one, two)] for name in services}
    found = _contents(sorted({tag for pair in pairs.values() for tag in pair}))
    first, second = (
        {
            name: completed(found[pair[here]], pair[here], found[pair[there]].inventory.files)
            for name, pair in pairs.items()
        }
        for here, there in ((0, 1), (1, 0))
    )
    return replace(one, images=first), replace(two, images=second)


def _contents(tags: list[str]) -> dict[str, ImageContents]:
    """Image -> its contents. Raises Refused for an image that the engine does not have."""
    found = {tag: docker.image(tag) for tag in tags}
    if absent := [tag for tag, one in found.items() if one is None]:
        environments = dict.fromkeys(tag.rpartition(":")[2] for tag in absent)
        raise Refused(
            f"there is no image {', '.join(absent)}",
            hint=" && ".join(f"dockdj image build {environment}" for environment in environments),
        )
    inventories = inventory.read_all({tag: tag for tag in tags})
    return {tag: ImageContents(inventories[tag], image.run) for tag, image in found.items() if image}


def _text(folder: Path, name: str) -> str:
    return text_of(folder, name) if (folder / name).is_file() else ""


def completed(image: ImageContents, tag: str, paths: Collection[str]) -> ImageContents:
    """The contents of an image, `files` with all of `paths` that it has: its label tells only what matters."""
    known = dict(image.inventory.files)
    if wanted := sorted(set(paths) - set(known)):
        with opened(engine(), tag) as files:
            contents = {path: files.content(path) for path in wanted}
        known |= {path: digest_of(content) for path, content in contents.items() if content is not None}
    return replace(image, inventory=replace(image.inventory, files=known))
