"""Find and read the Dockerfile of a service's build."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from posixpath import basename, dirname, join, normpath

from dockdj.adapters import disk
from dockdj.errors import ProjectError
from dockdj.model.build import dockerfile_stages
from dockdj.model.project.compose_file import Build

DEFAULT = "Dockerfile"


def path_of(folder: Path, build: Build) -> str:
    """The path of a build's Dockerfile, relative to the checkout `folder`.

    BuildKit takes `dockerfile` where there is no `Dockerfile`.
    """
    path = normpath(f"{build.context}/{build.dockerfile}")
    other = join(dirname(path), DEFAULT.lower())
    if basename(path) == DEFAULT and not (folder / path).exists() and (folder / other).is_file():
        return other
    return path


def text_of(folder: Path, build: Build) -> str:
    """The text of a build's Dockerfile with its line ends, which BuildKit does not change.

    Raises ProjectError if the file cannot be read or is not UTF-8.
    """
    path = path_of(folder, build)
    return disk.unicode_of(disk.content_of(folder, path), path)


@contextmanager
def naming(folder: Path, build: Build) -> Iterator[None]:
    """Name the Dockerfile in each ProjectError of the body."""
    path = path_of(folder, build)
    try:
        yield
    except ProjectError as error:
        message = error.message if error.message.startswith(path) else f"{path}: {error.message}"
        raise ProjectError(message, hint=error.hint) from error


def check(folder: Path, build: Build) -> None:
    """Raise ProjectError for a Dockerfile that BuildKit refuses. A Dockerfile that does not exist is left to BuildKit.

    Older versions of BuildKit crash on a Dockerfile without FROM, and Docker's engine with them.
    """
    if (folder / path_of(folder, build)).is_file():
        with naming(folder, build):
            dockerfile_stages.read(text_of(folder, build), build.args)
