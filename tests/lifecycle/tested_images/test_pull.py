"""Use tested images on another machine: start from them, and test them."""

import subprocess
from dataclasses import replace

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.errors import Refused
from dockdj.lifecycle.tested_images import fetch, pull
from dockdj.model.image_names import image_name
from dockdj.model.project.project import Project
from tests.lifecycle.tested_images.conftest import Published
from tests.support import qa
from tests.support.command import dockdj
from tests.support.project import write
from tests.support.qa import images


def test_an_image_that_the_compose_file_names_by_digest_gets_no_tag(
    tiny: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = f"redis@sha256:{'1' * 64}"
    file = "docker/django/prod/docker-compose.yml"
    text = (tiny.root / file).read_text()
    write(tiny.root, file, f"{text}  cache:\n    image: {pinned}\n  queue:\n    image: mq:4\n")
    django = qa.document()["services"]["django"]
    services = {"django": django, "cache": {**django, "source": pinned}, "queue": {**django, "source": "mq:4"}}
    published = images(name=tiny.name, services=services)
    tags: dict[str, str] = {}
    monkeypatch.setattr(docker, "require_engine", lambda: None)
    monkeypatch.setattr(docker, "image", lambda _: None)
    monkeypatch.setattr(docker, "tag", lambda image, name: tags.update({name: image}))
    monkeypatch.setattr(fetch, "fetch", lambda *_: published)
    monkeypatch.setattr(fetch, "bring", lambda _, service, __: f"registry/shop@{service}")
    pull.pull(tiny, "prod", "registry/shop", "prod")
    assert tags == {image_name(tiny.name, "prod", "django"): "registry/shop@django", "mq:4": "registry/shop@queue"}


@pytest.mark.docker
@pytest.mark.xdist_group("tested-images")
def test_start_pull_runs_the_published_image(published: Published, elsewhere: Project) -> None:
    pinned = published.images.pinned("django")
    assert docker.image(pinned) is None
    code, document = dockdj(elsewhere, "start", "prod", "--detach", "--pull", "--tag", "qa", "--to", "qa")
    try:
        assert code == 0, document
        assert document["data"]["published"]["commit"] == published.commit
        argv = ["docker", "inspect", "--format", "{{.Image}}", f"{elsewhere.name}-prod-django-1"]
        running = subprocess.run(argv, capture_output=True, text=True).stdout.strip()
        pulled = docker.image(pinned)
        assert pulled and running == pulled.config
    finally:
        assert dockdj(elsewhere, "stop", "prod")[0] == 0


@pytest.mark.docker
@pytest.mark.xdist_group("tested-images")
def test_test_image_runs_the_checkouts_tests_on_the_published_image(published: Published, elsewhere: Project) -> None:
    code, document = dockdj(elsewhere, "test", "prod", "--image", "qa", "--to", "qa")
    assert code == 0, document
    pulled = docker.image(published.images.pinned("django"))
    assert pulled and (document["data"]["passed"], document["data"]["config"]) == (1, pulled.config)


@pytest.mark.docker
@pytest.mark.xdist_group("tested-images")
def test_pull_refuses_the_images_of_another_project(published: Published) -> None:
    other = replace(published.project, name="other")
    with pytest.raises(Refused, match=f"holds the images of `{published.project.name}` for prod, not of `other`"):
        pull.pull(other, "prod", published.repository, "qa")
