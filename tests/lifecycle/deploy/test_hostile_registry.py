"""A registry that lies, breaks or stalls, read by Docker's real client: a typed error, and nothing is deployed."""

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from dockdj.adapters.registry import client
from dockdj.adapters.registry import client as registries
from dockdj.errors import CommandFailed, DockdjError, Refused, WrongContent
from dockdj.lifecycle.deploy import deploy
from dockdj.lifecycle.deploy.request import DeployRequest
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import EventKind
from dockdj.lifecycle.target.target import Site
from dockdj.model.version import parse
from tests.support import hostile, lying_registry
from tests.support import project as projects
from tests.support.hostile import Fault
from tests.support.lying_registry import Registry
from tests.support.platform import Platform
from tests.support.releases import tagged

pytestmark = pytest.mark.docker
ENDLESS = (hostile.slow, hostile.silent)
OTHER = b'{"schemaVersion":2,"config":{"digest":"sha256:' + b"c" * 64 + b'"},"layers":[]}'
BASIC = {"WWW-Authenticate": 'Basic realm="registry"'}
ELSEWHERE = {"Docker-Content-Digest": "sha256:" + "0" * 64, "Content-Type": lying_registry.INDEX}


@dataclass
class Shop:
    """A target that runs nothing yet, and the registry that has its release 1.0.0."""

    site: Site
    platform: Platform
    registry: Registry

    def deploy(self) -> None:
        request = DeployRequest(parse("1.0.0"), EventKind.DEPLOYED, frozenset())
        deploy.deploy(self.site, request, lambda deployment: None)

    def refuse(self) -> DockdjError:
        """The error of a deployment, after which nothing has happened."""
        with pytest.raises(DockdjError) as caught:
            self.deploy()
        assert (self.platform.updates, self.platform.versions, log.read(self.site.project)) == ([], {}, ())
        return caught.value


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    project = projects.make(tmp_path)
    release = tagged(project, "1.0.0")
    target = replace(project.targets["local"], architecture="linux/amd64")
    with lying_registry.running() as registry:
        registry.hold(release)
        platform = Platform(label="Sample Application")
        monkeypatch.setattr(client, "MANIFEST", replace(client.MANIFEST, memory=2**28))
        yield Shop(Site(project, target, cast(Any, platform), registry.repository), platform, registry)


def test_honest_registry_deploys(shop: Shop) -> None:
    shop.deploy()
    # The first deployment sets the health check as well.
    (label,) = shop.platform.versions
    assert shop.platform.updates == ["HealthCheckPath=/healthz", "MatcherHTTPCode=200", label]


@pytest.mark.parametrize("part", ["index", "record", "image"])
def test_other_content_for_a_digest_is_refused(shop: Shop, part: str) -> None:
    shop.registry.fail(hostile.content(OTHER), part)
    error = shop.refuse()
    assert isinstance(error, WrongContent)
    assert shop.registry.parts[part] in error.message
    assert error.hint


def test_digest_in_a_header_is_not_believed(shop: Shop) -> None:
    index = shop.registry.answers[f"/v2/shop/manifests/{shop.registry.parts['index']}"]
    shop.registry.answers[f"/v2/shop/manifests/{ELSEWHERE['Docker-Content-Digest']}"] = index
    shop.registry.fail(lambda handler, _: handler.answer(replace(index, headers=ELSEWHERE)), "tag")
    error = shop.refuse()
    assert isinstance(error, WrongContent)
    assert f"sent {shop.registry.parts['index']} for" in error.message


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        pytest.param("index", hostile.truncated, id="truncated"),
        pytest.param("index", hostile.slow, id="slow"),
        pytest.param("tag", hostile.silent, id="silent"),
        pytest.param("tag", hostile.huge, id="promises a terabyte"),
        pytest.param("index", hostile.bomb(2**30), id="gzip bomb"),
        pytest.param("tag", hostile.redirect("/v2/shop/manifests/1.0.0"), id="redirect loop"),
        pytest.param("tag", hostile.redirect("file:///etc/passwd"), id="redirect to a file"),
        pytest.param("tag", hostile.redirect("gopher://127.0.0.1/"), id="redirect to another protocol"),
        pytest.param("record", hostile.status(401, BASIC), id="401 in the middle"),
        pytest.param("record", hostile.status(500), id="500 in the middle"),
        pytest.param("index", hostile.status(429, {"Retry-After": "3600"}), id="429"),
    ],
)
def test_broken_answer_is_a_typed_error(shop: Shop, part: str, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault in ENDLESS:
        monkeypatch.setattr(client, "MANIFEST", replace(client.MANIFEST, seconds=0.5))
    shop.registry.fail(fault, part)
    error = shop.refuse()
    assert isinstance(error, CommandFailed | Refused)
    assert "Traceback" not in error.message


@pytest.mark.parametrize("content", [b'{"manifests":', b'{"manifests":5}', b"[]", b"null", b"\xff"])
def test_tag_that_names_anything_but_an_index_is_a_typed_error(shop: Shop, content: bytes) -> None:
    shop.registry.move(content)
    error = shop.refuse()
    assert isinstance(error, CommandFailed | Refused)


def test_too_large_manifest_is_not_taken_for_a_missing_one(shop: Shop) -> None:
    shop.registry.fail(hostile.huge, "tag")
    with pytest.raises(CommandFailed, match=r"more for .* than a manifest has"):
        registries.manifest(f"{shop.registry.repository}:1.0.0")


@pytest.mark.parametrize("fault", [hostile.content(b"x" * 10240), hostile.slow])
def test_other_or_endless_layer_of_the_record_is_refused(
    shop: Shop, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault in ENDLESS:
        monkeypatch.setattr(client, "RECORD", replace(client.RECORD, seconds=0.5))
    shop.registry.fail(fault, "layer")
    error = shop.refuse()
    assert isinstance(error, CommandFailed)


def test_credentials_do_not_follow_a_redirect_to_another_host(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = base64.b64encode(b"user:password").decode()
    config = tmp_path / "docker-config"
    config.mkdir()
    (config / "config.json").write_text(json.dumps({"auths": {shop.registry.server.address: {"auth": known}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(config))
    with hostile.serving(shop.registry.respond) as other:
        address = other.address.replace("127.0.0.1", "localhost")
        redirect = hostile.redirect(f"http://{address}/v2/shop/manifests/{shop.registry.parts['index']}")
        server = shop.registry.server
        server.fail(redirect)
        server.fail(hostile.status(401, BASIC), lambda request: "Authorization" not in request.headers)
        registries.manifest(f"{shop.registry.repository}@{shop.registry.parts['index']}")
    assert [request for request in server.requests if request.headers.get("Authorization") == f"Basic {known}"]
    assert other.requests
    assert not [request for request in other.requests if "Authorization" in request.headers]


def test_compressed_answer_of_the_right_content_is_accepted(shop: Shop) -> None:
    part = shop.registry.parts["index"]
    good = shop.registry.answers[f"/v2/shop/manifests/{part}"]
    packed = hostile.Answer(gzip.compress(good.body), {**good.headers, "Content-Encoding": "gzip"})
    shop.registry.fail(lambda handler, _: handler.answer(packed), "index")
    manifest = registries.manifest(f"{shop.registry.repository}@{part}")
    assert manifest is not None
    assert manifest.digest == part
