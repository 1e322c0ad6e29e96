"""A published release against the tag of its version."""

import json
from pathlib import Path

import pytest

from dockdj.errors import ProjectError, Refused
from dockdj.lifecycle.history.registry_index import Published
from dockdj.lifecycle.history.tag_comparison import compare
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release
from tests.support import project as projects
from tests.support.project import git
from tests.support.records import changed, release
from tests.support.releases import tagged


def published(release: Release) -> Published:
    return Published("registry/tiny", "sha256:" + "1" * 64, release, {})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return projects.make(tmp_path)


def test_equal_records_are_compared(project: Project) -> None:
    assert compare(project, published(tagged(project, "1.0.0"))) == ""


def test_clone_without_the_tag_says_that_nothing_was_compared(project: Project) -> None:
    reason = compare(project, published(release("1.0.0")))
    assert "v1.0.0 is not in this clone; record taken from the registry, not compared" in reason


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [("by", "Somebody", "by"), ("platform", {"kind": "ecs"}, "platform.kind"), ("npm", {"a": "1"}, "npm.a")],
)
def test_refusal_names_the_fields_that_differ(project: Project, field: str, value: object, path: str) -> None:
    other = changed(tagged(project, "1.0.0"), **{field: value})
    with pytest.raises(Refused, match=rf"than the tag v1\.0\.0: .* differ in {path}"):
        compare(project, published(other))


def test_tag_that_lost_its_record_is_refused(project: Project) -> None:
    git(project.root, "tag", "v1.0.0")
    with pytest.raises(Refused, match=r"v1\.0\.0 has no release record, so it was replaced"):
        compare(project, published(release("1.0.0")))


def test_tag_with_a_damaged_record_is_refused(project: Project) -> None:
    damaged = json.dumps({"schema": 1})
    git(project.root, "tag", "-a", "v1.0.0", "--cleanup=verbatim", "-m", f"tiny 1.0.0\n\nrelease.json {damaged}\n")
    with pytest.raises(ProjectError, match=r"the tag v1\.0\.0"):
        compare(project, published(release("1.0.0")))
