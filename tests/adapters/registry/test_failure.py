"""Failures of registries, in the words of Docker and of registries, and how they are explained."""

from pathlib import Path

import pytest

from dockdj.adapters.beanstalk import local_cloud
from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from dockdj.adapters.registry.failure import explained, is_transient, login
from dockdj.errors import CommandFailed

ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


def failed(output: str) -> CommandFailed:
    return CommandFailed("`docker push x` ended with status 1", output=output)


@pytest.mark.parametrize(
    "text",
    [
        'Put "http://127.0.0.1:5000/v2/a/manifests/1": read tcp 127.0.0.1:1: read: connection reset by peer',
        'Patch "http://127.0.0.1:5000/v2/a/blobs/uploads/b": EOF',
        "received unexpected HTTP status: 503 Service Unavailable",
        "ERROR: unexpected status from PUT request to http://127.0.0.1:5000/v2/a/manifests/1: 502 Bad Gateway",
        "net/http: TLS handshake timeout",
        "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        "dial tcp 127.0.0.1:5000: connect: connection refused",
        "toomanyrequests: Rate exceeded",
        "write: broken pipe",
        "readfrom tcp 127.0.0.1:1: write tcp 127.0.0.1:1: use of closed network connection",
    ],
)
def test_network_and_server_failures_are_transient(text: str) -> None:
    assert is_transient(failed(f"The push refers to repository [x]\n{text}"))


@pytest.mark.parametrize(
    "text",
    [
        "unauthorized: authentication required",
        "no basic auth credentials",
        "denied: requested access to the resource is denied",
        "denied: Your authorization token has expired. Reauthenticate and try again.",
        'error parsing HTTP 403 response body: unexpected end of JSON input: ""\nForbidden',
        "tag invalid: The image tag '1.0.0' already exists in the 'shop' repository and cannot be overwritten because "
        "the repository is immutable.",
        "name unknown: The repository with name 'shop' does not exist in the registry with id '123456789012'",
        "manifest invalid: manifest invalid",
        'Patch "http://127.0.0.1:5000/v2/a/blobs/uploads/b": EOF\nunauthorized: authentication required',
        "layer 5f70bf18a086 at sha256:500a5029 is missing",
    ],
)
def test_refusals_and_rejected_content_are_not_transient(text: str) -> None:
    assert not is_transient(failed(text))


def test_refusal_names_the_registry_and_hints_to_log_in() -> None:
    error = explained("ghcr.io/shop:1.0.0", failed("pushing\nunauthorized: authentication required"))
    assert error.message == "the image registry at ghcr.io refused: unauthorized: authentication required"
    assert error.hint == "docker login ghcr.io"


def test_login_to_ecr_uses_the_aws_command() -> None:
    command = f"aws ecr get-login-password --region eu-central-1 | docker login --username AWS --password-stdin {ECR}"
    assert login(ECR) == command
    expired = failed("denied: Your authorization token has expired. Reauthenticate and try again.")
    assert explained(f"{ECR}/team/shop:django-1.0.0", expired).hint == command
    assert login("public.ecr.aws") == "docker login public.ecr.aws"


def test_missing_ecr_repository_hints_to_create_it() -> None:
    unknown = failed("name unknown: The repository with name 'team/shop' does not exist in the registry with id '1'")
    error = explained(f"{ECR}/team/shop:django-1.0.0", unknown)
    assert error.message == f"{ECR} has no repository team/shop"
    assert error.hint == "aws ecr create-repository --region eu-central-1 --repository-name team/shop"


def test_unreachable_registry_is_named_and_an_engine_failure_stays_unchanged() -> None:
    down = explained("127.0.0.1:9/shop:1", failed("dial tcp 127.0.0.1:9: connect: connection refused"))
    assert down.message == "the image registry at 127.0.0.1:9 does not answer"
    assert "http://127.0.0.1:9/v2/" in down.hint
    assert "https://ghcr.io/v2/" in explained("ghcr.io/shop:1", failed("dial tcp: lookup ghcr.io: no such host")).hint
    engine = failed(
        "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"
    )
    assert explained("ghcr.io/shop:1", engine) is engine


def test_login_to_the_local_clouds_registry_is_cloud_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKDJ_STATE", str(tmp_path))
    local_cloud.write(CloudAddress("http://127.0.0.1:5577", "127.0.0.1:5000", "us-east-1", "KEY", "secret", 1))
    assert login("127.0.0.1:5000") == "dockdj cloud up"
    assert login("127.0.0.1:5001") == "docker login 127.0.0.1:5001"
    (tmp_path / "cloud.json").write_text("{")
    assert login("127.0.0.1:5000") == "docker login 127.0.0.1:5000"


def test_login_to_docker_hub_names_no_host() -> None:
    assert login("docker.io") == "docker login"
