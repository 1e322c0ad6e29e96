"""The compose file of a release under test: production's, with the released images, isolated from this machine."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Any

from dockdj.model.project.compose_shape import listed, pairs
from dockdj.model.project.layout import EnvironmentFiles

# Elastic Beanstalk sends requests to this port of a machine.
OUTER_PORT = 80
# [[ADDRESS:]OUTER:]INNER[/PROTOCOL]; a variable can replace a number: ${NAME:-80}.
PORT = re.compile(
    r"(?:(?:.*?:)?(?P<outer>\$\{[^}]*\}|\d{1,5}):)?(?:\$\{\w+:-)?(?P<inner>\d{1,5})\}?(?:/(?P<protocol>\w+))?"
)
TARGET = re.compile(r"\d{1,5}")
NUMBER = re.compile(r"(\d{1,5})\}?$")


@dataclass(frozen=True)
class Published:
    """A port that a released service publishes: the container's (`inner`), and the host's in the compose file."""

    service: str
    inner: int
    outer: int = 0
    variable: bool = False


def published(document: Mapping[str, Any]) -> tuple[Published, ...]:
    """The TCP ports of services without a profile: first the port with Dockdj's variable for the application."""
    ports = [
        port
        for name, body in document["services"].items()
        if not (body or {}).get("profiles")
        for line in listed(body, "ports")
        if (port := _published(str(name), line))
    ]
    return tuple(sorted(ports, key=lambda port: (not port.variable, port.outer != OUTER_PORT)))


def finishing(document: Mapping[str, Any]) -> frozenset[str]:
    """The services that must finish successfully before others start: they do not stay up."""
    dependencies = [(body or {}).get("depends_on") for body in document["services"].values()]
    return frozenset(
        str(name)
        for table in dependencies
        if isinstance(table, Mapping)
        for name, options in table.items()
        if (options or {}).get("condition") == "service_completed_successfully"
    )


def graceful(document: Mapping[str, Any]) -> frozenset[str]:
    """The services with a stop signal or grace period in the compose file."""
    keys = ("stop_grace_period", "stop_signal")
    return frozenset(
        str(name) for name, body in document["services"].items() if any((body or {}).get(key) for key in keys)
    )


@dataclass(frozen=True)
class Replacements:
    """The values that replace production's in the compose file of a release under test.

    `images` and `backing` are service -> image of released and backing services. `env_file` replaces production's
    `.env`. `label` (name, value) marks everything that the run creates. `variables` are added to released services.
    `exists` tells if a path, relative to the project, is in the checkout. `files` are production's.
    """

    images: Mapping[str, str]
    backing: Mapping[str, str]
    env_file: str
    label: tuple[str, str]
    variables: Mapping[str, str]
    exists: Callable[[str], bool]
    files: EnvironmentFiles

    @property
    def all_images(self) -> dict[str, str]:
        return {**self.images, **self.backing}


def assembled(document: Mapping[str, Any], replacements: Replacements) -> dict[str, Any]:
    """The compose file with the released and backing services alone.

    Ports become free ports of 127.0.0.1. Networks and volumes become the run's own. A bind mount whose source is not
    in the checkout becomes a fresh volume, so that the run writes nothing to this machine.
    """
    images, label = replacements.all_images, dict([replacements.label])
    services = {name: _service(body, replacements) for name, body in document["services"].items() if name in images}
    for name, image in images.items():
        services[name]["image"] = image
    for name in replacements.images:
        services[name]["pull_policy"] = "never"
        services[name]["environment"] = pairs(services[name].get("environment")) | dict(replacements.variables)
    for name in replacements.backing:
        services[name].pop("ports", None)
    top = {key: body for key, body in document.items() if key not in ("name", "services", "networks", "volumes")}
    networks = {"default": None, **(document.get("networks") or {})}
    volumes = {
        name: {"labels": pairs((body or {}).get("labels")) | label}
        for name, body in (document.get("volumes") or {}).items()
    }
    return {
        **top,
        "services": services,
        "networks": {name: _network(body, label) for name, body in networks.items()},
        **({"volumes": volumes} if volumes else {}),
    }


def _service(body: Mapping[str, Any], replacements: Replacements) -> dict[str, Any]:
    service = {key: value for key, value in body.items() if key not in ("build", "container_name", "profiles")}
    service["labels"] = pairs(service.get("labels")) | dict([replacements.label])
    if "env_file" in service:
        entries = service["env_file"] if isinstance(service["env_file"], list) else [service["env_file"]]
        service["env_file"] = [_env_file(entry, replacements) for entry in entries]
    if ports := listed(service, "ports"):
        service["ports"] = list(dict.fromkeys(_ports(ports)))
    if service.get("volumes"):
        service["volumes"] = [_mount(mount, replacements) for mount in service["volumes"]]
    dependencies, images = service.get("depends_on"), replacements.all_images
    if isinstance(dependencies, Mapping):
        service["depends_on"] = {name: options for name, options in dependencies.items() if name in images}
    elif dependencies:
        service["depends_on"] = [name for name in dependencies if name in images]
    return service


def _env_file(entry: Any, replacements: Replacements) -> Any:
    path = str(entry.get("path", "")) if isinstance(entry, Mapping) else str(entry)
    files = replacements.files
    return replacements.env_file if in_project(path, files.compose) == files.variables else entry


def in_project(path: str, compose_file: str) -> str:
    """Convert a path that a compose file names to a path relative to the project."""
    return normpath(join(dirname(compose_file), path))


def _ports(lines: Any) -> Iterator[str]:
    for line in lines:
        if isinstance(line, Mapping):
            yield f"127.0.0.1::{line.get('target')}/{line.get('protocol') or 'tcp'}"
        elif match := PORT.fullmatch(str(line)):
            yield f"127.0.0.1::{match['inner']}/{match['protocol'] or 'tcp'}"


def _published(service: str, line: Any) -> Published | None:
    if isinstance(line, Mapping):
        inner, outer, protocol = str(line.get("target")), str(line.get("published") or ""), line.get("protocol")
        if not TARGET.fullmatch(inner):
            return None
    elif match := PORT.fullmatch(str(line)):
        inner, outer, protocol = match["inner"], match["outer"] or "", match["protocol"]
    else:
        return None
    if protocol not in (None, "tcp"):
        return None
    number = NUMBER.search(outer)
    return Published(service, int(inner), int(number[1]) if number else 0, variable="DOCKDJ_PORT" in outer)


def _mount(mount: Any, replacements: Replacements) -> Any:
    if isinstance(mount, Mapping):
        target, source = str(mount.get("target")), str(mount.get("source") or "")
        bound, read_only = mount.get("type") == "bind", bool(mount.get("read_only"))
    else:
        source, _, rest = str(mount).partition(":")
        target, _, mode = rest.partition(":")
        bound, read_only = bool(target) and source[:1] in ("/", ".", "~", "$"), "ro" in mode.split(",")
    own = in_project(source, replacements.files.compose)
    if not bound or read_only or (source[:1] == "." and replacements.exists(own)):
        return mount
    return target


def _network(body: Any, label: Mapping[str, str]) -> dict[str, Any]:
    """A network of this run alone: without a name, which could be another network's."""
    network = {key: value for key, value in (body or {}).items() if key not in ("name", "external")}
    return {**network, "labels": pairs(network.get("labels")) | dict(label)}
