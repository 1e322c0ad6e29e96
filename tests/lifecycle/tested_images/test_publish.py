"""Tested images under a moving tag: published, pulled elsewhere, tested there, and taken over by a release."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dockdj.adapters import project_file
from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import repository as git
from dockdj.adapters.registry import client as registries
from dockdj.errors import CommandFailed, Refused
from dockdj.events import Event, Warned
from dockdj.lifecycle.release.release import release
from dockdj.lifecycle.tested_images import evidence, fetch, memory, publish, pull
from dockdj.model.canonical import digest_of
from dockdj.model.image_names import image_name
from dockdj.model.project.project import Leaks, Project
from dockdj.model.version import parse
from tests.lifecycle.build.test_suite import DOCKERFILE, STAGES
from tests.support.project import commit, write
from tests.support.project import git as run_git
from tests.support.qa import images

COMPOSE = """\
services:
  django:
    image: {name}/django:prod
    build:
      context: ../../..
      dockerfile: docker/django/Dockerfile
      target: prod
    env_file: ../../../environments/prod/.env
    stop_grace_period: 1s
    init: true
"""
REPORT = "RUN mkdir /evidence; echo '<testsuite/>' > /evidence/junit.xml;"
TARGET = """\
[targets.qa]
region = "eu-west-1"
repository = "{repository}"
application = "{name}"
environment = "{name}-qa"
"""


# In two parts, so that no search for credentials stumbles upon this file.
CANARY = "AKIA" + "Q3ZT7YH2M5KX4WPL"


def test_an_image_that_the_compose_file_names_by_digest_gets_no_tag(
    tiny: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = f"redis@sha256:{'1' * 64}"
    file = "docker/django/prod/docker-compose.yml"
    write(
        tiny.root, file, f"{(tiny.root / file).read_text()}  cache:\n    image: {pinned}\n  queue:\n    image: mq:4\n"
    )
    django = images().record.document["services"]["django"]
    services = {"django": django, "cache": {**django, "source": pinned}, "queue": {**django, "source": "mq:4"}}
    found = images(name=tiny.name, services=services)
    tagged: dict[str, str] = {}
    monkeypatch.setattr(docker, "require_engine", lambda: None)
    monkeypatch.setattr(docker, "image", lambda _: None)
    monkeypatch.setattr(docker, "tag", lambda image, name: tagged.update({name: image}))
    monkeypatch.setattr(fetch, "fetch", lambda *_: found)
    monkeypatch.setattr(fetch, "bring", lambda _, service, __: f"registry/shop@{service}")
    pull.pull(tiny, "prod", "registry/shop", "prod")
    assert tagged == {image_name(tiny.name, "prod", "django"): "registry/shop@django", "mq:4": "registry/shop@queue"}


def dockdj(project: Project, *words: str) -> tuple[int, dict[str, Any]]:
    """Type a command with --json: its exit code, and the document."""
    argv = [sys.executable, "-m", "dockdj.cli.main", *words, "--json", "--project", str(project.root)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=1800, check=False)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.docker
def test_images_are_tested_and_published_here_and_run_and_tested_elsewhere(
    tiny: Project, registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = f"{registry}/{tiny.name}"
    text = (tiny.root / DOCKERFILE).read_text().replace("RUN mkdir /evidence;", REPORT)
    write(tiny.root, DOCKERFILE, text + STAGES)
    write(tiny.root, "docker/django/prod/docker-compose.yml", COMPOSE.format(name=tiny.name))
    write(tiny.root, "environments/prod/.env.example", "")
    # A text of the base, in its /etc/os-release.
    write(tiny.root, "environments/prod/.env", "HOME_URL=https://www.debian.org/\n")
    write(tiny.root, ".gitignore", ".dockdj/\n.env\n")
    with (tiny.root / "dockdj.toml").open("a") as file:
        file.write(TARGET.format(name=tiny.name, repository=repository))
    head = commit(tiny.root, "a target for tests")
    write(tiny.root, "notes.txt", "not tracked\n")

    code, document = dockdj(tiny, "image", "publish", "prod", "--tag", "qa", "--to", "qa")
    assert code == 0, document
    data = document["data"]
    assert (data["commit"], data["modified"], data["tests"]) == (head, [], {"passed": 1, "failed": 0, "skipped": 0})
    published = fetch.fetch(repository, "qa")
    config = published.record.configs["django"]
    assert (published.index, published.pinned("django")) == (data["index"], data["images"]["django"])
    assert published.tree == git.tree(git.find(tiny.root), head)
    found = registries.manifest(f"{repository}:django-qa")
    assert found and (found.digest, found.config) == (published.manifests["django"], config)

    # Modified files are published as such: the tag moves, and what a release would take does not.
    write(tiny.root, "greeting.txt", f"hello {CANARY}\n")
    with pytest.raises(Refused, match=r"would publish a secret:\n.*/app/greeting\.txt") as refused:
        publish.publish(tiny, "prod", "try", repository)
    assert CANARY not in refused.value.message
    assert registries.manifest(f"{repository}:django-try") is None
    events: list[Event] = []
    allowing = replace(tiny, leaks=Leaks(allow=("app/greeting.txt",)))
    changed = publish.publish(allowing, "prod", "try", repository, events.append).images
    assert (changed.tree, changed.modified) == (None, ("greeting.txt",))
    assert any(isinstance(event, Warned) and "greeting.txt" in event.message for event in events)
    assert fetch.fetch(repository, "try").record.configs == changed.record.configs != published.record.configs
    remembered = memory.find(tiny, str(published.tree), docker.require_engine().platform)
    assert remembered and remembered.index == published.index

    for tag, said in {"none": "has no tag `none`", "django-qa": "is one image"}.items():
        with pytest.raises(Refused, match=said):
            fetch.fetch(repository, tag)
    with pytest.raises(Refused, match="not of `other`"):
        pull.pull(replace(tiny, name="other"), "prod", repository, "qa")

    # Another machine: a clone, without any of the images.
    clone = tmp_path / "elsewhere"
    run_git(tmp_path, "clone", "--quiet", str(tiny.root), str(clone))
    other = project_file.load(clone)
    local = image_name(tiny.name, "prod", "django")
    for name in (local, f"{repository}:django-qa", published.pinned("django")):
        subprocess.run(["docker", "image", "rm", "--force", name], capture_output=True, check=False)
    assert docker.image(published.pinned("django")) is None
    code, document = dockdj(other, "start", "prod", "--detach", "--pull", "--tag", "qa", "--to", "qa")
    assert code == 0, document
    assert document["data"]["published"]["commit"] == head
    ran = subprocess.run(
        ["docker", "inspect", "--format", "{{.Image}}", f"{tiny.name}-prod-django-1"], capture_output=True, text=True
    ).stdout.strip()
    pulled = docker.image(published.pinned("django"))
    assert pulled and ran == pulled.config
    assert dockdj(other, "stop", "prod")[0] == 0

    code, document = dockdj(other, "test", "prod", "--image", "qa", "--to", "qa")
    assert code == 0, document
    assert (document["data"]["passed"], document["data"]["config"]) == (1, pulled.config)

    # A release takes over what was tested, and asks no registry for it.
    def offline(*_: object) -> None:
        raise CommandFailed("no network")

    def nothing_builds(*_: object, **__: object) -> None:
        raise AssertionError("a release of tested images builds nothing")

    monkeypatch.setattr(docker, "pull", offline)
    monkeypatch.setattr(registries, "manifest", offline)
    monkeypatch.setattr(docker, "bake", nothing_builds)
    events.clear()
    released, made = release(other, parse("1.0.0"), report=events.append)
    assert made
    assert released.configs == published.record.configs
    assert released.document["evidence"][0] == published.evidence
    assert any(isinstance(event, Warned) and "where these images were published" in event.message for event in events)
    left = tmp_path / "left"
    left.mkdir()
    evidence.take(tiny, published, left)
    assert digest_of((left / "junit.xml").read_bytes()) == published.evidence["report"]
    local_image = docker.image(f"{tiny.name}/django:1.0.0")
    assert local_image and local_image.diff_ids == pulled.diff_ids

    # What was pulled by digest has no tag by which the fixture would remove it.
    for name in (local, *(one.pinned("django") for one in (published, changed))):
        subprocess.run(["docker", "image", "rm", "--force", name], capture_output=True, check=False)
