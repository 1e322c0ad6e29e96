"""Compare two environments of the working tree: the contents of their images, their settings and their contracts."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from dockdj.adapters.disk import text_of
from dockdj.adapters.docker import client as docker
from dockdj.adapters.inventory import inventory
from dockdj.adapters.inventory.image_files import engine, opened
from dockdj.errors import Refused
from dockdj.events import Report, silent, step
from dockdj.lifecycle.build import images
from dockdj.lifecycle.bundle import compose
from dockdj.model.canonical import digest_of
from dockdj.model.image_names import image_name
from dockdj.model.parity import comparison as parity
from dockdj.model.parity.comparison import Parity
from dockdj.model.parity.facts import Environment, ImageContents, locked, processes
from dockdj.model.project import env_contract
from dockdj.model.project.project import Project


def compare(project: Project, first: str, second: str, report: Report = silent, *, build: bool = True) -> Parity:
    """Build two environments' images from the working tree, and compare the environments by [parity] of dockdj.toml.

    Without `build`, existing images are compared. Raises Refused for a missing image, UsageError for an environment
    without a compose file, and what a build raises.
    """
    sides = {name: read(project, name) for name in (first, second)}
    docker.require_engine()
    for name in sides if build else ():
        images.build(project, name, report)
    before, after = sides[first], sides[second]
    built_in_both = [name for name, service in before.services.items() if service.build and _is_built(after, name)]
    if built_in_both:
        with step(report, f"take the inventory of {', '.join(built_in_both)}"):
            before, after = _with_contents(project, before, after, built_in_both)
    return parity.compare(before, after, project.parity)


def read(project: Project, environment: str) -> Environment:
    """Read an environment's files. Raises UsageError without a compose file, ProjectError for a wrong file."""
    resolved = compose.of_environment(project, environment)
    files = project.files(environment)
    return Environment(
        environment,
        services={service.name: service for service in compose.services_of(resolved)},
        compose={str(service): body or {} for service, body in resolved.model["services"].items()},
        processes=processes(_text(project.root, files.procfile)),
        contract=env_contract.parse(_text(project.root, files.contract).encode(), files.contract),
        files=files,
        locked=locked(_text(project.root, files.requirements)),
    )


def _is_built(side: Environment, service: str) -> bool:
    return service in side.services and side.services[service].build is not None


def _with_contents(
    project: Project, before: Environment, after: Environment, services: list[str]
) -> tuple[Environment, Environment]:
    pairs = {name: [image_name(project.name, side.name, name) for side in (before, after)] for name in services}
    contents = _contents(sorted({tag for pair in pairs.values() for tag in pair}))
    first, second = (
        {
            name: completed(contents[pair[here]], pair[here], contents[pair[there]].inventory.files)
            for name, pair in pairs.items()
        }
        for here, there in ((0, 1), (1, 0))
    )
    return replace(before, images=first), replace(after, images=second)


def _contents(tags: list[str]) -> dict[str, ImageContents]:
    """Image -> its contents. Raises Refused for an image that the engine does not have."""
    engine_images = {tag: docker.image(tag) for tag in tags}
    if absent := [tag for tag, image in engine_images.items() if image is None]:
        environments = dict.fromkeys(tag.rpartition(":")[2] for tag in absent)
        raise Refused(
            f"there is no image {', '.join(absent)}",
            hint=" && ".join(f"dockdj image build {environment}" for environment in environments),
        )
    inventories = inventory.read_all({tag: tag for tag in tags})
    return {tag: ImageContents(inventories[tag], image.run) for tag, image in engine_images.items() if image}


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
