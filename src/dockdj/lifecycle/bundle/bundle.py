"""Make a published release's bundle for a target."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import compose_file, project_file
from dockdj.adapters.disk import write_atomically
from dockdj.adapters.git import repository as git
from dockdj.errors import Refused, UsageError
from dockdj.events import Report, Warned, silent
from dockdj.lifecycle.bundle import dockerrun, earlier_release
from dockdj.lifecycle.bundle.files import RECORD_NAME, STACK_NAMES, gathered
from dockdj.lifecycle.history import registry_index, tag_comparison
from dockdj.lifecycle.history.layout import layout_at
from dockdj.lifecycle.history.registry_index import Published
from dockdj.model.beanstalk.bundle import Bundle, pack
from dockdj.model.beanstalk.containers import Containers, pinned
from dockdj.model.files import File
from dockdj.model.project.project import PROJECT_FILE, Project, Target
from dockdj.model.version import Version


def make(project: Project, target: Target, published: Published) -> Bundle:
    """Make the bundle: the platform's file of containers, the record, and files of the release's commit.

    The platform's file comes from the commit's compose file, with every image pinned. `.ebignore` selects the other
    files; without it, the platform's folders are added. The same release and target give the same bytes on any machine.

    Raises Refused when the release's commit is not in this repository.
    """
    repository = git.find(project.root)
    release = published.release
    try:
        git.resolve(repository, release.commit)
    except UsageError as error:
        raise Refused(
            f"commit {release.commit[:12]} of {release.version} is not in this repository",
            hint="git fetch --tags, and run the command again",
        ) from error
    images = {service: published.pinned(service) for service in release.configs}
    environment = {
        **plain_values(target, repository, release.commit),
        # An image cannot contain the name of its release, so the deployment tells the application.
        "DOCKDJ_RELEASE": str(release.version),
        "DOCKDJ_RECORD": release.digest,
    }
    source = layout_at(repository, release.commit).production.compose
    if release.containers is None:
        containers = earlier_release.containers(repository, release.commit, images)
    else:
        containers = release.containers
    generated = [stack_file(target, containers, source, images, environment), File(RECORD_NAME, release.content)]
    return pack(gathered(repository, release.commit, generated, containers.files), release.version)


@dataclass(frozen=True)
class Made:
    """A bundle, and the reason why its record was not compared with the tag's; empty if it was."""

    bundle: Bundle
    uncompared: str


def of_version(project: Project, target: Target, repository: str, version: Version, report: Report = silent) -> Made:
    """Make the bundle of a published version. Raises as `make` does, and Refused if the tag has another record."""
    published = registry_index.require(repository, version)
    uncompared = tag_comparison.compare(project, published)
    if uncompared:
        report(Warned(uncompared))
    return Made(make(project, target, published), uncompared)


def stack_file(
    target: Target, containers: Containers, source: str, images: Mapping[str, str], environment: Mapping[str, str]
) -> File:
    """The file that the target's platform reads the containers from; `source` is the path of the compose file."""
    name = STACK_NAMES[target.platform]
    if target.platform == "ecs":
        return File(name, dockerrun.bundled(containers, source, images, environment, target))
    return File(name, compose_file.text_of(pinned(containers, images, environment)).encode())


def write(bundle: Bundle, path: Path) -> None:
    """Write a bundle's bytes atomically. Raises UsageError when the file cannot be written."""
    write_atomically(path, bundle.content)


def plain_values(target: Target, repository: git.Repository, commit: str) -> Mapping[str, str]:
    """The target's [env] in the `dockdj.toml` of the release's commit: a rollback restores plain values.

    A target that the commit does not have gives its current values. Nothing else of the old file is checked: a rule
    that became stricter since must not prevent a rollback.
    """
    text = git.text_at(repository, commit, PROJECT_FILE)
    then = project_file.plain_values(text, target.name) if text is not None else None
    return target.env if then is None else then
