"""The other files that Compose reads together with a compose file: those of `include` and `extends`."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Any

from dockdj.model.project.compose_shape import listed

LONG_FORM = "write the path itself, or a table whose source begins with /: {type: bind, source: /..., target: ...}"
# The place of a part in a document: names of tables and numbers of lists.
Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """A part of a compose file that a release cannot hold: its key's path, the cause, and what to write instead."""

    keys: Keys
    cause: str
    remedy: str = ""

    def __str__(self) -> str:
        where = ".".join(str(key) for key in self.keys)
        return f"{where}: {self.cause}" + (f"; {self.remedy}" if self.remedy else "")


@dataclass(frozen=True)
class Reference:
    """A file that a compose file names, relative to the project; `keys` is the place of its name."""

    path: str
    keys: Keys


def referenced(document: Any, path: str) -> tuple[tuple[Reference, ...], tuple[Mistake, ...]]:
    """The files that the compose file at `path` includes or extends, and the mistakes in those names.

    Compose itself resolves names with variables by the machine's variables, and asks other hosts for remote files. A
    release is the same on every machine, so both are mistakes.
    """
    references: list[Reference] = []
    mistakes: list[Mistake] = []
    for keys, name in _names(document):
        if isinstance(name, Mistake):
            mistakes.append(name)
        elif "$" in name:
            mistakes.append(Mistake(keys, f"`{name}` holds a variable", "write the path itself"))
        elif "://" in name or name.startswith(("git@", "oci:", "github.com/")):
            mistakes.append(Mistake(keys, f"`{name}` is on another host", "copy the file into the project"))
        elif name.startswith(("/", "~")) or not inside(place := normpath(join(dirname(path), name))):
            mistakes.append(Mistake(keys, f"`{name}` is outside of the project", "copy the file into the project"))
        else:
            references.append(Reference(place, keys))
    return tuple(references), tuple(mistakes)


def variable_mounts(document: Any, unused: Collection[str] = ()) -> Iterator[Mistake]:
    """The mounts of services whose short form holds a variable: Compose splits it before it knows the value.

    `unused` are services that are not part of a release.
    """
    services = document.get("services") if isinstance(document, Mapping) else None
    for name, body in services.items() if isinstance(services, Mapping) else ():
        if name not in unused:
            for number, mount in enumerate(listed(body, "volumes")):
                if isinstance(mount, str) and "$" in mount:
                    yield Mistake(("services", str(name), "volumes", number), f"`{mount}` holds a variable", LONG_FORM)


def health_checks(document: Any) -> Iterator[Mistake]:
    """The health checks whose list does not begin with its kind (Compose specification, "healthcheck")."""
    services = document.get("services") if isinstance(document, Mapping) else None
    for name, body in services.items() if isinstance(services, Mapping) else ():
        check = body.get("healthcheck") if isinstance(body, Mapping) else None
        if (test := listed(check, "test")) and test[0] not in ("NONE", "CMD", "CMD-SHELL"):
            cause = f"a list begins with NONE, CMD or CMD-SHELL, not {test[0]!r}"
            yield Mistake(("services", str(name), "healthcheck", "test"), cause, f"write `[CMD, {test[0]}, ...]`")


def paths_of(value: Any) -> list[str]:
    """The paths of an `env_file`."""
    entries = value if isinstance(value, list) else [value] if value else []
    return [str(entry.get("path") if isinstance(entry, Mapping) else entry) for entry in entries]


def inside(path: str) -> bool:
    """Tell whether a normalised path relative to the project stays inside it."""
    return path != ".." and not path.startswith(("../", "/"))


def _names(document: Any) -> Iterator[tuple[Keys, Any]]:
    if not isinstance(document, Mapping):
        return
    entries = document.get("include")
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield from _included(("include", number), entry)
    services = document.get("services")
    for name, body in services.items() if isinstance(services, Mapping) else ():
        extended = body.get("extends") if isinstance(body, Mapping) else None
        if isinstance(extended, Mapping) and isinstance(extended.get("file"), str):
            yield ("services", str(name), "extends", "file"), extended["file"]


def _included(keys: Keys, entry: Any) -> Iterator[tuple[Keys, Any]]:
    if not isinstance(entry, Mapping):
        yield keys, str(entry)
        return
    if entry.get("env_file"):
        cause = "an instance has a single `.env`, so an included file has no separate one"
        yield keys, Mistake((*keys, "env_file"), cause, "write the values into the included file")
    if entry.get("project_directory") not in (None, ".", "./"):
        cause = "the paths in an included file are relative to the folder of that file"
        yield keys, Mistake((*keys, "project_directory"), cause, "remove it and correct the paths")
    paths = entry.get("path")
    for path in paths if isinstance(paths, list) else [paths]:
        if isinstance(path, str):
            yield (*keys, "path"), path
