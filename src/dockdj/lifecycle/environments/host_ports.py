"""Which ports of this machine an environment answers on: those that its compose file leaves open."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.adapters import machine
from dockdj.adapters.docker.compose import Container
from dockdj.errors import MissingTool, UsageError
from dockdj.events import Report, Warned, silent

# The application's port; every other one is called ${DOCKDJ_<WHAT>_PORT:-NUMBER}.
APPLICATION = "DOCKDJ_PORT"
OPEN_PORT = re.compile(r"\$\{(?P<variable>DOCKDJ_(?:[A-Z0-9]+_)*PORT):-(?P<usual>\d+)\}:(?P<inner>\d+)(?:/tcp)?$")
TRIED = 100
IsFree = Callable[[int], bool]


@dataclass(frozen=True)
class OpenPort:
    """A published port whose number on this machine is a variable: who publishes it, and its usual number."""

    service: str
    variable: str
    usual: int
    inner: int


def open_ports(document: Any) -> tuple[OpenPort, ...]:
    """The ports that a parsed compose file publishes under variables."""
    return tuple(_open_ports(document.get("services") or {}))


def _open_ports(services: Mapping[str, Any]) -> Iterator[OpenPort]:
    for service, body in services.items():
        for line in (body or {}).get("ports") or ():
            if found := OPEN_PORT.search(str(line)):
                yield OpenPort(str(service), found["variable"], int(found["usual"]), int(found["inner"]))


def held(wanted: Iterable[OpenPort], containers: Iterable[Container]) -> dict[str, int]:
    """Variable -> the port that the environment's containers hold already."""
    found = {(each.service, inner): outer for each in containers for inner, outer in each.ports.items()}
    return {port.variable: found[port.service, port.inner] for port in wanted if (port.service, port.inner) in found}


def choose(
    wanted: Iterable[OpenPort],
    own: Mapping[str, int],
    asked: int | None,
    report: Report = silent,
    is_free: IsFree = machine.is_free,
) -> dict[str, int]:
    """Variable -> port: as held already (`own`), else the usual one, else the next free one, which is said.

    `asked` is for the application's. Raises MissingTool when it is taken, UsageError when it cannot be given.
    """
    chosen: dict[str, int] = {}
    for port in wanted:
        if port.variable == APPLICATION and asked is not None:
            chosen[APPLICATION] = _asked(asked, own, is_free)
        elif port.variable not in chosen:
            # Nothing listens yet on the ones chosen a moment ago.
            free = _not_among({*chosen.values(), asked}, is_free)
            chosen[port.variable] = own.get(port.variable) or _free(port.usual, report, free)
    if asked is not None and APPLICATION not in chosen:
        raise UsageError("the compose file publishes no ${DOCKDJ_PORT:-NUMBER}: --port has nothing to change")
    return chosen


def _asked(port: int, own: Mapping[str, int], is_free: IsFree) -> int:
    if own.get(APPLICATION) != port and not is_free(port):
        raise MissingTool(f"port {port} is taken", hint="name another one, or none: then a free one is chosen")
    return port


def _not_among(taken: set[int | None], is_free: IsFree) -> IsFree:
    return lambda port: port not in taken and is_free(port)


def _free(usual: int, report: Report, is_free: IsFree) -> int:
    if is_free(usual):
        return usual
    # Next to it, but never among the ports below 1024.
    first = usual + 1 if usual >= 1024 else usual + 8000
    chosen = next((port for port in range(first, first + TRIED) if is_free(port)), None)
    if chosen is None:
        raise MissingTool(f"ports {usual} and {first}-{first + TRIED - 1} are taken", hint="name a free one: --port N")
    report(Warned(f"port {usual} is taken; using {chosen}"))
    return chosen
