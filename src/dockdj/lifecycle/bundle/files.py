"""Select the files of a release's commit for a bundle: by `.ebignore`, or without it the platform's folders."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from dockdj.adapters.disk import decoded
from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import repository as git
from dockdj.errors import ProjectError
from dockdj.model.beanstalk import ebignore
from dockdj.model.beanstalk.ebignore import EBIGNORE, Pattern
from dockdj.model.dockerrun.document import DOCKERRUN_NAME
from dockdj.model.files import File
from dockdj.model.project.project import Project

# What Elastic Beanstalk reads in addition to the containers (Developer Guide, "Extending Linux platforms").
PLATFORM_FOLDERS = (".ebextensions", ".platform")
RECORD_NAME = "release.json"
STACK_NAMES = {"docker": "docker-compose.yml", "ecs": DOCKERRUN_NAME}


def gathered(repository: git.Repository, commit: str, generated: Sequence[File]) -> tuple[File, ...]:
    """The files of a bundle: the generated files, and the files of the commit that its `.ebignore` includes.

    A generated file replaces a file of the commit. Raises ProjectError for a wrong `.ebignore`, and for an `.ebignore`
    that excludes a generated file.
    """
    content = git_files.content_at(repository, commit, EBIGNORE)
    if content is None:
        return (*generated, *git.files_at(repository, commit, PLATFORM_FOLDERS))
    patterns = patterns_of(content)
    paths = {file.path for file in generated}
    require(patterns, paths)
    kept = git_files.files(repository, commit, lambda path: path not in paths and ebignore.judge(path, patterns).kept)
    return (*generated, *kept)


def check(project: Project, folder: Path) -> None:
    """Refuse an `.ebignore` with which a target of the project could get no bundle, before a release is built.

    Raises what `gathered` raises; `folder` is a checkout of the release's commit.
    """
    path = folder / EBIGNORE
    if path.is_file():
        stacks = {STACK_NAMES[target.platform] for target in project.targets.values()}
        require(patterns_of(path.read_bytes()), {RECORD_NAME, *stacks})


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
