"""Verifying a published release, against a real registry and what Elastic Beanstalk would hold."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry import client as registries
from dockdj.errors import PlatformError
from dockdj.lifecycle.bundle import bundle
from dockdj.lifecycle.history.registry_index import Published
from dockdj.lifecycle.publish.publish import publish
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.verify.verify import Verified, verify
from dockdj.model.beanstalk.environment import Environment
from dockdj.model.project.project import Project
from dockdj.model.verify.finding import exit_code
from dockdj.model.version import parse
from tests.conftest import remove_images
from tests.support.loaded import released
from tests.support.project import commit, git, write
from tests.support.registry import running as running_registry

pytestmark = pytest.mark.docker
ONE, TWO = parse("1.0.0"), parse("1.1.0")


@dataclass
class Held:
    """The versions that an application has: label -> (description, bundle), and the label that runs."""

    versions: dict[str, tuple[str, bytes | None]] = field(default_factory=dict)
    running: str = ""
    missing: bool = False

    def environment(self, application: str, name: str) -> Environment | None:
        if self.missing:
            raise PlatformError(f"Elastic Beanstalk refused DescribeEnvironments: No Application named '{application}'")
        return Environment("e-1", name, "Ready", "Green", self.running, "") if self.running else None

    def version_status(self, application: str, label: str) -> str:
        return "PROCESSED" if label in self.versions else ""

    def description(self, application: str, label: str) -> str:
        return self.versions[label][0]

    def bundle(self, application: str, label: str) -> bytes | None:
        return self.versions[label][1]


@dataclass
class Shop:
    """A project, where it is published, and what its platform holds."""

    project: Project
    repository: str
    published: Published
    held: Held

    def verify(self) -> Verified:
        target = self.project.targets["local"]
        site = Site(self.project, target, cast(Any, self.held), self.repository)
        return verify(self.project, ONE, target, lambda _: self.repository, lambda _: site)

    def differences(self) -> dict[str, tuple[str, ...]]:
        return {one.place: one.details for one in self.verify().findings if one.state == "differs"}

    def deploy(self) -> str:
        made = bundle.make(self.project, self.project.targets["local"], self.published)
        self.held.versions[made.label] = (f"rel {self.published.release.digest}", made.content)
        self.held.running = made.label
        return made.label


@pytest.fixture
def shop(tiny: Project, registry: str) -> Shop:
    """The tiny project, recorded and published as 1.0.0."""
    released(tiny, str(ONE), [{"app/greeting.txt": b"hello"}])
    repository = f"{registry}/{tiny.name}"
    return Shop(tiny, repository, publish(tiny, ONE, "local", repository).published, Held())


def children(shop: Shop) -> tuple[str, ...]:
    found = registries.manifest(f"{shop.repository}:1.0.0")
    assert found is not None
    return found.children


def test_every_place_agrees_after_publishing_and_after_deploying(shop: Shop) -> None:
    found = shop.verify()
    assert shop.differences() == {}
    assert exit_code(found.findings) == 0
    states = {one.place: one.state for one in found.findings}
    assert states[f"index {shop.repository}:1.0.0"] == states["record image"] == states["image django"] == "ok"
    assert states["bundle of local"] == "not there"
    label = shop.deploy()
    assert {one.place: one.state for one in shop.verify().findings}[f"bundle {label}"] == "ok"


def test_an_index_moved_to_another_release_is_a_difference(shop: Shop) -> None:
    write(shop.project.root, "greeting.txt", "hello, again\n")
    commit(shop.project.root, "again")
    released(shop.project, str(TWO), [{"app/greeting.txt": b"hello, again"}])
    second = publish(shop.project, TWO, "local", shop.repository).published
    other = registries.manifest(f"{shop.repository}:1.1.0")
    assert other is not None
    registries.create_index(shop.repository, "1.0.0", other.children)
    found = shop.differences()
    assert found[f"index {shop.repository}:1.0.0"][0] == "it has 1.1.0: the tag was moved"
    assert second.release.digest[:19] in found["record image"][0]
    assert "does not list it" in found["image django"][0]


def test_an_image_missing_from_the_index_is_a_difference(shop: Shop) -> None:
    registries.create_index(shop.repository, "1.0.0", children(shop)[:1])
    assert list(shop.differences()) == ["image django"]


def test_moved_image_tags_are_differences(shop: Shop) -> None:
    docker.tag("debian:trixie-slim", f"{shop.repository}:django-1.0.0")
    registries.push(f"{shop.repository}:django-1.0.0")
    assert "the tag django-1.0.0 names another one" in shop.differences()["image django"][0]
    docker.tag("debian:trixie-slim", f"{shop.repository}:1.0.0")
    registries.push(f"{shop.repository}:1.0.0")
    assert shop.differences()[f"index {shop.repository}:1.0.0"] == (
        "it is not the index of a release: the tag was moved",
    )


def test_a_repository_without_the_release_and_one_that_lost_images_are_reported(shop: Shop, registry: str) -> None:
    elsewhere = replace(shop, repository=f"{registry}/{shop.project.name}-elsewhere")
    assert list(elsewhere.differences().values()) == [
        (f"it is gone: it was published at {git_log_time(shop)}",),
    ]
    (shop.project.root / ".dockdj/log.jsonl").unlink()
    assert elsewhere.differences() == {}


def git_log_time(shop: Shop) -> str:
    return str(json.loads((shop.project.root / ".dockdj/log.jsonl").read_text())["when"])


def test_a_lost_tag_is_judged_by_the_record_of_the_registry(shop: Shop) -> None:
    git(shop.project.root, "tag", "--delete", "v1.0.0")
    found = shop.verify()
    assert found.digest == shop.published.release.digest
    assert shop.differences() == {"tag v1.0.0": ("it is gone, here and at the remote",)}


def test_bundles_of_other_content_are_differences(shop: Shop) -> None:
    label = shop.deploy()
    description, content = shop.held.versions[label]
    assert content is not None
    shop.held.versions[label] = (description, content + b"\0")
    assert "the file was replaced" in shop.differences()[f"bundle {label}"][0]
    shop.held.versions[label] = (description, None)
    assert shop.differences()[f"bundle {label}"] == ("its file is no longer in the bucket",)
    shop.held.versions["1.0.0-00000000"] = ("sample", b"no zip")
    shop.held.running = "1.0.0-00000000"
    assert len(shop.differences()["bundle 1.0.0-00000000"]) == 4


def test_a_missing_application_is_not_a_difference(shop: Shop) -> None:
    shop.held.missing = True
    assert {one.place: one.state for one in shop.verify().findings}["bundle of local"] == "not there"


@pytest.fixture
def forgetful() -> Iterator[str]:
    """host:port of a registry that lets manifests be deleted."""
    with running_registry(deletes=True) as address:
        yield address


@pytest.mark.parametrize("place", ["image django", "record image"])
def test_a_manifest_that_the_registry_lost_is_reported(tiny: Project, forgetful: str, place: str) -> None:
    released(tiny, str(ONE), [{"app/greeting.txt": b"hello"}])
    repository = f"{forgetful}/{tiny.name}"
    shop = Shop(tiny, repository, publish(tiny, ONE, "local", repository).published, Held())
    record, image = children(shop)
    lost = image if place == "image django" else record
    url = f"http://{forgetful}/v2/{tiny.name}/manifests/{lost}"
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=120).close()
    remove_images(tiny.name)
    found = shop.differences()
    assert list(found) == [place]
    assert "the registry lost" in found[place][0]
