from typing import cast

import pytest

from dockdj.errors import Refused
from dockdj.lifecycle.history import newest
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.registry_index import Published
from dockdj.model.project.project import Project, Recipe, Target
from dockdj.model.release.schema import head
from dockdj.model.release.summary import Listed
from dockdj.model.version import Version
from tests.support.records import release

PROJECT = Project("shop", "1", Recipe("1"))
TARGET = Target("shop", "shop-local", "local")


def listed(*versions: str) -> tuple[Listed, ...]:
    found = (head(one.content, one.version) for one in map(release, versions))
    return tuple(one for one in found if isinstance(one, Listed))


def find(releases: tuple[Listed, ...], published: set[str], monkeypatch: pytest.MonkeyPatch) -> Version:
    monkeypatch.setattr(release_tags, "listed", lambda _: releases)

    def look(_: str, version: Version) -> Published | None:
        return cast(Published, object()) if str(version) in published else None

    return newest.published(PROJECT, TARGET, "127.0.0.1:1/shop", look)


def test_published_returns_the_newest_published_version(monkeypatch: pytest.MonkeyPatch) -> None:
    releases = listed("1.0.0", "1.1.0", "1.2.0")
    assert str(find(releases, {"1.0.0", "1.1.0"}, monkeypatch)) == "1.1.0"


def test_missing_release_or_publication_hints_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as none:
        find((), set(), monkeypatch)
    assert "dockdj release 1.0.0 && dockdj publish 1.0.0 --to local" in none.value.hint
    with pytest.raises(Refused) as unpublished:
        find(listed("1.0.0", "1.1.0"), set(), monkeypatch)
    assert unpublished.value.hint.endswith("dockdj publish 1.1.0 --to local")
