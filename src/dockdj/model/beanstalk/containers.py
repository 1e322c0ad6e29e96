"""The containers of a release, as its bundles describe them: the compose file without what only a build needs.

Made once, when a version is released, from the document that Compose resolved. The record keeps it, so that a bundle
needs neither Compose nor the compose file, and has the same bytes on every machine.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from typing import Any

from dockdj.model.beanstalk.compose_keys import OLDER, RESOURCES, SERVICE, TOP_LEVEL, newer
from dockdj.model.project.compose_references import LONG_FORM, Keys, Mistake, inside
from dockdj.model.project.compose_shape import dependencies, pairs

# Elastic Beanstalk writes an environment's properties to this file, next to the compose file (Developer Guide, Docker
# platform). It writes none if the bundle has one.
PROPERTIES = ".env"
# What a build or development needs, and what resolving has taken into account.
NOT_ON_INSTANCES = ("build", "develop", "extends", "image", "profiles")
# Keys that name another service of the same file.
SERVICE_MODES = ("network_mode", "pid", "ipc")


@dataclass(frozen=True)
class Containers:
    """The released services, networks and volumes (`compose`), and the files of the commit that they need (`files`).

    `compose` is a document of Compose without images: a bundle pins them. Its paths are relative to the project, and
    so are those of `files`, which may be folders. `images` is service -> image of the services that are not built.
    """

    compose: Mapping[str, Any]
    files: tuple[str, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass
class _Project:
    """The files around a compose file, and what is collected while it is read."""

    folder: str
    variables: str
    exists: Callable[[str], bool]
    released: frozenset[str]
    files: set[str] = field(default_factory=set)
    mistakes: list[Mistake] = field(default_factory=list)

    def refuse(self, keys: Keys, cause: str, remedy: str = "") -> None:
        self.mistakes.append(Mistake(keys, cause, remedy))

    def placed(self, keys: Keys, path: str) -> str:
        """The path that a file of the project has in a bundle, where the compose file is at the root."""
        own = normpath(join(self.folder, path))
        if "$" in path:
            self.refuse(keys, f"`{path}` holds a variable, so no bundle can hold the file", "write the path itself")
        elif path.startswith("~"):
            self.refuse(keys, f"`{path}` is in the home of the user who runs Compose", "write an absolute path")
        elif not inside(own):
            self.refuse(keys, f"`{path}` is outside of the project", "write an absolute path of the instance")
        elif own == ".":
            self.refuse(keys, "it is the whole project", "copy what the service needs into its image")
        elif own == PROPERTIES:
            cause = (
                f"with a `{PROPERTIES}` in the bundle, Elastic Beanstalk does not write the environment's properties"
            )
            self.refuse(keys, cause, "give the file another name")
        elif not self.exists(own):
            data = ". For data, mount a named volume or an absolute path: a deployment keeps both"
            self.refuse(keys, f"the commit has no {own}", "commit it" + data * ("volumes" in keys))
        else:
            self.files.add(own)
        return f"./{own}"


def containers(
    document: Mapping[str, Any],
    compose_file: str,
    variables: str,
    released: Sequence[str],
    exists: Callable[[str], bool],
) -> tuple[Containers, tuple[Mistake, ...]]:
    """The containers of a resolved compose file, and what of it no bundle can hold.

    `compose_file` and `variables` are the paths of production's compose file and `.env`. `exists` tells if the commit
    has a file or folder. Every part of the released services is kept, or named in a mistake.
    """
    project = _Project(dirname(compose_file), variables, exists, frozenset(released))
    services = {name: _service(name, document["services"][name] or {}, project) for name in released}
    project.mistakes += _shared_ports(services)
    compose: dict[str, Any] = {"services": services}
    for key in document:
        if key not in TOP_LEVEL and not key.startswith("x-"):
            project.refuse((key,), OLDER)
    if document.get("name"):
        compose["name"] = document["name"]
    for kind, used in _used(services).items():
        table = {name: body for name, body in (document.get(kind) or {}).items() if name in used}
        if table:
            compose[kind] = {name: _resource(kind, name, body, project) for name, body in table.items()}
    bodies = {name: document["services"][name] or {} for name in released}
    images = {name: str(body["image"]) for name, body in bodies.items() if body.get("image") and not body.get("build")}
    return Containers(_without_floats(compose), tuple(sorted(project.files)), images), tuple(project.mistakes)


def pinned(containers: Containers, images: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Any]:
    """The compose file of a bundle: each service with its image by digest and with `environment` added."""
    # Compose interpolates `$`; `$$` is a literal `$`.
    added = {name: value.replace("$", "$$") for name, value in sorted(environment.items())}
    services = {
        name: {"image": images[name], **body, "environment": {**body.get("environment", {}), **added}}
        for name, body in containers.compose["services"].items()
    }
    return {**containers.compose, "services": services}


def _service(name: str, body: Mapping[str, Any], project: _Project) -> dict[str, Any]:
    at: Keys = ("services", name)
    service: dict[str, Any] = {}
    for key, value in body.items():
        if key in NOT_ON_INSTANCES or key.startswith("x-"):
            continue
        if key not in SERVICE:
            project.refuse((*at, key), OLDER)
        elif key in _CONVERTED:
            service[key] = _CONVERTED[key](value, (*at, key), project)
        else:
            service[key] = value
    for keys, cause in newer(service):
        project.refuse((*at, *keys), cause)
    _require_services(service, at, project)
    return {
        key: value for key, value in service.items() if value not in (None, {}, []) or key in ("command", "entrypoint")
    }


def _require_services(service: Mapping[str, Any], at: Keys, project: _Project) -> None:
    """Refuse what needs a service that is not part of a release."""
    needed: list[tuple[Keys, str]] = []
    for key in ("links", "volumes_from"):
        for number, line in enumerate(service.get(key) or ()):
            kind = str(line).partition(":")[0]
            if kind != "container":
                needed.append(((*at, key, number), kind))
    for key in SERVICE_MODES:
        kind, _, other = str(service.get(key) or "").partition(":")
        if kind == "service":
            needed.append(((*at, key), other))
    for keys, other in needed:
        if other not in project.released:
            project.refuse(keys, f"the service {other} is not part of a release", "remove it")


def _env_files(value: Any, at: Keys, project: _Project) -> list[str]:
    """`env_file`: the environment's properties and files of the commit, as a list of paths."""
    paths = []
    for number, entry in enumerate(value if isinstance(value, list) else [value]):
        options = entry if isinstance(entry, Mapping) else {"path": entry}
        path, keys = str(options.get("path")), (*at, number)
        if unknown := sorted(set(options) - {"path", "required"}):
            project.refuse(keys, f"{', '.join(unknown)}: {OLDER}")
        if normpath(join(project.folder, path)) == project.variables:
            paths.append(PROPERTIES)
        elif options.get("required") is not False or project.exists(normpath(join(project.folder, path))):
            paths.append(project.placed(keys, path))
    return paths


def _environment(value: Any, at: Keys, project: _Project) -> dict[str, Any]:
    return pairs(value)


def _dependencies(value: Any, at: Keys, project: _Project) -> dict[str, Any]:
    """`depends_on` the other released services; a target has its own of the services that are left out."""
    return {name: options for name, options in dependencies(value).items() if name in project.released}


def _ports(value: Any, at: Keys, project: _Project) -> list[Any]:
    return [
        {key: option for key, option in port.items() if (key, option) != ("mode", "ingress")}
        if isinstance(port, Mapping)
        else port
        for port in (value if isinstance(value, list) else ())
    ]


def _volumes(value: Any, at: Keys, project: _Project) -> list[Any]:
    return [_mount(mount, (*at, number), project) for number, mount in enumerate(value or ())]


def _mount(mount: Any, at: Keys, project: _Project) -> Any:
    source = mount.get("source") if isinstance(mount, Mapping) else mount
    bound = isinstance(mount, Mapping) and mount.get("type") == "bind"
    if not isinstance(mount, Mapping) or (not bound and "$" in str(source or "")):
        project.refuse(at, f"`{source}` holds a variable", LONG_FORM)
        return mount
    kept = {key: option for key, option in mount.items() if option is not None}
    if bound and not str(source).startswith("/"):
        kept["source"] = project.placed((*at, "source"), str(source))
    return kept


def _security(value: Any, at: Keys, project: _Project) -> list[Any]:
    """`security_opt`: Compose reads a seccomp profile from a file next to the compose file."""
    options = []
    for number, option in enumerate(value or ()):
        keys = (*at, number)
        options.append(with_profile(str(option), lambda path, keys=keys: project.placed(keys, path)))  # type: ignore[misc]
    return options


def with_profile(option: str, placed: Callable[[str], str]) -> str:
    """A `security_opt` with another path of its seccomp profile, if it names one next to the compose file."""
    name, sign, path = option.partition("=" if "=" in option else ":")
    if name != "seccomp" or path in ("", "unconfined", "builtin") or path.startswith("/"):
        return option
    return f"{name}{sign}{placed(path)}"


_CONVERTED: Mapping[str, Callable[[Any, Keys, _Project], Any]] = {
    "env_file": _env_files,
    "environment": _environment,
    "depends_on": _dependencies,
    "ports": _ports,
    "volumes": _volumes,
    "security_opt": _security,
}


def _shared_ports(services: Mapping[str, Mapping[str, Any]]) -> Iterator[Mistake]:
    """The ports of an instance that two services publish: only one of them would start."""
    owners: dict[str, str] = {}
    for name, body in services.items():
        for number, port in enumerate(body.get("ports") or ()):
            place = _published(port)
            owner = owners.setdefault(place, name) if place else name
            if owner != name:
                cause = f"the port {place} of an instance belongs to {owner} already"
                yield Mistake(("services", name, "ports", number), cause, "publish another port, or none")


def _published(port: Any) -> str:
    """[ADDRESS:]PORT/PROTOCOL of the instance that a port publishes, as it is written; empty if Docker chooses one."""
    if isinstance(port, Mapping):
        address, number, protocol = port.get("host_ip"), port.get("published"), port.get("protocol")
        place = ":".join(str(part) for part in (address, number) if part) if number else ""
    else:
        text, _, protocol = str(port).partition("/")
        place = text.rpartition(":")[0]
    return f"{place}/{protocol or 'tcp'}" if place else ""


def _used(services: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """The networks, volumes, secrets and configurations that the services use, by kind."""
    used: dict[str, set[str]] = {"networks": {"default"}, "volumes": set(), "secrets": set(), "configs": set()}
    for service in services.values():
        used["networks"] |= {str(name) for name in service.get("networks") or ()}
        for mount in service.get("volumes") or ():
            if isinstance(mount, Mapping) and mount.get("type") == "volume" and mount.get("source"):
                used["volumes"].add(str(mount["source"]))
        for kind in ("secrets", "configs"):
            for entry in service.get(kind) or ():
                used[kind].add(str(entry.get("source") if isinstance(entry, Mapping) else entry))
    return used


def _resource(kind: str, name: str, body: Any, project: _Project) -> Any:
    at: Keys = (kind, name)
    table = {key: value for key, value in (body or {}).items() if not key.startswith("x-")}
    for key in table:
        if key not in RESOURCES[kind]:
            remedy = "write the text to a file, and name it as `file`" if kind == "configs" else ""
            project.refuse((*at, key), OLDER, remedy)
    file = table.get("file")
    if isinstance(file, str) and not file.startswith("/"):
        table["file"] = project.placed((*at, "file"), file)
    return table or None


def _without_floats(value: Any) -> Any:
    """A document whose fractions are texts, which Compose reads alike: a record holds no fractions."""
    if isinstance(value, Mapping):
        return {str(key): _without_floats(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_floats(inner) for inner in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        return str(value)
    return value
