"""Bundles of published versions, against the tag of this clone."""

from pathlib import Path

import pytest

from dockdj.errors import Refused
from dockdj.events import Event, Warned
from dockdj.lifecycle.bundle import bundle
from dockdj.lifecycle.history import registry_index
from dockdj.lifecycle.history.registry_index import Published
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support.project import git
from tests.support.records import changed
from tests.support.releases import tagged


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return projects.make(tmp_path)


def hold(monkeypatch: pytest.MonkeyPatch, release: Release) -> None:
    """Let the registry hold a release."""
    published = Published("registry/tiny", "sha256:" + "1" * 64, release, {"django": "sha256:" + "2" * 64})
    monkeypatch.setattr(registry_index, "require", lambda *_: published)


def test_bundle_of_a_record_that_differs_from_the_tag_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(monkeypatch, changed(tagged(project, "1.0.0"), by="Somebody"))
    with pytest.raises(Refused, match="they differ in by"):
        bundle.of_version(project, project.targets["local"], "registry/tiny", parse("1.0.0"))


def test_bundle_in_a_clone_without_the_tag_warns(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(monkeypatch, tagged(project, "1.0.0"))
    events: list[Event] = []
    target = project.targets["local"]
    made = bundle.of_version(project, target, "registry/tiny", parse("1.0.0"), events.append)
    assert (made.uncompared, events) == ("", [])
    git(project.root, "tag", "--delete", "v1.0.0")
    again = bundle.of_version(project, target, "registry/tiny", parse("1.0.0"), events.append)
    assert "record taken from the registry, not compared" in again.uncompared
    assert events == [Warned(again.uncompared)]
    assert again.bundle == made.bundle
