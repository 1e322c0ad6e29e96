"""A released application on another stack: built, tested on both, and released as a unit of its own.

The application's commit is the old release's. With `stack_from`, the files of the stack come from that release, and its
base images; else the base images are the newest of their names, or those that are named. Images that are not built
are the very ones of that release, else of the old one.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from dockdj.adapters import project_file
from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.transplant import transplant
from dockdj.adapters.git.worktree import worktree
from dockdj.errors import ProjectError, Refused, UsageError
from dockdj.events import Report, Warned, silent
from dockdj.lifecycle.build import bases as base_images
from dockdj.lifecycle.build.evidence_folder import FAILED_FOLDER
from dockdj.lifecycle.build.gate import GateClosed
from dockdj.lifecycle.build.services import read_services
from dockdj.lifecycle.build.update import renew
from dockdj.lifecycle.bundle import dockerrun
from dockdj.lifecycle.bundle import files as bundle_files
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.project.load import of_commit
from dockdj.lifecycle.release.image_fields import ImageFields, assemble, unfinished
from dockdj.lifecycle.release.release import alone, record, require_sealing, seal
from dockdj.lifecycle.release.restack_control import Control, control, failures
from dockdj.lifecycle.release.restack_images import named, of_others, of_release
from dockdj.model.listing import in_lines
from dockdj.model.project.compose_file import released
from dockdj.model.project.project import PROJECT_FILE, Project
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release import restack as rules
from dockdj.model.release.record import NamedRelease, Release, Restack
from dockdj.model.release.rules import tagged
from dockdj.model.version import Version


@dataclass(frozen=True)
class Wanted:
    """The stack that is asked for: another release's, or base images by name; neither is the newest of the same."""

    stack_from: Version | None = None
    bases: Mapping[str, str] | None = None
    dependency_drift: bool = False


@dataclass(frozen=True)
class _Bases:
    """Base images to build on, name in the Dockerfile -> name on this machine, and what each must turn out to be.

    `below` is service -> the name that its image starts from, None for none.
    """

    images: Mapping[str, str]
    configs: Mapping[str, str]
    below: Mapping[str, str | None]


def restack(
    project: Project, version: Version, wanted: Wanted, registry: Callable[[], str], report: Report = silent
) -> tuple[Release, bool]:
    """Restack a release; returns the release that has the wanted stack, and whether it was made now.

    `registry` is asked for the repository of images where the old one is not on this machine.
    Raises Refused when the old tests fail on the new stack and not on the old one, when a condition of a correct
    restack does not hold, or a base image is gone; UsageError for a base that the Dockerfile does not have.
    """
    repository = git.find(project.root)
    with alone(repository, project.name):
        return _restack(project, repository, version, wanted, registry, report)


def _restack(
    project: Project,
    repository: git.Repository,
    version: Version,
    wanted: Wanted,
    registry: Callable[[], str],
    report: Report,
) -> tuple[Release, bool]:
    original = release_tags.require(repository, version, project.name)
    donor = release_tags.require(repository, wanted.stack_from, project.name) if wanted.stack_from else None
    # A false alarm that its commit did not know of cannot be declared there any more.
    project = replace(of_commit(project, repository, original.commit), leaks=project.leaks)
    docker.require_engine()
    require_sealing(project, repository)
    commit = _commit(repository, original, donor)
    # Tags, not records: the number of a damaged or newer record is taken, too.
    made_as = rules.next_version(version, filter(None, map(tagged, git_references.read(repository).commits)))
    with unfinished(project, repository, made_as):
        with worktree(repository, commit) as folder:
            dockerrun.check(project, folder)
            bundle_files.check(project, folder)
            _keep_data(original, folder)
            bases = _bases(project, folder, donor, wanted, report)
            _warn_of_python(original, bases, report)
            building = replace(project, build=replace(project.build, images={**project.build.images, **bases.images}))
            images = of_others(project, folder, (*([donor] if donor else []), original), registry, report)
            old = control(project, repository, original, registry, report)
            fields = _assemble(building, made_as, folder, images, old, report, no_cache=not (donor or wanted.bases))
            stack_from = NamedRelease(str(donor.version), donor.digest) if donor else None
            origin = Restack(str(version), original.digest, stack_from, dict(wanted.bases or {}))
            made = record(project, repository, made_as, commit, fields, report, restack_of=origin)
        if same := _same_stack(project, made):
            return same, False
        _require(original, made, bases, wanted)
        if donor and made.fingerprint.stack != donor.fingerprint.stack:
            differ = f"dockdj diff {donor.version} {made_as}"
            report(Warned(f"its stack is not to the letter that of {donor.version}: {differ}"))
        seal(project, repository, made, None, report)
    return made, True


def _commit(repository: git.Repository, original: Release, donor: Release | None) -> str:
    """The commit to build: the old one, or one made of it and the stack of the other."""
    if donor is None:
        return original.commit
    stack = project_file.stack_of(git.text_at(repository, original.commit, PROJECT_FILE) or "")
    message = f"Restack {original.version} on the stack of {donor.version}"
    return transplant(repository, original.commit, donor.commit, stack.has, message)


def _keep_data(original: Release, folder: Path) -> None:
    """Raise Refused when a service that others made, and that may keep data, would go to another major version."""
    old = {name: image.source for name, image in original.services.items()}
    new = {one.name: one.image for one in released(read_services(folder, PRODUCTION)) if not one.build}
    if found := rules.changed_data(old, new):
        raise Refused(
            f"another major version of what may keep data is no restack:{in_lines(found)}",
            hint="migrate the data with a release of the application",
        )


def _bases(project: Project, folder: Path, donor: Release | None, wanted: Wanted, report: Report) -> _Bases:
    services = released(read_services(folder, PRODUCTION))
    names = tuple(dict.fromkeys(name for service in services for name in base_images.named(folder, service)))
    if unknown := [name for name in wanted.bases or {} if name not in names]:
        raise UsageError(
            f"no Dockerfile of {PRODUCTION} starts from {', '.join(unknown)}", hint=f"base images: {', '.join(names)}"
        )
    images = of_release(project, donor, names, report) if donor else {}
    images |= {name: named(image, report) for name, image in (wanted.bases or {}).items()}
    if not donor and not wanted.bases:
        found = renew(tuple(project.build.image(name) for name in names), report)
        for name, cause in found.kept.items():
            report(Warned(f"{name} was not renewed: {cause}"))
    configs = {name: image.config for name, one in images.items() if (image := docker.image(one))}
    return _Bases(images, configs, {service.name: base_images.below(folder, service) for service in services})


def _warn_of_python(original: Release, bases: _Bases, report: Report) -> None:
    """A lock may have no wheels for another Python: said before the build, which would only say what it misses."""
    before = {image.runtime.get("python", "") for image in original.services.values()} - {""}
    for name, image in bases.images.items():
        after = _python_of(image)
        if after and before and all(after.split(".")[:2] != one.split(".")[:2] for one in before):
            old = ", ".join(sorted(before))
            report(Warned(f"{name} brings Python {after}, and {original.version} has {old}: wheels may be missing"))


def _python_of(image: str) -> str:
    found = docker.image(image)
    variables = dict(one.partition("=")[::2] for one in found.environment) if found else {}
    return variables.get("PYTHON_VERSION", "")


def _assemble(
    project: Project,
    version: Version,
    folder: Path,
    images: Mapping[str, str],
    old: Control | None,
    report: Report,
    *,
    no_cache: bool,
) -> ImageFields:
    """Build and test on the new stack; what fails on the old one, too, is no reason to refuse."""
    reports = old.reports if old else {}
    try:
        fields = assemble(project, version, folder, report, no_cache=no_cache, images=images, reports=reports)
    except GateClosed as error:
        now = failures(error.evidence)
        if now is None:
            raise
        if new := rules.new_failures(old.failures if old else None, now):
            raise Refused(
                f"{len(new)} of the old tests fail on the new stack and not on the old one:{in_lines(new)}",
                hint=f"all that the checks said: {FAILED_FOLDER}/; this stack needs another application",
            ) from error
        tests = (
            "a test fails on the old stack, too, and proves"
            if len(now) == 1
            else (f"{len(now)} tests fail on the old stack, too, and prove")
        )
        report(Warned(f"{tests} nothing: {', '.join(now[:5])}"))
        fields = assemble(project, version, folder, report, known=tuple(now), images=images, reports=reports)
    return replace(fields, evidence=(*fields.evidence, old.result)) if old else fields


def _same_stack(project: Project, made: Release) -> Release | None:
    """The release that has this application on this stack already."""
    plain = replace(made.version, stack=0)
    for version in (one.version for one in release_tags.listed(project) if replace(one.version, stack=0) == plain):
        with suppress(ProjectError):
            one = release_tags.find(project, version)
            if one.fingerprint.pair == made.fingerprint.pair:
                return one
    return None


def _require(original: Release, made: Release, bases: _Bases, wanted: Wanted) -> None:
    found = list(rules.unmet(original, made, bases.configs, bases.below))
    if not wanted.dependency_drift and (moved := rules.drift(original, made)):
        found.append(f"its packages did not stay what they were, so its lock is not complete:{in_lines(moved)}")
    if found:
        raise Refused(
            f"this is no restack of {original.version}: " + "; ".join(found),
            hint="with other packages on purpose: --allow-dependency-drift"
            if not wanted.dependency_drift
            else "release it as a version of its own",
        )
