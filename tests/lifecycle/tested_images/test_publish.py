"""Publish tested images under a moving tag."""

from dataclasses import replace
from pathlib import Path

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.adapters.git import repository as git
from dockdj.adapters.registry import client as registries
from dockdj.errors import Refused
from dockdj.events import Event, Warned
from dockdj.lifecycle.tested_images import evidence, fetch, memory, publish
from dockdj.model.canonical import digest_of
from dockdj.model.project.project import Leaks
from tests.lifecycle.tested_images.conftest import Published, remove
from tests.support.project import write

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("tested-images")]

# In two parts, so that no search for credentials finds it in this file.
CANARY = "AKIA" + "Q3ZT7YH2M5KX4WPL"


def test_publish_pushes_the_last_commits_images_and_reports_their_tests(published: Published) -> None:
    data, images = published.data, published.images
    assert (data["commit"], data["modified"]) == (published.commit, [])
    assert data["tests"] == {"passed": 1, "failed": 0, "skipped": 0}
    assert (images.index, images.pinned("django")) == (data["index"], data["images"]["django"])
    assert images.tree == git.tree(git.find(published.project.root), published.commit)
    manifest = registries.manifest(f"{published.repository}:django-qa")
    assert manifest
    assert (manifest.digest, manifest.config) == (images.manifests["django"], images.record.configs["django"])


def test_a_secret_in_an_image_is_refused_before_the_push(published: Published, tmp_path: Path) -> None:
    project = published.copy(tmp_path / "copy")
    write(project.root, "greeting.txt", f"hello {CANARY}\n")
    with pytest.raises(Refused, match=r"would publish a secret:\n.*/app/greeting\.txt") as caught:
        publish.publish(project, "prod", "leaky", published.repository)
    assert CANARY not in caught.value.message
    assert registries.manifest(f"{published.repository}:django-leaky") is None


def test_images_of_modified_files_are_published_as_modified(published: Published, tmp_path: Path) -> None:
    project = replace(published.copy(tmp_path / "copy"), leaks=Leaks(allow=("app/greeting.txt",)))
    write(project.root, "greeting.txt", f"hello {CANARY}\n")
    events: list[Event] = []
    images = publish.publish(project, "prod", "try", published.repository, events.append).images
    assert (images.tree, images.modified) == (None, ("greeting.txt",))
    assert any(isinstance(event, Warned) and "greeting.txt" in event.message for event in events)
    fetched = fetch.fetch(published.repository, "try").record
    assert fetched.configs == images.record.configs != published.images.record.configs
    remove(images.pinned("django"))


def test_images_of_modified_files_do_not_replace_the_commits_for_a_release(
    published: Published, tmp_path: Path
) -> None:
    project = published.copy(tmp_path / "copy")
    write(project.root, "greeting.txt", "hello again\n")
    images = publish.publish(project, "prod", "try", published.repository).images
    remembered = memory.find(project, str(published.images.tree), docker.require_engine().platform)
    assert remembered and remembered.index == published.images.index != images.index
    remove(images.pinned("django"))


def test_the_publishing_checkout_keeps_the_reports_of_the_tests(published: Published, tmp_path: Path) -> None:
    evidence.take(published.project, published.images, tmp_path)
    assert digest_of((tmp_path / "junit.xml").read_bytes()) == published.images.evidence.report


@pytest.mark.parametrize(
    ("tag", "message"), [("none", "has no tag `none`"), ("django-qa", "django-qa is one image, not what")]
)
def test_fetch_refuses_a_tag_without_tested_images(published: Published, tag: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        fetch.fetch(published.repository, tag)
