"""Restack a release: build its application on another stack, test it on both, and release the result.

The application's commit is the original release's. With `stack_from`, the files of the stack and the base images come
from that release. Otherwise the base images are the newest of their names, or the images that the caller names. Images
that are not built come from the donor of the stack, or else from the original release.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.transplant import transplant
from dockdj.adapters.git.worktree import worktree
from dockdj.errors import ProjectError, Refused
from dockdj.events import Report, Warned, silent
from dockdj.lifecycle.build import gaps
from dockdj.lifecycle.build.services import read_services
from dockdj.lifecycle.bundle import dockerrun
from dockdj.lifecycle.bundle import files as bundle_files
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.project.load import of_commit
from dockdj.lifecycle.release.image_fields import AssemblyRequest
from dockdj.lifecycle.release.local_tags import restored_on_failure
from dockdj.lifecycle.release.lock import exclusive
from dockdj.lifecycle.release.record import Candidate, record
from dockdj.lifecycle.release.restack_bases import BaseImages, StackRequest, choose, warn_of_python
from dockdj.lifecycle.release.restack_control import run_control
from dockdj.lifecycle.release.restack_images import third_party_images
from dockdj.lifecycle.release.restack_tests import assemble_with_control
from dockdj.lifecycle.release.seal import require_sealing, seal, search_commit
from dockdj.model.listing import in_lines
from dockdj.model.project.compose_file import released
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release import restack as rules
from dockdj.model.release.blocked import require_free
from dockdj.model.release.record import NamedRelease, Release, Restack
from dockdj.model.release.rules import references_of, tagged
from dockdj.model.version import Version


def restack(
    project: Project, version: Version, stack: StackRequest, registry: Callable[[], str], report: Report = silent
) -> tuple[Release, bool]:
    """Restack a release; return the release with the requested stack, and True if this run made it.

    `registry` returns the repository of images; it is called only for an image that is not on this machine.
    Raises Refused when the old tests fail only on the new stack, when a condition of a correct restack does not hold,
    or when a base image is gone; Raced when another release is under way or moves an image; UsageError for a base that
    the Dockerfile does not have.
    """
    repository = git.find(project.root)
    with exclusive(repository, project.name):
        return _restack(project, repository, version, stack, registry, report)


def _restack(
    project: Project,
    repository: git.Repository,
    version: Version,
    stack: StackRequest,
    registry: Callable[[], str],
    report: Report,
) -> tuple[Release, bool]:
    original = release_tags.require(repository, version, project.name)
    donor = release_tags.require(repository, stack.stack_from, project.name) if stack.stack_from else None
    # The released commit is fixed, so take today's list of false positives.
    project = replace(of_commit(project, repository, original.commit), leaks=project.leaks)
    docker.require_builder(report)
    require_sealing(project, repository)
    commit = _commit(project, repository, original, donor)
    search_commit(project, repository, commit, report)
    new_version = _next_version(repository, version)
    with restored_on_failure(project, repository, new_version):
        with worktree(repository, commit) as folder:
            dockerrun.check(project, folder)
            bundle_files.check(project, folder)
            gaps.warn(repository, commit, folder, report)
            _require_same_data(project, original, folder)
            bases = choose(project, folder, donor, stack, report)
            warn_of_python(original, bases, report)
            request = AssemblyRequest(
                _building_on(project, bases),
                new_version,
                folder,
                no_cache=not (donor or stack.bases),
                pulled=third_party_images(project, folder, (*([donor] if donor else []), original), registry, report),
            )
            fields = assemble_with_control(
                request, run_control(project, repository, original, registry, report), report
            )
            candidate = Candidate(new_version, commit, _origin(original, donor, stack))
            restacked = record(project, repository, candidate, fields, report)
        if existing := _with_same_stack(project, restacked):
            return existing, False
        _require_correct(original, restacked, bases, stack)
        if donor and restacked.fingerprint.stack != donor.fingerprint.stack:
            difference = f"dockdj diff {donor.version} {new_version}"
            report(Warned(f"its stack is not exactly that of {donor.version}: {difference}"))
        seal(project, repository, restacked, None, report)
    return restacked, True


def _commit(project: Project, repository: git.Repository, original: Release, donor: Release | None) -> str:
    """The commit to build: the original's, or a new commit with the donor's stack."""
    if donor is None:
        return original.commit
    message = f"Restack {original.version} on the stack of {donor.version}"
    return transplant(repository, original.commit, donor.commit, project.stack.has, message)


def _next_version(repository: git.Repository, version: Version) -> Version:
    """The restack's version. Tags count, not records: a damaged or newer record's number is in use, too."""
    tags = git_references.read(repository).commits
    following = rules.next_version(version, filter(None, map(tagged, tags)))
    require_free(references_of(following, None), tags, "")
    return following


def _building_on(project: Project, bases: BaseImages) -> Project:
    """The project with its base images replaced."""
    return replace(project, build=replace(project.build, images={**project.build.images, **bases.images}))


def _origin(original: Release, donor: Release | None, stack: StackRequest) -> Restack:
    stack_from = NamedRelease(str(donor.version), donor.digest) if donor else None
    return Restack(str(original.version), original.digest, stack_from, dict(stack.bases or {}))


def _require_same_data(project: Project, original: Release, folder: Path) -> None:
    """Raise Refused when a third-party service that may keep data would change its major version."""
    old = {name: image.source for name, image in original.services.items()}
    services = released(read_services(project, PRODUCTION, folder))
    new = {service.name: service.image for service in services if not service.build}
    if changes := rules.changed_data(old, new):
        raise Refused(
            f"a restack cannot change the major version of a service that may keep data:{in_lines(changes)}",
            hint="migrate the data with a release of the application",
        )


def _with_same_stack(project: Project, restacked: Release) -> Release | None:
    """The existing release of this application on this stack, if any."""
    plain = replace(restacked.version, stack=0)
    for entry in release_tags.listed(project):
        if replace(entry.version, stack=0) == plain:
            with suppress(ProjectError):
                release = release_tags.find(project, entry.version)
                if release.fingerprint.pair == restacked.fingerprint.pair:
                    return release
    return None


def _require_correct(original: Release, restacked: Release, bases: BaseImages, stack: StackRequest) -> None:
    """Raise Refused when a condition of a correct restack does not hold."""
    unmet = list(rules.unmet(original, restacked, bases.configs, bases.below))
    if not stack.dependency_drift and (changes := rules.drift(original, restacked)):
        unmet.append(f"its packages changed, so its lock is incomplete:{in_lines(changes)}")
    if unmet:
        raise Refused(
            f"the result is not a restack of {original.version}: " + "; ".join(unmet),
            hint="release it as a separate version"
            if stack.dependency_drift
            else "to accept changed packages: --allow-dependency-drift",
        )
