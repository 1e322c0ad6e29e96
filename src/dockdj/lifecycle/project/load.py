"""Load the project that a command works on."""

from dataclasses import replace
from pathlib import Path

from dockdj.adapters import project_file
from dockdj.adapters.git import repository as git
from dockdj.errors import ProjectError
from dockdj.model.project.project import PROJECT_FILE, Project


def load(start: Path) -> Project:
    """The project at `start`, or the nearest above. Raises ProjectError for a missing or wrong project."""
    return project_file.load(project_file.find(start))


def root(start: Path) -> Path:
    """The folder of the project at `start`, or of the nearest above; its `dockdj.toml` is not read.

    Raises ProjectError without a project.
    """
    return project_file.find(start)


def of_commit(project: Project, repository: git.Repository, commit: str) -> Project:
    """The project of a commit, in the same folder; [build] belongs to the machine and stays.

    Raises ProjectError when the commit's `dockdj.toml` is missing or wrong.
    """
    text = git.text_at(repository, commit, PROJECT_FILE)
    if text is None:
        raise ProjectError(f"commit {commit[:12]} has no {PROJECT_FILE}", hint=f"git add {PROJECT_FILE} && git commit")
    try:
        return replace(project_file.parse(text, project.root), build=project.build)
    except ProjectError as error:
        raise ProjectError(f"in commit {commit[:12]}: {error.message}", hint="correct it and commit it") from error
