"""Docker commands of the fleet, with typed results."""

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
    """A container of the fleet, as Docker describes it."""

    name: str
    created: str
    """ISO 8601, UTC."""
    running: bool
    labels: Mapping[str, str]
    ports: Mapping[str, int]
    """Host ports by container port such as `80/tcp`. A stopped container has them, too."""


def docker(
    *arguments: str,
    stdin: str | None = None,
    timeout: float | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Run one Docker command and return its output. Raises CommandFailed, MissingTool, TimedOut.

    Secrets go by `stdin` or by `variables` of the environment, never by `arguments`: every user of the machine can read
    a command line.
    """
    return shell.capture(["docker", *arguments], stdin=stdin, timeout=timeout, env=variables).stdout


def succeeds(*arguments: str) -> bool:
    """Return whether a Docker command exits with status 0."""
    return shell.capture(["docker", *arguments], check=False).status == 0


def containers(labels: Mapping[str, str]) -> list[Container]:
    """The containers with all of these labels, running or stopped, oldest first."""
    ids = docker("ps", "--all", "--quiet", "--no-trunc", *filters(labels)).split()
    if not ids:
        return []
    # If a container disappears between the two commands, Docker describes the others and exits with 1.
    descriptions = shell.capture(["docker", "container", "inspect", *ids], check=False).stdout
    return sorted(map(parse_container, json.loads(descriptions)), key=lambda item: (item.created, item.name))


def parse_container(description: Mapping[str, Any]) -> Container:
    """Parse one item of `docker container inspect`."""
    bindings = description["HostConfig"].get("PortBindings") or {}
    return Container(
        name=description["Name"].lstrip("/"),
        created=description["Created"],
        running=description["State"]["Running"],
        labels=description["Config"]["Labels"] or {},
        ports={port: int(bound[0]["HostPort"]) for port, bound in bindings.items() if bound and bound[0]["HostPort"]},
    )


def remove_containers(names: Sequence[str]) -> None:
    """Remove containers, running or stopped, with their anonymous volumes. Missing containers are ignored."""
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


def tolerate(reasons: tuple[str, ...], *arguments: str, stdin: str | None = None) -> None:
    """Run a Docker command and ignore a failure whose output contains one of these reasons."""
    try:
        docker(*arguments, stdin=stdin)
    except CommandFailed as failure:
        if not any(reason in failure.output for reason in reasons):
            raise
