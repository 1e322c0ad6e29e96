"""The amount that publishing sends, and its retries when the connection breaks: real registries, a failing proxy."""

import json
import re
from collections.abc import Iterator
from threading import Event as Flag

import pytest

from dockdj.adapters.registry import client as registry
from dockdj.adapters.registry import push
from dockdj.adapters.registry.push import Upload
from dockdj.cli.main import main
from dockdj.errors import CommandFailed, Refused
from dockdj.events import Event, Finished, Started, Warned
from dockdj.lifecycle.history import log, registry_index
from dockdj.lifecycle.publish import upload
from dockdj.lifecycle.publish.publish import publish
from dockdj.model.version import parse
from tests.lifecycle.conftest import Two
from tests.support.broken import Fault, Way, http, way_to
from tests.support.registry import manifest, put_manifest
from tests.support.small import TARGET

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("two-releases")]
ONE, TWO = parse("1.0.0"), parse("1.1.0")
# Manifests, configurations and HTTP headers, which a push sends in addition to layers.
OVERHEAD_BYTES = 100_000
PROGRESS = re.compile(r"push django, \d+ s: \d of \d layers are there")


@pytest.fixture
def way(two: Two, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """A proxy in front of the registry, with short pauses between tries."""
    monkeypatch.setattr(upload, "PAUSES_SECONDS", (0.0, 0.01, 0.02))
    with way_to(two.registry.address) as made:
        yield made


def sizes(repository: str, digest: str) -> dict[str, int]:
    """Layer -> size in bytes, of an image in the registry."""
    return {layer["digest"]: layer["size"] for layer in manifest(repository, digest)[1]["layers"]}


def test_publish_sends_only_missing_layers_and_reports_their_bytes(
    two: Two, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "TICK_SECONDS", 0.02)
    repository = f"{way.address}/{two.project.name}-bytes"
    direct = repository.replace(way.address, two.registry.address)
    events: list[Event] = []
    progress = Flag()

    def report(event: Event) -> None:
        events.append(event)
        if isinstance(event, Started) and PROGRESS.fullmatch(event.step):
            progress.set()

    # The proxy holds the push until its progress was reported.
    way.held[f"PUT /v2/{two.project.name}-bytes/manifests/django".encode()] = progress
    first = publish(two.project, ONE, "local", repository, report)
    layers = sizes(direct, first.published.manifests["django"])
    assert first.uploads["django"] == Upload(sum(layers.values()), len(layers), 0)
    assert first.sent.bytes <= way.sent <= first.sent.bytes + OVERHEAD_BYTES
    details = {event.step: event.detail for event in events if isinstance(event, Finished)}
    assert details["push django"] == f"{sum(layers.values()) / 1_000:.1f} kB in {len(layers)} layers sent"

    assert progress.is_set()
    before, way.sent = way.sent, 0
    second = publish(two.project, TWO, "local", repository, events.append)
    changed = sizes(direct, second.published.manifests["django"])
    new = set(changed) - set(layers)
    assert 0 < len(new) < len(changed)
    assert second.uploads["django"] == Upload(sum(changed[one] for one in new), len(new), len(changed) - len(new))
    assert second.sent.bytes <= way.sent <= second.sent.bytes + OVERHEAD_BYTES < before
    details = {event.step: event.detail for event in events if isinstance(event, Finished)}
    assert details["push django"].endswith(" layers already there")
    again = publish(two.project, TWO, "local", repository)
    assert (again.sent, again.pushed_images) == (Upload(), False)


def test_publish_command_reports_the_bytes(two: Two, capsys: pytest.CaptureFixture[str]) -> None:
    repository = f"{two.registry.address}/{two.project.name}-command"
    target = TARGET.format(repository=repository)
    file = two.project.root / "dockdj.toml"
    file.write_text(file.read_text() + target)
    arguments = ["--project", str(two.project.root), "publish", "1.0.0", "--to", "away"]
    assert main(["--json", *arguments]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    layers = sizes(repository, data["images"]["django"].partition("@")[2])
    image = data["uploads"]["images"]["django"]
    # The engine may ask the registry to mount layers from another repository.
    assert image["layers"] + image["present"] == len(layers)
    assert data["uploads"]["layers"] == image["layers"] + data["uploads"]["record"]["layers"]
    assert data["uploads"]["bytes"] == image["bytes"] + data["uploads"]["record"]["bytes"]
    assert main(arguments) == 0
    assert "is already published to" in capsys.readouterr().out


def test_transient_failure_is_retried_with_a_warning(two: Two, way: Way) -> None:
    name = f"{two.project.name}-retried"
    way.faults += [
        Fault(f"PUT /v2/{name}/manifests/record".encode(), 2, http("503 Service Unavailable")),
        Fault(f"PUT /v2/{name}/manifests/django".encode(), 1, http("502 Bad Gateway")),
        Fault(f"PUT /v2/{name}/manifests/1.0.0".encode(), 1),
    ]
    events: list[Event] = []
    outcome = publish(two.project, ONE, "local", f"{way.address}/{name}", events.append)
    warned = [event.message for event in events if isinstance(event, Warned) and "try" in event.message]
    assert ["push the record failed" in one for one in warned][:3] == [True, True, False]
    assert "503" in warned[0]
    assert "try 2 of 4" in warned[0]
    assert "try 3 of 4" in warned[1]
    assert all(fault.happened == fault.times for fault in way.faults)
    assert registry_index.require(f"{two.registry.address}/{name}", ONE).index == outcome.published.index
    # A layer that the first try sent does not count as already there.
    assert outcome.uploads[""].layers == 1


def test_publish_gives_up_after_four_tries_and_the_next_run_resumes(two: Two, way: Way) -> None:
    name = f"{two.project.name}-broken"
    fault = Fault(f"PUT /v2/{name}/manifests/django".encode(), 100, http("500 Internal Server Error"))
    way.faults.append(fault)
    logged = log.read(two.project)
    with pytest.raises(CommandFailed, match="500"):
        publish(two.project, ONE, "broken", f"{way.address}/{name}")
    assert fault.happened == 4
    assert registry_index.find(f"{way.address}/{name}", ONE) is None
    assert log.read(two.project) == logged
    way.faults.clear()
    events: list[Event] = []
    assert publish(two.project, ONE, "broken", f"{way.address}/{name}", events.append).pushed_images
    assert Finished("push the record", "already there") in events


def test_refusal_is_not_retried(two: Two, way: Way) -> None:
    name = f"{two.project.name}-refused"
    denied = json.dumps({"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]})
    fault = Fault(f"PUT /v2/{name}/manifests/record".encode(), 100, http("403 Forbidden", denied))
    way.faults.append(fault)
    with pytest.raises(CommandFailed, match="refused") as caught:
        publish(two.project, ONE, "local", f"{way.address}/{name}")
    assert fault.happened == 1
    assert caught.value.hint == f"docker login {way.address}"


def test_registry_that_returns_another_manifest_is_refused(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry has the same image, but with other bytes in its manifest, and so another digest."""
    repository = f"{two.registry.address}/{two.project.name}-other"
    create_index = registry.create_index

    def another(repository: str, tag: str, digests: tuple[str, ...]) -> None:
        _, document = manifest(repository, digests[1])
        content = json.dumps(document).encode()
        put_manifest(repository, "other", content)
        create_index(repository, tag, (digests[0], manifest(repository, "other")[0]))

    monkeypatch.setattr(registry, "create_index", another)
    with pytest.raises(Refused, match="something else than was pushed: django"):
        publish(two.project, ONE, "local", repository)
