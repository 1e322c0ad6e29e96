"""Images for quality assurance in a registry: find them under their moving tag, and have them on this machine."""

from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry import client as registry
from dockdj.errors import ProjectError, Refused
from dockdj.events import Report, silent, step
from dockdj.lifecycle.history import registry_index
from dockdj.model.build.tested_images import QaImages
from dockdj.model.build.tested_record import read
from dockdj.model.release.image import is_recorded
from dockdj.model.release.validation import NewerSchema


def fetch(repository: str, tag: str, report: Report = silent) -> QaImages:
    """The images under a moving tag, whole. Raises Refused when there are none, or one is lost; CommandFailed."""
    name = f"{repository}:{tag}"
    again = f"dockdj image publish prod --tag {tag}"
    with step(report, f"look for {name}"):
        found = registry.manifest(name)
        if found is None:
            raise Refused(f"{repository} has no tag `{tag}`", hint=again)
        if not found.children:
            raise Refused(f"{name} is one image, not what `dockdj image publish` makes", hint="name it in full")
        content = registry_index.record_of(repository, name, found, again=again)
        try:
            record = read(content)
        except NewerSchema:
            raise
        except ProjectError as error:
            raise Refused(f"{name} holds no tested images: {error.message}", hint=error.hint) from error
        manifests = registry_index.manifests(repository, found, record.configs)
    if lost := [service for service in record.configs if service not in manifests]:
        raise Refused(f"{repository} lost the image of {', '.join(lost)} of `{tag}`", hint=again)
    return QaImages(repository, found.digest, record, manifests)


def bring(images: QaImages, service: str, report: Report = silent) -> str:
    """Have a service's image on this machine, pulled if it is not; its pinned name.

    Raises Refused when it is not the one of the record, CommandFailed when it cannot be pulled.
    """
    name = images.pinned(service)
    found = docker.image(name)
    if found is None:
        with step(report, f"pull {service}"):
            docker.pull(name, report)
        found = docker.image(name)
    if not is_recorded(found, images.record.services[service]):
        raise Refused(f"{name} is not the image of the record", hint="find out who pushed it, and publish again")
    return name
