"""What this machine's engine calls a project's images."""

from dockdj.model.version import Version


def image_name(project: str, environment: str, service: str) -> str:
    """The moving local tag of an environment's image, never deployed."""
    return f"{project}/{service}:{environment}"


def local_tag(project: str, version: Version, service: str) -> str:
    """The local tag of a released image; it keeps the image from being pruned."""
    return f"{project}/{service}:{version.label}"


def base_tag(project: str, config: str) -> str:
    """The local tag of a release's base image: a restack can start from it when others have moved its name."""
    return f"{project}/base:{config.removeprefix('sha256:')[:16]}"
