"""The names and paths that a project had in a commit."""

from functools import lru_cache

from dockdj.adapters import project_file
from dockdj.adapters.git import repository as git
from dockdj.model.project.layout import Layout
from dockdj.model.project.project import PROJECT_FILE


# A commit never changes, and a release asks for its layout several times.
@lru_cache(maxsize=64)
def layout_at(repository: git.Repository, commit: str) -> Layout:
    """The names and paths in a commit's `dockdj.toml`; the recipe's where the commit has none."""
    return project_file.layout_of(git.text_at(repository, commit, PROJECT_FILE) or "")
