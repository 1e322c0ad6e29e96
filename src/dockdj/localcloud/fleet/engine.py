"""The Docker commands of the fleet: JSON asked for, typed values returned."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockdj.adapters import shell
from dockdj.errors import CommandFailed
from dockdj.localcloud.fleet.names import filters

STOP_SECONDS = 30


@dataclass(frozen=True)
class Container:
    """A container of the fleet as the engine knows it."""

    name: str
    created: str
    """ISO 8601, UTC."""
    running: bool
    labels: Mapping[str, str]
    ports: Mapping[str, int]
    """Host ports by container port, as in `80/tcp`; also of a stopped container."""


def docker(*arguments: str, stdin: str | None = None, timeout: float | None = None) -> str:
    """Run one Docker command and return what it wrote. Raises CommandFailed, MissingTool, TimedOut."""
    return shell.capture(["docker", *arguments], stdin=stdin, timeout=timeout).stdout


def succeeds(*arguments: str) -> bool:
    """Whether a Docker command ends with status 0."""
    return shell.capture(["docker", *arguments], check=False).status == 0


def containers(labels: Mapping[str, str]) -> list[Container]:
    """The containers with all of these labels, stopped ones too, oldest first."""
    ids = docker("ps", "--all", "--quiet", "--no-trunc", *filters(labels)).split()
    if not ids:
        return []
    # One that vanishes between the two commands is reported on stderr; the others are still described.
    described = shell.capture(["docker", "container", "inspect", *ids], check=False).stdout
    return sorted(map(container, json.loads(described)), key=lambda found: (found.created, found.name))


def container(described: Mapping[str, Any]) -> Container:
    """Read one item of `docker container inspect`."""
    bindings = described["HostConfig"].get("PortBindings") or {}
    return Container(
        name=described["Name"].lstrip("/"),
        created=described["Created"],
        running=described["State"]["Running"],
        labels=described["Config"]["Labels"] or {},
        ports={port: int(bound[0]["HostPort"]) for port, bound in bindings.items() if bound and bound[0]["HostPort"]},
    )


def remove_containers(names: Sequence[str]) -> None:
    """Remove containers and their anonymous volumes, running or not; those that are gone count as removed."""
    if names:
        tolerate(("No such container", "already in progress"), "rm", "--force", "--volumes", *names)


def remove_volumes(labels: Mapping[str, str]) -> None:
    """Remove the volumes with all of these labels."""
    if names := docker("volume", "ls", "--quiet", *filters(labels)).split():
        tolerate(("no such volume",), "volume", "rm", "--force", *names)


def remove_networks(labels: Mapping[str, str]) -> None:
    """Remove the networks with all of these labels."""
    if names := docker("network", "ls", "--quiet", *filters(labels)).split():
        tolerate(("not found",), "network", "rm", *names)


def tolerate(reasons: tuple[str, ...], *arguments: str) -> None:
    """Run a Docker command; a failure that gives one of these reasons is a success: the work is done already."""
    try:
        docker(*arguments)
    except CommandFailed as failure:
        if not any(reason in failure.output for reason in reasons):
            raise
