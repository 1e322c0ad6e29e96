"""Take the containers of a release from its compose file, and prove that a bundle of them means the same."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

from dockdj.adapters import compose_file
from dockdj.adapters.docker import compose_config
from dockdj.errors import ProjectError
from dockdj.lifecycle.bundle.compose import Compose, Files, checkout, lay_out, refusal, resolve, services_of
from dockdj.lifecycle.bundle.files import STACK_NAMES
from dockdj.model.beanstalk.containers import NOT_ON_INSTANCES, PROPERTIES, Containers, containers, pinned, with_profile
from dockdj.model.project.compose_file import released
from dockdj.model.project.compose_references import Mistake, health_checks, inside, paths_of, variable_mounts
from dockdj.model.project.layout import EnvironmentFiles
from dockdj.model.project.project import Project

VARIABLE = re.compile(r"\$\{?(?P<name>[A-Za-z_]\w*)")
DEFAULT = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*):?-(?P<default>[^{}]*)\}")
REQUIRED = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*):?\?")
# The value of a variable without a default. Most parts of a compose file take it.
ANY_VALUE = "1"
STACK_FILE = STACK_NAMES["docker"]


def of_checkout(project: Project, folder: Path) -> Containers:
    """The containers of the compose file in the checkout in `folder`. Raises as `of_files` does."""
    return of_files(project.production, checkout(folder))


def of_files(production: EnvironmentFiles, files: Files) -> Containers:
    """The containers of production's compose file, proved.

    Raises ProjectError, by file, line and name, for what no bundle can hold, and when a bundle would mean something
    else than the compose file.
    """
    compose = resolve(production.compose, files)
    names = [service.name for service in released(services_of(compose))]
    taken, mistakes = containers(compose.model, compose.path, production.variables, names, files.exists)
    # Of two causes at one place, the first is the one to correct.
    by_place = {mistake.keys: mistake for mistake in reversed((*_misread(compose, names), *mistakes))}
    if by_place:
        raise refusal(compose.path, compose.texts, tuple(reversed(by_place.values())))
    _prove(compose, taken, production.variables, files)
    return taken


def _misread(compose: Compose, names: list[str]) -> Iterator[Mistake]:
    """The parts that Compose splits before it knows their variables, and those that it refuses without naming them."""
    # A service that only another one extends is in no release by its own name.
    unused = [name for name in compose.model["services"] if name not in names]
    for path, text in compose.texts.items():
        document = compose_file.parse(text, path)
        yield from variable_mounts(document, unused)
        yield from health_checks(document)


def _prove(compose: Compose, taken: Containers, variables: str, files: Files) -> None:
    """Require that Compose reads a bundle as it reads the compose file, with all variables unset and with all set."""
    document = pinned(taken, dict.fromkeys(taken.compose["services"], "image"), {})
    paths = {normpath(path) for body in taken.compose["services"].values() for path in body.get("env_file") or ()}
    env_files = {path: files.read(path) or b"" for path in paths - {PROPERTIES}}
    absent = dict.fromkeys((*_env_files(compose), variables), b"")
    texts = {path: text.encode() for path, text in compose.texts.items()}
    bundle = {STACK_FILE: compose_file.text_of(document).encode(), PROPERTIES: b""}
    source = tuple({**absent, **env_files, **texts}.items())
    if differences := _differing(
        compose.path, "\n".join(compose.texts.values()), source, tuple({**bundle, **env_files}.items())
    ):
        raise refusal(compose.path, compose.texts, differences)


# `release` asks twice for a project with a Dockerrun.aws.json, and a proof takes a second.
@lru_cache(maxsize=4)
def _differing(
    path: str, text: str, source: tuple[tuple[str, bytes], ...], bundle: tuple[tuple[str, bytes], ...]
) -> tuple[Mistake, ...]:
    """The differences between the models of a compose file and of its bundle; `text` has the variables."""
    names = {match["name"] for match in VARIABLE.finditer(text)}
    with tempfile.TemporaryDirectory(prefix="dockdj-proof-") as temporary:
        root = Path(temporary).resolve()
        lay_out(root / "source", dict(source))
        lay_out(root / "bundle", dict(bundle))
        for choices in assignments(text):
            values, before = _first_model(root / "source", path, choices, names)
            after = _model(root / "bundle", STACK_FILE, path, values, names)
            if differences := tuple(_differences(before, after)):
                return differences
    return ()


def _env_files(compose: Compose) -> Iterator[str]:
    """The paths of all env files, of services that are not released as well: Compose reads them all."""
    for body in compose.model["services"].values():
        for path in paths_of((body or {}).get("env_file")):
            place = normpath(join(dirname(compose.path), path))
            if inside(place):
                yield place


def _first_model(
    root: Path, file: str, choices: tuple[dict[str, str], ...], names: set[str]
) -> tuple[dict[str, str], dict[str, Any]]:
    """The first values that Compose accepts for a file's variables, and its model with them."""
    for values in choices[:-1]:
        with suppress(ProjectError):
            return values, _model(root, file, file, values, names)
    return choices[-1], _model(root, file, file, choices[-1], names)


def assignments(text: str) -> tuple[tuple[dict[str, str], ...], ...]:
    """The values of variables for a proof: first of the required ones alone, then of all.

    All variables have a second choice, their defaults: some keys, such as a restart policy, accept few values.
    """
    defaults = {match["name"]: match["default"] for match in DEFAULT.finditer(text)}
    names = sorted({match["name"] for match in VARIABLE.finditer(text)})
    required = {match["name"]: ANY_VALUE for match in REQUIRED.finditer(text)}
    others = {name: varied(defaults.get(name, "0")) for name in names}
    return (required,), (others, {name: defaults.get(name, ANY_VALUE) for name in names})


def varied(default: str) -> str:
    """Another value of the kind of a default: `81` for `80`, `31s` for `30s`, `false` for `true`; else the default."""
    if default in ("true", "false"):
        return "false" if default == "true" else "true"
    return re.sub(r"\d{1,9}", lambda match: str(int(match[0]) + 1), default, count=1)


def _model(root: Path, file: str, name: str, values: Mapping[str, str], names: set[str]) -> dict[str, Any]:
    """Compose's model of a file, without what a bundle leaves out or names otherwise."""
    document = compose_config.interpolated(root / file, name, values, names)
    model: dict[str, Any] = _relative(document, f"{root}")
    for body in model["services"].values():
        for key in (*NOT_ON_INSTANCES, "env_file"):
            body.pop(key, None)
        # The only path that Compose leaves as it is written.
        options = body.get("security_opt") or ()
        body["security_opt"] = [with_profile(str(option), lambda path: _in_root(file, path)) for option in options]
    return model


def _in_root(file: str, path: str) -> str:
    return normpath(join("/", dirname(file), path))


def _relative(value: Any, root: str) -> Any:
    """A document whose paths do not tell the folder that it was read in."""
    if isinstance(value, Mapping):
        return {key: _relative(inner, root) for key, inner in value.items() if not key.startswith("x-")}
    if isinstance(value, list):
        return [_relative(inner, root) for inner in value]
    return value.replace(root, "") if isinstance(value, str) else value


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Mistake]:
    names = set(after["services"])
    for name, body in after["services"].items():
        source: dict[str, Any] = dict(before["services"].get(name) or {})
        if isinstance(source.get("depends_on"), Mapping):
            kept = {other: options for other, options in source["depends_on"].items() if other in names}
            source = {**source, "depends_on": kept} if kept else {**source, "depends_on": None}
        for key in sorted({*source, *body}):
            if (source.get(key) or None) != (body.get(key) or None):
                yield Mistake(("services", name, key), *_difference(source.get(key), body.get(key)))
    for kind in ("networks", "volumes", "secrets", "configs"):
        for name, body in (after.get(kind) or {}).items():
            own = (before.get(kind) or {}).get(name)
            if own != body:
                yield Mistake((kind, name), *_difference(own, body))


def _difference(before: Any, after: Any) -> tuple[str, str]:
    cause = f"Compose reads {before!r} in this file and would read {after!r} in a bundle"
    return cause, "write the value in quotes and without a variable, or in the long form"
