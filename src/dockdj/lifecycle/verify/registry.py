"""Look at what a registry holds of a release: everything is read back, digests are computed from the bytes."""

from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry import client as registry
from dockdj.errors import CommandFailed
from dockdj.events import Report, step
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.project.compose_file import RECORD
from dockdj.model.release.record import Release
from dockdj.model.verify.registry import ImageSeen, IndexSeen, TagRead
from dockdj.model.version import Version


def observe(repository: str, version: Version, services: tuple[str, ...], report: Report) -> IndexSeen | None:
    """Read the index of a version, and the tags that publish gave its record and these services.

    Raises CommandFailed if the registry does not answer, or refuses; NewerSchema.
    """
    with step(report, f"look at {version} in {repository}"):
        name = f"{repository}:{version.label}"
        index = registry.manifest(name)
        if index is None:
            return None
        if not index.children:
            return IndexSeen(name, index.digest, "it is not in an index", "", ())
        first, *others = index.children
        record = _record(repository, first)
        images = tuple(ImageSeen(digest, _config(repository, digest)) for digest in others)
        # Without a record elsewhere its own says which services there are.
        names = services or (tuple(record.configs) if isinstance(record, Release) else ())
        tags = [("", f"{RECORD}-{version.label}"), *((one, f"{one}-{version.label}") for one in names)]
        read = tuple((key, TagRead(tag, _digest(f"{repository}:{tag}"))) for key, tag in tags)
        return IndexSeen(name, index.digest, record, first, images, read)


def _record(repository: str, digest: str) -> Release | str:
    name = f"{repository}@{digest}"
    image = registry.manifest(name)
    if image is None:
        return "the registry lost it"
    if not image.may_be_record:
        return "the first entry of the index is not a release record"
    docker.require_engine()
    try:
        content = registry.pull_record(repository, image)
    except CommandFailed as error:
        named = registry.unreachable(name, error)
        if named is not error:
            raise named from error
        return f"the first entry of the index cannot be read as a release record: {error.message.splitlines()[-1]}"
    return release_tags.usable(content)


def _config(repository: str, digest: str) -> str | None:
    found = registry.manifest(f"{repository}@{digest}")
    return None if found is None else found.config


def _digest(name: str) -> str | None:
    found = registry.manifest(name)
    return None if found is None else found.digest
