"""Make a published release's bundle for a target."""

from collections.abc import Mapping
from pathlib import Path

from dockdj.adapters import compose_file, project_file
from dockdj.adapters.disk import write_atomically
from dockdj.adapters.git import repository as git
from dockdj.errors import ProjectError, Refused, UsageError
from dockdj.lifecycle.bundle import dockerrun
from dockdj.lifecycle.bundle.compose_text import ComposeText, compose_at
from dockdj.lifecycle.bundle.files import RECORD_NAME, STACK_NAMES, gathered
from dockdj.lifecycle.history.layout import layout_at
from dockdj.lifecycle.history.registry_index import Published
from dockdj.model.beanstalk.bundle import Bundle, pack
from dockdj.model.files import File
from dockdj.model.project.project import PROJECT_FILE, Project, Target


def make(project: Project, target: Target, published: Published) -> Bundle:
    """The bundle: what the target's platform reads the containers from, made of the compose file of the release's
    commit with every image pinned, the record, and what `.ebignore` lets through of that commit (without one, the
    platform's folders). The same release and target give the same bytes on any machine.

    Raises Refused when the release's commit is not in this repository.
    """
    repository = git.find(project.root)
    release = published.release
    try:
        compose = compose_at(repository, git.resolve(repository, release.commit))
    except UsageError as error:
        raise Refused(
            f"commit {release.commit[:12]} of {release.version} is not in this repository",
            hint="git fetch --tags, and again",
        ) from error
    if compose is None:
        path = layout_at(repository, release.commit).production.compose
        raise ProjectError(f"commit {release.commit[:12]} has no {path}")
    images = {service: published.pinned(service) for service in release.configs}
    environment = {
        **plain_values(target, repository, release.commit),
        # The application learns its release from the deployment: an image cannot contain its own name.
        "DOCKDJ_RELEASE": str(release.version),
        "DOCKDJ_RECORD": release.digest,
    }
    generated = [stack_file(target, compose, images, environment), File(RECORD_NAME, release.content)]
    return pack(gathered(repository, release.commit, generated), release.version)


def stack_file(target: Target, compose: ComposeText, images: Mapping[str, str], environment: Mapping[str, str]) -> File:
    """What the target's platform reads the containers from, made of the compose file's text."""
    if target.platform == "ecs":
        return File(STACK_NAMES[target.platform], dockerrun.bundled(compose, images, environment, target))
    pinned = compose_file.pinned(compose.text, images, environment, compose.path)
    return File(STACK_NAMES[target.platform], pinned.encode())


def write(made: Bundle, path: Path) -> None:
    """Write a bundle's bytes, whole or not at all. Raises UsageError where that cannot be."""
    write_atomically(path, made.content)


def plain_values(target: Target, repository: git.Repository, commit: str) -> Mapping[str, str]:
    """The target's [env] as `dockdj.toml` had it in the release's commit: plain values go back with a rollback.

    A target that did not exist then is taken as it is now. Nothing else of the old file is judged: a rule that
    became stricter since must not stand in the way of a rollback.
    """
    text = git.text_at(repository, commit, PROJECT_FILE)
    then = project_file.plain_values(text, target.name) if text is not None else None
    return target.env if then is None else then
