"""Elastic Beanstalk and S3 for one environment, as far as a deployment needs them, on a server that can fail."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import boto3
from botocore.config import Config

from dockdj.adapters.beanstalk.bounded_http import Limits, bounded
from dockdj.adapters.beanstalk.client import Beanstalk
from tests.support import hostile
from tests.support.hostile import Answer, Request, Server

BUCKET = "elasticbeanstalk-eu-west-1-1"
XML = {"Content-Type": "text/xml"}
ENVIRONMENT = "<EnvironmentId>e-1</EnvironmentId><EnvironmentName>shop</EnvironmentName><Status>Ready</Status>"
# The calls that change what runs.
CHANGES = ("CreateApplicationVersion", "UpdateEnvironment")


@dataclass
class Version:
    """A registered version: the bucket, key and description that it was registered with."""

    bucket: str
    key: str
    description: str


@dataclass
class Cloud:
    """An environment that runs `label`, registered versions by label, and objects by key."""

    server: Server
    label: str = "Sample Application"
    versions: dict[str, Version] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)

    @property
    def changes(self) -> list[str]:
        """The calls that change what runs, as they reached the server."""
        return [action for request in self.server.requests if (action := action_of(request)) in CHANGES]

    def beanstalk(self, seconds: float = 60) -> Beanstalk:
        """The product's client of this cloud: without retries, and for answers that take at most so long."""
        config = Config(
            read_timeout=seconds, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}
        )
        session = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret", region_name="eu-west-1")
        endpoint, limits = f"http://{self.server.address}", Limits(seconds, document=100_000, object=10_000_000)
        return Beanstalk(
            bounded(session.client("elasticbeanstalk", endpoint_url=endpoint, config=config), limits),
            bounded(session.client("s3", endpoint_url=endpoint, config=config), limits),
            poll=0,
            sleep=lambda seconds: None,
        )

    def reset(self) -> None:
        """Forget everything that was registered, stored, asked and spoiled."""
        self.label = "Sample Application"
        for collection in (self.versions, self.objects, self.server.requests, self.server.faults):
            collection.clear()

    def respond(self, request: Request) -> Answer:
        """The good answer."""
        if request.path != "/":
            return self._object(request)
        call = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        return Answer(document(call["Action"], self._result(call)), XML)

    def _result(self, call: dict[str, str]) -> str:
        match call["Action"]:
            case "CreateStorageLocation":
                return f"<S3Bucket>{BUCKET}</S3Bucket>"
            case "DescribeEnvironments":
                state = f"<VersionLabel>{self.label}</VersionLabel><Health>Green</Health>"
                return f"<Environments><member>{ENVIRONMENT}{state}</member></Environments>"
            case "DescribeInstancesHealth":
                deployment = f"<Deployment><VersionLabel>{self.label}</VersionLabel></Deployment>"
                instance = f"<InstanceId>i-1</InstanceId><HealthStatus>Ok</HealthStatus>{deployment}"
                return f"<InstanceHealthList><member>{instance}</member></InstanceHealthList>"
            case "DescribeApplicationVersions":
                label = call["VersionLabels.member.1"]
                return f"<ApplicationVersions>{self._described(label)}</ApplicationVersions>"
            case "CreateApplicationVersion":
                source = (call["SourceBundle.S3Bucket"], call["SourceBundle.S3Key"])
                self.versions[call["VersionLabel"]] = Version(*source, call["Description"])
            case "UpdateEnvironment":
                self.label = call.get("VersionLabel", self.label)
        return "<Events></Events>"

    def _described(self, label: str) -> str:
        if label not in self.versions:
            return ""
        version = self.versions[label]
        source = f"<S3Bucket>{version.bucket}</S3Bucket><S3Key>{version.key}</S3Key>"
        return (
            f"<member><VersionLabel>{label}</VersionLabel><Status>PROCESSED</Status>"
            f"<Description>{escape(version.description)}</Description><SourceBundle>{source}</SourceBundle></member>"
        )

    def _object(self, request: Request) -> Answer:
        key = request.path.partition("?")[0].removeprefix(f"/{BUCKET}/")
        if request.method == "PUT":
            checksum = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
            if request.headers.get("x-amz-checksum-sha256") != checksum:
                return Answer(error("BadDigest"), XML, 400)
            if request.headers.get("If-None-Match") == "*" and key in self.objects:
                return Answer(error("PreconditionFailed"), XML, 412)
            self.objects[key] = request.body
            return Answer(b"")
        if key not in self.objects:
            return Answer(error("NoSuchKey"), XML, 404)
        return Answer(self.objects[key])


def action_of(request: Request) -> str:
    """The Beanstalk action of a request, or the method and the word `object` for one of S3."""
    if request.path != "/":
        return f"{request.method} object"
    return parse_qs(request.body.decode()).get("Action", [""])[0]


def document(action: str, result: str) -> bytes:
    """An answer of Elastic Beanstalk."""
    return f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>".encode()


def error(code: str) -> bytes:
    """An error of S3."""
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()


@contextmanager
def running() -> Iterator[Cloud]:
    """Run a cloud whose one environment runs the sample application."""
    cloud: Cloud

    def respond(request: Request) -> Answer:
        return cloud.respond(request)

    with hostile.serving(respond) as server:
        cloud = Cloud(server)
        yield cloud
