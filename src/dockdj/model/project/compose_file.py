"""A compose file's services: built, pulled, or for this machine alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from dockdj.errors import ProjectError
from dockdj.model.image_names import COMPONENT
from dockdj.model.project.compose_shape import mistakes

# A release's record has the tag `record-1.2.0`, so no service can have this name.
RECORD = "record"
# A container's name is a name in the network's DNS (RFC 1035, 2.3.4), and part of a tag of at most 128 characters.
LONGEST_NAME = 63
BUILD_KEYS = ("context", "dockerfile", "target", "args")


@dataclass(frozen=True)
class Build:
    """A service's `build:`; paths are relative to the project's root."""

    context: str
    dockerfile: str
    target: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """A service of a compose file: built here (`build`), or a third-party image (`image`)."""

    name: str
    build: Build | None = None
    image: str | None = None
    profiles: tuple[str, ...] = ()


def services(document: Any, compose_file: str) -> tuple[Service, ...]:
    """The services of a parsed compose file; `compose_file` is its path in the project.

    Raises ProjectError for a document without services, and a service with neither build nor image or a kept name.
    """
    tables = document.get("services") if isinstance(document, Mapping) else None
    if not isinstance(tables, Mapping) or not tables:
        raise ProjectError(f"{compose_file} has no services", hint="see `docker compose config`")
    if wrong := list(mistakes(document)):
        lines = "".join(f"\n  {mistake}" for mistake in wrong)
        raise ProjectError(f"{compose_file} is wrong:{lines}", hint="see `docker compose config`")
    return tuple(_service(str(name), body or {}, compose_file) for name, body in tables.items())


def released(services: tuple[Service, ...]) -> tuple[Service, ...]:
    """The services that are part of a release: those under no profile."""
    return tuple(service for service in services if not service.profiles)


def _service(name: str, body: Mapping[str, Any], compose_file: str) -> Service:
    where = f"{compose_file}: services.{name}"
    if not isinstance(body, Mapping):
        raise ProjectError(f"{where} is not a table", hint="see `docker compose config`")
    if name == RECORD:
        raise ProjectError(
            f"{where}: the name is reserved for a release's record, which has the tag {RECORD}-VERSION",
            hint="give the service another name",
        )
    build = body.get("build")
    image = body.get("image")
    # Images are named after the services that are built or released.
    if (build or not body.get("profiles")) and not (COMPONENT.fullmatch(name) and len(name) <= LONGEST_NAME):
        raise ProjectError(
            f"{where}: Docker cannot name an image after this service: it takes at most {LONGEST_NAME} lower-case "
            "letters and digits, with `.`, `_`, `__` or hyphens between them",
            hint=f"give the service another name, for instance `{_usable(name)}`",
        )
    if build is None and image is None:
        raise ProjectError(f"{where} has neither build nor image", hint="add one of them")
    for key in ("build", "image"):
        if "$" in str(body.get(key) or ""):
            raise ProjectError(
                f"{where}.{key} holds a variable: a release must be the same on every machine",
                hint="write the value itself, or give the build argument a default in the Dockerfile",
            )
    return Service(
        name,
        build=None if build is None else _build(build, compose_file, where),
        image=None if image is None else str(image),
        profiles=tuple(str(profile) for profile in body.get("profiles") or ()),
    )


def _usable(name: str) -> str:
    """A name that Docker takes, from one that only Compose takes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_NAME].strip("-") or "web"


def _build(build: Any, compose_file: str, where: str) -> Build:
    body: Mapping[str, Any] = {"context": build} if isinstance(build, str) else build
    if not isinstance(body, Mapping) or (unknown := sorted(set(body) - set(BUILD_KEYS))):
        named = f": {', '.join(unknown)}" if isinstance(body, Mapping) else ""
        raise ProjectError(
            f"{where}.build has unsupported keys{named}",
            hint=f"a build has {', '.join(BUILD_KEYS)}",
        )
    folder = PurePosixPath(compose_file).parent
    context = normpath(folder / str(body.get("context", ".")))
    args = body.get("args") or {}
    if not isinstance(args, Mapping):
        args = dict(str(line).partition("=")[::2] for line in args)
    if unset := [
        str(key) for key, value in args.items() if not isinstance(value, str | int) or isinstance(value, bool)
    ]:
        raise ProjectError(f"{where}.build.args: {', '.join(unset)} has no text as value", hint="put it in quotes")
    return Build(
        context=context,
        dockerfile=str(body.get("dockerfile", "Dockerfile")),
        target=None if body.get("target") is None else str(body["target"]),
        args={str(key): str(value) for key, value in args.items()},
    )
