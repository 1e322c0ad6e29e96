"""Read `dockdj.toml` into a Project: refuse unknown keys, and report every mistake at once."""

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from dockdj.errors import ProjectError
from dockdj.model import toml_document
from dockdj.model.project.build_sources import overridden
from dockdj.model.project.layout import EnvironmentFiles, Layout, table_mistakes
from dockdj.model.project.project import PROJECT_FILE, Instances, Project, Recipe, Target, mistakes
from dockdj.model.project.recipe import ENVIRONMENTS

if TYPE_CHECKING:
    from cattrs import Converter


T = TypeVar("T")
# The tables of a target that have texts alone: table -> the tables around each text in it.
DEPTHS = {"env": 0, "secrets": 0, "options": 1}


def find(start: Path) -> Path:
    """The nearest folder upwards from `start` that has a `dockdj.toml`. Raises ProjectError without such a folder."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    raise ProjectError(
        f"no {PROJECT_FILE} in {start.resolve()} or above it",
        hint="go to a project's folder, name it with --project DIR, or create a project: dockdj new DIR",
    )


def load(root: Path) -> Project:
    """Read the project at `root`; this machine's variables override [build].

    Raises ProjectError with all mistakes and their paths.
    """
    path = root / PROJECT_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ProjectError(f"{path} does not exist", hint="create a project: dockdj new DIR") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} cannot be read: {error}") from error
    project = parse(text, root)
    here = replace(project, build=overridden(project.build, os.environ))
    if wrong := list(mistakes(here)):
        raise _wrong(wrong)
    return here


def name_at(root: Path) -> str:
    """The name of the project at `root`; empty if it cannot be read."""
    try:
        name = toml_document.parse((root / PROJECT_FILE).read_text(encoding="utf-8")).get("name")
    except (OSError, ValueError):
        return ""
    return name if isinstance(name, str) else ""


def environments(project: Project) -> tuple[str, ...]:
    """The names of the project's environments: the folders of `environments/`, and the tables of dockdj.toml."""
    folder = project.root / ENVIRONMENTS
    folders = [entry.name for entry in folder.iterdir() if entry.is_dir()] if folder.is_dir() else []
    return tuple(sorted({*folders, *project.environments}))


def plain_values(text: str, target: str) -> dict[str, str] | None:
    """The plain values of a target in a `dockdj.toml` of any age; None without the target."""
    try:
        table = toml_document.parse(text).get("targets", {}).get(target)
        return None if table is None else {str(key): str(value) for key, value in table.get("env", {}).items()}
    except (ValueError, AttributeError) as error:
        raise _wrong([f"in the release's commit: {error}"]) from error


def layout_of(text: str) -> Layout:
    """The names and paths that a `dockdj.toml` of any age gives to the parts of its project.

    A table that cannot be read has the recipe's values: a rule that became stricter since must not prevent a rollback.
    """
    try:
        document = toml_document.parse(text)
    except ValueError:
        document = {}
    tables = {each.name: document.get(each.name, {}) for each in fields(Layout) if each.name != "environments"}
    recipes = {name: getattr(Layout(), name) for name in tables}
    listed = document.get("environments", {})
    files = {name: _table(table, EnvironmentFiles()) for name, table in listed.items()} if _is_table(listed) else {}
    return Layout(files, **{name: _table(table, recipes[name]) for name, table in tables.items()})


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _table(written: Any, default: T) -> T:
    """A table of the layout; its default when the table is invalid."""
    from cattrs.errors import BaseValidationError

    try:
        table = _converter(strict=False).structure(written, type(default))
    except (BaseValidationError, TypeError, AttributeError):
        return default
    return default if any(table_mistakes(table)) else table


def parse(text: str, root: Path) -> Project:
    """The project that the text of a `dockdj.toml` describes."""
    try:
        document = toml_document.parse(text)
    except ValueError as error:
        raise _wrong([str(error)]) from error
    if own := [*(["root"] if "root" in document else []), *_named(document)]:
        raise _wrong([f"{path}: unknown key" for path in own])
    # Loading cattrs takes as long as the command line itself, and some commands need only the project's folder.
    from cattrs import transform_error
    from cattrs.errors import BaseValidationError

    try:
        project = _converter().structure(_with_names(document, root), Project)
    except BaseValidationError as error:
        wrong = [_readable(line) for line in transform_error(error, format_exception=_cause)]
        raise _wrong([*wrong, *_further_mistakes(document, root)]) from error
    if wrong := list(mistakes(project)):
        raise _wrong(wrong)
    return project


def _further_mistakes(document: dict[str, Any], root: Path) -> list[str]:
    """The mistakes in the keys of a document that can be read, if other keys have unexpected types or are missing."""
    named = _with_names(document, root)
    written = named["targets"]
    tables = {name: table for name, table in written.items() if _is_table(table)} if _is_table(written) else {}
    # Values for needed keys, so that the others are judged.
    given = {"application": "readable", "environment": "readable"}
    targets = {name: _structured(table, Target, given) for name, table in tables.items()}
    top = {"name": "readable", "dockdj": "", "recipe": Recipe("")}
    project, unread = _structured({key: value for key, value in named.items() if key != "targets"}, Project, top)
    unread |= {f"targets.{name}.{key}" for name, (_, keys) in targets.items() for key in keys}
    if not _is_table(written) or len(tables) < len(written) or "targets" not in document:
        unread.add("default_target")
    readable = replace(project, targets={name: target for name, (target, _) in targets.items()})
    return [line for line in mistakes(readable) if line.partition(":")[0] not in unread]


def _structured(table: dict[str, Any], kind: type[T], given: Mapping[str, Any]) -> tuple[T, set[str]]:
    """The value of a table's readable keys, and the keys that are not; `given` are values of needed keys."""
    from cattrs.errors import BaseValidationError

    values, unread = dict(given), set()
    for key, expected in get_type_hints(kind).items():
        if key in table:
            try:
                values[key] = _converter().structure(table[key], expected)
            except (BaseValidationError, ValueError, TypeError, AttributeError):
                unread.add(key)
                if _is_table(table[key]) and key in DEPTHS:
                    values[key] = _texts_in(table[key], DEPTHS[key])
    return kind(**values), unread


def _texts_in(table: dict[str, Any], depth: int) -> dict[str, Any]:
    """The texts in a table, or in the tables in it."""
    if depth:
        return {key: _texts_in(value, depth - 1) for key, value in table.items() if _is_table(value)}
    return {key: value for key, value in table.items() if isinstance(value, str)}


def _named(document: dict[str, Any]) -> list[str]:
    """Keys that this module fills in, but a person wrote: a target's name is the name of its table."""
    targets = document.get("targets", {})
    tables = targets.items() if isinstance(targets, dict) else ()
    return [f"targets.{name}.name" for name, table in tables if isinstance(table, dict) and "name" in table]


def _with_names(document: dict[str, Any], root: Path) -> dict[str, Any]:
    targets = document.get("targets", {})
    if isinstance(targets, dict):
        targets = {
            name: {**table, "name": name} if isinstance(table, dict) else table for name, table in targets.items()
        }
    return {**document, "targets": targets, "root": root}


def _wrong(mistakes: list[str]) -> ProjectError:
    lines = "".join(f"\n  {mistake}" for mistake in mistakes)
    return ProjectError(f"{PROJECT_FILE} is wrong:{lines}", hint=f"correct {PROJECT_FILE} and run the command again")


def _readable(line: str) -> str:
    what, _, where = line.partition(" @ ")
    path = where.removeprefix("$").replace("['", ".").replace("']", "").strip(".")
    return f"{path}: {what}" if path else what


def _cause(error: BaseException, _: type | None) -> str:
    from cattrs.errors import ForbiddenExtraKeysError

    if isinstance(error, ForbiddenExtraKeysError):
        return f"unknown key {', '.join(f'`{key}`' for key in sorted(error.extra_fields))}"
    if isinstance(error, KeyError):
        return f"the key `{error.args[0]}` is missing"
    return str(error)


def _text(value: Any, _: type) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text in quotes, not {value!r}")
    if "\0" in value:
        raise ValueError("the text holds a NUL, which no path and no variable can hold")
    return value


def _instances(value: Any, _: type) -> Instances:
    if isinstance(value, int) and not isinstance(value, bool):
        return Instances(value, value)
    if isinstance(value, dict) and set(value) == {"min", "max"} and all(type(n) is int for n in value.values()):
        return Instances(**value)
    raise ValueError("expected a number, or { min = 1, max = 4 }")


def _texts(value: Any, _: type) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f'expected a list of texts, ["..."], not {value!r}')
    return tuple(_text(item, str) for item in value)


def _number(value: Any, _: type) -> int:
    if type(value) is not int:
        raise ValueError(f"expected a number, not {value!r}")
    return value


def _flag(value: Any, _: type) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {value!r}")
    return value


@cache
def _converter(*, strict: bool = True) -> "Converter":
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=strict)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _flag)
    converter.register_structure_hook(int, _number)
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _texts)
    converter.register_structure_hook(Path, lambda value, _: value)
    converter.register_structure_hook(Instances, _instances)
    return converter
