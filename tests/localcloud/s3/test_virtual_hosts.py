"""Buckets before the host, as SDKs address them when the endpoint has a name."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.localcloud.running import Server


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Names below `localhost` are this machine, as where libnss-myhostname is installed."""
    resolve = socket.getaddrinfo

    def answer(host: Any, *arguments: Any, **named: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith("localhost") else host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    yield


@pytest.mark.usefixtures("resolved")
def test_boto3_finds_a_bucket_by_the_host(own: Server) -> None:
    endpoint = f"http://localhost:{own.settings.port}"
    storage = own.boto("s3", endpoint_url=endpoint, config={"s3": {"addressing_style": "virtual"}})
    requests: list[tuple[str, str]] = []

    def note(request: Any, **_: Any) -> None:
        requests.append((request.method, request.url.partition("?")[0]))

    storage.meta.events.register("before-send.s3", note)
    storage.create_bucket(Bucket="by-name")
    storage.put_object(Bucket="by-name", Key="a/b ü", Body=b"0123456789" * 1000)
    large = storage.create_multipart_upload(Bucket="by-name", Key="large")
    storage.abort_multipart_upload(Bucket="by-name", Key="large", UploadId=large["UploadId"])
    assert [item["Key"] for item in storage.list_objects_v2(Bucket="by-name")["Contents"]] == ["a/b ü"]
    url = storage.generate_presigned_url("get_object", Params={"Bucket": "by-name", "Key": "a/b ü"})
    host = f"by-name.localhost:{own.settings.port}"
    assert {address.split("/")[2] for _, address in requests} == {host}
    assert url.startswith(f"http://{host}/a/b")

    # The server has read the Host header: the bucket is there by its path, and the path contains no bucket.
    by_path = own.boto("s3")
    assert [bucket["Name"] for bucket in by_path.list_buckets()["Buckets"]] == ["by-name"]
    assert by_path.get_object(Bucket="by-name", Key="a/b ü")["ContentLength"] == 10000
    storage.delete_objects(Bucket="by-name", Delete={"Objects": [{"Key": "a/b ü"}]})
    storage.delete_bucket(Bucket="by-name")
    assert by_path.list_buckets()["Buckets"] == []
