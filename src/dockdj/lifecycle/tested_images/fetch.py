"""Find tested images in a registry by their moving tag, and pull them."""

from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry import client as registry
from dockdj.errors import ProjectError, Refused
from dockdj.events import Report, silent, step
from dockdj.lifecycle.history import registry_index
from dockdj.model.build.tested_images import QaImages
from dockdj.model.build.tested_record import read
from dockdj.model.release.recognise import is_recorded
from dockdj.model.release.validation import NewerSchema


def fetch(repository: str, tag: str, report: Report = silent) -> QaImages:
    """The images under a moving tag. Raises Refused without tested images or if an image is missing; CommandFailed."""
    name = f"{repository}:{tag}"
    publish_again = f"dockdj image publish prod --tag {tag}"
    with step(report, f"look for {name}"):
        index = registry.manifest(name)
        if index is None:
            raise Refused(f"{repository} has no tag `{tag}`", hint=publish_again)
        if not index.children:
            raise Refused(f"{name} is one image, not what `dockdj image publish` makes", hint="name it in full")
        content = registry_index.record_of(repository, name, index, again=publish_again)
        try:
            record = read(content)
        except NewerSchema:
            raise
        except ProjectError as error:
            raise Refused(f"{name} holds no tested images: {error.message}", hint=error.hint) from error
        manifests = registry_index.manifests(repository, index, record.configs)
    if missing := [service for service in record.configs if service not in manifests]:
        raise Refused(f"{repository} no longer has the image of {', '.join(missing)} of `{tag}`", hint=publish_again)
    return QaImages(repository, index.digest, record, manifests)


def bring(images: QaImages, service: str, report: Report = silent) -> str:
    """Pull a service's image unless it is on this machine; return its pinned name.

    Raises Refused when the image is not the recorded image, CommandFailed when the pull fails.
    """
    name = images.pinned(service)
    image = docker.image(name)
    if image is None:
        with step(report, f"pull {service}"):
            docker.pull(name, report)
        image = docker.image(name)
    if not is_recorded(image, images.record.services[service]):
        raise Refused(f"{name} is not the image of the record", hint="find out who pushed it, and publish again")
    return name
