"""A server process over fake machines, and boto3 clients for it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from zipfile import ZipFile

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dockdj.localcloud.http import client
from dockdj.localcloud.state import settings
from tests.localcloud.fake_server import RELEASED
from tests.support import ports
from tests.support.eventually import eventually

STACK = "64bit Amazon Linux 2023 v4.6.0 running Docker"
FAKE = "tests.localcloud.fake_server"


class Connects(Protocol):
    """A server with boto3 clients."""

    def boto(self, service: str) -> Any: ...


@dataclass
class Server:
    """A server that a test can kill and restart on the same state."""

    folder: Path
    process: subprocess.Popen[bytes]
    settings: settings.Settings
    module: str = FAKE

    @property
    def endpoint(self) -> str:
        return client.endpoint(self.settings)

    def release_held(self) -> None:
        """Let the deployments of versions with `held` in their labels end."""
        (self.folder / RELEASED).touch()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.process = launch(self.folder, self.settings, self.module)

    def environment(self) -> dict[str, str]:
        """The variables with which Amazon's clients talk to this server."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.settings.access_key,
            "AWS_SECRET_ACCESS_KEY": self.settings.secret_key,
            "AWS_DEFAULT_REGION": self.settings.region,
        }

    def boto(self, service: str, **changes: Any) -> Any:
        return boto(self.settings, service, **changes)


def boto(cloud_settings: settings.Settings, service: str, **changes: Any) -> Any:
    """A client that does not repeat a failed request."""
    config = Config(retries={"max_attempts": 0}, **changes.pop("config", {}))
    arguments = {
        "endpoint_url": client.endpoint(cloud_settings),
        "aws_access_key_id": cloud_settings.access_key,
        "aws_secret_access_key": cloud_settings.secret_key,
        "region_name": cloud_settings.region,
    }
    connect: Any = boto3.client
    return connect(service, config=config, **{**arguments, **changes})


def launch(folder: Path, cloud_settings: settings.Settings, module: str = FAKE) -> subprocess.Popen[bytes]:
    argv = [
        sys.executable,
        "-m",
        module,
        "--state",
        str(folder),
        "--port",
        str(cloud_settings.port),
    ]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    eventually(lambda: process.poll() is not None or client.ping(folder))
    assert process.poll() is None, (folder / "server.log").read_text()
    return process


@contextmanager
def server(folder: Path, module: str = FAKE) -> Iterator[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    cloud_settings = settings.with_port(settings.load(folder), ports.free())
    settings.save(folder, cloud_settings)
    running = Server(folder, launch(folder, cloud_settings, module), cloud_settings, module)
    try:
        yield running
    finally:
        running.kill()


def bundle(content: str = "x") -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("docker-compose.yml", content)
    return buffer.getvalue()


def option(namespace: str, name: str, value: str) -> dict[str, str]:
    return {"Namespace": f"aws:{namespace}", "OptionName": name, "Value": value}


ENHANCED = option("elasticbeanstalk:healthreporting:system", "SystemType", "enhanced")


class Refusal(NamedTuple):
    """The code and the text with which a call is refused."""

    code: str
    message: str


def refusal(call: Any, **parameters: Any) -> Refusal:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return Refusal(error["Code"], error["Message"])


def with_versions(running: Connects, application: str, *labels: str) -> Any:
    """Create an application with versions of these labels and return the client."""
    beanstalk, storage = running.boto("elasticbeanstalk"), running.boto("s3")
    bucket = beanstalk.create_storage_location()["S3Bucket"]
    beanstalk.create_application(ApplicationName=application)
    for label in labels:
        storage.put_object(Bucket=bucket, Key=f"{application}/{label}.zip", Body=bundle(label))
        beanstalk.create_application_version(
            ApplicationName=application,
            VersionLabel=label,
            SourceBundle={"S3Bucket": bucket, "S3Key": f"{application}/{label}.zip"},
        )
    return beanstalk


def with_environment(running: Connects, name: str, *labels: str, options: tuple[dict[str, str], ...] = ()) -> Any:
    """Create an application, its versions, and a ready environment of the same name that runs the first version."""
    beanstalk = with_versions(running, name, *labels)
    beanstalk.create_environment(
        ApplicationName=name,
        EnvironmentName=name,
        VersionLabel=labels[0],
        SolutionStackName=STACK,
        OptionSettings=[ENHANCED, *options],
    )
    ready(beanstalk, name)
    return beanstalk


def described(beanstalk: Any, name: str) -> dict[str, Any]:
    environments = beanstalk.describe_environments(EnvironmentNames=[name], IncludeDeleted=False)["Environments"]
    return dict(environments[0])


def ready(beanstalk: Any, name: str) -> dict[str, Any]:
    eventually(lambda: described(beanstalk, name)["Status"] == "Ready")
    return described(beanstalk, name)


def messages(beanstalk: Any, **filters: Any) -> list[str]:
    """The messages of events, oldest first."""
    return [event["Message"] for event in reversed(beanstalk.describe_events(**filters)["Events"])]
