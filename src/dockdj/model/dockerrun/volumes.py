"""Folders of the machine inside containers: Compose's bind mounts as ECS's volumes and mount points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.model.dockerrun.values import Inexpressible, flag, text

NOT_KEPT = "ECS loses Docker's own volumes with every deployment: mount a folder of the machine (`/srv/data:/data`)"
NOT_THERE = "the files of the project are not on the machine: copy them into the image"


@dataclass(frozen=True)
class Mount:
    """A folder of the machine (`source`) and where a container has it (`target`)."""

    source: str
    target: str
    read_only: bool


def mounts(value: Any) -> list[Mount]:
    """The mounts of a service's `volumes:`. Raises Inexpressible for all that is no absolute folder."""
    return [_of_table(one) if isinstance(one, Mapping) else _of_line(text(one)) for one in value]


def volumes(service: str, found: list[Mount]) -> list[dict[str, Any]]:
    """The task's volumes for a service's mounts."""
    return [{"name": _name(service, i), "host": {"sourcePath": one.source}} for i, one in enumerate(found, start=1)]


def mount_points(service: str, found: list[Mount]) -> list[dict[str, Any]]:
    """The container's side of them."""
    return [
        {"sourceVolume": _name(service, i), "containerPath": one.target, "readOnly": one.read_only}
        for i, one in enumerate(found, start=1)
    ]


def _name(service: str, number: int) -> str:
    return f"{service}-{number}"


def _of_line(line: str) -> Mount:
    parts = line.split(":")
    if len(parts) == 1:
        raise Inexpressible(NOT_KEPT)
    mode = parts[2] if len(parts) == 3 else "rw"
    if len(parts) > 3 or mode not in ("ro", "rw"):
        raise Inexpressible(f"{line}: ECS knows ro and rw")
    return Mount(_absolute(parts[0]), parts[1], mode == "ro")


def _of_table(table: Mapping[str, Any]) -> Mount:
    if unknown := sorted(set(table) - {"type", "source", "target", "read_only"}):
        raise Inexpressible(f"ECS cannot be told {', '.join(unknown)}")
    if table.get("type") != "bind":
        raise Inexpressible(NOT_KEPT)
    return Mount(_absolute(text(table.get("source"))), text(table.get("target")), flag(table.get("read_only", False)))


def _absolute(source: str) -> str:
    if source.startswith("/"):
        return source
    raise Inexpressible(NOT_THERE if source.startswith((".", "~")) else NOT_KEPT)
