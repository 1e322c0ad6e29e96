"""Search secrets in the images of a release: in what was added to the images of others."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from posixpath import normpath

from dockdj.adapters import compose_file, docker, git, image_layers
from dockdj.adapters.image_layers import Layer
from dockdj.lifecycle import dockerrun
from dockdj.model import dockerfile
from dockdj.model.compose import Service, services
from dockdj.model.leaks import Hit, Needle, scan, strings
from dockdj.model.project import Project
from dockdj.model.release import Release


def in_images(
    project: Project,
    repository: git.Repository,
    release: Release,
    tags: Mapping[str, str],
    needles: tuple[Needle, ...],
) -> Iterator[Hit]:
    """The needles in the configuration, the history and the own layers of each image that was built here.

    Layers of an image that the Dockerfile starts from, if the engine has it under its name, are passed over.
    """
    built = {name: tag for name, tag in tags.items() if release.document["services"][name]["source"] is None}
    if not built:
        return
    bases = _bases(project, repository, release.commit)
    with image_layers.saved(tuple(dict.fromkeys(built.values()))) as images:
        searched: dict[str, tuple[tuple[Needle, str], ...]] = {}
        for service, tag in built.items():
            image = images[tag]
            for place, text in strings(image.config):
                for found in scan((text.encode(),), needles):
                    yield Hit(found.needle, f"the image of {service}, {place}")
            own = [layer.diff_id for layer in image.layers]
            below = max((len(base) for base in bases.get(service, ()) if own[: len(base)] == list(base)), default=0)
            for number, layer in enumerate(image.layers[below:], below + 1):
                if layer.name not in searched:
                    searched[layer.name] = _in_layer(layer, needles)
                where = f"the image of {service}, layer {number} of {len(own)}"
                yield from (Hit(needle, where, path) for needle, path in searched[layer.name])


def _in_layer(layer: Layer, needles: tuple[Needle, ...]) -> tuple[tuple[Needle, str], ...]:
    found = list(scan(layer.chunks(), needles))
    paths = layer.files_at({one.offset for one in found}) if found else {}
    return tuple(dict.fromkeys((one.needle, paths.get(one.offset, "")) for one in found))


def _bases(project: Project, repository: git.Repository, commit: str) -> dict[str, list[tuple[str, ...]]]:
    """Service -> diff_ids of each image of others that its Dockerfile names and the engine has."""
    text = git.text_at(repository, commit, dockerrun.SOURCE) or ""
    images: dict[str, tuple[str, ...]] = {}
    found: dict[str, list[tuple[str, ...]]] = {}
    for service in services(compose_file.parse(text, dockerrun.SOURCE), dockerrun.SOURCE):
        for name in _base_names(service, repository, commit):
            if name not in images:
                image = docker.image(project.build.image(name))
                images[name] = image.diff_ids if image else ()
            found.setdefault(service.name, []).append(images[name])
    return found


def _base_names(service: Service, repository: git.Repository, commit: str) -> tuple[str, ...]:
    if service.build is None:
        return ()
    path = normpath(PurePosixPath(service.build.context) / service.build.dockerfile)
    text = git.text_at(repository, commit, path)
    return dockerfile.bases(text, service.build.args) if text else ()
