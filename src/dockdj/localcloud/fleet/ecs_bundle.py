"""The ECS platform's validation of a source bundle, before any instance changes."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dockdj.localcloud.damaged_zip import UNREADABLE
from dockdj.localcloud.fleet.image.instance.eb_engine.ecs_rules import KNOWN, cycle, needed

DOCKERRUN = "Dockerrun.aws.json"
INVALID = "ECS Application sourcebundle validation error:"
LEAST_MEMORY = 6
"""MiB. Docker refuses a lower limit."""


def validation_error(bundle: Path) -> str:
    """The first error in a bundle, in the platform's words where they are known. Empty if the bundle is valid."""
    try:
        with zipfile.ZipFile(bundle) as archive:
            text = archive.read(DOCKERRUN).decode()
    # ValueError is also about text that is not UTF-8, KeyError about a missing file.
    except (KeyError, *UNREADABLE):
        return f"{INVALID} there is no readable {DOCKERRUN} in the root of the source bundle."
    try:
        document = json.loads(text)
        return next(_errors(document), "")
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        return f"{INVALID} {error}"


def _errors(document: Any) -> Iterator[str]:
    if not isinstance(document, Mapping):
        yield f"{INVALID} We expected a START_OBJECT token but got: {type(document).__name__}"
        return
    if "AWSEBDockerrunVersion" not in document:
        yield f"{INVALID} AWSEBDockerrunVersion is missing."
    elif isinstance(document["AWSEBDockerrunVersion"], Mapping):
        yield f"{INVALID} We expected a VALUE token but got: START_OBJECT"
    elif str(document["AWSEBDockerrunVersion"]) != "2":
        yield f"{INVALID} Unsupported AWSEBDockerrunVersion: {document['AWSEBDockerrunVersion']}"
    definitions = document.get("containerDefinitions")
    if not isinstance(definitions, list) or not definitions:
        yield f"{INVALID} containerDefinitions is missing."
        return
    names = [definition.get("name") for definition in definitions if isinstance(definition, Mapping)]
    for definition in definitions:
        yield from _container_errors(definition, names)
    if not any(definition.get("essential", True) for definition in definitions):
        yield "All tasks must have at least one essential container."
    if circle := cycle(definitions):
        yield f"Invalid setting for container '{circle[0]}'. Its links form a circle: {' -> '.join(circle)}."


def _container_errors(definition: Any, names: list[Any]) -> Iterator[str]:
    if not isinstance(definition, Mapping) or not definition.get("name") or not definition.get("image"):
        yield f"{INVALID} a container definition needs a name and an image."
        return
    if unknown := sorted(set(definition) - KNOWN):
        yield f"The local cloud does not run {', '.join(unknown)} of the container '{definition['name']}'."
    memory = max(definition.get("memory") or 0, definition.get("memoryReservation") or 0)
    if not memory:
        required = "At least one of 'memory' or 'memoryReservation' must be specified."
        yield f"Invalid setting for container '{definition['name']}'. {required}"
    elif memory < LEAST_MEMORY:
        yield f"Invalid setting for container '{definition['name']}'. memory must be at least {LEAST_MEMORY}."
    if missing := [other for other in needed(definition) if other not in names]:
        yield f"Invalid setting for container '{definition['name']}'. There is no container '{missing[0]}' to link to."
