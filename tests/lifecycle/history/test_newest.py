"""The newest release: from the tags of a real repository, and by what a registry holds."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from dockdj.errors import Refused
from dockdj.lifecycle.history import newest
from dockdj.lifecycle.history.registry_index import Published
from dockdj.model.project.project import Project
from dockdj.model.version import Version
from tests.support import project as projects
from tests.support.releases import tagged

REPOSITORY = "127.0.0.1:1/tiny"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return projects.make(tmp_path)


def registry_with(*versions: str) -> Callable[[str, Version], Published | None]:
    """A registry whose repository holds these versions."""

    def find(repository: str, version: Version) -> Published | None:
        assert repository == REPOSITORY
        return cast(Published, object()) if str(version) in versions else None

    return find


def published(project: Project, *versions: str) -> str:
    target = project.targets["local"]
    return str(newest.published(project, target, REPOSITORY, registry_with(*versions)))


def test_published_returns_the_newest_version_that_the_registry_holds(project: Project) -> None:
    for version in ("1.10.0", "1.9.0", "1.11.0"):
        tagged(project, version)
    assert published(project, "1.9.0", "1.10.0") == "1.10.0"
    assert published(project, "1.9.0", "1.10.0", "1.11.0") == "1.11.0"


def test_released_returns_the_highest_version_and_not_the_latest_tag(project: Project) -> None:
    for version in ("1.10.0", "1.9.0"):
        tagged(project, version)
    assert str(newest.released(project)) == "1.10.0"


def test_without_a_release_the_hint_releases_and_publishes(project: Project) -> None:
    with pytest.raises(Refused) as refused:
        published(project, "1.0.0")
    assert "dockdj release 1.0.0 && dockdj publish 1.0.0 --to local" in refused.value.hint
    with pytest.raises(Refused, match="there is no release of tiny"):
        newest.released(project)


def test_without_a_publication_the_hint_publishes_the_newest(project: Project) -> None:
    for version in ("1.1.0", "1.0.0"):
        tagged(project, version)
    with pytest.raises(Refused) as refused:
        published(project)
    assert refused.value.hint.endswith("dockdj publish 1.1.0 --to local")
