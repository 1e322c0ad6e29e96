"""All that is compared of one environment, each fact under a path that a person can write down."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_name

from dockdj.model.parity.compose_settings import settings
from dockdj.model.project.compose_file import Service
from dockdj.model.project.env_contract import Variable
from dockdj.model.project.recipe import COMPOSE_FILE

# Subjects about the whole project, as paths name them.
PROCFILE = "Procfile"
CONTRACT = ".env.example"
# Stands for the value of a variable that the contract calls secret.
SET = "set"
# A whole service that one environment lacks.
SERVICE = "service"
_PROCESS = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")
_LOCKED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?=\s*(\[|==|@))")


@dataclass(frozen=True, order=True)
class Subject:
    """What one fact is about. `service` is empty where it is about the whole project.

    `place` is the interpreter or the node_modules folder that has a package; the path leaves it out.
    """

    service: str
    kind: str
    name: str = ""
    place: str = ""

    @property
    def path(self) -> str:
        """SERVICE/KIND/NAME, as it is written in dockdj.toml; a whole service is its name."""
        parts = (self.service, "" if self.kind == SERVICE else self.kind, self.name.lstrip("/"))
        return "/".join(part for part in parts if part)


@dataclass(frozen=True)
class Environment:
    """An environment: its services, their compose tables, and of each built one the fields that a record has.

    `locked` are the Python packages that its own lock names, normalised (PEP 503).
    """

    name: str
    services: Mapping[str, Service]
    compose: Mapping[str, Mapping[str, Any]]
    images: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    processes: Mapping[str, str] = field(default_factory=dict)
    contract: tuple[Variable, ...] = ()
    locked: frozenset[str] = frozenset()


def processes(procfile: str) -> dict[str, str]:
    """The lines of a Procfile: name of a process -> its command."""
    found = (_PROCESS.fullmatch(line.strip()) for line in procfile.splitlines())
    return {one["name"]: one["command"] for one in found if one}


def locked(requirements: str) -> frozenset[str]:
    """The packages that a requirements file with exact versions names, normalised (PEP 503)."""
    found = (_LOCKED.match(line) for line in requirements.splitlines())
    return frozenset(canonicalize_name(one[0]) for one in found if one)


def facts(environment: Environment, with_images: frozenset[str]) -> dict[Subject, str]:
    """Every fact about an environment as text. Images are looked into for the services named."""
    found: dict[Subject, str] = {}
    secret = {f"environment.{variable.name}" for variable in environment.contract if variable.secret}
    for name, service in environment.services.items():
        found[Subject(name, "image")] = _origin(service, environment.name)
        arguments = service.build.args if service.build else {}
        found |= {Subject(name, "compose", f"build.args.{key}"): value for key, value in arguments.items()}
        written = settings(environment.compose.get(name, {}), environment.name)
        found |= {Subject(name, "compose", key): SET if key in secret else value for key, value in written.items()}
        if name in with_images:
            found |= _image(name, environment.images[name])
    found |= {Subject("", PROCFILE, name): command for name, command in environment.processes.items()}
    return found | {Subject("", CONTRACT, one.name): one.kinds for one in environment.contract}


def _origin(service: Service, environment: str) -> str:
    """What an image comes from. A build's target is not compared: what it leads to is."""
    if service.build is None:
        return service.image or ""
    folder = COMPOSE_FILE.format(environment=environment).removesuffix("docker-compose.yml")
    ours = COMPOSE_FILE.format(environment="ENV").removesuffix("docker-compose.yml")
    context, dockerfile = service.build.context, service.build.dockerfile
    return f"built in {context} with {dockerfile}".replace(folder, ours)


def _image(service: str, fields: Mapping[str, Any]) -> dict[Subject, str]:
    return {Subject(service, kind, name, place): value for kind, name, place, value in _fields(fields)}


def _fields(fields: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """(kind, name, place, value) of an image's fields in a release record."""
    system = fields.get("os") or {}
    if system:
        yield "runtime", "os", "", f"{system['id']} {system['version']}".strip()
    for name, package in system.get("packages", {}).items():
        yield "os", name, "", package["version"]
    for place, interpreter in (fields.get("python") or {}).items():
        yield "runtime", "python", place, interpreter["version"]
        for name, package in interpreter["packages"].items():
            yield "python", name, place, package["version"]
    for place, packages in (fields.get("npm") or {}).items():
        yield from (("npm", name, place, version) for name, version in packages.items())
    for kind in ("runtime", "files", "unmanaged"):
        yield from ((kind, name, "", value) for name, value in (fields.get(kind) or {}).items())
    for name, value in (fields.get("run") or {}).items():
        yield "run", name, "", " ".join(value) if isinstance(value, list | tuple) else str(value)
