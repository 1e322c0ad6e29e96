"""Write `Dockerrun.aws.json`, version 2: the ECS platform's form of a compose file."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dockdj.errors import ProjectError
from dockdj.model.beanstalk.containers import PROPERTIES
from dockdj.model.dockerrun.container_keys import EXPRESSED, NO_COUNTERPART, Fragment, expressed
from dockdj.model.dockerrun.dependencies import cycle, links, start_conditions, volume_sources
from dockdj.model.dockerrun.values import Inexpressible, literal, pairs
from dockdj.model.dockerrun.volumes import mount_points, mounts, volumes
from dockdj.model.project.compose_references import Mistake, paths_of

DOCKERRUN_NAME = "Dockerrun.aws.json"
CONTAINER_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
# The caller gives the image and chooses services by profile; the platform gives environment properties.
HANDLED_ELSEWHERE = ("build", "image", "env_file", "profiles")
TOP_LEVEL = ("services", "volumes", "name", "version")


class NoEquivalent(ProjectError):
    """The compose file has keys that ECS has no equivalent of: `mistakes`. `place` tells the file, and the line."""

    def __init__(self, mistakes: tuple[Mistake, ...], place: Callable[[Mistake], str]) -> None:
        lines = "".join(f"\n  {place(mistake)}: {mistake}" for mistake in mistakes)
        super().__init__(
            f"{DOCKERRUN_NAME} cannot express the compose file:{lines}",
            hint='change these keys, or deploy to a target with platform = "docker", which runs the compose file',
        )
        self.mistakes = mistakes


@dataclass
class _Container:
    """A service on its way to a container definition and to volumes of the task, with the mistakes in it."""

    definition: dict[str, Any]
    volumes: list[dict[str, Any]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, key: str, fragment: Callable[[], Fragment]) -> None:
        try:
            _merge(self.definition, fragment())
        except Inexpressible as error:
            self.refuse(key, str(error))
        except (TypeError, AttributeError, ValueError):
            self.refuse(key, "Compose does not accept its value")

    def refuse(self, key: str, cause: str) -> None:
        self.mistakes.append(Mistake(("services", self.definition["name"], *([key] if key else [])), cause))


def dockerrun(
    document: Mapping[str, Any],
    compose_file: str,
    images: Mapping[str, str],
    environment: Mapping[str, str] | None = None,
    execution_role: str | None = None,
) -> bytes:
    """The bytes of `Dockerrun.aws.json` for the services in `images` (service -> image); equal input, equal bytes.

    `environment` is added to every container's variables. `execution_role` is the role with which ECS reads secrets.
    These keys are accepted although they mean something else on ECS:

    - `env_file` and a variable without a value: the platform gives all environment properties to every container.
    - `healthcheck.start_interval`: ECS checks every `interval` from the start, so it notices health later.
    - `restart`: every container is essential. If a container ends, ECS stops the others and restarts the whole task.
    - `${NAME:-default}` becomes its default: ECS replaces no variables.
    - `depends_on` becomes a link, which sets the order and the name. Unlinked containers cannot reach each other.

    Raises ProjectError with every key that has no equivalent.
    """
    services = {name: document["services"].get(name) or {} for name in images}
    checked = [name for name, body in services.items() if "healthcheck" in body]
    containers = [_container(name, body, images, checked, environment or {}) for name, body in services.items()]
    definitions = [container.definition for container in containers]
    others = [key for key in document if key not in TOP_LEVEL and not key.startswith("x-")]
    mistakes = [Mistake((key,), NO_COUNTERPART) for key in others]
    mistakes += [mistake for container in containers for mistake in container.mistakes]
    if names := cycle(definitions):
        mistakes.append(Mistake(("services",), f"{' → '.join(names)} depend on each other, which ECS refuses"))
    if mistakes:
        raise NoEquivalent(tuple(mistakes), lambda _: compose_file)
    content = {
        "AWSEBDockerrunVersion": 2,
        **({"executionRoleArn": execution_role} if execution_role else {}),
        "volumes": [volume for container in containers for volume in container.volumes],
        "containerDefinitions": [_ordered(definition) for definition in definitions],
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _container(
    name: str,
    body: Mapping[str, Any],
    images: Mapping[str, str],
    checked: Iterable[str],
    environment: Mapping[str, str],
) -> _Container:
    container = _Container({"name": name, "image": images[name], "essential": True})
    released, with_health_check = tuple(images), tuple(checked)

    def link(_: Any) -> Fragment:
        return {"links": links(literal(body.get("links")), literal(body.get("depends_on")), released)}

    def depend(value: Any) -> Fragment:
        return {**link(value), "dependsOn": start_conditions(value, released, with_health_check)}

    def mount(value: Any) -> Fragment:
        listed = mounts(value)
        container.volumes += volumes(name, listed)
        return {"mountPoints": mount_points(name, listed)}

    with_other_services: Mapping[str, Callable[[Any], Fragment]] = {
        "links": link,
        "depends_on": depend,
        "volumes": mount,
        "volumes_from": lambda value: {"volumesFrom": volume_sources(value, released)},
        "environment": lambda value: {"environment": _environment(value, environment)},
    }
    for key, value in {"environment": None, **body}.items():
        if key in HANDLED_ELSEWHERE or key.startswith("x-"):
            continue
        if key in with_other_services:
            if value is not None or key == "environment":
                container.add(key, lambda key=key, value=value: with_other_services[key](literal(value)))  # type: ignore[misc]
        elif value is not None or key not in EXPRESSED:
            container.add(key, lambda key=key, value=value: expressed(key, value))  # type: ignore[misc]
    _check(container, body)
    return container


def _check(container: _Container, body: Mapping[str, Any]) -> None:
    """Refuse a service that ECS would not take as a whole, and files of variables, which ECS does not read."""
    for path in paths_of(body.get("env_file")):
        if path != PROPERTIES:
            container.refuse("env_file", f"ECS reads no file: write the variables of {path} under `environment`")
    if objection := _objection(container.definition, body):
        container.refuse(*objection)


def _environment(value: Any, added: Mapping[str, str]) -> list[dict[str, str]]:
    own = {name: text for name, text in pairs(value or {}).items() if text is not None}
    return [{"name": name, "value": text} for name, text in sorted({**own, **added}.items())]


def _objection(definition: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[str, str] | None:
    """The key, or nothing, and the reason for which ECS would refuse a container definition as a whole."""
    if not CONTAINER_NAME.fullmatch(definition["name"]):
        return "", "ECS accepts letters, digits, hyphens and underscores in a name"
    if body.get("mem_limit") is None and body.get("mem_reservation") is None:
        return "", "ECS requires mem_reservation (guaranteed) or mem_limit (maximum), such as 256m"
    if definition.get("memory", 2**31) <= definition.get("memoryReservation", 0):
        return "mem_reservation", "ECS requires less than mem_limit"
    return None


def _merge(into: dict[str, Any], fragment: Fragment) -> None:
    """Add a fragment: merge tables, and leave out empty lists."""
    for key, value in fragment.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif value != []:
            into[key] = dict(value) if isinstance(value, Mapping) else value


def _ordered(value: Any) -> Any:
    """Sort all tables, name and image first, so that the compose file's order does not matter."""
    if isinstance(value, Mapping):
        return {
            key: _ordered(value[key]) for key in sorted(value, key=lambda key: (key != "name", key != "image", key))
        }
    return [_ordered(item) for item in value] if isinstance(value, list) else value
