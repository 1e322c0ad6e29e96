"""Seal a record: search secrets, then tag the commit, which makes the record a release."""

from collections.abc import Mapping

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import repository as git
from dockdj.errors import Raced
from dockdj.events import Report, step
from dockdj.lifecycle import leak_gate
from dockdj.lifecycle.build import bases
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.image_names import local_tag
from dockdj.model.project.project import Project
from dockdj.model.release.recognise import is_recorded
from dockdj.model.release.record import Release


def require_sealing(project: Project, repository: git.Repository) -> None:
    """Check before a long build what sealing needs: Git's identity and readable secrets. Raises ProjectError."""
    git.identity(repository)
    leak_gate.of_machine(project)


def search_commit(project: Project, repository: git.Repository, commit: str, report: Report) -> None:
    """Search the commit for secrets before a long build. Raises Refused when it has one."""
    with step(report, "search the commit for secrets"):
        leak_gate.check_commit(project, repository, commit)


def seal(project: Project, repository: git.Repository, release: Release, branch: str | None, report: Report) -> None:
    """Search secrets, tag the release's commit, and create the branch if it is named.

    Raises Refused when the release would hold a secret, Raced when an image is no longer the tested image.
    """
    version = release.version
    tags = {service: local_tag(project.name, version, service) for service in release.configs}
    _require_unmoved(release, tags)
    with step(report, "search for secrets"):
        leak_gate.check_images(project, release, tags)
    bases.keep(project, release)
    with step(report, f"tag {version.tag}" + (f" and branch {branch}" if branch else "")):
        git_references.create_release(repository, version.tag, release.commit, release_tags.message(release), branch)


def _require_unmoved(release: Release, tags: Mapping[str, str]) -> None:
    """Raise Raced when a local tag no longer names a recorded image: other clones share the engine's tags."""
    for service, tag in tags.items():
        image = docker.image(tag)
        if not is_recorded(image, release.services[service]):
            raise Raced(
                f"{tag} was {'removed' if image is None else 'moved'} while it was released",
                hint="if another clone of the project releases on this engine, wait until it has ended; "
                "then release again",
            )
