"""The containers of releases whose records do not hold them: read from the compose file of the release's commit.

Such a release was made before records held its containers. It must stay deployable, so what a bundle cannot hold is
kept as it is written and not refused.
"""

from collections.abc import Mapping

from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import repository as git
from dockdj.errors import ProjectError
from dockdj.lifecycle.bundle.compose import Files, resolve
from dockdj.lifecycle.history.layout import layout_at
from dockdj.model.beanstalk.containers import Containers
from dockdj.model.beanstalk.containers import containers as containers_of


def containers(repository: git.Repository, commit: str, path: str, images: Mapping[str, str]) -> Containers:
    """The containers of the services in `images`, from the compose file at a path of a commit.

    Raises ProjectError for a missing file or service, and for a file that Compose refuses.
    """
    if git.text_at(repository, commit, path) is None:
        raise ProjectError(f"commit {commit[:12]} has no {path}")
    entries = {entry.path for entry in git_files.entries(repository, commit) or ()}
    folders = {"/".join(name.split("/")[:depth]) for name in entries for depth in range(1, name.count("/") + 1)}
    files = Files(lambda name: git_files.content_at(repository, commit, name), (entries | folders).__contains__)
    compose = resolve(path, files)
    if missing := set(images) - set(compose.model.get("services") or {}):
        raise ProjectError(f"{path} has no service {', '.join(sorted(missing))}")
    variables = layout_at(repository, commit).production.variables
    return containers_of(compose.model, path, variables, sorted(images), files.exists)[0]
