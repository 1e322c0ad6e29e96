"""Select the files of a release's commit for a bundle: by `.ebignore`, or without it the platform's folders."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dockdj.adapters.disk import decoded
from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.gaps import is_pointer, is_pointer_file
from dockdj.errors import ProjectError
from dockdj.model.beanstalk import ebignore
from dockdj.model.beanstalk.bundle import unbundled
from dockdj.model.beanstalk.ebignore import EBIGNORE, Pattern
from dockdj.model.dockerrun.document import DOCKERRUN_NAME
from dockdj.model.files import File, shown
from dockdj.model.listing import in_lines, in_words
from dockdj.model.project.project import Project

# What Elastic Beanstalk reads in addition to the containers (Developer Guide, "Extending Linux platforms").
PLATFORM_FOLDERS = (".ebextensions", ".platform")
RECORD_NAME = "release.json"
STACK_NAMES = {"docker": "docker-compose.yml", "ecs": DOCKERRUN_NAME}


def gathered(
    repository: git.Repository, commit: str, generated: Sequence[File], needed: Sequence[str] = ()
) -> tuple[File, ...]:
    """The files of a bundle: the generated files, and the files of the commit that its `.ebignore` includes.

    A generated file replaces a file of the commit. `needed` are the files and folders that the containers mount or
    read: they are in every bundle. Raises ProjectError for a wrong `.ebignore`, for an `.ebignore` that excludes a
    generated or needed file, and for a file that cannot be bundled under its name or with its content.
    """
    content = git_files.content_at(repository, commit, EBIGNORE)
    patterns = None if content is None else patterns_of(content)
    paths = {file.path for file in generated}
    if patterns is not None:
        entries = git_files.entries(repository, commit) or ()
        require(patterns, paths | {entry.path for entry in entries if lies_in(entry.path, needed)})
    kept = git_files.files(
        repository, commit, lambda path: path not in paths and (belongs(path, patterns) or lies_in(path, needed))
    )
    require_names(file.path for file in kept)
    require_contents(file.path for file in kept if is_pointer(file.content))
    return (*generated, *kept)


def belongs(path: str, patterns: Sequence[Pattern] | None) -> bool:
    """True if a file of the commit is bundled; `patterns` is None without an `.ebignore`."""
    if patterns is None:
        return path.startswith(tuple(f"{folder}/" for folder in PLATFORM_FOLDERS))
    return ebignore.judge(path, patterns).kept


def check(project: Project, folder: Path) -> None:
    """Refuse a commit from which a target of the project could get no bundle, before a release is built.

    Raises what `gathered` raises; `folder` is a checkout of the release's commit.
    """
    stacks = {STACK_NAMES[target.platform] for target in project.targets.values()}
    paths = {RECORD_NAME, *stacks}
    patterns = patterns_in(folder)
    if patterns is not None:
        require(patterns, paths)
    kept = [path for path in _files_below(folder) if path not in paths and belongs(path, patterns)]
    require_names(kept)
    require_contents(path for path in kept if is_pointer_file(folder / path))


def _files_below(folder: Path) -> Iterator[str]:
    """The paths of a checkout's files and links, relative to its folder, without Git's own."""
    for place, folders, names in os.walk(folder):
        inside = Path(place).relative_to(folder)
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        yield from ((inside / name).as_posix() for name in (*names, *links) if name != ".git")


def require_names(paths: Iterable[str]) -> None:
    """Raise ProjectError with every path that a bundle cannot have, or that an instance would unpack otherwise."""
    if wrong := [f"{shown(path)}: {why}" for path in sorted(paths) if (why := unbundled(path))]:
        raise ProjectError(
            f"files cannot be bundled under their names:{in_lines(wrong)}",
            hint=f"rename them (git mv), or list them in {EBIGNORE}; commit it and release again",
        )


def require_contents(pointers: Iterable[str]) -> None:
    """Raise ProjectError if a file would be bundled as a Git LFS pointer."""
    if paths := [shown(path) for path in sorted(pointers)]:
        raise ProjectError(
            f"files would be bundled as Git LFS pointers, without their contents: {in_words(paths)}",
            hint=f"git lfs install && git lfs fetch, and run the command again; or list them in {EBIGNORE} and release "
            "again",
        )


def check_needed(folder: Path, needed: Sequence[str]) -> None:
    """Refuse an `.ebignore` that excludes what the containers need, before a release is built.

    Raises what `gathered` raises; `folder` is a checkout of the release's commit.
    """
    if patterns := patterns_in(folder):
        require(patterns, [path for path in _files_below(folder) if lies_in(path, needed)])


def lies_in(path: str, places: Iterable[str]) -> bool:
    """Tell whether a path is one of these files or lies in one of these folders."""
    return any(path == place or path.startswith(f"{place}/") for place in places)


def patterns_in(folder: Path) -> tuple[Pattern, ...] | None:
    """The patterns in the `.ebignore` of a checkout; None without the file. Raises as `patterns_of` does."""
    path = folder / EBIGNORE
    return patterns_of(path.read_bytes()) if path.is_file() else None


def patterns_of(content: bytes) -> tuple[Pattern, ...]:
    """The patterns in an `.ebignore`'s bytes. Raises ProjectError where the `eb` client fails."""
    return ebignore.parse(decoded(content, EBIGNORE))


def require(patterns: Sequence[Pattern], paths: Iterable[str]) -> None:
    """Raise ProjectError when a path is excluded that every bundle needs."""
    for path in sorted(paths):
        verdict = ebignore.judge(path, patterns)
        if not verdict.kept:
            raise ProjectError(
                f"{EBIGNORE} leaves {path} out of the bundle: {verdict.why}",
                hint=f"add the line `!/{path}` at the end of {EBIGNORE}, commit it and release again",
            )
