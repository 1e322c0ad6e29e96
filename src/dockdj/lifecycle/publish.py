"""Push a release's images, record and index to a target's registry, and its tag and branch to the Git remote."""

from collections.abc import Mapping
from dataclasses import dataclass

from dockdj.adapters import docker, git, registry
from dockdj.errors import Refused
from dockdj.events import Report, Warned, silent, step
from dockdj.lifecycle import index, leaks, log, records
from dockdj.lifecycle.index import Published
from dockdj.lifecycle.release import local_tag
from dockdj.model.project import Project
from dockdj.model.release import Release
from dockdj.model.version import Version


@dataclass(frozen=True)
class Outcome:
    """What publishing gave: the release in its repository, and whether anything was new there."""

    published: Published
    pushed_images: bool
    pushed_references: tuple[str, ...]


def publish(project: Project, version: Version, target: str, repository: str, report: Report = silent) -> Outcome:
    """Publish a release to a repository. The second run finds everything there and pushes nothing.

    Raises Refused when the release, or one of its images, is missing or not what the record says, and when a secret
    would be published.
    """
    work = git.find(project.root)
    release = records.require(work, version)
    docker.require_engine()
    with step(report, f"look for {version} in {repository}"):
        found = index.find(repository, version)
        if found and found.release.digest != release.digest:
            raise Refused(
                f"{repository} holds another release under {version}: record {found.release.digest[:19]}, "
                f"not {release.digest[:19]}",
                hint="versions are never reused: release the next one",
            )
        if found and found.missing:
            report(Warned(f"the registry lost the image of {', '.join(found.missing)}: it is pushed again"))
            found = None
        references = _references(work, release)
    missing = found is None
    tags = _images(project, release) if missing else {}
    if missing or (references and references[1]):
        with step(report, "search secrets"):
            leaks.check(project, work, release, tags)
    if found is None:
        found = _push(release, tags, repository, report)
    pushed = _push_references(work, references, report)
    if pushed or not log.has(project, "published", str(version), target):
        log.append(project, what="published", version=str(version), target=target, outcome="ok", record=release.digest)
    return Outcome(found, missing, pushed)


def _images(project: Project, release: Release) -> dict[str, str]:
    """Service -> local tag of its image. Raises Refused when one is missing, or not the record's."""
    tags = {service: local_tag(project, release.version, service) for service in release.configs}
    for service, config in release.configs.items():
        _require_image(tags[service], release.document["services"][service]["diff_ids"], release, service, config)
    return tags


def _push(release: Release, tags: Mapping[str, str], repository: str, report: Report) -> Published:
    digests = []
    record_tag = f"{repository}:record-{release.version.label}"
    with step(report, "push the record"):
        registry.build_record(release.content, record_tag)
        registry.push(record_tag, report)
        digests.append(_read_back(record_tag).digest)
    for service, config in release.configs.items():
        name = f"{repository}:{service}-{release.version.label}"
        with step(report, f"push {service}"):
            docker.tag(tags[service], name)
            registry.push(name, report)
            manifest = _read_back(name)
            if manifest.config != config:
                raise Refused(
                    f"{name} holds the image {manifest.config[:19]}, and the record names {config[:19]}",
                    hint=f"something else was pushed under this tag; publish again: dockdj publish {release.version}",
                )
            digests.append(manifest.digest)
    with step(report, f"write the index {release.version.label}"):
        registry.create_index(repository, release.version.label, tuple(digests))
        return index.require(repository, release.version)


def _require_image(tag: str, diff_ids: list[str], release: Release, service: str, config: str) -> None:
    image = docker.image(tag)
    if image is None or list(image.diff_ids) != diff_ids:
        state = "is not on this machine" if image is None else f"is not the one of the record ({config[:19]})"
        raise Refused(
            f"the image of {service} {release.version} {state}: {tag}",
            hint="publish from the machine that made the release; an image is never built a second time",
        )


def _read_back(name: str) -> registry.Manifest:
    manifest = registry.manifest(name)
    if manifest is None:
        raise Refused(f"{name} was pushed, but the registry does not have it", hint="publish again")
    return manifest


def _references(work: git.Repository, release: Release) -> tuple[str, tuple[str, ...]] | None:
    """(remote, references it lacks), or None without a remote. Raises Refused when its tag is another one."""
    remote = git.remote(work)
    if remote is None:
        return None
    tag, branch = f"refs/tags/{release.version.tag}", f"refs/heads/{release.version.branch}"
    own = git.objects(work, (tag, branch))
    theirs = git.remote_references(work, remote)
    if tag in theirs and theirs[tag] != own[tag]:
        raise Refused(
            f"the remote `{remote}` has another {release.version.tag}",
            hint=f"compare: git ls-remote {remote} {tag}; release the next version",
        )
    # A release branch that went on at the remote has this release already; moving it back would lose work. One
    # whose commit is unknown here went on, too.
    ahead = branch in theirs and (
        not git.knows(work, theirs[branch]) or git.contains(work, theirs[branch], release.commit)
    )
    wanted = [tag] if ahead else [tag, branch]
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
            git.push(work, remote, names)
    return names
