"""Tags in a registry that are not the expected index. Real registries are tested in test_publish.py."""

import json

import pytest

from dockdj.adapters.registry import client as registry
from dockdj.adapters.registry.manifest import Layer, Manifest
from dockdj.errors import DockdjError, Refused
from dockdj.lifecycle.history import registry_index
from dockdj.lifecycle.history.registry_index import Lost
from dockdj.lifecycle.tested_images import fetch
from dockdj.model.canonical import canonical
from dockdj.model.release.validation import NewerSchema
from dockdj.model.version import parse
from tests.support.qa import images
from tests.support.records import release

RECORD = Manifest("sha256:r", "sha256:rc", (Layer("sha256:l", 1),))
NEWER = canonical({**json.loads(release("1.0.0").content), "schema": 2})
TESTED = images().record.content


def holding(monkeypatch: pytest.MonkeyPatch, content: bytes, first: Manifest | None = RECORD) -> None:
    """A registry whose every tag is an index over `first`, a record image with this content."""
    over = Manifest("sha256:i", children=("sha256:r",))
    monkeypatch.setattr(registry, "manifest", lambda name: first if "@" in name else over)
    monkeypatch.setattr(registry, "pull_record", lambda *_: content)


@pytest.mark.parametrize(
    ("content", "error"), [(NEWER, NewerSchema), (TESTED, Refused), (b"[]", Refused), (b'{"schema":1}', Refused)]
)
def test_version_tag_without_a_usable_release_record_is_refused(
    monkeypatch: pytest.MonkeyPatch, content: bytes, error: type[DockdjError]
) -> None:
    holding(monkeypatch, content)
    with pytest.raises(error) as caught:
        registry_index.find("registry/shop", parse("1.0.0"))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "error"),
    [(NEWER, NewerSchema), (release("1.0.0").content, Refused), (b'{"kind":"qa","schema":1}', Refused)],
)
def test_moving_tag_without_a_usable_record_is_refused(
    monkeypatch: pytest.MonkeyPatch, content: bytes, error: type[DockdjError]
) -> None:
    holding(monkeypatch, content)
    with pytest.raises(error) as caught:
        fetch.fetch("registry/shop", "qa")
    assert caught.value.hint


def test_lost_record_hints_to_publish_again(monkeypatch: pytest.MonkeyPatch) -> None:
    holding(monkeypatch, b"", first=None)
    with pytest.raises(Lost) as lost:
        registry_index.find("registry/shop", parse("1.0.0"))
    assert lost.value.hint.endswith("dockdj publish 1.0.0")
    with pytest.raises(Lost) as lost:
        fetch.fetch("registry/shop", "qa")
    assert lost.value.hint.endswith("dockdj image publish prod --tag qa")
