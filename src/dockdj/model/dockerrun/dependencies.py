"""Who starts before whom, and who finds whom: Compose's dependencies as ECS's links and conditions."""

from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from dockdj.model.dockerrun.values import Inexpressible, texts

STARTED = "service_started"
HEALTHY = "service_healthy"


def links(given: Any, needed: Any, released: Collection[str]) -> list[str]:
    """ECS's `links` for `links:` and `depends_on:`. A link starts the other container first and gives it a name."""
    found = [*texts(given or []), *(name for name in _needed(needed, released) if name in released)]
    for link in found:
        if link.partition(":")[0] not in released:
            raise Inexpressible(f"{link.partition(':')[0]} is not part of a release")
    return list(dict.fromkeys(found))


def start_conditions(needed: Any, released: Collection[str], checked: Collection[str]) -> list[dict[str, str]]:
    """ECS's `dependsOn` for what a link cannot say: waiting for health. `checked` have a health check of their own."""
    found = []
    for name, condition in _needed(needed, released).items():
        if condition == STARTED or name not in released:
            continue
        if condition != HEALTHY:
            raise Inexpressible(f"{name} is essential, so that {condition} would end the task")
        if name not in checked:
            raise Inexpressible(f"{name} needs a healthcheck in the compose file: ECS does not see the image's")
        found.append({"containerName": name, "condition": "HEALTHY"})
    return found


def volume_sources(given: Any, released: Collection[str]) -> list[dict[str, Any]]:
    """ECS's `volumesFrom`."""
    found = []
    for line in texts(given):
        name, _, mode = line.partition(":")
        if name not in released or mode not in ("", "ro", "rw"):
            raise Inexpressible(f"{line} is not a released service, read-only (`:ro`) or not")
        found.append({"sourceContainer": name, "readOnly": mode == "ro"})
    return found


def cycle(definitions: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of containers that link to each other in a ring; ECS refuses those. Empty without one."""
    graph = {one["name"]: [link.partition(":")[0] for link in one.get("links", ())] for one in definitions}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        return ring
    return []


def _needed(value: Any, released: Collection[str]) -> dict[str, str]:
    """The services that one depends on, with their conditions."""
    if not isinstance(value, Mapping):
        return dict.fromkeys(texts(value or []), STARTED)
    found = {}
    for name, given in value.items():
        options = given or {}
        # Of a service that stays on this machine nothing is asked of ECS.
        if name in released and (unknown := sorted(set(options) - {"condition", "required"})):
            raise Inexpressible(f"ECS cannot be told {name}.{', '.join(unknown)}")
        if name in released and options.get("required") is False:
            raise Inexpressible(f"{name} cannot be optional: a link needs its container")
        found[str(name)] = str(options.get("condition", STARTED))
    return found
