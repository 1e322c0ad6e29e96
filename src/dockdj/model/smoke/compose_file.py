"""The compose file of a release under test: production's, with the released images and away from all that exists."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Any

from dockdj.model.project.recipe import PRODUCTION_COMPOSE_FILE, PRODUCTION_VARIABLES

# Elastic Beanstalk sends requests to this port of a machine.
OUTER_PORT = 80
# [[ADDRESS:]OUTER:]INNER[/PROTOCOL], where a variable may stand for a number: ${NAME:-80}.
PORT = re.compile(r"(?:(?:.*?:)?(?P<outer>\$\{[^}]*\}|\d+):)?(?:\$\{\w+:-)?(?P<inner>\d+)\}?(?:/(?P<protocol>\w+))?")
NUMBER = re.compile(r"(\d+)\}?$")


@dataclass(frozen=True)
class Published:
    """A port that a released service publishes: the container's, and the host's that the compose file names."""

    service: str
    inner: int
    outer: int = 0
    variable: bool = False


def published(document: Mapping[str, Any]) -> tuple[Published, ...]:
    """The TCP ports that services under no profile publish, Dockdj's own variable for the application's first."""
    found = [
        port
        for name, body in document["services"].items()
        if not (body or {}).get("profiles")
        for line in (body or {}).get("ports") or ()
        if (port := _published(str(name), line))
    ]
    return tuple(sorted(found, key=lambda port: (not port.variable, port.outer != OUTER_PORT)))


def finishing(document: Mapping[str, Any]) -> frozenset[str]:
    """The services that others wait for to end well: they do not stay up."""
    needed = [(body or {}).get("depends_on") for body in document["services"].values()]
    return frozenset(
        str(name)
        for table in needed
        if isinstance(table, Mapping)
        for name, how in table.items()
        if (how or {}).get("condition") == "service_completed_successfully"
    )


def graceful(document: Mapping[str, Any]) -> frozenset[str]:
    """The services whose compose file says how they end."""
    words = ("stop_grace_period", "stop_signal")
    return frozenset(
        str(name) for name, body in document["services"].items() if any((body or {}).get(word) for word in words)
    )


def assembled(
    document: Mapping[str, Any],
    *,
    images: Mapping[str, str],
    backing: Mapping[str, str],
    env_file: str,
    label: tuple[str, str],
    variables: Mapping[str, str],
    exists: Callable[[str], bool],
) -> dict[str, Any]:
    """The document with the released `images` and those of `backing` services, and nothing else.

    Ports are free ones of 127.0.0.1, production's `.env` is `env_file`, released services get `variables`; networks
    and volumes are its own. What would be written to this machine goes to a fresh volume: a bind mount whose source
    is no file or folder of the checkout (`exists`, a path relative to the project).
    """
    kept = {**images, **backing}
    services = {
        name: _service(body, kept, env_file, label, exists)
        for name, body in document["services"].items()
        if name in kept
    }
    for name, image in kept.items():
        services[name]["image"] = image
    for name in images:
        services[name]["pull_policy"] = "never"
        services[name]["environment"] = _table(services[name].get("environment")) | dict(variables)
    for name in backing:
        services[name].pop("ports", None)
    top = {word: body for word, body in document.items() if word not in ("name", "services", "networks", "volumes")}
    networks = {"default": None, **(document.get("networks") or {})}
    volumes = dict(document.get("volumes") or {})
    own_volumes = {
        name: {"labels": _table((body or {}).get("labels")) | dict([label])} for name, body in volumes.items()
    }
    return {
        **top,
        "services": services,
        "networks": {name: _own(body, label) for name, body in networks.items()},
        **({"volumes": own_volumes} if own_volumes else {}),
    }


def _service(
    body: Mapping[str, Any],
    kept: Mapping[str, str],
    env_file: str,
    label: tuple[str, str],
    exists: Callable[[str], bool],
) -> dict[str, Any]:
    made = {word: value for word, value in body.items() if word not in ("build", "container_name", "profiles")}
    made["labels"] = _table(made.get("labels")) | dict([label])
    if "env_file" in made:
        listed = made["env_file"] if isinstance(made["env_file"], list) else [made["env_file"]]
        made["env_file"] = [_env_file(one, env_file) for one in listed]
    if made.get("ports"):
        made["ports"] = list(dict.fromkeys(_ports(made["ports"])))
    if made.get("volumes"):
        made["volumes"] = [_mount(one, exists) for one in made["volumes"]]
    needed = made.get("depends_on")
    if isinstance(needed, Mapping):
        made["depends_on"] = {name: how for name, how in needed.items() if name in kept}
    elif needed:
        made["depends_on"] = [name for name in needed if name in kept]
    return made


def _env_file(given: Any, env_file: str) -> Any:
    path = str(given.get("path", "")) if isinstance(given, Mapping) else str(given)
    return env_file if in_project(path) == PRODUCTION_VARIABLES else given


def in_project(path: str) -> str:
    """A path of the compose file, relative to the project."""
    return normpath(join(dirname(PRODUCTION_COMPOSE_FILE), path))


def _ports(lines: Any) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Mapping):
            yield f"127.0.0.1::{line['target']}/{line.get('protocol') or 'tcp'}"
        elif found := PORT.fullmatch(str(line)):
            yield f"127.0.0.1::{found['inner']}/{found['protocol'] or 'tcp'}"


def _published(service: str, line: Any) -> Published | None:
    if isinstance(line, Mapping):
        inner, outer, protocol = str(line["target"]), str(line.get("published") or ""), line.get("protocol")
    elif found := PORT.fullmatch(str(line)):
        inner, outer, protocol = found["inner"], found["outer"] or "", found["protocol"]
    else:
        return None
    if protocol not in (None, "tcp"):
        return None
    number = NUMBER.search(outer)
    return Published(service, int(inner), int(number[1]) if number else 0, variable="DOCKDJ_PORT" in outer)


def _mount(mount: Any, exists: Callable[[str], bool]) -> Any:
    if isinstance(mount, Mapping):
        target, source = str(mount.get("target")), str(mount.get("source") or "")
        bound, fixed = mount.get("type") == "bind", bool(mount.get("read_only"))
    else:
        source, _, rest = str(mount).partition(":")
        target, _, mode = rest.partition(":")
        bound, fixed = bool(target) and source[:1] in ("/", ".", "~", "$"), "ro" in mode.split(",")
    if not bound or fixed or (source[:1] == "." and exists(in_project(source))):
        return mount
    return target


def _own(body: Any, label: tuple[str, str]) -> dict[str, Any]:
    """A network that belongs to this run alone, whatever others are called."""
    made = {word: value for word, value in (body or {}).items() if word not in ("name", "external")}
    return {**made, "labels": _table(made.get("labels")) | dict([label])}


def _table(given: Any) -> dict[str, Any]:
    """A compose file's table, which may be written as lines NAME=VALUE; a name without `=` is a null."""
    if isinstance(given, Mapping):
        return dict(given)
    lines = [str(line) for line in given or ()]
    return {line.partition("=")[0]: line.partition("=")[2] if "=" in line else None for line in lines}
