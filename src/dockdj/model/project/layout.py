"""The names and paths of a project's parts: tables of `dockdj.toml` whose defaults are the recipe's."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from dockdj.model.project import recipe
from dockdj.model.project.stack_paths import Stack

# A part of an image's tag and of a container's name.
ENVIRONMENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
PROCESS_TYPE = re.compile(r"[A-Za-z0-9_-]*")
PLACEHOLDER = "{environment}"


@dataclass(frozen=True)
class EnvironmentFiles:
    """[environments.NAME]: an environment's files, relative to the project; `{environment}` stands for its name."""

    compose: str = recipe.COMPOSE_FILE
    variables: str = recipe.VARIABLES
    contract: str = recipe.CONTRACT
    procfile: str = recipe.PROCFILE
    requirements: str = recipe.LOCK

    def of(self, environment: str) -> "EnvironmentFiles":
        """The files of the environment of this name."""
        names = (each.name for each in fields(self))
        return EnvironmentFiles(**{name: getattr(self, name).replace(PLACEHOLDER, environment) for name in names})


@dataclass(frozen=True)
class Application:
    """[application]: the service that has the application's processes, and how its image runs them.

    `port` is the port, inside its container, that must answer requests.
    """

    service: str = recipe.APPLICATION
    port: int | None = None
    health_path: str = recipe.HEALTH_PATH
    folder: str = recipe.FOLDER
    start: tuple[str, ...] = recipe.START
    release_process: str = recipe.RELEASE_PROCESS
    manage: tuple[str, ...] = recipe.MANAGE
    manage_file: str = recipe.MANAGE_FILE


@dataclass(frozen=True)
class Frontend:
    """[frontend]: the service of development that builds and checks the frontend."""

    service: str = recipe.ASSETS
    build: tuple[str, ...] = recipe.BUILD_ASSETS
    checks: tuple[str, ...] = recipe.FRONTEND_CHECKS
    check_names: tuple[str, ...] = recipe.FRONTEND_CHECK_NAMES


@dataclass(frozen=True)
class Gate:
    """[gate]: the commands that check and test, and the files of evidence that a build's checks write."""

    checks: tuple[str, ...] = recipe.CHECKS
    tests: tuple[str, ...] = recipe.TESTS
    summary: str = recipe.SUMMARY
    junit: str = recipe.JUNIT
    tests_log: str = recipe.TESTS_LOG
    npm_packages: str = recipe.NPM_PACKAGES


@dataclass(frozen=True)
class Smoke:
    """[smoke]: the values and the program of the project's own for the smoke test of a release."""

    variables: str = recipe.SMOKE_VARIABLES
    program: str = recipe.SMOKE_PROGRAM


@dataclass(frozen=True)
class Packages:
    """[packages]: the files that name the packages a project asks for, and what `dockdj lock` resolves them with.

    `npm` is a `package.json`, in any folder: npm knows its files by their names.
    """

    dockerfile: str = recipe.DOCKERFILE
    network: str = recipe.NETWORK
    os: str = recipe.OS_PACKAGES
    python: str = recipe.PYTHON_PACKAGES
    npm: str = recipe.NPM_PROJECT


@dataclass(frozen=True)
class Layout:
    """The tables of `dockdj.toml` that name the parts of a project."""

    environments: Mapping[str, EnvironmentFiles] = field(default_factory=dict)
    application: Application = field(default_factory=Application)
    frontend: Frontend = field(default_factory=Frontend)
    gate: Gate = field(default_factory=Gate)
    smoke: Smoke = field(default_factory=Smoke)
    packages: Packages = field(default_factory=Packages)
    stack: Stack = field(default_factory=Stack)

    def files(self, environment: str) -> EnvironmentFiles:
        """An environment's files, relative to the project's root."""
        return self.environments.get(environment, EnvironmentFiles()).of(environment)

    @property
    def production(self) -> EnvironmentFiles:
        """The files of the environment that is released."""
        return self.files(recipe.PRODUCTION)


# Keys that hold something else than a path inside the project or the folder of evidence.
NOT_PATHS = ("service", "health_path", "folder", "release_process")


def inside(path: str) -> bool:
    """Tell whether a path is relative and stays inside the project."""
    return not path.startswith("/") and ".." not in path.split("/") and bool(path.strip("/."))


def table_mistakes(table: Any) -> Iterator[str]:
    """The mistakes in a table of the layout, each with its key."""
    for key in (each.name for each in fields(table)):
        value = getattr(table, key)
        if isinstance(table, Stack):
            yield from (f"{key}: `{path}` is not a path inside the project" for path in value if not inside(path))
        elif isinstance(value, tuple):
            if not value or not all(word.strip() for word in value):
                yield f"{key}: a list of words is expected, none of them empty"
        elif isinstance(value, str) and key not in NOT_PATHS and not inside(value):
            yield f"{key}: `{value}` is not a path inside the project"
    if isinstance(table, Application):
        yield from _application_mistakes(table)
    elif isinstance(table, Packages) and not f"/{table.npm}".endswith(f"/{recipe.NPM_PROJECT}"):
        yield f"npm: a file called {recipe.NPM_PROJECT} is expected"
    elif isinstance(table, Frontend) and not table.service.strip():
        yield "service: the name of a service is expected"


def layout_mistakes(layout: Layout) -> Iterator[str]:
    """The mistakes in all tables of the layout, each with the path of its key."""
    for mistake in environment_mistakes(layout.environments):
        yield f"environments.{mistake}"
    for name in ("application", "frontend", "gate", "smoke", "packages"):
        for mistake in table_mistakes(getattr(layout, name)):
            yield f"{name}.{mistake}"
    yield from (f"stack.{mistake}" for mistake in table_mistakes(layout.stack))


def environment_mistakes(environments: Mapping[str, EnvironmentFiles]) -> Iterator[str]:
    """The mistakes in the tables of environments, each with the path of its key below `environments`."""
    for name, files in environments.items():
        if not ENVIRONMENT_NAME.fullmatch(name):
            yield f"{name}: letters, digits and `_`, `.`, `-` after the first one"
        for mistake in table_mistakes(files):
            yield f"{name}.{mistake}"


def _application_mistakes(application: Application) -> Iterator[str]:
    if not application.service.strip():
        yield "service: the name of a service is expected"
    if application.port is not None and not 1 <= application.port <= 65535:
        yield "port: 1-65535"
    if not application.health_path.startswith("/"):
        yield "health_path: a path that starts with / is expected"
    if not application.folder.startswith("/"):
        yield "folder: an absolute path in the image is expected"
    if not PROCESS_TYPE.fullmatch(application.release_process):
        yield "release_process: a process type of a Procfile is expected, or nothing"
