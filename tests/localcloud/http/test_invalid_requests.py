"""Invalid requests to Elastic Beanstalk's API get its own 4xx errors in XML, whoever sends them."""

import io
import socket
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request

from dockdj.localcloud.http import connections
from dockdj.localcloud.http.application import FORM_MAX_BYTES, Application
from tests.localcloud import raw
from tests.localcloud.fake_server import FakeOperations
from tests.localcloud.in_process import in_process
from tests.localcloud.running import STACK, Server, bundle, option, with_versions
from tests.localcloud.running import boto as client_of

NINES = "9" * 5000
EVENTS, PLATFORMS, CREATE = "DescribeEvents", "ListPlatformVersions", "CreateApplication"
VALUE, VALIDATION, INPUT = "InvalidParameterValue", "ValidationError", "MalformedInput"
ENVIRONMENT = {"ApplicationName": "odd", "EnvironmentName": "oddly", "SolutionStackName": STACK}


@pytest.fixture(scope="module")
def odd(shared: Server) -> Any:
    return with_versions(shared, "odd", "v1")


def setting(name: str, value: str, namespace: str = "aws:autoscaling:asg") -> dict[str, str]:
    prefix = "OptionSettings.member.1"
    return {f"{prefix}.Namespace": namespace, f"{prefix}.OptionName": name, f"{prefix}.Value": value}


def matcher(value: str) -> dict[str, str]:
    return setting("MatcherHTTPCode", value, "aws:elasticbeanstalk:environment:process:default")


@pytest.mark.parametrize(
    ("action", "parameters", "code"),
    [
        *[(EVENTS, {"NextToken": token}, VALUE) for token in ("²", "x", "-1", "٣", NINES, " ")],
        *[("DescribeEnvironments", {"NextToken": token}, VALUE) for token in ("²", NINES)],
        *[(EVENTS, {"MaxRecords": number}, VALUE) for number in ("0", "-1", "1001")],
        *[(EVENTS, {"MaxRecords": number}, INPUT) for number in ("x", "²", NINES, "", "1.5", "1_0")],
        *[(EVENTS, {"StartTime": time}, INPUT) for time in (
            "9" * 20, NINES, "x", "", "²", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "nan", "1e400",
        )],
        ("DescribeEnvironments", {"IncludedDeletedBackTo": "9" * 20}, INPUT),
        (EVENTS, {"Severity": "LOUD"}, VALIDATION),
        (PLATFORMS, {"Filters.member.1.Type": "PlatformName"}, VALUE),
        (PLATFORMS, {"Filters.member.1.Operator": "="}, VALUE),
        (PLATFORMS, {"Filters.member.1.Type": "PlatformName", "Filters.member.1.Values.member.1": "a"}, VALUE),
        (PLATFORMS, {"Filters.member.1.Type": "PlatformName", "Filters.member.1.Operator": "="}, VALUE),
        ("ListPlatformBranches", {"Filters.member.1.Attribute": "BranchName"}, VALUE),
        *[(CREATE, {"ApplicationName": name}, VALIDATION) for name in ("a\x01", "\x00", "a\x1f", "\ufffe", "")],
        (CREATE, {"ApplicationName": "fine", "Description": "\x0b"}, VALIDATION),
        ("CreateEnvironment", {**ENVIRONMENT, "Description": "\x01"}, VALIDATION),
        ("CreateEnvironment", {**ENVIRONMENT, "CNAMEPrefix": "a/b.c"}, VALUE),
        *[("CreateEnvironment", {**ENVIRONMENT, **setting("MinSize", value)}, "ConfigurationValidationException")
          for value in (NINES, f"-{NINES}", "²", "", "1\n")],
        ("CreateEnvironment", {**ENVIRONMENT, **setting("A", "a\x01")}, VALIDATION),
        *[("CreateEnvironment", {**ENVIRONMENT, **matcher(value)}, "ConfigurationValidationException")
          for value in ("499-200", "200-199", "200,300-299", "2²0", "200-", "", "200-299-300")],
        ("DescribeEnvironments", {f"EnvironmentNames.member.{number}": "x" for number in range(1, 1002)}, VALIDATION),
        ("No\x01Such<Action>", {}, "InvalidAction"),
        ("", {}, "InvalidAction"),
    ],
)  # fmt: skip
def test_invalid_parameters_are_refused(
    shared: Server, odd: Any, action: str, parameters: dict[str, str], code: str
) -> None:
    answer = raw.query(shared.settings, {"Action": action, **parameters})
    assert (answer.status, answer.code) == (400, code)


def test_text_that_was_refused_breaks_no_later_answer(shared: Server, odd: Any) -> None:
    for name in ("a\x01", "\ufffe"):
        raw.query(shared.settings, {"Action": CREATE, "ApplicationName": name})
    assert "odd" in [application["ApplicationName"] for application in odd.describe_applications()["Applications"]]
    assert odd.describe_events()["Events"]


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("version", ["²", NINES, "", "a.b"])
def test_platform_versions_are_compared_with_any_text(shared: Server, operator: str, version: str) -> None:
    beanstalk = client_of(shared.settings, "elasticbeanstalk")
    terms = [{"Type": "PlatformVersion", "Operator": operator, "Values": [version]}]
    assert beanstalk.list_platform_versions(Filters=terms)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("body", [b"\xff\xfe", b"Action=%ff", b"&" * 1000, b"a=1&" * 20_000, b"=" * 100])
def test_invalid_form_is_refused(shared: Server, body: bytes) -> None:
    assert 400 <= raw.query(shared.settings, body).status < 500


def with_flag(content: bytes, flag: int) -> bytes:
    """A zip whose files have this flag or method in both of their headers."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[content.index(signature) + offset] |= flag
    return bytes(changed)


def with_method(content: bytes, method: int) -> bytes:
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        changed[content.index(signature) + offset] = method
    return bytes(changed)


def bomb() -> bytes:
    """A zip that states four gigabytes."""
    content = bytearray(bundle())
    position = content.index(b"PK\x01\x02") + 24
    content[position : position + 4] = b"\xfe\xff\xff\xff"
    return bytes(content)


def corrupt() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docker-compose.yml", "services: {}\n" * 1000)
    content = bytearray(buffer.getvalue())
    content[50:70] = b"\xff" * 20
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x05\x06" + b"\0" * 18,
        with_flag(bundle(), 1),
        *[with_method(bundle(), method) for method in (8, 9, 12, 14, 99)],
        bundle()[:-10],
        bundle()[:40],
        bomb(),
        corrupt(),
    ],
    ids=range(12),
)
def test_bundle_that_is_no_readable_zip_fails_its_processing(
    shared: Server, odd: Any, content: bytes, request: pytest.FixtureRequest
) -> None:
    [bucket] = [odd.create_storage_location()["S3Bucket"]]
    shared.boto("s3").put_object(Bucket=bucket, Key="odd.zip", Body=content)
    created = odd.create_application_version(
        ApplicationName="odd",
        VersionLabel=request.node.name,
        SourceBundle={"S3Bucket": bucket, "S3Key": "odd.zip"},
        Process=True,
    )
    assert created["ApplicationVersion"]["Status"] == "FAILED"


SIGNED = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20260101/us-east-1/s3/aws4_request&X-Amz-SignedHeaders=host"
)


@pytest.mark.parametrize("expires", ["%C2%B2", "%D9%A3", "", "0", "604801", NINES, "-1", "1.0", "x"])
def test_unsigned_lifetime_that_is_not_a_number_is_refused(shared: Server, expires: str) -> None:
    target = f"/b?{SIGNED}&X-Amz-Signature=0&X-Amz-Date=20260101T000000Z&X-Amz-Expires={expires}"
    answer = raw.send(shared.settings, "GET", target, b"", {})
    assert (answer.status, answer.code) == (400, "AuthorizationQueryParametersError")


@pytest.mark.parametrize("date", ["00010101T000000Z", "99991231T235959Z", "20260230T000000Z", "²", ""])
@pytest.mark.parametrize("target", ["/", "//[", "/?%ff"])
@pytest.mark.parametrize("host", ["127.0.0.1", "[", "a b", "é"])
def test_unsigned_request_is_refused_and_never_an_internal_failure(
    shared: Server, date: str, target: str, host: str
) -> None:
    credential = f"{shared.settings.access_key}/{date[:8] or 0}/us-east-1/s3/aws4_request"
    headers = {
        "Host": host.encode().decode("latin-1"),
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=0",
        "X-Amz-Date": date.encode().decode("latin-1"),
    }
    answer = raw.send(shared.settings, "GET", target, b"", headers)
    assert 400 <= answer.status < 500
    assert answer.code


def exchange(port: int, *chunks: bytes) -> bytes:
    """Send bytes until the server does not take more, and return its answer."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            for chunk in chunks:
                connection.sendall(chunk)
            connection.shutdown(socket.SHUT_WR)
        except ConnectionError:
            return answer
        while data := connection.recv(65536):
            answer += data
    return answer


CHUNKED = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nAuthorization: AWS4-HMAC-SHA256 "
    b"Credential=a/20260101/us-east-1/elasticbeanstalk/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n"
)


class Endless(io.RawIOBase):
    """A chunked body that never ends."""

    def __init__(self) -> None:
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.taken += len(buffer)
        return len(buffer)


def test_unsigned_chunked_body_is_read_up_to_the_limit_only(tmp_path: Path) -> None:
    body = Endless()
    head, _, _ = CHUNKED.decode().partition("\r\n\r\n")
    headers = dict(line.split(": ") for line in head.split("\r\n")[1:])
    request = Request.from_values("/", method="POST", headers=headers)
    environ = {**request.environ, "wsgi.input": body, "wsgi.input_terminated": True, "RAW_URI": "/"}
    with in_process(tmp_path / "cloud", FakeOperations("endless")) as running:
        environ.pop("CONTENT_LENGTH", None)
        status = run_wsgi_app(Application(running.cloud), environ)[1]
    assert status.startswith("413")
    assert body.taken <= 2 * FORM_MAX_BYTES


@pytest.mark.parametrize("chunk", [b"x\r\nabc\r\n", b"-5\r\nabc\r\n", b"5\r\nab"])
def test_invalid_chunk_is_refused(shared: Server, chunk: bytes) -> None:
    answer = exchange(shared.settings.port, CHUNKED, chunk)
    assert b" 400 " in answer.partition(b"\r\n")[0]


def test_idle_connections_end_and_give_their_places_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(connections, "CONNECTIONS", 3)
    with in_process(tmp_path / "cloud", FakeOperations("idle")) as running:
        idle = [socket.create_connection(("127.0.0.1", running.settings.port), timeout=60) for _ in range(9)]
        for connection, beginning in zip(
            idle, (b"", b"POST / HT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n") * 3, strict=True
        ):
            connection.sendall(beginning)
        assert running.boto("elasticbeanstalk").describe_applications()["Applications"] == []
        for connection in idle:
            while connection.recv(65536):
                pass
            connection.close()


def test_request_that_drips_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.5)
    with ExitStack() as open_ones:
        running = open_ones.enter_context(in_process(tmp_path / "cloud", FakeOperations("drips")))
        connection = socket.create_connection(("127.0.0.1", running.settings.port), timeout=0.05)
        open_ones.callback(connection.close)
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        ended = False
        while not ended:
            try:
                connection.sendall(b"x")
                ended = connection.recv(65536) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                ended = True


def test_options_of_a_valid_environment_are_still_accepted(shared: Server, odd: Any) -> None:
    created = odd.create_environment(
        ApplicationName="odd",
        EnvironmentName="oddly-fine",
        VersionLabel="v1",
        SolutionStackName=STACK,
        OptionSettings=[option("elasticbeanstalk:environment:process:default", "MatcherHTTPCode", "200-299,404")],
        Description="tab\tand line\n",
    )
    assert created["Description"] == "tab\tand line\n"
