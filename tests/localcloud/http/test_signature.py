"""Signatures: boto3's requests are accepted, altered ones are refused."""

import http.client
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.http import signature
from dockdj.localcloud.http.signature import Head
from tests.localcloud.running import Server

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture(scope="module", autouse=True)
def bucket(shared: Server) -> None:
    shared.boto("s3").create_bucket(Bucket="signed")


def send(running: Server, method: str, target: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(running.endpoint).netloc, timeout=120)
    connection.request(method, target, body=body, headers=headers)
    response = connection.getresponse()
    return response.status, response.read().decode()


def signed(running: Server, service: str, method: str, target: str, body: bytes, **extra: str) -> dict[str, str]:
    """The headers of a correctly signed request."""
    request = AWSRequest(method=method, url=running.endpoint + target, data=body, headers=dict(extra))
    credentials = Credentials(running.settings.access_key, running.settings.secret_key)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, "us-east-1").add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}


@pytest.mark.parametrize(
    "key", ["plain", "with space", "ü/ö", "a+b", "100%", "a//b", "a/../b", "~tilde", "q?x=1&y", "#"]
)
def test_objects_with_special_characters_in_their_keys_are_accepted(shared: Server, key: str) -> None:
    storage = shared.boto("s3")
    storage.put_object(Bucket="signed", Key=key, Body=key.encode())
    assert storage.get_object(Bucket="signed", Key=key)["Body"].read() == key.encode()
    assert key in [item["Key"] for item in storage.list_objects_v2(Bucket="signed", Prefix=key)["Contents"]]


@pytest.mark.parametrize(
    ("service", "code"), [("elasticbeanstalk", "SignatureDoesNotMatch"), ("s3", "SignatureDoesNotMatch")]
)
def test_wrong_secret_is_refused(shared: Server, service: str, code: str) -> None:
    client = shared.boto(service, aws_secret_access_key="wrong")
    with pytest.raises(ClientError) as refused:
        client.describe_applications() if service == "elasticbeanstalk" else client.list_buckets()
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize(
    ("service", "code"), [("elasticbeanstalk", "InvalidClientTokenId"), ("s3", "InvalidAccessKeyId")]
)
def test_unknown_access_key_is_refused(shared: Server, service: str, code: str) -> None:
    client = shared.boto(service, aws_access_key_id="AKIASOMEBODY")
    with pytest.raises(ClientError, match=code):
        client.describe_applications() if service == "elasticbeanstalk" else client.list_buckets()


def test_altered_form_is_refused(shared: Server) -> None:
    body = b"Action=DescribeApplications&Version=2010-12-01"
    headers = signed(shared, "elasticbeanstalk", "POST", "/", body, **{"Content-Type": FORM})
    assert send(shared, "POST", "/", body, headers)[0] == 200
    status, answer = send(shared, "POST", "/", body.replace(b"Describe", b"Destroys"), headers)
    assert (status, "SignatureDoesNotMatch" in answer) == (403, True)


def test_altered_object_is_refused_and_not_stored(shared: Server) -> None:
    headers = signed(shared, "s3", "PUT", "/signed/altered", b"good")
    status, answer = send(shared, "PUT", "/signed/altered", b"evil", headers)
    assert (status, "XAmzContentSHA256Mismatch" in answer) == (400, True)
    with pytest.raises(ClientError, match="404"):
        shared.boto("s3").head_object(Bucket="signed", Key="altered")


def test_altered_target_is_refused(shared: Server) -> None:
    headers = signed(shared, "s3", "GET", "/signed?prefix=a", b"")
    assert send(shared, "GET", "/signed?prefix=a", b"", headers)[0] == 200
    assert send(shared, "GET", "/signed?prefix=b", b"", headers)[0] == 403


def test_unsigned_amz_header_is_refused(shared: Server) -> None:
    headers = signed(shared, "s3", "PUT", "/signed/header", b"x")
    status, answer = send(shared, "PUT", "/signed/header", b"x", {**headers, "x-amz-meta-late": "1"})
    assert (status, "not signed: x-amz-meta-late" in answer) == (403, True)


def test_unsigned_request_is_refused(shared: Server) -> None:
    status, answer = send(shared, "POST", "/", b"Action=DescribeApplications", {"Content-Type": FORM})
    assert (status, "<Code>MissingAuthenticationToken</Code>" in answer) == (403, True)


def test_refused_upload_gets_an_answer(shared: Server) -> None:
    storage = shared.boto("s3", aws_secret_access_key="wrong")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        storage.put_object(Bucket="signed", Key="large", Body=b"x" * 20_000_000)


def test_altered_presigned_url_is_refused(shared: Server) -> None:
    storage = shared.boto("s3", config={"signature_version": "s3v4"})
    storage.put_object(Bucket="signed", Key="lent ü+", Body=b"lent")
    url = urlsplit(storage.generate_presigned_url("get_object", {"Bucket": "signed", "Key": "lent ü+"}, ExpiresIn=3600))
    target = f"{url.path}?{url.query}"
    assert send(shared, "GET", target, b"", {}) == (200, "lent")
    assert send(shared, "GET", target.replace("X-Amz-Expires=3600", "X-Amz-Expires=3601"), b"", {})[0] == 403
    assert send(shared, "PUT", target, b"x", {})[0] == 403


KEY = Credentials("key", "secret")
SIGNED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(0, None), (14.9, None), (-14.9, None), (15.1, "RequestTimeTooSkewed"), (-15.1, "RequestTimeTooSkewed")],
)
def test_clock_skew_beyond_fifteen_minutes_is_refused(
    monkeypatch: pytest.MonkeyPatch, minutes: float, code: str | None
) -> None:
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: SIGNED_AT.replace(tzinfo=None))
    request = AWSRequest("GET", "http://127.0.0.1:1/b/k", headers={"host": "127.0.0.1:1"})
    S3SigV4Auth(KEY, "s3", "us-east-1").add_auth(request)
    head = Head("GET", "/b/k", {name.lower(): value for name, value in request.headers.items()})
    now = SIGNED_AT + timedelta(minutes=minutes)
    refusal = None
    try:
        signature.check(head, signature.claim_of(head), KEY, now=now, payload_hash=sha256(b"").hexdigest())
    except ApiError as error:
        refusal = error.code
    assert refusal == code


def test_presigned_url_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.auth import S3SigV4QueryAuth

    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: SIGNED_AT.replace(tzinfo=None))
    request = AWSRequest("GET", "http://127.0.0.1:1/b/k")
    S3SigV4QueryAuth(KEY, "s3", "us-east-1", expires=60).add_auth(request)
    head = Head("GET", str(request.url).removeprefix("http://127.0.0.1:1"), {"host": "127.0.0.1:1"})
    claim, unsigned = signature.claim_of(head), signature.UNSIGNED_PAYLOAD
    signature.check(head, claim, KEY, now=SIGNED_AT + timedelta(seconds=59), payload_hash=unsigned)
    with pytest.raises(ApiError, match="expired"):
        signature.check(head, claim, KEY, now=SIGNED_AT + timedelta(seconds=61), payload_hash=unsigned)
