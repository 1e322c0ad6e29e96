"""Names of images: a project's on this machine, and the parts of any image's name."""

import re

from dockdj.model.version import Version

# Of a path component; OCI distribution specification, "Pulling manifests".
COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")


def image_name(project: str, environment: str, service: str) -> str:
    """The local tag of an environment's image. Each build moves it, and it is never deployed."""
    return f"{project}/{service}:{environment}"


def local_tag(project: str, version: Version, service: str) -> str:
    """The local tag of a released image, which protects the image from pruning."""
    return f"{project}/{service}:{version.label}"


def base_tag(project: str, config: str) -> str:
    """The local tag of a release's base image, for a restack after the image's name was moved."""
    return f"{project}/base:{config.removeprefix('sha256:')[:16]}"


HUB = "docker.io"


def parts(name: str) -> tuple[str, str]:
    """(registry's host, the rest) of an image's name.

    The first part is a host only if it has a dot or a colon or is `localhost`; else the registry is Docker Hub
    (distribution's reference grammar, "domain").
    """
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return HUB, name


def software(name: str) -> str:
    """The software of an image, without registry and folder: `postgres` in `docker.io/library/postgres:17`."""
    return parts(name)[1].partition("@")[0].rpartition("/")[2].partition(":")[0]


def major(name: str) -> str:
    """The first number of an image's tag; without a number its digest, or else the tag itself (`latest`)."""
    path, _, digest = parts(name)[1].partition("@")
    tag = path.rpartition("/")[2].partition(":")[2] or "latest"
    number = tag.split(".")[0].split("-")[0]
    return number if number.removeprefix("v").isdecimal() else digest or tag
