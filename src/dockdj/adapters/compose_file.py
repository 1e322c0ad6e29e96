"""Compose files: read as YAML 1.2, edited in place so that a person's comments and order stay."""

from collections.abc import Collection, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dockdj.errors import ProjectError


def parse(text: str, name: str) -> Any:
    """The document in a compose file's text. Raises ProjectError, naming the file, when it is not YAML."""
    try:
        return YAML(typ="safe").load(text)
    except YAMLError as error:
        raise ProjectError(f"{name} is not valid YAML: {error}", hint=f"correct {name}") from error


def pinned(text: str, images: Mapping[str, str], environment: Mapping[str, str], name: str) -> str:
    """The compose file that Elastic Beanstalk receives.

    Keeps the services in `images` alone and gives each its image by digest in place of its build; adds
    `environment` to each; env_file becomes `.env`, which Elastic Beanstalk writes from the environment's
    properties beside the compose file (Developer Guide, Docker platform). Raises ProjectError for a
    service that is missing.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    document = yaml.load(text)
    services = document["services"]
    for service in [service for service in services if service not in images]:
        del services[service]
    if missing := set(images) - set(services):
        raise ProjectError(f"{name} has no service {', '.join(sorted(missing))}")
    for service, image in images.items():
        _pin(services[service], image, environment, images)
    _drop_unused_volumes(document)
    stream = StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def _pin(body: Any, image: str, environment: Mapping[str, str], released: Collection[str]) -> None:
    body.pop("build", None)
    body["image"] = image
    if "env_file" in body:
        body["env_file"] = ".env"
    if not isinstance(body.get("environment"), Mapping):
        # A name without `=` takes the value of the machine that starts it; as a table that is a null.
        lines = [str(line) for line in body.get("environment") or ()]
        body["environment"] = {
            line.partition("=")[0]: line.partition("=")[2] if "=" in line else None for line in lines
        }
    # Compose interpolates `$`: a literal one is written twice.
    body["environment"].update((key, value.replace("$", "$$")) for key, value in sorted(environment.items()))
    needed = body.get("depends_on")
    for absent in [name for name in needed or () if name not in released]:
        needed.remove(absent) if isinstance(needed, list) else needed.pop(absent)
    if needed is not None and not needed:
        del body["depends_on"]


def _drop_unused_volumes(document: Any) -> None:
    """Named volumes of services that are not part of the release go with them."""
    declared = document.get("volumes")
    if not declared:
        return
    used = {
        str(mount).partition(":")[0] if isinstance(mount, str) else str(mount.get("source"))
        for body in document["services"].values()
        for mount in body.get("volumes", ())
    }
    for volume in [volume for volume in declared if volume not in used]:
        del declared[volume]
    if not declared:
        del document["volumes"]
