"""Push a release's images, record and index to a target's registry, and its tag and branch to the Git remote."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import remote as git_remote
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.remote import Push
from dockdj.adapters.registry import client as registry
from dockdj.adapters.registry.push import Upload
from dockdj.errors import Refused
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle import leak_gate
from dockdj.lifecycle.history import log, registry_index
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.log import EventKind, LogEvent
from dockdj.lifecycle.history.registry_index import NEVER_MOVES, Lost, Published
from dockdj.lifecycle.publish.upload import Sent, again, send
from dockdj.model.image_names import local_tag
from dockdj.model.project.compose_file import RECORD
from dockdj.model.project.project import Project
from dockdj.model.release.blocked import require_free
from dockdj.model.release.recognise import is_recorded
from dockdj.model.release.record import Release
from dockdj.model.version import Version


@dataclass(frozen=True)
class Outcome:
    """The published release, the references that were pushed, and the amount of each upload.

    `uploads` is by service, and "" for the record; it is empty if the repository had the release. `pushed_images` is
    true if it had not.
    """

    published: Published
    pushed_images: bool
    pushed_references: tuple[str, ...]
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    @property
    def sent(self) -> Upload:
        """The total amount of all uploads."""
        return sum(self.uploads.values(), Upload())

    @property
    def sent_record(self) -> Upload:
        """The amount that the record's upload sent."""
        return self.uploads.get("", Upload())


def publish(project: Project, version: Version, target: str, repository: str, report: Report = silent) -> Outcome:
    """Publish a release to a repository of images, and to the Git remote. A second run pushes nothing.

    Raises Refused if the release or one of its images is missing or not the recorded one, if it contains a secret, or
    if the registry does not return what was pushed; CommandFailed.
    """
    work = git.find(project.root)
    release = release_tags.require(work, version, project.name)
    docker.require_engine()
    with step(report, f"look for {version} in {repository}"):
        published = _find(repository, release, report)
        push = _missing_references(work, release)
    missing = published is None
    images = _images(project, release) if missing else {}
    tags = {service: local_tag(project.name, version, service) for service in images}
    uploads: Mapping[str, Upload] = {}
    if missing or push.references:
        with step(report, "search for secrets"):
            leak_gate.check(project, work, release, tags, push)
    if published is None:
        published, uploads = _push(release, images, tags, repository, report)
    # A killed run may have left these names. The release's images keep their local tags.
    docker.untag(*_names(release, repository).values())
    _push_references(work, push, report)
    if push.references or not log.has(project, EventKind.PUBLISHED, str(version), target):
        event = LogEvent(EventKind.PUBLISHED, str(version), target, log.Outcome.OK, release.digest)
        log.append(project, event, report)
    return Outcome(published, missing, tuple(push.references), uploads)


def _find(repository: str, release: Release, report: Report) -> Published | None:
    """The release as the repository has it, whole; None, with a warning, if the repository lost a part of it.

    Raises Refused if the repository has another release of this version.
    """
    try:
        published = registry_index.find(repository, release.version)
    except Lost as lost:
        if not lost.configs <= set(release.configs.values()):
            raise Refused(
                f"{repository} holds another release under {release.version}, whose record is lost", hint=NEVER_MOVES
            ) from lost
        report(Warned(f"{lost.message}; pushing it again"))
        return None
    if published is None:
        return None
    if published.release.digest != release.digest:
        raise Refused(
            f"{repository} holds another release under {release.version}: record {published.release.digest[:19]}, "
            f"not {release.digest[:19]}",
            hint=NEVER_MOVES,
        )
    if published.missing:
        report(Warned(f"the registry lost the image of {', '.join(published.missing)}; pushing it again"))
        return None
    return published


def _images(project: Project, release: Release) -> dict[str, Image]:
    """Service -> its image on this machine. Raises Refused if an image is missing, or not the recorded one."""
    images = {}
    for service, config in release.configs.items():
        tag = local_tag(project.name, release.version, service)
        image = docker.image(tag)
        if image is None or not is_recorded(image, release.services[service]):
            state = "is not on this machine" if image is None else f"is not the recorded one ({config[:19]})"
            raise Refused(
                f"the image of {service} {release.version} {state}: {tag}",
                hint="publish from the machine that made the release; an image is never built a second time",
            )
        images[service] = image
    return images


def _names(release: Release, repository: str) -> dict[str, str]:
    """Service -> its image's name in the repository; "" -> the record's."""
    parts = {"": RECORD} | {service: service for service in release.configs}
    return {key: f"{repository}:{part}-{release.version.label}" for key, part in parts.items()}


def _push(
    release: Release, images: Mapping[str, Image], tags: Mapping[str, str], repository: str, report: Report
) -> tuple[Published, dict[str, Upload]]:
    # The record comes first in the index: the images of a release are read by it.
    names = _names(release, repository)
    sent = {"": _push_record(release, names[""], report)}
    for service, config in release.configs.items():
        sent[service] = send(images[service], tags[service], names[service], config, f"push {service}", report)
    write = f"write the index {release.version.label}"
    with step(report, write):
        digests = tuple(image.digest for image in sent.values())
        again(write, lambda: registry.create_index(repository, release.version.label, digests), report)
        published = again(write, lambda: registry_index.require(repository, release.version), report)
        _compare(release, published, sent)
    return published, {service: image.upload for service, image in sent.items()}


def _push_record(release: Release, name: str, report: Report) -> Sent:
    config = registry.build_record(release.content, name)
    image = docker.image(name)
    if image is None:
        raise Refused(f"the image {name} vanished before it was pushed", hint="publish again")
    return send(image, name, name, config, "push the record", report)


def _compare(release: Release, published: Published, sent: Mapping[str, Sent]) -> None:
    """Raise Refused if the registry returns other digests, or other bytes of the record, than were pushed."""
    wrong = [service for service, digest in published.manifests.items() if digest != sent[service].digest]
    # Services that share an image share an entry of the index.
    if published.children[0] != sent[""].digest or {*published.children} != {image.digest for image in sent.values()}:
        wrong.append("the index's list")
    if published.release.content != release.content:
        wrong.append("the record")
    if wrong:
        raise Refused(
            f"{published.repository} returned something else than was pushed: {', '.join(wrong)}",
            hint=f"somebody else may be publishing at the same time; compare: dockdj verify {release.version}",
        )


def _missing_references(work: git.Repository, release: Release) -> Push:
    """Ask the Git remote which references it lacks.

    Raises Refused if it has another tag, an unknown branch, or a name that blocks one of the missing references.
    """
    remote = git_remote.name(work)
    if remote is None:
        return Push()
    tag, branch = f"refs/tags/{release.version.tag}", f"refs/heads/{release.version.branch}"
    own = git_references.read(work, remote).objects
    theirs = git_remote.references(work, remote)
    if tag in theirs and theirs[tag] != own[tag]:
        raise Refused(
            f"the tag {release.version.tag} of the remote `{remote}` is not the one of this clone",
            hint=f"see both: git rev-parse {tag}; git ls-remote {remote} {tag}. "
            "If the remote's is right, release the next version",
        )
    known = branch not in theirs or git.knows(work, theirs[branch])
    if not known and tag not in theirs and not release.version.stack:
        raise Refused(
            f"{release.version.branch} has new commits at the remote `{remote}`, which lacks {release.version.tag}",
            hint=f"git fetch {remote}, see that the branch has this release's commit, and publish again",
        )
    # If the remote's branch is ahead it contains this release, and pushing ours would lose commits.
    ahead = branch in theirs and (not known or git.contains(work, theirs[branch], release.commit))
    # A restack has no branch.
    wanted = [tag] if ahead or release.version.stack else [tag, branch]
    missing = {name: own[name] for name in wanted if name in own and theirs.get(name) != own[name]}
    require_free(missing, theirs, remote, at_remote=True)
    return Push(remote, missing, frozenset(theirs.values()))


def _push_references(work: git.Repository, push: Push, report: Report) -> None:
    if not push.remote:
        report(
            Warned("no Git remote: tag and branch stay on this machine (git remote add origin URL, then publish again)")
        )
    elif push.references:
        names = ", ".join(name.split("/", 2)[2] for name in push.references)
        with step(report, f"push {names} to {push.remote}"):
            git_remote.push(work, push)
