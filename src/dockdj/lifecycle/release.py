"""Build, test and record a version: from a commit, never from the working tree.

Observe what the repository holds, decide whether this version may be released, then do it. The tag and the
release branch appear in one Git transaction at the very end, so a killed run leaves nothing to clean up.
"""

import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dockdj import __version__
from dockdj.adapters import docker, git, inventory
from dockdj.adapters.worktree import worktree
from dockdj.errors import ProjectError, Refused
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle import application, bundle_tree, dockerrun, leaks, records
from dockdj.lifecycle.image import bake_images, check_gate, provide, read_services, sources_of
from dockdj.model import evidence as evidence_model
from dockdj.model.compose import Service, released
from dockdj.model.inventory import to_record
from dockdj.model.project import PRODUCTION, PRODUCTION_COMPOSE_FILE, Project
from dockdj.model.release import Release, compose, digest_of
from dockdj.model.version import Version

SHOWN_FILES = 10


@dataclass(frozen=True)
class Observed:
    """What the repository says before a release."""

    commit: str
    explicit: bool
    modified: tuple[str, ...]
    existing: Release | None
    references: Mapping[str, str]
    default_branch: str
    on_default: bool
    on_release: bool
    has_release_branch: bool = False
    shallow: bool = False
    project: str = ""


@dataclass(frozen=True)
class AlreadyReleased:
    """The version exists with this very commit: nothing to do."""

    release: Release


@dataclass(frozen=True)
class MakeRelease:
    """Release this commit, and make this branch unless it is None (it exists)."""

    commit: str
    branch: str | None


def release(
    project: Project, version: Version, *, revision: str | None = None, report: Report = silent
) -> tuple[Release, bool]:
    """Release a version; returns it, and whether it was made now.

    Raises Refused when the state forbids it, a test fails or a secret would be part of it, UsageError for an unknown
    revision.
    """
    repository = git.find(project.root)
    with step(report, f"look at the repository for {version}"):
        observed = replace(observe(repository, version, revision), project=project.name)
        decision = decide(version, observed)
    if isinstance(decision, AlreadyReleased):
        return decision.release, False
    if git.text_at(repository, decision.commit, ".gitmodules") is not None:
        report(Warned("submodules are not part of a release: their folders are empty in the build"))
    if left_out := git.untracked(repository):
        report(Warned(f"not tracked by Git, so not part of the release: {_listed(left_out)}"))
    docker.require_engine()
    identity = git.identity(repository)
    # Searched for at the end; that they cannot be read is said before the build.
    leaks.of_machine(project)
    with worktree(repository, decision.commit) as folder:
        dockerrun.check(project, folder)
        bundle_tree.check(project, folder)
        parts = build(project, version, folder, report)
    with step(report, "write the release record"):
        parent = _parent(repository, version)
        app, application_print = application.describe(repository, decision.commit, parent.commit if parent else None)
        made = compose(
            name=project.name,
            version=version,
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            by=identity.partition(" <")[0],
            tool=f"dockdj {__version__}",
            parent=parent.digest if parent else None,
            app=app,
            application=application_print,
            platform=project.recipe.answers.get("platform", "docker"),
            **parts,
        )
    with step(report, "search secrets"):
        leaks.check(project, repository, made, {name: local_tag(project, version, name) for name in made.configs})
    with step(report, f"tag {version.tag}" + (f" and branch {decision.branch}" if decision.branch else "")):
        git.create_release(repository, version.tag, decision.commit, records.message(made), decision.branch)
    return made, True


def observe(repository: git.Repository, version: Version, revision: str | None) -> Observed:
    """What a release of this version meets in the repository."""
    commit = git.resolve(repository, revision or "HEAD")
    references = git.references(repository)
    default = git.default_branch(repository)
    return Observed(
        commit=commit,
        explicit=revision is not None,
        modified=git.modified(repository),
        existing=records.of_tag(repository, version) if f"refs/tags/{version.tag}" in references else None,
        references=references,
        default_branch=default,
        on_default=git.on_branch(repository, default, commit),
        on_release=git.on_branch(repository, version.branch, commit),
        has_release_branch=git.has_branch(repository, version.branch),
        shallow=git.is_shallow(repository),
    )


def decide(version: Version, observed: Observed) -> AlreadyReleased | MakeRelease:
    """Whether this version may be released from this commit. Raises Refused with the reason."""
    if version.stack:
        raise Refused(f"{version} names a restack, which a release does not make", hint="release MAJOR.MINOR.PATCH")
    tagged = observed.references.get(f"refs/tags/{version.tag}")
    existing = observed.existing
    if existing and observed.project and existing.document["name"] != observed.project:
        raise Refused(
            f"the tag {version.tag} is a release of `{existing.document['name']}` in this repository",
            hint="projects that share a repository share its version numbers: release the next one",
        )
    if existing and existing.commit == tagged == observed.commit:
        return AlreadyReleased(existing)
    if tagged is not None:
        raise Refused(
            f"the tag {version.tag} exists with other content: it names {tagged[:12]}, not {observed.commit[:12]}",
            hint=f"release the next version, or see what {version.tag} holds: dockdj show {version}",
        )
    if observed.modified and not observed.explicit:
        raise Refused(
            f"tracked files are modified and would not be part of the release: {_listed(observed.modified)}",
            hint=f"commit them first, or release the last commit without them: dockdj release {version} --commit HEAD",
        )
    return _from_branch(version, observed)


def _from_branch(version: Version, observed: Observed) -> MakeRelease:
    """Whether the commit is where this version may come from. Raises Refused with the reason."""
    short = observed.commit[:12]
    deepen = "the clone is shallow, so Git cannot tell: git fetch --unshallow --tags, then release again"
    if version.patch > 0 and observed.has_release_branch:
        if not observed.on_release:
            raise Refused(
                f"{version} is a patch: it is released from {version.branch}, which has no commit {short}",
                hint=deepen
                if observed.shallow
                else f"git switch {version.branch}, bring the fix there (git cherry-pick), and release again",
            )
        return MakeRelease(observed.commit, None)
    if observed.has_release_branch:
        raise Refused(
            f"the branch {version.branch} exists, but the tag {version.tag} does not",
            hint=f"release a patch from that branch, or see what it is: git log {version.branch}",
        )
    if not observed.on_default:
        raise Refused(
            f"{version} is released from the branch {observed.default_branch}, which has no commit {short}",
            hint=deepen if observed.shallow else f"git switch {observed.default_branch} and merge, then release again",
        )
    return MakeRelease(observed.commit, version.branch)


def build(project: Project, version: Version, folder: Path, report: Report) -> dict[str, Any]:
    """Build and test the images of a checkout; the record's fields that come from them."""
    services = released(read_services(folder, PRODUCTION))
    check_gate(services, folder)
    tags = {service.name: local_tag(project, version, service.name) for service in services}
    built = {service.name: tags[service.name] for service in services if service.build}
    with tempfile.TemporaryDirectory(prefix="dockdj-evidence-") as evidence_folder:
        # A new value reruns the tests, whatever the build cache remembers of earlier ones.
        nonce = uuid.uuid4().hex
        with step(report, f"build and test {', '.join(built)}"):
            configs = bake_images(
                project, folder, services, built, evidence_folder=evidence_folder, test_run=nonce, report=report
            )
        proof = _evidence(Path(evidence_folder), configs)
    provide(services, sources_of(project), report)
    recorded = {}
    for service in services:
        with step(report, f"take the inventory of {service.name}"):
            recorded[service.name] = describe_service(service, tags[service.name], configs, report)
    return {
        "services": recorded,
        "npm": {},
        "compose_file": digest_of((folder / PRODUCTION_COMPOSE_FILE).read_bytes()),
        "evidence": [proof],
    }


def describe_service(service: Service, tag: str, configs: Mapping[str, str], report: Report) -> dict[str, Any]:
    """A service's fields of the record."""
    if service.image and not service.build:
        if docker.image(service.image) is None:
            docker.pull(service.image, report)
        docker.tag(service.image, tag)
    image = docker.image(tag)
    if image is None:
        raise ProjectError(f"the build made no image for {service.name}")
    return {
        "config": configs.get(service.name, image.config),
        "diff_ids": list(image.diff_ids),
        "platform": image.platform,
        "size": image.size,
        "source": service.image if not service.build else None,
        "run": dict(image.run),
        **to_record(inventory.read(tag, dict(image.labels))),
    }


def local_tag(project: Project, version: Version, service: str) -> str:
    """The engine's own name of a released image; it keeps the image from being pruned."""
    return f"{project.name}/{service}:{version.label}"


def _evidence(folder: Path, configs: Mapping[str, str]) -> dict[str, Any]:
    summary = folder / "summary.json"
    if not summary.is_file():
        raise ProjectError(
            "the build gave no evidence of its tests: its `evidence` stage has no summary.json",
            hint="compare docker/django/Dockerfile with the recipe's",
        )
    junit = folder / "junit.xml"
    return evidence_model.read(summary.read_bytes(), junit.read_bytes() if junit.is_file() else None, configs)


def _parent(repository: git.Repository, version: Version) -> Release | None:
    earlier = [found for found in records.all_of(repository) if found.version < version]
    return max(earlier, key=lambda found: found.version) if earlier else None


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else ""
    return ", ".join(names[:SHOWN_FILES]) + more
