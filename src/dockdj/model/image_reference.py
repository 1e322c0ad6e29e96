"""The names of images (distribution's reference grammar): whose they are, and which version they say."""

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
