"""Build and test an environment's images, and push them under a moving tag for people to try."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dockdj import __version__
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.worktree import worktree
from dockdj.adapters.registry import client as registry
from dockdj.adapters.registry.push import Upload
from dockdj.errors import CommandFailed, ProjectError, Raced
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle import leak_gate
from dockdj.lifecycle.build import bases, gaps, tested_build
from dockdj.lifecycle.build.gate import check_gate
from dockdj.lifecycle.build.images import BuildRequest
from dockdj.lifecycle.build.services import obtain, provide, read_services, sources_of
from dockdj.lifecycle.build.tested_build import TestedBuild
from dockdj.lifecycle.bundle import dockerrun
from dockdj.lifecycle.leak_gate import in_images, in_text
from dockdj.lifecycle.publish.upload import Sent, again, send
from dockdj.lifecycle.tested_images import evidence, fetch, memory
from dockdj.model.build.tested_images import QaImages, check_tag, published
from dockdj.model.build.tested_record import TestedRecord, TestedSource, TestedValues, write
from dockdj.model.image_names import image_name
from dockdj.model.listing import in_words
from dockdj.model.project.compose_file import RECORD, Service
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.release.image import RecordedImage
from dockdj.model.secrets.credentials import PATTERNS


@dataclass(frozen=True)
class Outcome:
    """The published images, and the bytes and layers that were sent."""

    images: QaImages
    sent: Upload


def publish(project: Project, environment: str, tag: str, repository: str, report: Report = silent) -> Outcome:
    """Build and test an environment's images, and push them under `SERVICE-TAG` and TAG.

    The images come from the last commit. If tracked files are modified, they come from the working tree and are
    marked as modified.

    Raises UsageError for a version's tag, Refused when a check or a test fails or the images hold a secret, Raced when
    another command moves the images or the tag, CommandFailed.
    """
    work = git.find(project.root)
    commit = git.resolve(work, "HEAD")
    check_tag(tag, (service.name for service in read_services(project, environment)))
    docker.require_engine()
    # The end of the run needs both: fail before the long build.
    git.identity(work)
    leak_gate.of_machine(project)
    with tempfile.TemporaryDirectory(prefix="dockdj-evidence-") as folder:
        record = _tested(project, environment, work, commit, Path(folder), report)
        tags = _names(project, environment, record)
        with step(report, "search for secrets"):
            _check_secrets(project, record, tags)
        outcome = _push(record, tags, repository, tag, report)
        memory.remember(project, outcome.images, report)
        evidence.remember(Path(folder), project, outcome.images, memory.known(project), report)
    return outcome


def _tested(
    project: Project, environment: str, work: git.Repository, commit: str, evidence_folder: Path, report: Report
) -> TestedRecord:
    """Build and test images; return their record, and write their evidence to a folder."""
    modified = git.modified(work)
    if modified:
        report(Warned(f"not as in the last commit, so no release will take these images: {in_words(modified)}"))
        services, tested = _build(project, environment, project.root, evidence_folder, report)
    else:
        if untracked := git.untracked(work):
            report(Warned(f"not tracked by Git, so not part of the images: {in_words(untracked)}"))
        with worktree(work, commit) as folder:
            gaps.warn(work, commit, folder, report)
            services, tested = _build(project, environment, folder, evidence_folder, report)
    return write(
        TestedValues(
            name=project.name,
            environment=environment,
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            by=git.identity(work).partition(" <")[0],
            tool=f"dockdj {__version__}",
            app=TestedSource(commit, git.tree(work, commit), modified),
            npm=tested.npm,
            services=services,
            evidence=tested.evidence,
        )
    )


def _build(
    project: Project, environment: str, folder: Path, evidence_folder: Path, report: Report
) -> tuple[dict[str, RecordedImage], TestedBuild]:
    """Build and test the checkout in `folder`; return service -> image, and the tested build."""
    services = published(read_services(project, environment, folder), environment)
    built = {service.name: image_name(project.name, environment, service.name) for service in services if service.build}
    if not built:
        raise ProjectError(f"no service of environment `{environment}` is built")
    if environment == PRODUCTION:
        dockerrun.check(project, folder)
        check_gate(services, folder)
    tested = tested_build.build(BuildRequest(project, folder, services, built), evidence_folder, report)
    provide(services, sources_of(project), report)
    bases.warn_of_unknown(folder, services, "not recorded", report)
    images = {
        service.name: _describe(project, folder, environment, service, tested.configs, report) for service in services
    }
    return images, tested


def _describe(
    project: Project, folder: Path, environment: str, service: Service, configs: Mapping[str, str], report: Report
) -> RecordedImage:
    source = None if service.build else service.image
    if source:
        obtain(source, report)
    image = docker.image(source or image_name(project.name, environment, service.name))
    if image is None:
        raise CommandFailed(f"the build made no image for {service.name}", hint="upgrade buildx")
    return RecordedImage(
        config=configs.get(service.name, image.config),
        diff_ids=image.diff_ids,
        platform=image.platform,
        size=image.size,
        source=source,
        base=bases.proved(project, folder, service, image),
    )


def _names(project: Project, environment: str, record: TestedRecord) -> dict[str, str]:
    """Service -> the name of its image on this machine."""
    return {
        name: image.source or image_name(project.name, environment, name) for name, image in record.services.items()
    }


def _check_secrets(project: Project, record: TestedRecord, tags: Mapping[str, str]) -> None:
    needles = (*leak_gate.of_machine(project), *PATTERNS)
    hits = (*in_text("the record", record.content.decode(), needles), *in_images(record.services, tags, needles))
    leak_gate.refuse("the images", hits, needles, project.leaks, "publish again")


def _push(record: TestedRecord, tags: Mapping[str, str], repository: str, tag: str, report: Report) -> Outcome:
    def push(label: str, local: str, part: str, config: str) -> Sent:
        return send(_image(local), local, f"{repository}:{part}-{tag}", config, f"push {label}", report)

    # The record is the first child of the index: readers find it there.
    name = f"{repository}:{RECORD}-{tag}"
    config = registry.build_record(record.content, name)
    sent = [push("the record", name, RECORD, config)]
    sent += [push(service, tags[service], service, config) for service, config in record.configs.items()]
    digests = tuple(part.digest for part in sent)
    title = f"write the index {tag}"
    with step(report, title):
        again(title, lambda: registry.create_index(repository, tag, digests), report)
    images = fetch.fetch(repository, tag)
    if images.record.content != record.content or set(images.manifests.values()) != set(digests[1:]):
        raise Raced(
            f"{repository}:{tag} is not what was pushed", hint="another command publishes under this tag: use another"
        )
    # The services' images keep their names: a release takes them without a registry.
    docker.untag(name)
    return Outcome(images, sum((part.upload for part in sent), Upload()))


def _image(name: str) -> Image:
    image = docker.image(name)
    if image is None:
        raise Raced(f"the image {name} vanished while it was published", hint="publish again")
    return image
