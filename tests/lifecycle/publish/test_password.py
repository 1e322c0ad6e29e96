"""A registry that asks for a password: only Docker's configuration has the password."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest

from dockdj.errors import CommandFailed, MissingTool
from dockdj.lifecycle.bundle import bundle
from dockdj.lifecycle.history import log, registry_index
from dockdj.lifecycle.publish.publish import publish
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.verify.verify import verify
from dockdj.model.project.project import Project, Target
from dockdj.model.version import parse
from tests.lifecycle.conftest import Two
from tests.support.registry import started

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("two-releases")]
ONE = parse("1.0.0")
USER, PASSWORD = "robot", "swordfish-of-the-test"
# bcrypt of PASSWORD, which is all that registry 2.8 takes.
HTPASSWD = f"{USER}:$2y$05$dockdjdockdjdockdjdocuUKbpg.eDK/vgoFQgiPmVIb6Z8trC0Ou"
HELPER = """#!/bin/sh
# A credential helper, as docker-credential-ecr-login is one: asked on stdin, answers on stdout.
read -r host
echo "$1 $host" >> "{log}"
[ "$1" = get ] || exit 1
printf '{{"ServerURL":"%s","Username":"{user}","Secret":"{secret}"}}' "$host"
"""


@pytest.fixture(scope="module")
def closed() -> Iterator[str]:
    """host:port of a registry that asks for a password."""
    with started(htpasswd=HTPASSWD) as registry:
        yield registry.address


@pytest.fixture
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A separate configuration of Docker's client."""
    folder = tmp_path / "docker-config"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder / "config.json"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The command lines of the programs that the test starts, and by /proc of all that these start."""
    seen: set[str] = set()
    popen = subprocess.Popen

    class Noted(popen):  # type: ignore[misc,valid-type]
        def __init__(self, argv: list[str], **options: object) -> None:
            seen.add(" ".join(argv))
            super().__init__(argv, **options)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    done = Flag()

    def watch() -> None:
        while not done.wait(0.01):
            for process in Path("/proc").iterdir():
                # What is no process, or one that ended in between, shows nothing.
                with suppress(OSError):
                    line = (process / "cmdline").read_bytes()
                    seen.add(line.replace(b"\0", b" ").decode(errors="replace"))

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    yield seen
    done.set()
    watcher.join()


def auths(address: str, user: str, password: str) -> str:
    """Write the configuration that `docker login` writes without a credential helper."""
    return json.dumps({"auths": {address: {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}}})


def no_platform(_: Target) -> Site:
    raise MissingTool("no platform here")


def states(project: Project, repository: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    found = verify(project, ONE, project.targets["local"], lambda _: repository, no_platform).findings
    return {one.place: (one.state, one.details) for one in found}


def test_credentials_come_from_docker_and_never_appear_on_a_command_line(
    two: Two, closed: str, docker_config: Path, lines: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = two.project
    logged = log.read(project)
    repository = f"{closed}/{project.name}-closed"
    for content in ("{}", auths(closed, USER, "a wrong one")):
        docker_config.write_text(content)
        with pytest.raises(CommandFailed, match=f"registry at {closed} refused") as caught:
            publish(project, ONE, "local", repository)
        assert caught.value.hint == f"docker login {closed}"
        assert log.read(project) == logged
        state, details = states(project, repository)["registry of local"]
        assert state == "not asked"
        assert f"docker login {closed}" in details[0]

    docker_config.write_text(auths(closed, USER, PASSWORD))
    outcome = publish(project, ONE, "local", repository)
    assert outcome.pushed_images
    assert states(project, repository)[f"index {repository}:1.0.0"][0] == "ok"

    # A helper on PATH, as one has for Amazon ECR; whatever is deployed is read through it.
    asked, helper = tmp_path / "asked", tmp_path / "bin/docker-credential-test"
    helper.parent.mkdir()
    helper.write_text(HELPER.format(log=asked, user=USER, secret=PASSWORD))
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{helper.parent}:{os.environ['PATH']}")
    docker_config.write_text(json.dumps({"credHelpers": {closed: "test"}}))
    published = registry_index.require(repository, ONE)
    assert published == outcome.published
    assert bundle.make(project, project.targets["local"], published).content
    second = publish(project, ONE, "other", f"{repository}-helped")
    assert second.pushed_images
    assert f"get {closed}" in asked.read_text().splitlines()

    shown = lines.copy()
    encoded = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert any("docker push" in line for line in shown)
    assert [line for line in shown if PASSWORD in line or encoded in line] == []
