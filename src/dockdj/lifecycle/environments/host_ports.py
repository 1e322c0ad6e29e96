"""Choose the ports of this machine for an environment: its compose file leaves their numbers to variables."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.adapters import machine
from dockdj.adapters.docker.compose import Container
from dockdj.errors import MissingTool, UsageError
from dockdj.events import Report, Warned, silent
from dockdj.model.project.compose_shape import listed

# The application's port; every other variable is called DOCKDJ_<NAME>_PORT.
APPLICATION = "DOCKDJ_PORT"
OPEN_PORT = re.compile(
    r"\$\{(?P<variable>DOCKDJ_(?:[A-Z0-9]+_)*PORT):-(?P<usual>\d{1,5})\}:(?P<inner>\d{1,5})(?:/tcp)?$"
)
TRIED = 100
IsFree = Callable[[int], bool]


@dataclass(frozen=True)
class OpenPort:
    """A port that a service publishes under a variable number of this machine; `usual` is the default number."""

    service: str
    variable: str
    usual: int
    inner: int


def open_ports(document: Any) -> tuple[OpenPort, ...]:
    """The ports that a parsed compose file publishes through variables."""
    services = document.get("services") if isinstance(document, Mapping) else None
    return tuple(_open_ports(services if isinstance(services, Mapping) else {}))


def _open_ports(services: Mapping[str, Any]) -> Iterator[OpenPort]:
    for service, body in services.items():
        for line in listed(body, "ports"):
            if match := OPEN_PORT.search(str(line)):
                yield OpenPort(str(service), match["variable"], int(match["usual"]), int(match["inner"]))


def held(wanted: Iterable[OpenPort], containers: Iterable[Container]) -> dict[str, int]:
    """Variable -> the port that the environment's containers already hold."""
    ports = {(each.service, inner): outer for each in containers for inner, outer in each.ports.items()}
    return {port.variable: ports[port.service, port.inner] for port in wanted if (port.service, port.inner) in ports}


def choose(
    wanted: Iterable[OpenPort],
    own: Mapping[str, int],
    asked: int | None,
    report: Report = silent,
    is_free: IsFree = machine.is_free,
) -> dict[str, int]:
    """Variable -> port: the port already held (`own`), else the default, else the next free port, with a warning.

    `asked` is the application's port. Raises MissingTool when it is taken, UsageError without such a variable.
    """
    chosen: dict[str, int] = {}
    for port in wanted:
        if port.variable == APPLICATION and asked is not None:
            chosen[APPLICATION] = _asked(asked, own, is_free)
        elif port.variable not in chosen:
            # Nothing listens yet on the ports chosen in this call.
            free = _not_among({*chosen.values(), asked}, is_free)
            chosen[port.variable] = own.get(port.variable) or _free(port.usual, report, free)
    if asked is not None and APPLICATION not in chosen:
        raise UsageError("the compose file publishes no ${DOCKDJ_PORT:-NUMBER}: --port has nothing to change")
    return chosen


def _asked(port: int, own: Mapping[str, int], is_free: IsFree) -> int:
    if own.get(APPLICATION) != port and not is_free(port):
        raise MissingTool(f"port {port} is taken", hint="name another port, or leave --port out to get a free one")
    return port


def _not_among(taken: set[int | None], is_free: IsFree) -> IsFree:
    return lambda port: port not in taken and is_free(port)


def _free(usual: int, report: Report, is_free: IsFree) -> int:
    if is_free(usual):
        return usual
    # The next ports, but never ports below 1024.
    first = usual + 1 if usual >= 1024 else usual + 8000
    chosen = next((port for port in range(first, first + TRIED) if is_free(port)), None)
    if chosen is None:
        raise MissingTool(f"ports {usual} and {first}-{first + TRIED - 1} are taken", hint="name a free one: --port N")
    report(Warned(f"port {usual} is taken; using {chosen}"))
    return chosen
