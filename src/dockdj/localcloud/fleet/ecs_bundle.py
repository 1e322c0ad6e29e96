"""What Elastic Beanstalk's ECS platform says about a source bundle, before any instance sees it."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dockdj.localcloud.fleet.image.instance.eb_engine.ecs_rules import KNOWN, needed

DOCKERRUN = "Dockerrun.aws.json"
INVALID = "ECS Application sourcebundle validation error:"
LEAST_MEMORY = 6
"""MiB; what Docker takes at least."""


def objection(bundle: Path) -> str:
    """Why a bundle cannot be run, in the platform's own words where they are known; empty when it can."""
    try:
        with zipfile.ZipFile(bundle) as archive:
            text = archive.read(DOCKERRUN).decode()
    except (KeyError, zipfile.BadZipFile, UnicodeDecodeError):
        return f"{INVALID} there is no readable {DOCKERRUN} in the root of the source bundle."
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return f"{INVALID} {error}"
    return next(_objections(document), "")


def _objections(document: Any) -> Iterator[str]:
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
    names = [one.get("name") for one in definitions if isinstance(one, Mapping)]
    for one in definitions:
        yield from _container(one, names)
    if not any(one.get("essential", True) for one in definitions):
        yield "All tasks must have at least one essential container."


def _container(one: Any, names: list[Any]) -> Iterator[str]:
    if not isinstance(one, Mapping) or not one.get("name") or not one.get("image"):
        yield f"{INVALID} a container definition needs a name and an image."
        return
    if unknown := sorted(set(one) - KNOWN):
        yield f"The local cloud does not run {', '.join(unknown)} of the container '{one['name']}'."
    memory = max(one.get("memory") or 0, one.get("memoryReservation") or 0)
    if not memory:
        wanted = "At least one of 'memory' or 'memoryReservation' must be specified."
        yield f"Invalid setting for container '{one['name']}'. {wanted}"
    elif memory < LEAST_MEMORY:
        yield f"Invalid setting for container '{one['name']}'. memory must be at least {LEAST_MEMORY}."
    if missing := [other for other in needed(one) if other not in names]:
        yield f"Invalid setting for container '{one['name']}'. There is no container '{missing[0]}' to link to."
