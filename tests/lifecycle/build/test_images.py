"""Build, update and remove an environment's images on a real engine."""

import subprocess
from pathlib import Path

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.errors import CommandFailed
from dockdj.events import Event, Warned
from dockdj.lifecycle.build import gate, images, update
from dockdj.lifecycle.build.services import read_services
from dockdj.lifecycle.build.update import Renewal, pulled_images, renew
from dockdj.lifecycle.environments import remove_images
from dockdj.lifecycle.release.release import release
from dockdj.model.image_names import image_name, local_tag
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.support.project import write

pytestmark = pytest.mark.docker


@pytest.fixture
def project(tiny: Project) -> Project:
    write(tiny.root, "environments/prod/.env.example", "")
    return tiny


def test_destroy_keeps_images_that_a_release_names(project: Project) -> None:
    version = parse("1.0.0")
    release(project, version, revision="HEAD")
    images.build(project, "prod")
    tag, released = image_name(project.name, "prod", "django"), local_tag(project.name, version, "django")
    # What `start prod` runs is what is released.
    assert docker.image(tag) == docker.image(released)

    assert remove_images.destroy(project, "prod").removed == (tag,)
    assert docker.image(tag) is None
    assert docker.image(released) is not None

    # Now only the environment's tag holds the image.
    images.build(project, "prod")
    docker.remove_image(released)
    assert remove_images.destroy(project, "prod").kept == {tag: "1.0.0"}
    assert docker.image(tag) is not None

    write(project.root, "greeting.txt", "hello, and no release has this\n")
    images.build(project, "prod")
    assert remove_images.destroy(project, "prod").removed == (tag,)
    assert remove_images.destroy(project, "prod") == remove_images.Removed()


def test_a_failed_test_runs_again_without_a_change(project: Project) -> None:
    # Like a test that depends on the clock: it fails the first time it runs.
    write(project.root, "check.sh", '[ -n "$TEST_RUN" ] || { echo unlucky; exit 1; }\n')
    with pytest.raises(gate.GateClosed, match="unlucky"):
        images.build(project, "prod")
    run = (project.root / images.TEST_RUN_FILE).read_text()

    built = images.build(project, "prod")

    # The build cache keeps tests that passed.
    assert images.build(project, "prod") == built
    assert (project.root / images.TEST_RUN_FILE).read_text() == run


def test_release_talks_only_to_the_engine_of_the_docker_context(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a context knows this second name of the engine's socket; then the socket is gone."""
    where = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    socket = tmp_path / "engine.sock"
    socket.symlink_to(subprocess.check_output(where, text=True).strip().removeprefix("unix://"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
    create = ["docker", "context", "create", "other", "--docker", f"host=unix://{socket}"]
    subprocess.run(create, check=True, capture_output=True)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "other")

    released, _ = release(project, parse("1.0.0"), revision="HEAD")

    assert docker.require_engine().context == "other"
    assert released.services["django"].os
    socket.unlink()
    with pytest.raises(CommandFailed, match=r"engine\.sock"):
        images.build(project, "prod")


def test_pulled_images_are_bases_and_services_that_are_not_built(project: Project) -> None:
    services = read_services(project, "prod")
    assert pulled_images(project, services) == ("debian:trixie-slim",)


def test_renew_pulls_a_base_that_is_newer_in_its_registry(registry: str, tiny: Project) -> None:
    name = f"{registry}/{tiny.name}-base:1"
    _push(name, "one")
    docker.remove_image(name)
    assert renew((name,)) == Renewal(renewed=(name,))
    assert renew((name,)) == Renewal(newest=(name,))
    before = docker.image(name)
    _push(name, "two")
    assert before
    docker.tag(before.config, name)
    assert renew((name,)).renewed == (name,)


def test_update_keeps_a_base_that_cannot_be_pulled_and_warns(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "pulled_images", lambda *_: ("127.0.0.1:1/nothing:1",))
    first = images.build(project, "prod")
    events: list[Event] = []
    updated = update.update(project, "prod", events.append)

    assert "127.0.0.1:1/nothing:1" in updated.bases.kept
    assert any(isinstance(event, Warned) and "was not renewed" in event.message for event in events)
    # A build without cache gives a different image.
    assert updated.images[0].config != first[0].config


def _push(name: str, content: str) -> None:
    """Push an image with this content under a name."""
    dockerfile = f"FROM scratch\nLABEL content={content}\nCOPY . /\n"
    options = ["--quiet", "--provenance=false", "--output", "type=docker", "--tag", name]
    argv = ["docker", "buildx", "build", *options, "-"]
    subprocess.run(argv, input=dockerfile, text=True, check=True, capture_output=True)
    docker.push(name)
