"""`Dockerrun.aws.json`, version 2: the ECS platform's form of a compose file."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dockdj.errors import ProjectError
from dockdj.model.dockerrun.container_keys import EXPRESSED, NO_COUNTERPART, Fragment, expressed
from dockdj.model.dockerrun.dependencies import cycle, links, start_conditions, volume_sources
from dockdj.model.dockerrun.values import Inexpressible, literal, pairs
from dockdj.model.dockerrun.volumes import mount_points, mounts, volumes

DOCKERRUN_NAME = "Dockerrun.aws.json"
CONTAINER_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
# The image is given; properties come from the platform; profiles have chosen the services before this.
TAKEN_CARE_OF = ("build", "image", "env_file", "profiles")
TOP_LEVEL = ("services", "volumes", "name", "version")


@dataclass
class _Container:
    """A service that becomes a container definition and, perhaps, volumes of the task."""

    definition: dict[str, Any]
    volumes: list[dict[str, Any]] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    def add(self, key: str, fragment: Callable[[], Fragment]) -> None:
        try:
            _merge(self.definition, fragment())
        except Inexpressible as error:
            self.mistakes.append(f"{self.definition['name']}.{key}: {error}")
        except (TypeError, AttributeError, ValueError):
            self.mistakes.append(f"{self.definition['name']}.{key}: its value is not what Compose takes here")


def dockerrun(
    document: Mapping[str, Any],
    compose_file: str,
    images: Mapping[str, str],
    environment: Mapping[str, str] | None = None,
    execution_role: str | None = None,
) -> bytes:
    """The bytes of `Dockerrun.aws.json` for the services in `images`, each with its image; equal input, equal bytes.

    `environment` is added to every container's own. `execution_role` is the role with which ECS reads secrets.
    What cannot but mean something else on ECS, and is taken all the same:

    - `env_file` and a variable without a value: the platform gives all environment properties to every container.
    - `healthcheck.start_interval`: ECS asks every `interval` from the start on, so that health is noticed later.
    - `restart`: each container is essential. When one ends, ECS stops the others; none is started again alone.
    - `${NAME:-default}` is its default: nothing replaces variables there.
    - `depends_on` makes a link, which gives order and name; containers without one do not find each other.

    Raises ProjectError that names every key which cannot be expressed.
    """
    services = {name: document["services"].get(name) or {} for name in images}
    checked = [name for name, body in services.items() if "healthcheck" in body]
    containers = [_container(name, body, images, checked, environment or {}) for name, body in services.items()]
    definitions = [container.definition for container in containers]
    mistakes = [f"{key}: {NO_COUNTERPART}" for key in document if key not in TOP_LEVEL and not key.startswith("x-")]
    mistakes += [f"services.{mistake}" for container in containers for mistake in container.mistakes]
    if ring := cycle(definitions):
        mistakes.append(f"services: {' → '.join(ring)} depend on each other, and ECS starts none before itself")
    if mistakes:
        raise _refusal(compose_file, mistakes)
    found = {
        "AWSEBDockerrunVersion": 2,
        **({"executionRoleArn": execution_role} if execution_role else {}),
        "volumes": [volume for container in containers for volume in container.volumes],
        "containerDefinitions": [_ordered(definition) for definition in definitions],
    }
    return (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()


def _container(
    name: str,
    body: Mapping[str, Any],
    images: Mapping[str, str],
    checked: Iterable[str],
    environment: Mapping[str, str],
) -> _Container:
    made = _Container({"name": name, "image": images[name], "essential": True})
    released, known = tuple(images), tuple(checked)

    def link(_: Any) -> Fragment:
        return {"links": links(literal(body.get("links")), literal(body.get("depends_on")), released)}

    def depend(value: Any) -> Fragment:
        return {**link(value), "dependsOn": start_conditions(value, released, known)}

    def mount(value: Any) -> Fragment:
        found = mounts(value)
        made.volumes += volumes(name, found)
        return {"mountPoints": mount_points(name, found)}

    among: Mapping[str, Callable[[Any], Fragment]] = {
        "links": link,
        "depends_on": depend,
        "volumes": mount,
        "volumes_from": lambda value: {"volumesFrom": volume_sources(value, released)},
        "environment": lambda value: {"environment": _environment(value, environment)},
    }
    given = {"environment": None, **body}
    for key, value in given.items():
        if key in TAKEN_CARE_OF or key.startswith("x-"):
            continue
        if key in among:
            if value is not None or key == "environment":
                made.add(key, lambda key=key, value=value: among[key](literal(value)))  # type: ignore[misc]
        elif value is not None or key not in EXPRESSED:
            made.add(key, lambda key=key, value=value: expressed(key, value))  # type: ignore[misc]
    made.mistakes += _objections(made.definition, body)
    return made


def _environment(value: Any, added: Mapping[str, str]) -> list[dict[str, str]]:
    own = {name: given for name, given in pairs(value or {}).items() if given is not None}
    return [{"name": name, "value": given} for name, given in sorted({**own, **added}.items())]


def _objections(definition: Mapping[str, Any], body: Mapping[str, Any]) -> list[str]:
    """What ECS refuses about a container definition as a whole."""
    name = definition["name"]
    if not CONTAINER_NAME.fullmatch(name):
        return [f"{name}: ECS takes letters, digits, hyphens and underscores as a name"]
    if body.get("mem_limit") is None and body.get("mem_reservation") is None:
        return [f"{name}: ECS wants mem_reservation (what it needs) or mem_limit (what it may have), such as 256m"]
    if definition.get("memory", 2**31) <= definition.get("memoryReservation", 0):
        return [f"{name}.mem_reservation: ECS wants it below mem_limit"]
    return []


def _merge(into: dict[str, Any], fragment: Fragment) -> None:
    """Add a fragment; empty lists say nothing, tables are joined."""
    for key, value in fragment.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif value != []:
            into[key] = dict(value) if isinstance(value, Mapping) else value


def _ordered(value: Any) -> Any:
    """With all tables in one order, whatever order the compose file has: name and image first."""
    if isinstance(value, Mapping):
        return {
            key: _ordered(value[key]) for key in sorted(value, key=lambda key: (key != "name", key != "image", key))
        }
    return [_ordered(one) for one in value] if isinstance(value, list) else value


def _refusal(compose_file: str, mistakes: Iterable[str]) -> ProjectError:
    lines = "".join(f"\n  {compose_file}: {mistake}" for mistake in mistakes)
    return ProjectError(
        f"{DOCKERRUN_NAME} cannot say what the compose file says:{lines}",
        hint='say it in another way, or deploy to a target with platform = "docker", which takes the compose file',
    )
