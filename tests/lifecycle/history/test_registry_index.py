"""What stands under a tag and is not what it should be; what a registry really does is in test_publish.py."""

import pytest

from dockdj.adapters.registry import client as registry
from dockdj.adapters.registry.client import Manifest
from dockdj.errors import DockdjError, Refused
from dockdj.lifecycle.history import registry_index
from dockdj.lifecycle.history.registry_index import Lost
from dockdj.lifecycle.tested_images import fetch
from dockdj.model.canonical import canonical
from dockdj.model.release.record import NewerSchema
from dockdj.model.version import parse
from tests.support.qa import images
from tests.support.records import release

RECORD = Manifest("sha256:r", {"config": {"digest": "sha256:rc"}, "layers": [{}]})
NEWER = canonical({**release("1.0.0").document, "schema": 2})
TESTED = images().record.content


def holding(monkeypatch: pytest.MonkeyPatch, content: bytes, first: Manifest | None = RECORD) -> None:
    """A registry whose every tag is an index over `first`, a record image with this content."""
    over = Manifest("sha256:i", {"manifests": [{"digest": "sha256:r"}]})
    monkeypatch.setattr(registry, "manifest", lambda name: first if "@" in name else over)
    monkeypatch.setattr(registry, "pull_record", lambda *_: content)


@pytest.mark.parametrize(
    ("content", "error"), [(NEWER, NewerSchema), (TESTED, Refused), (b"[]", Refused), (b'{"schema":1}', Refused)]
)
def test_a_version_whose_record_is_none(
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
def test_a_moving_tag_whose_record_is_none(
    monkeypatch: pytest.MonkeyPatch, content: bytes, error: type[DockdjError]
) -> None:
    holding(monkeypatch, content)
    with pytest.raises(error) as caught:
        fetch.fetch("registry/shop", "qa")
    assert caught.value.hint


def test_a_lost_record_is_said_with_what_repairs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    holding(monkeypatch, b"", first=None)
    with pytest.raises(Lost) as lost:
        registry_index.find("registry/shop", parse("1.0.0"))
    assert lost.value.hint.endswith("dockdj publish 1.0.0")
    with pytest.raises(Lost) as lost:
        fetch.fetch("registry/shop", "qa")
    assert lost.value.hint.endswith("dockdj image publish prod --tag qa")
