"""The recipe as `new` wrote it into a project, kept in the project: the base of a later upgrade's three-way merge.

It is a file of the tree and not a commit, because a shallow clone, a squash or a move into another repository loses
commits.
"""

from collections.abc import Iterable
from pathlib import Path

from dockdj.errors import ProjectError
from dockdj.model.files import File
from dockdj.model.project.source import RECIPE
from dockdj.model.zip_archive import pack, unpack


def archive(files: Iterable[File]) -> File:
    """The file that keeps a recipe's rendered files."""
    return File(RECIPE, pack(files))


def files(root: Path) -> tuple[File, ...]:
    """The files of the recipe as `new` wrote them into the project at `root`, with their paths and permissions.

    Raises ProjectError if the project no longer has them, or never had.
    """
    path = root / RECIPE
    hint = f"git checkout COMMIT -- {RECIPE}, with the commit from: git log --diff-filter=A -- {RECIPE}"
    try:
        return unpack(path.read_bytes())
    except FileNotFoundError as error:
        raise ProjectError(
            f"{path} is missing: `dockdj new` writes it, but early versions did not",
            hint=hint,
        ) from error
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}", hint=hint) from error
    except ValueError as error:
        raise ProjectError(f"{path} is not the recipe that `dockdj new` wrote: {error}", hint=hint) from error
