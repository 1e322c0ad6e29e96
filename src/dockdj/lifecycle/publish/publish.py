"""Push a release's images, record and index to a target's registry, and its tag and branch to the Git remote."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Image
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import remote as git_remote
from dockdj.adapters.git import repository as git
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
from dockdj.model.release.record import Release
from dockdj.model.version import Version


@dataclass(frozen=True)
class Outcome:
    """What publishing gave: the release in its repository, whether anything was new there, and what was sent.

    `uploads` is by service, and for the record by ""; it is empty when the repository had the release.
    """

    published: Published
    pushed_images: bool
    pushed_references: tuple[str, ...]
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    @property
    def sent(self) -> Upload:
        """What was sent in sum."""
        return sum(self.uploads.values(), Upload())

    @property
    def sent_record(self) -> Upload:
        """What was sent of the record."""
        return self.uploads.get("", Upload())


def publish(project: Project, version: Version, target: str, repository: str, report: Report = silent) -> Outcome:
    """Publish a release to a repository. The second run finds everything there and pushes nothing.

    Raises Refused when the release, or one of its images, is missing or not what the record says, when a secret
    would be published, and when the registry does not give back what was pushed; CommandFailed.
    """
    work = git.find(project.root)
    release = release_tags.require(work, version, project.name)
    docker.require_engine()
    with step(report, f"look for {version} in {repository}"):
        found = _find(repository, release, report)
        if found and found.release.digest != release.digest:
            raise Refused(
                f"{repository} holds another release under {version}: record {found.release.digest[:19]}, "
                f"not {release.digest[:19]}",
                hint=NEVER_MOVES,
            )
        if found and found.missing:
            report(Warned(f"the registry lost the image of {', '.join(found.missing)}: it is pushed again"))
            found = None
        references = _references(work, release)
    missing = found is None
    images = _images(project, release) if missing else {}
    tags = {service: local_tag(project.name, version, service) for service in images}
    uploads: Mapping[str, Upload] = {}
    if missing or (references and references[1]):
        with step(report, "search secrets"):
            leak_gate.check(project, work, release, tags)
    if found is None:
        found, uploads = _push(release, images, tags, repository, report)
    # Whatever a killed run left is among them; the release keeps its images by its own names.
    docker.untag(*_names(release, repository).values())
    pushed = _push_references(work, references, report)
    if pushed or not log.has(project, EventKind.PUBLISHED, str(version), target):
        event = LogEvent(EventKind.PUBLISHED, str(version), target, log.Outcome.OK, release.digest)
        log.append(project, event, report)
    return Outcome(found, missing, pushed, uploads)


def _find(repository: str, release: Release, report: Report) -> Published | None:
    """What the repository has under the release's version; None, too, when of this very release the record is lost."""
    try:
        return registry_index.find(repository, release.version)
    except Lost as lost:
        if not lost.configs <= set(release.configs.values()):
            raise Refused(
                f"{repository} holds another release under {release.version}, whose record is lost", hint=NEVER_MOVES
            ) from lost
        report(Warned(f"{lost.message}: it is pushed again"))
        return None


def _images(project: Project, release: Release) -> dict[str, Image]:
    """Service -> its image of this machine. Raises Refused when one is missing, or not the record's."""
    found = {}
    for service, config in release.configs.items():
        tag = local_tag(project.name, release.version, service)
        image = docker.image(tag)
        if image is None or list(image.diff_ids) != release.document["services"][service]["diff_ids"]:
            state = "is not on this machine" if image is None else f"is not the one of the record ({config[:19]})"
            raise Refused(
                f"the image of {service} {release.version} {state}: {tag}",
                hint="publish from the machine that made the release; an image is never built a second time",
            )
        found[service] = image
    return found


def _names(release: Release, repository: str) -> dict[str, str]:
    """Service -> its image's name in the repository; the record's is under ""."""
    parts = {"": RECORD} | {service: service for service in release.configs}
    return {key: f"{repository}:{part}-{release.version.label}" for key, part in parts.items()}


def _push(
    release: Release, images: Mapping[str, Image], tags: Mapping[str, str], repository: str, report: Report
) -> tuple[Published, dict[str, Upload]]:
    # The record goes first: an index without it would be no release.
    names = _names(release, repository)
    sent = {"": _push_record(release, names[""], report)}
    for service, config in release.configs.items():
        sent[service] = send(images[service], tags[service], names[service], config, f"push {service}", report)
    write = f"write the index {release.version.label}"
    with step(report, write):
        digests = tuple(one.digest for one in sent.values())
        again(write, lambda: registry.create_index(repository, release.version.label, digests), report)
        published = again(write, lambda: registry_index.require(repository, release.version), report)
        _compare(release, published, sent)
    return published, {service: one.upload for service, one in sent.items()}


def _push_record(release: Release, name: str, report: Report) -> Sent:
    config = registry.build_record(release.content, name)
    image = docker.image(name)
    if image is None:
        raise Refused(f"the image {name} vanished while it was published", hint="publish again")
    return send(image, name, name, config, "push the record", report)


def _compare(release: Release, published: Published, sent: Mapping[str, Sent]) -> None:
    """Refuse when what the registry gives back is not what was pushed, digest by digest and the record's bytes."""
    wrong = [service for service, digest in published.manifests.items() if digest != sent[service].digest]
    # Services that share an image are one entry.
    if published.children[0] != sent[""].digest or {*published.children} != {one.digest for one in sent.values()}:
        wrong.append("the index's list")
    if published.release.content != release.content:
        wrong.append("the record")
    if wrong:
        raise Refused(
            f"{published.repository} gives back something else than was pushed: {', '.join(wrong)}",
            hint=f"somebody else publishes at the same time; compare: dockdj verify {release.version}",
        )


def _references(work: git.Repository, release: Release) -> tuple[str, tuple[str, ...]] | None:
    """(remote, references it lacks), or None without a remote. Raises Refused when its tag is another one."""
    remote = git_remote.name(work)
    if remote is None:
        return None
    tag, branch = f"refs/tags/{release.version.tag}", f"refs/heads/{release.version.branch}"
    own = git_references.read(work, remote).objects
    theirs = git_remote.references(work, remote)
    if tag in theirs and theirs[tag] != own[tag]:
        raise Refused(
            f"the remote `{remote}` has another {release.version.tag}",
            hint=f"compare: git ls-remote {remote} {tag}; release the next version",
        )
    known = branch not in theirs or git.knows(work, theirs[branch])
    if not known and tag not in theirs and not release.version.stack:
        raise Refused(
            f"{release.version.branch} went on at the remote `{remote}`, where nobody knows {release.version} yet",
            hint=f"git fetch {remote}, see that the branch has this release's commit, and publish again",
        )
    # A release branch that went on at the remote has this release already; moving it back would lose work.
    ahead = branch in theirs and (not known or git.contains(work, theirs[branch], release.commit))
    # A restack changes no branch.
    wanted = [tag] if ahead or release.version.stack else [tag, branch]
    return remote, tuple(name for name in wanted if name in own and theirs.get(name) != own[name])


def _push_references(
    work: git.Repository, references: tuple[str, tuple[str, ...]] | None, report: Report
) -> tuple[str, ...]:
    if references is None:
        report(
            Warned("no Git remote: tag and branch stay on this machine (git remote add origin URL, then publish again)")
        )
        return ()
    remote, names = references
    if names:
        with step(report, f"push {', '.join(name.split('/', 2)[2] for name in names)} to {remote}"):
            git_remote.push(work, remote, names)
    return names
