"""Assertions about releases whose commands are killed: no partial release is visible, and nothing is left over."""

import json
import subprocess

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import references as git_references
from dockdj.adapters.git import repository as git
from dockdj.errors import MissingTool, Refused
from dockdj.lifecycle.history import log, registry_index
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.verify.verify import verify
from dockdj.model.project.project import Project, Target
from dockdj.model.version import Version
from tests.support import project as projects
from tests.support.eventually import eventually


def no_half_release_is_visible(project: Project, version: Version, repository: str) -> str:
    """Assert that `history` and `verify` see this version complete or not at all; return its state."""
    releases = {release.version: release for release in release_tags.of_project(project)}
    work = git.find(project.root)
    for release in releases.values():
        places = git_references.read(work).places(release.version.branch)
        assert git_references.containing(work, release.commit, places) == {f"refs/heads/{release.version.branch}"}
        has_its_images(project, release.version)
    published = registry_index.find(repository, version)
    events = [event for event in log.read(project) if (event.what, event.version) == ("published", str(version))]
    try:
        verdict = verify(project, version, _target(project, repository), lambda _: repository, no_platform)
    except Refused as refused:
        assert "is not released" in refused.message
        assert (version in releases, published, events) == (False, None, [])
        return "not released"
    assert version in releases
    assert [finding for finding in verdict.findings if finding.state == "differs"] == [], verdict.findings
    states = {finding.place: (finding.state, finding.details) for finding in verdict.findings}
    if published is None:
        assert states[f"index {repository}:{version.label}"] == ("not there", ("not published",))
        assert events == []
        return "not published"
    assert registry_index.require(repository, version) == published
    assert published.release == releases[version]
    assert states[f"index {repository}:{version.label}"][0] == states["record image"][0] == "ok"
    return "published"


def has_its_images(project: Project, version: Version) -> None:
    """Assert that the images with a release's names are those of its record."""
    release = release_tags.find(project, version)
    for service in release.configs:
        image = docker.image(_tag(project, version, service))
        assert image is not None
        assert image.diff_ids == release.services[service].diff_ids


def nothing_is_left_over(project: Project) -> None:
    """Assert that there is no worktree, container, local image or lock except those of the releases."""
    assert projects.git(project.root, "worktree", "list").count("\n") == 0
    assert sorted(project.root.joinpath(".git").rglob("*.lock")) == []
    versions = {release.version for release in release_tags.of_project(project)}
    assert set(projects.git(project.root, "tag").split()) == {version.tag for version in versions}
    releases = release_tags.of_project(project)
    tags = {_tag(project, release.version, service) for release in releases for service in release.configs}
    assert {name for name in _listed("image") if project.name in name} == tags
    # A run of another project may remove the leftovers of a killed run.
    kinds = ("container", "network", "volume")
    eventually(lambda: not [name for kind in kinds for name in _listed(kind) if project.name in name])


def _tag(project: Project, version: Version, service: str) -> str:
    return f"{project.name}/{service}:{version.label}"


def _listed(kind: str) -> list[str]:
    """The engine's names of one kind of object; a container's with its image."""
    every = ["--all"] if kind == "container" else []
    argv = ["docker", kind, "ls", *every, "--format", "{{json .}}"]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    if kind == "image":
        return [f"{image['Repository']}:{image['Tag']}" for image in objects]
    return [f"{each.get('Names') or each.get('Name')} {each.get('Image', '')}" for each in objects]


def _target(project: Project, repository: str) -> Target:
    return next(
        (target for target in project.targets.values() if target.repository == repository), project.targets["local"]
    )


def no_platform(_: Target) -> Site:
    raise MissingTool("there is no platform in this test")
