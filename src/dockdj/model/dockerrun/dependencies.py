"""Convert Compose's dependencies to ECS's links and start conditions."""

from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from dockdj.model.dockerrun.values import Inexpressible, texts

STARTED = "service_started"
HEALTHY = "service_healthy"


def links(listed: Any, dependencies: Any, released: Collection[str]) -> list[str]:
    """ECS's `links` for `links:` and `depends_on:`. A link starts the other container first and gives it a name."""
    names = [*texts(listed or []), *(name for name in _conditions(dependencies, released) if name in released)]
    for link in names:
        if link.partition(":")[0] not in released:
            raise Inexpressible(f"{link.partition(':')[0]} is not part of a release")
    return list(dict.fromkeys(names))


def start_conditions(dependencies: Any, released: Collection[str], checked: Collection[str]) -> list[dict[str, str]]:
    """ECS's `dependsOn`: wait for health, which a link cannot express. `checked` are services with a health check."""
    conditions = []
    for name, condition in _conditions(dependencies, released).items():
        if condition == STARTED or name not in released:
            continue
        if condition != HEALTHY:
            raise Inexpressible(f"{name} is essential, so {condition} would end the task")
        if name not in checked:
            raise Inexpressible(f"{name} needs a healthcheck in the compose file: ECS ignores the image's")
        conditions.append({"containerName": name, "condition": "HEALTHY"})
    return conditions


def volume_sources(listed: Any, released: Collection[str]) -> list[dict[str, Any]]:
    """ECS's `volumesFrom` for `volumes_from:`."""
    sources = []
    for line in texts(listed):
        name, _, mode = line.partition(":")
        if name not in released or mode not in ("", "ro", "rw"):
            raise Inexpressible(f"{line} is not a released service, with or without `:ro`")
        sources.append({"sourceContainer": name, "readOnly": mode == "ro"})
    return sources


def cycle(definitions: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of containers whose links form a cycle, which ECS refuses; empty without a cycle."""
    graph = {
        container["name"]: [link.partition(":")[0] for link in container.get("links", ())] for container in definitions
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        names: list[str] = error.args[1]
        return names
    return []


def _conditions(dependencies: Any, released: Collection[str]) -> dict[str, str]:
    """The dependencies of a service: service -> condition."""
    if not isinstance(dependencies, Mapping):
        return dict.fromkeys(texts(dependencies or []), STARTED)
    conditions = {}
    for name, table in dependencies.items():
        options = table or {}
        # Only released services run on ECS.
        if name in released and (unknown := sorted(set(options) - {"condition", "required"})):
            raise Inexpressible(f"ECS has no equivalent of {name}.{', '.join(unknown)}")
        if name in released and options.get("required") is False:
            raise Inexpressible(
                f"on ECS {name} cannot be optional: a container starts only after the containers that it links to"
            )
        conditions[str(name)] = str(options.get("condition", STARTED))
    return conditions
