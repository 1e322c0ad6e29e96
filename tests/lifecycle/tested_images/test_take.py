"""Take tested images over into a release."""

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry import client as registries
from dockdj.errors import CommandFailed
from dockdj.events import Event, Warned
from dockdj.lifecycle.release.release import release
from dockdj.lifecycle.tested_images import pull
from dockdj.model.image_names import local_tag
from dockdj.model.project.project import Project
from dockdj.model.version import parse
from tests.lifecycle.tested_images.conftest import Published


@pytest.mark.docker
@pytest.mark.xdist_group("tested-images")
def test_a_release_takes_pulled_images_without_building_or_asking_a_registry(
    published: Published, elsewhere: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull.pull(elsewhere, "prod", published.repository, "qa")

    def offline(*_: object) -> None:
        raise CommandFailed("no network")

    def no_build(*_: object, **__: object) -> None:
        raise AssertionError("a release of tested images builds nothing")

    monkeypatch.setattr(docker, "pull", offline)
    monkeypatch.setattr(registries, "manifest", offline)
    monkeypatch.setattr(docker, "bake", no_build)
    events: list[Event] = []
    released, new = release(elsewhere, parse("1.0.0"), report=events.append)
    assert new
    assert released.configs == published.images.record.configs
    assert released.evidence[0] == published.images.evidence
    assert any(isinstance(event, Warned) and "where these images were published" in event.message for event in events)
    local = docker.image(local_tag(elsewhere.name, parse("1.0.0"), "django"))
    pulled = docker.image(published.images.pinned("django"))
    assert local and pulled and local.diff_ids == pulled.diff_ids
