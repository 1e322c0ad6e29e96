"""What registries and Docker say when a call fails, and what becomes of it. Texts are those of the programs."""

import pytest

from dockdj.adapters.registry.failure import explained, login, passes
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
def test_what_passes_is_tried_again(text: str) -> None:
    assert passes(failed(f"The push refers to repository [x]\n{text}"))


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
def test_what_was_refused_is_not(text: str) -> None:
    assert not passes(failed(text))


def test_a_refusal_names_the_registry_and_how_to_log_in() -> None:
    found = explained("ghcr.io/shop:1.0.0", failed("pushing\nunauthorized: authentication required"))
    assert found.message == "the image registry at ghcr.io refused: unauthorized: authentication required"
    assert found.hint == "docker login ghcr.io"


def test_amazon_asks_for_its_own_command() -> None:
    command = f"aws ecr get-login-password --region eu-central-1 | docker login --username AWS --password-stdin {ECR}"
    assert login(ECR) == command
    expired = failed("denied: Your authorization token has expired. Reauthenticate and try again.")
    assert explained(f"{ECR}/team/shop:django-1.0.0", expired).hint == command
    assert login("public.ecr.aws") == "docker login public.ecr.aws"


def test_amazon_makes_no_repository_by_itself() -> None:
    unknown = failed("name unknown: The repository with name 'team/shop' does not exist in the registry with id '1'")
    found = explained(f"{ECR}/team/shop:django-1.0.0", unknown)
    assert found.message == f"{ECR} has no repository team/shop"
    assert found.hint == "aws ecr create-repository --region eu-central-1 --repository-name team/shop"


def test_a_registry_that_is_down_is_named_and_the_engine_is_not_taken_for_one() -> None:
    down = explained("127.0.0.1:9/shop:1", failed("dial tcp 127.0.0.1:9: connect: connection refused"))
    assert down.message == "the image registry at 127.0.0.1:9 does not answer"
    assert "http://127.0.0.1:9/v2/" in down.hint
    assert "https://ghcr.io/v2/" in explained("ghcr.io/shop:1", failed("dial tcp: lookup ghcr.io: no such host")).hint
    engine = failed(
        "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"
    )
    assert explained("ghcr.io/shop:1", engine) is engine


def test_docker_hub_needs_no_name() -> None:
    assert login("docker.io") == "docker login"
