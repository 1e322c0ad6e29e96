"""Pulling the next release fetches only new layers: seen with a second daemon, in the registry's log."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dockdj.lifecycle.publish.publish import publish
from dockdj.localcloud.fleet.images import ensure_image
from dockdj.model.version import parse
from tests.lifecycle.conftest import Two
from tests.support import runs
from tests.support.eventually import eventually
from tests.support.registry import Registry, manifest

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("two-releases")]
ONE, TWO = parse("1.0.0"), parse("1.1.0")


@dataclass(frozen=True)
class Daemon:
    """A Docker daemon in a container, as an instance of Elastic Beanstalk has one."""

    container: str

    def docker(self, *arguments: str) -> str:
        argv = ["docker", "exec", self.container, "docker", *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()

    def answers(self) -> bool:
        argv = ["docker", "exec", self.container, "docker", "version"]
        return subprocess.run(argv, capture_output=True).returncode == 0


@pytest.fixture
def second(two: Two) -> Iterator[Daemon]:
    """A daemon without images that reaches the registry under the same name as this machine."""
    name = runs.name("dockdj-test-daemon-")
    port = two.registry.address.rpartition(":")[2]
    options = ["--name", name, "--privileged", "--cgroupns", "private", "--tmpfs", "/run"]
    options += ["--env", f"REGISTRY_PORT={port}", "--env", f"REGISTRY_ADDRESS={two.registry.inner}"]
    argv = ["docker", "run", "--detach", "--rm", *options, ensure_image("instance")]
    subprocess.run(argv, check=True, capture_output=True)
    daemon = Daemon(name)
    try:
        eventually(daemon.answers)
        yield daemon
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", name], capture_output=True)


def blobs(registry: Registry, since: int = 0) -> set[str]:
    """The blobs that were fetched, by the registry's log from its `since`-th line on."""
    return {
        path.rpartition("/")[2]
        for method, path, status in registry.requests()[since:]
        if method == "GET" and "/blobs/sha256:" in path and status == 200
    }


def test_pulling_the_next_release_fetches_only_new_layers(two: Two, second: Daemon) -> None:
    repository = f"{two.registry.address}/{two.project.name}-fetched"
    pinned, layers, configs = {}, {}, {}
    for version in (ONE, TWO):
        published = publish(two.project, version, "local", repository).published
        _, document = manifest(repository, published.manifests["django"])
        pinned[version] = published.pinned("django")
        layers[version] = {layer["digest"] for layer in document["layers"]}
        configs[version] = document["config"]["digest"]
    new = layers[TWO] - layers[ONE]
    assert 0 < len(new) < len(layers[TWO])

    before = len(two.registry.requests())
    second.docker("pull", "--quiet", pinned[ONE])
    assert blobs(two.registry, before) == {*layers[ONE], configs[ONE]}
    before = len(two.registry.requests())
    second.docker("pull", "--quiet", pinned[TWO])
    assert blobs(two.registry, before) == {*new, configs[TWO]}
    # The engine's id of an image is its configuration's digest: what is there is what the record names.
    assert second.docker("image", "inspect", "--format", "{{.Id}}", pinned[TWO]) == configs[TWO]
