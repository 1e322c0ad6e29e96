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


HUB = "docker.io"


def parts(name: str) -> tuple[str, str]:
    """(registry's host, the rest) of an image's name: a first word without dot, colon or `localhost` is none, and the
    registry is Docker Hub then (distribution's reference grammar, "domain")."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return HUB, name


def software(name: str) -> str:
    """What an image is of, in whichever registry and folder: `postgres` of `docker.io/library/postgres:17`."""
    return parts(name)[1].partition("@")[0].rpartition("/")[2].partition(":")[0]


def major(name: str) -> str:
    """The first number of an image's tag; where it has none, its digest, or else the tag that is moved (`latest`)."""
    path, _, digest = parts(name)[1].partition("@")
    tag = path.rpartition("/")[2].partition(":")[2] or "latest"
    number = tag.split(".")[0].split("-")[0]
    return number if number.removeprefix("v").isdecimal() else digest or tag
