"""An S3 and an Elastic Beanstalk that lie, break or stall, read by boto3: a typed error, and nothing is deployed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from dockdj.adapters.beanstalk.client import Beanstalk
from dockdj.errors import DockdjError, MissingTool, PlatformError, WrongContent
from dockdj.lifecycle.bundle import bundle as bundles
from dockdj.lifecycle.deploy import deploy
from dockdj.lifecycle.deploy.request import Check, DeployRequest
from dockdj.lifecycle.history import log
from dockdj.lifecycle.history.log import EventKind, Outcome
from dockdj.lifecycle.history.registry_index import Published
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.bundle import Bundle, description_of
from dockdj.model.canonical import digest_of
from dockdj.model.version import Version, parse
from tests.support import hostile, hostile_aws
from tests.support import project as projects
from tests.support.hostile import Fault
from tests.support.hostile_aws import BUCKET, XML, Cloud, action_of, document, error
from tests.support.releases import tagged

# Seconds that the hasty client waits.
HASTE = 0.3


@dataclass
class Shop:
    """A target on a cloud that runs nothing yet, its published release 1.0.0, and the bundle of that."""

    site: Site
    hasty: Beanstalk
    cloud: Cloud
    published: Published
    bundle: Bundle

    @property
    def key(self) -> str:
        return f"{self.site.target.application}/{self.bundle.label}.zip"

    def find(self, repository: str, version: Version) -> Published:
        return self.published

    def deploy(self, *, hasty: bool = False) -> None:
        site = replace(self.site, beanstalk=self.hasty) if hasty else self.site
        request = DeployRequest(parse("1.0.0"), EventKind.DEPLOYED, frozenset(Check))
        deploy.deploy(site, request, lambda deployment: None, find=self.find)

    def refuse(self, *, hasty: bool = False) -> DockdjError:
        """The error of a deployment that changed nothing, although the cloud would still have let it."""
        with pytest.raises(DockdjError) as caught:
            self.deploy(hasty=hasty)
        assert self.cloud.changes == []
        assert [event.outcome for event in log.read(self.site.project)] in ([], [Outcome.STARTED, Outcome.FAILED])
        return caught.value

    def fail(self, fault: Fault, action: str) -> None:
        self.cloud.server.fail(fault, lambda request: action_of(request) == action)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    project = projects.make(tmp_path_factory.mktemp("shop"))
    release = tagged(project, "1.0.0")
    target = replace(project.targets["local"], architecture="linux/amd64")
    published = Published("127.0.0.1:1/tiny", "sha256:" + "1" * 64, release, {"django": "sha256:" + "2" * 64})
    with hostile_aws.running() as cloud:
        site = Site(project, target, cloud.beanstalk(), published.repository)
        yield Shop(site, cloud.beanstalk(HASTE), cloud, published, bundles.make(project, target, published))


@pytest.fixture
def shop(first: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    # The bundle is always the same, and making it takes Git many calls.
    monkeypatch.setattr(bundles, "make", lambda *arguments: first.bundle)
    yield first
    first.cloud.reset()
    (first.site.project.root / log.LOG_FILE).unlink(missing_ok=True)


def registered(shop: Shop, **changes: str) -> None:
    """Let the cloud have the release's version and bundle already, registered with these changes."""
    fields = {"bucket": BUCKET, "key": shop.key, "description": description_of(shop.published.release.digest)}
    shop.cloud.versions[shop.bundle.label] = hostile_aws.Version(**{**fields, **changes})
    shop.cloud.objects[shop.key] = shop.bundle.content


def test_honest_cloud_deploys_what_it_was_sent(shop: Shop) -> None:
    shop.deploy()
    # The first update sets the health check.
    assert shop.cloud.changes == ["CreateApplicationVersion", "UpdateEnvironment", "UpdateEnvironment"]
    assert shop.cloud.objects == {shop.key: shop.bundle.content}
    assert shop.cloud.label == shop.bundle.label


def test_equal_object_and_version_of_an_earlier_run_are_used(shop: Shop) -> None:
    registered(shop)
    shop.deploy()
    # The first update sets the health check.
    assert shop.cloud.changes == ["UpdateEnvironment", "UpdateEnvironment"]
    assert not [request for request in shop.cloud.server.requests if request.method == "PUT"]


@pytest.mark.parametrize("content", [b"", b"other", b"x" * 3_000_000], ids=["empty", "short", "long"])
def test_other_object_under_the_bundles_key_is_refused_with_both_digests(shop: Shop, content: bytes) -> None:
    shop.cloud.objects[shop.key] = content
    refusal = shop.refuse()
    assert isinstance(refusal, WrongContent)
    assert shop.key in refusal.message
    assert shop.bundle.digest in refusal.message
    assert len(content) > len(shop.bundle.content) or digest_of(content) in refusal.message
    assert f"aws s3 mv s3://{BUCKET}/{shop.key}" in refusal.hint
    assert shop.cloud.objects[shop.key] == content


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"bucket": "another"}, "bucket"),
        ({"key": "shop/other.zip"}, "key"),
        ({"description": "rel sha256:0"}, "description"),
        ({"description": ""}, "description"),
    ],
)
def test_version_that_was_registered_for_something_else_is_refused(
    shop: Shop, changes: dict[str, str], name: str
) -> None:
    registered(shop, **changes)
    refusal = shop.refuse()
    assert isinstance(refusal, WrongContent)
    assert f"its {name} is {changes[name] or 'missing'}" in refusal.message
    assert "delete-application-version" in refusal.hint


@pytest.mark.parametrize("content", [None, b"replaced"])
def test_registered_version_whose_object_is_lost_or_replaced_is_refused(shop: Shop, content: bytes | None) -> None:
    registered(shop)
    shop.cloud.objects.pop(shop.key)
    if content is not None:
        shop.cloud.objects[shop.key] = content
    assert isinstance(shop.refuse(), WrongContent)


def test_running_version_whose_object_was_replaced_is_refused(shop: Shop) -> None:
    registered(shop)
    shop.cloud.label = shop.bundle.label
    shop.cloud.objects[shop.key] = b"replaced"
    assert isinstance(shop.refuse(), WrongContent)


def test_upload_asks_s3_to_check_the_content_and_to_overwrite_nothing(shop: Shop) -> None:
    def write_first(handler: hostile.Handler, good: hostile.Answer) -> None:
        shop.cloud.objects[shop.key] = b"of another run"
        handler.answer(hostile.Answer(error("PreconditionFailed"), XML, 412))

    shop.fail(write_first, "PUT object")
    assert isinstance(shop.refuse(), WrongContent)
    [upload] = [request for request in shop.cloud.server.requests if request.method == "PUT"]
    assert upload.headers["If-None-Match"] == "*"
    assert upload.headers["x-amz-checksum-sha256"]


def test_equal_object_that_another_run_wrote_meanwhile_is_used(shop: Shop) -> None:
    conflict = hostile.status(409, XML, error("ConditionalRequestConflict"))
    shop.fail(conflict, "PUT object")
    shop.deploy()
    assert shop.cloud.label == shop.bundle.label


def test_upload_that_stores_other_bytes_than_it_says_is_refused(shop: Shop) -> None:
    def store_other(handler: hostile.Handler, good: hostile.Answer) -> None:
        shop.cloud.objects[shop.key] = b"other"
        handler.answer(good)

    shop.fail(store_other, "PUT object")
    assert isinstance(shop.refuse(), WrongContent)


SLOW_DOWN = error("SlowDown")
FAULTS = {
    "truncated": hostile.truncated,
    "slow": hostile.slow,
    "silent": hostile.silent,
    "promises a terabyte": hostile.huge,
    "malformed": hostile.content(b"<Unfinished><"),
    "not XML": hostile.content(b"\xff\x00{}"),
    "other XML": hostile.content(b"<html><body>Log in</body></html>"),
    "200 with an error": hostile.content(SLOW_DOWN),
    "401": hostile.status(401, XML, error("InvalidAccessKeyId")),
    "403": hostile.status(403, XML, error("AccessDenied")),
    "500": hostile.status(500, XML, error("InternalError")),
    "503": hostile.status(503, {**XML, "Retry-After": "3600"}, SLOW_DOWN),
    "empty error": hostile.status(400),
}
ENDLESS = ("slow", "silent")
DOCUMENTS = ("DescribeEnvironments", "DescribeApplicationVersions", "CreateStorageLocation")


@pytest.mark.parametrize("action", [*DOCUMENTS, "GET object"])
@pytest.mark.parametrize("name", FAULTS)
def test_broken_answer_is_a_typed_error(shop: Shop, name: str, action: str) -> None:
    if action == "GET object":
        # An object for which a broken answer hides that it is the bundle.
        shop.cloud.objects[shop.key] = shop.bundle.content
    shop.fail(FAULTS[name], action)
    assert isinstance(shop.refuse(hasty=name in ENDLESS), PlatformError | WrongContent | MissingTool)


@pytest.mark.parametrize("name", ["silent", "malformed", "200 with an error", "403", "500"])
def test_upload_that_fails_or_only_seems_to_succeed_deploys_nothing(shop: Shop, name: str) -> None:
    shop.fail(FAULTS[name], "PUT object")
    # The server stores what it is sent before the fault.
    shop.fail(lambda handler, good: handler.answer(hostile.Answer(error("NoSuchKey"), XML, 404)), "GET object")
    assert isinstance(shop.refuse(hasty=name in ENDLESS), PlatformError | WrongContent)


@pytest.mark.parametrize("action", ["DescribeApplicationVersions", "GET object"])
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_redirect_is_not_followed(shop: Shop, action: str, scheme: str) -> None:
    with hostile.serving(shop.cloud.respond) as other:
        headers = {**XML, "Location": f"{scheme}://{other.address}/", "x-amz-bucket-region": f"{other.address}/"}
        shop.fail(hostile.status(301, headers, error("PermanentRedirect")), action)
        shop.refuse()
    assert other.requests == []


@pytest.mark.parametrize(
    ("action", "result"),
    [
        ("DescribeEnvironments", "<Environments><member><Status>Ready</Status></member></Environments>"),
        ("DescribeEnvironments", "<Environments/>"),
        ("DescribeEnvironments", ""),
        ("DescribeApplicationVersions", ""),
        ("CreateStorageLocation", ""),
        ("CreateStorageLocation", "<S3Bucket>Not A Bucket!</S3Bucket>"),
    ],
)
def test_right_xml_of_a_wrong_shape_is_a_typed_error(shop: Shop, action: str, result: str) -> None:
    shop.fail(hostile.content(document(action, result)), action)
    assert isinstance(shop.refuse(), PlatformError)
