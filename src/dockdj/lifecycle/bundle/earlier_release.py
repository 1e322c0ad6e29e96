"""The containers of releases whose records do not hold them: read from the compose file of the release's commit.

Such a release was made before records held its containers. It must stay deployable, so what a bundle cannot hold is
kept as it is written and not refused.
"""

from collections.abc import Mapping
from contextlib import suppress

from dockdj.adapters import compose_file
from dockdj.adapters.git import files as git_files
from dockdj.adapters.git import repository as git
from dockdj.errors import ProjectError
from dockdj.lifecycle.bundle.compose import Files
from dockdj.lifecycle.bundle.containers import of_files
from dockdj.lifecycle.history.layout import layout_at
from dockdj.model.beanstalk.containers import Containers
from dockdj.model.beanstalk.containers import containers as containers_of


def containers(repository: git.Repository, commit: str, images: Mapping[str, str]) -> Containers:
    """The containers of the services in `images`, from the production compose file of a commit.

    Where Compose or a proof refuses the file, the file itself tells the services, as it did for that release. Raises
    ProjectError for a missing file or service, and for a file that is not YAML.
    """
    production = layout_at(repository, commit).production
    path = production.compose
    text = git.text_at(repository, commit, path)
    if text is None:
        raise ProjectError(f"commit {commit[:12]} has no {path}")
    entries = {entry.path for entry in git_files.entries(repository, commit) or ()}
    folders = {"/".join(name.split("/")[:depth]) for name in entries for depth in range(1, name.count("/") + 1)}
    files = Files(lambda name: git_files.content_at(repository, commit, name), (entries | folders).__contains__)
    with suppress(ProjectError):
        proved = of_files(production, files)
        if set(proved.compose["services"]) == set(images):
            return proved
    document = compose_file.parse(text, path)
    known = document.get("services") if isinstance(document, Mapping) else None
    if missing := set(images) - set(known or ()):
        raise ProjectError(f"{path} has no service {', '.join(sorted(missing))}")
    return containers_of(document, path, production.variables, sorted(images), files.exists)[0]
