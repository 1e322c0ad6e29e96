"""The facts of an environment that parity compares, each under a path that dockdj.toml can name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_name

from dockdj.model.inventory.inventory import Inventory
from dockdj.model.parity.compose_settings import settings, without_name
from dockdj.model.project.compose_file import Service
from dockdj.model.project.env_contract import Variable
from dockdj.model.project.layout import EnvironmentFiles

# Subjects about the whole project, as paths name them.
PROCFILE = "Procfile"
CONTRACT = ".env.example"
# Replaces the value of a variable that is secret by the contract.
SET = "set"
# The kind of a whole service that an environment lacks.
SERVICE = "service"
_PROCESS = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")
_LOCKED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?=\s*(\[|==|@))")


@dataclass(frozen=True, order=True)
class Subject:
    """The subject of a fact. `service` is empty for a fact about the whole project.

    `place` is the interpreter or the node_modules folder of a package; it is not part of the path.
    """

    service: str
    kind: str
    name: str = ""
    place: str = ""

    @property
    def path(self) -> str:
        """SERVICE/KIND/NAME, as in dockdj.toml; for a whole service, its name."""
        parts = (self.service, "" if self.kind == SERVICE else self.kind, self.name.lstrip("/"))
        return "/".join(part for part in parts if part)


@dataclass(frozen=True)
class ImageContents:
    """The contents of an image, and how it is run."""

    inventory: Inventory
    run: Mapping[str, Any]


@dataclass(frozen=True)
class Environment:
    """An environment: its services, their compose tables, and the contents of each built service's image.

    `locked` has the Python packages of the environment's lock, normalised (PEP 503).
    """

    name: str
    services: Mapping[str, Service]
    compose: Mapping[str, Mapping[str, Any]]
    images: Mapping[str, ImageContents] = field(default_factory=dict)
    processes: Mapping[str, str] = field(default_factory=dict)
    contract: tuple[Variable, ...] = ()
    locked: frozenset[str] = frozenset()
    files: EnvironmentFiles = field(default_factory=EnvironmentFiles)


def processes(procfile: str) -> dict[str, str]:
    """The lines of a Procfile: process -> command."""
    matches = (_PROCESS.fullmatch(line.strip()) for line in procfile.splitlines())
    return {match["name"]: match["command"] for match in matches if match}


def locked(requirements: str) -> frozenset[str]:
    """The packages of a requirements file with exact versions, normalised (PEP 503)."""
    matches = (_LOCKED.match(line) for line in requirements.splitlines())
    return frozenset(canonicalize_name(match[0]) for match in matches if match)


def facts(environment: Environment, with_images: frozenset[str]) -> dict[Subject, str]:
    """Every fact about an environment as text, with the contents of the images of the services `with_images`."""
    values: dict[Subject, str] = {}
    secret = {f"environment.{variable.name}" for variable in environment.contract if variable.secret}
    for name, service in environment.services.items():
        values[Subject(name, "image")] = _origin(service, environment)
        arguments = service.build.args if service.build else {}
        values |= {Subject(name, "compose", f"build.args.{key}"): value for key, value in arguments.items()}
        compose = settings(environment.compose.get(name, {}), environment.name, environment.files.of(environment.name))
        values |= {Subject(name, "compose", key): SET if key in secret else value for key, value in compose.items()}
        if name in with_images:
            values |= _image(name, environment.images[name])
    values |= {Subject("", PROCFILE, name): command for name, command in environment.processes.items()}
    return values | {Subject("", CONTRACT, variable.name): variable.kinds for variable in environment.contract}


def _origin(service: Service, environment: Environment) -> str:
    """The origin of an image: its name, or its build. Its contents are compared, so a build's target is not."""
    if service.build is None:
        return service.image or ""
    context, dockerfile = service.build.context, service.build.dockerfile
    return without_name(
        f"built in {context} with {dockerfile}", environment.name, environment.files.of(environment.name)
    )


def _image(service: str, image: ImageContents) -> dict[Subject, str]:
    return {Subject(service, kind, name, place): value for kind, name, place, value in _fields(image)}


def _fields(image: ImageContents) -> Iterator[tuple[str, str, str, str]]:
    """(kind, name, place, value) of each fact about an image."""
    inventory = image.inventory
    if inventory.os_packages is not None:
        yield "runtime", "os", "", f"{inventory.os_id} {inventory.os_version}".strip()
        yield from (("os", name, "", package.version) for name, package in inventory.os_packages.items())
    for place, interpreter in inventory.python.items():
        yield "runtime", "python", place, interpreter.version
        yield from (("python", name, place, package.version) for name, package in interpreter.packages.items())
    for place, packages in inventory.npm.items():
        yield from (("npm", name, place, version) for name, version in packages.items())
    tables = {"runtime": inventory.runtime, "files": inventory.files, "unmanaged": inventory.unmanaged or {}}
    for kind, table in tables.items():
        yield from ((kind, name, "", value) for name, value in table.items())
    for name, value in image.run.items():
        yield "run", name, "", " ".join(value) if isinstance(value, list | tuple) else str(value)
