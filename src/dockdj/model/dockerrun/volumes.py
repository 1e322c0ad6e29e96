"""Convert Compose's bind mounts to ECS's volumes and mount points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.dockerrun.values import Inexpressible, flag, text

NOT_KEPT = "ECS loses Docker's volumes with every deployment: mount a folder of the machine (`/srv/data:/data`)"
NOT_THERE = "the files of the project are not on the machine: copy them into the image"


@dataclass(frozen=True)
class Mount:
    """A folder of the machine (`source`), mounted into a container at `target`."""

    source: str
    target: str
    read_only: bool


def mounts(value: Any) -> list[Mount]:
    """The mounts of a service's `volumes:`. Raises Inexpressible unless all are absolute folders of the machine."""
    return [_of_table(entry) if isinstance(entry, Mapping) else _of_line(text(entry)) for entry in value]


def volumes(service: str, listed: list[Mount]) -> list[dict[str, Any]]:
    """The task's volumes for a service's mounts."""
    return [
        {"name": _name(service, i), "host": {"sourcePath": mount.source}} for i, mount in enumerate(listed, start=1)
    ]


def mount_points(service: str, listed: list[Mount]) -> list[dict[str, Any]]:
    """The container's mount points for a service's mounts."""
    return [
        {"sourceVolume": _name(service, i), "containerPath": mount.target, "readOnly": mount.read_only}
        for i, mount in enumerate(listed, start=1)
    ]


def _name(service: str, number: int) -> str:
    return f"{service}-{number}"


def _of_line(line: str) -> Mount:
    parts = line.split(":")
    if len(parts) == 1:
        raise Inexpressible(NOT_KEPT)
    mode = parts[2] if len(parts) == 3 else "rw"
    if len(parts) > 3 or mode not in ("ro", "rw"):
        raise Inexpressible(f"{line}: ECS supports ro and rw")
    return Mount(_absolute(parts[0]), parts[1], mode == "ro")


def _of_table(table: Mapping[str, Any]) -> Mount:
    unknown = sorted(set(table) - {"type", "source", "target", "read_only"})
    # Docker creates a missing folder of the machine, on ECS as well.
    if unknown == ["bind"] and table["bind"] == {"create_host_path": True}:
        unknown = []
    if unknown:
        raise Inexpressible(f"ECS has no equivalent of {', '.join(unknown)}")
    if table.get("type") != "bind":
        raise Inexpressible(NOT_KEPT)
    return Mount(_absolute(text(table.get("source"))), text(table.get("target")), flag(table.get("read_only", False)))


def _absolute(source: str) -> str:
    if source.startswith("/"):
        return source
    raise Inexpressible(NOT_THERE if source.startswith((".", "~")) else NOT_KEPT)
