"""Compose files as Compose reads them: resolved once, for builds, smoke tests, records, bundles and Dockerrun.

A compose file is resolved in a folder that holds only the file and what it includes or extends. So the files of a
commit and those of a checkout are read alike. Variables and other files of this machine do not change the result.
"""

import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from dockdj.adapters import compose_file
from dockdj.adapters.disk import decoded, write
from dockdj.adapters.docker import compose_config
from dockdj.errors import ProjectError, UsageError
from dockdj.model.project.compose_file import Service, services
from dockdj.model.project.compose_references import Mistake, health_checks, referenced, variable_mounts
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION

MOST_FILES = 100
# A part of a document, as Compose names it in its errors.
PART = re.compile(r"\b(services|networks|volumes|secrets|configs)(\.[\w-]+)+")


@dataclass(frozen=True)
class Files:
    """The files of a project, by their paths: their content (None without the file), and if a file or folder exists."""

    read: Callable[[str], bytes | None]
    exists: Callable[[str], bool]


def checkout(folder: Path) -> Files:
    """The files of the checkout in a folder."""

    def read(path: str) -> bytes | None:
        place = folder / path
        return place.read_bytes() if place.is_file() else None

    return Files(read, lambda path: (folder / path).exists())


@dataclass(frozen=True)
class Compose:
    """A resolved compose file: its path in the project, Compose's model of it, and the texts of its files, by path."""

    path: str
    model: Mapping[str, Any]
    texts: Mapping[str, str]

    def place(self, mistake: Mistake) -> str:
        """FILE:LINE of a mistake; the file alone where the document does not tell the line."""
        return _place(self.path, self.texts, mistake)


def of_environment(project: Project, environment: str, folder: Path | None = None) -> Compose:
    """The compose file of an environment, in the checkout in `folder` or in the project.

    Only production's file is released, so only that one has to be the same on every machine. Raises UsageError without
    the file, ProjectError if it is wrong.
    """
    path, root = project.files(environment).compose, folder or project.root
    try:
        content = (root / path).read_bytes()
    except OSError as error:
        raise UsageError(f"there is no environment `{environment}`: {path}: {error.strerror}") from error
    if environment == PRODUCTION:
        return in_checkout(root, path)
    text = decoded(content, path)
    document = compose_file.parse(text, path)
    # The files may differ between machines here, and Compose keeps variables in most places, not in all. Where it does
    # not, the file itself tells the services.
    with suppress(ProjectError):
        return in_checkout(root, path)
    with suppress(ProjectError):
        document = compose_config.resolved(root / path, path)
    return Compose(path, document, {path: text})


def in_checkout(folder: Path, path: str) -> Compose:
    """The compose file at a path of the checkout in `folder`. Raises ProjectError if it is missing or wrong."""
    return resolve(path, checkout(folder))


def resolve(path: str, files: Files) -> Compose:
    """Resolve the compose file at a path of a project.

    Raises ProjectError, by file and line, for a missing file, for names of files that differ between machines, and for
    what Compose refuses.
    """
    texts = _gathered(path, files)
    try:
        document = _resolved(path, tuple(sorted(texts.items())))
    except ProjectError as error:
        raise _located(path, texts, error) from error
    return Compose(path, document, texts)


def services_of(compose: Compose) -> tuple[Service, ...]:
    """The services of a resolved compose file. Raises ProjectError, by file and line, for what Dockdj does not take."""
    try:
        return services(compose.model, compose.path)
    except ProjectError as error:
        raise _named(compose.path, compose.texts, error) from error


def _gathered(path: str, files: Files) -> dict[str, str]:
    """The texts of a compose file and of all files that it includes or extends, by path."""
    texts: dict[str, str] = {}
    pending = [(path, "")]
    while pending:
        name, named_by = pending.pop(0)
        if name in texts:
            continue
        content = files.read(name)
        if content is None:
            raise ProjectError(f"{named_by}{name} cannot be read: No such file", hint="commit the file, or correct it")
        if len(texts) == MOST_FILES:
            raise ProjectError(f"{path} reads more than {MOST_FILES} files", hint="include fewer files")
        texts[name] = decoded(content, name)
        references, mistakes = referenced(compose_file.parse(texts[name], name), name)
        if mistakes:
            raise refusal(path, texts, mistakes, name)
        for reference in references:
            line = compose_file.line_of(texts[name], reference.keys)
            pending.append((reference.path, f"{name}{f':{line}' if line else ''}: "))
    return texts


@lru_cache(maxsize=32)
def _resolved(path: str, texts: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory(prefix="dockdj-compose-") as temporary:
        root = Path(temporary).resolve()
        lay_out(root, {name: text.encode() for name, text in texts})
        return compose_config.resolved(root / path, path)


def lay_out(root: Path, files: Mapping[str, bytes]) -> None:
    """Write files at their paths below a folder."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        write(root / path, content)


def _located(path: str, texts: Mapping[str, str], error: ProjectError) -> ProjectError:
    """Compose's refusal with the file and the line of its cause, which Compose does not tell."""
    documents = (compose_file.parse(text, name) for name, text in texts.items())
    if causes := [cause for document in documents for cause in (*variable_mounts(document), *health_checks(document))]:
        return refusal(path, texts, tuple(causes))
    return _named(path, texts, error)


def _named(path: str, texts: Mapping[str, str], error: ProjectError) -> ProjectError:
    """An error about a part of a compose file, with the line of that part where it is known."""
    if match := PART.search(error.message):
        keys = tuple(int(key) if key.isdecimal() else key for key in match[0].split("."))
        place = _place(path, texts, Mistake(keys, ""))
        before = error.message[: match.start()].removesuffix(f"{path}: ")
        return ProjectError(f"{before}{place}: {error.message[match.start() :]}", hint=error.hint)
    return error


def refusal(path: str, texts: Mapping[str, str], mistakes: tuple[Mistake, ...], name: str = "") -> ProjectError:
    """The error for the mistakes in a compose file, each with its file and line."""
    lines = "".join(f"\n  {_place(name or path, texts, mistake)}: {mistake}" for mistake in mistakes)
    return ProjectError(
        f"{path} cannot be released as it is:{lines}", hint="correct these keys and run the command again"
    )


def _place(path: str, texts: Mapping[str, str], mistake: Mistake) -> str:
    """FILE:LINE of a mistake, in the first file that has its key, else of the part that it belongs to."""
    for length in range(len(mistake.keys), 1, -1):
        for name in sorted(texts, key=lambda name: name != path):
            if line := compose_file.line_of(texts[name], mistake.keys[:length]):
                return f"{name}:{line}"
    return path
