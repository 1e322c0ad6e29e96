"""Compose files: read as YAML 1.2, and edited without losing comments and order."""

from collections.abc import Collection, Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dockdj.errors import ProjectError


def parse(text: str, name: str) -> Any:
    """The document in a compose file's text. Raises ProjectError, naming the file, if it is not YAML."""
    try:
        return YAML(typ="safe").load(text)
    except YAMLError as error:
        raise ProjectError(f"{name} is not valid YAML: {error}", hint=f"correct {name}") from error


def pinned(text: str, images: Mapping[str, str], environment: Mapping[str, str], name: str) -> str:
    """The compose file that Elastic Beanstalk receives.

    It keeps only the services in `images`, and gives each its image by digest instead of its build. `environment` is
    added to each. `env_file` becomes `.env`, which Elastic Beanstalk writes next to the compose file from the
    environment's properties (Developer Guide, Docker platform). Raises ProjectError for a missing service.
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
        # In a list, a name without `=` takes its value from the shell that runs Compose; in a table that is a null.
        lines = [str(line) for line in body.get("environment") or ()]
        body["environment"] = {
            line.partition("=")[0]: line.partition("=")[2] if "=" in line else None for line in lines
        }
    # Compose interpolates `$`; `$$` is a literal `$`.
    body["environment"].update((key, value.replace("$", "$$")) for key, value in sorted(environment.items()))
    needed = body.get("depends_on")
    for absent in [name for name in needed or () if name not in released]:
        needed.remove(absent) if isinstance(needed, list) else needed.pop(absent)
    if needed is not None and not needed:
        del body["depends_on"]


def _drop_unused_volumes(document: Any) -> None:
    """Remove named volumes that no remaining service mounts."""
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
