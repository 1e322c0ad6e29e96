"""S3 storage: every change that was answered with 2xx survives kill -9."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.request import Request as MotoRequest
from moto.s3.models import S3Backend

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.s3.calls import call_of
from dockdj.localcloud.s3.documents import Deletion, deletion
from dockdj.localcloud.s3.object_files import ObjectFiles, StoredObject
from dockdj.localcloud.s3.storage import Storage
from tests.localcloud.running import Server


def test_objects_survive_kill_9(own: Server) -> None:
    storage = own.boto("s3")
    storage.create_bucket(Bucket="kept")
    storage.put_object(Bucket="kept", Key="a ü.zip", Body=b"one", ContentType="application/zip", Metadata={"who": "me"})
    storage.put_object(Bucket="kept", Key="a ü.zip", Body=b"two", ContentType="application/zip", Metadata={"who": "me"})
    before = storage.get_object(Bucket="kept", Key="a ü.zip", ChecksumMode="ENABLED")
    own.restart()
    after = own.boto("s3").get_object(Bucket="kept", Key="a ü.zip", ChecksumMode="ENABLED")
    assert after["Body"].read() == b"two"
    for name in ("ETag", "ContentType", "Metadata", "LastModified", "ContentLength", "ChecksumCRC32"):
        assert after[name] == before[name], name


def test_deletions_survive_kill_9(own: Server) -> None:
    storage = own.boto("s3")
    for bucket in ("kept", "gone"):
        storage.create_bucket(Bucket=bucket)
    keys = [f"{number} & <{number}>" for number in range(4)]
    for key in keys:
        storage.put_object(Bucket="kept", Key=key, Body=b"x")
    storage.delete_object(Bucket="kept", Key=keys[0])
    storage.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": keys[1]}, {"Key": keys[2]}]})
    storage.delete_bucket(Bucket="gone")
    own.restart()
    again = own.boto("s3")
    assert [item["Key"] for item in again.list_objects_v2(Bucket="kept")["Contents"]] == [keys[3]]
    assert [bucket["Name"] for bucket in again.list_buckets()["Buckets"]] == ["kept"]


def test_copies_and_multipart_uploads_survive_kill_9(own: Server) -> None:
    storage = own.boto("s3")
    storage.create_bucket(Bucket="kept")
    upload = storage.create_multipart_upload(Bucket="kept", Key="large", Metadata={"a": "b"})["UploadId"]
    parts = []
    for number, content in enumerate((b"x" * 5 * 1024 * 1024, b"end"), 1):
        part = storage.upload_part(Bucket="kept", Key="large", UploadId=upload, PartNumber=number, Body=content)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    done = storage.complete_multipart_upload(
        Bucket="kept", Key="large", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    storage.copy_object(Bucket="kept", Key="copy", CopySource={"Bucket": "kept", "Key": "large"})
    own.restart()
    again = own.boto("s3")
    head = again.head_object(Bucket="kept", Key="large")
    assert (head["ETag"], head["ContentLength"], head["Metadata"]) == (done["ETag"], 5 * 1024 * 1024 + 3, {"a": "b"})
    assert again.get_object(Bucket="kept", Key="copy", Range="bytes=-4")["Body"].read() == b"xend"


def test_exactly_one_of_sixteen_conditional_writes_succeeds(shared: Server) -> None:
    shared.boto("s3").create_bucket(Bucket="locks")
    clients = [shared.boto("s3") for _ in range(16)]
    for round_number in range(5):
        barrier = Barrier(16)

        def write(number: int, key: str = f"lock-{round_number}", barrier: Barrier = barrier) -> str:
            barrier.wait()
            try:
                clients[number].put_object(Bucket="locks", Key=key, Body=str(number), IfNoneMatch="*")
            except ClientError as error:
                return str(error.response["Error"]["Code"])
            return str(number)

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(write, range(16)))
        winners = [answer for answer in answers if answer.isdigit()]
        assert len(winners) == 1
        assert answers.count("PreconditionFailed") == 15
        content = clients[0].get_object(Bucket="locks", Key=f"lock-{round_number}")["Body"].read().decode()
        assert [content] == winners


def test_concurrent_conditional_writes_are_serialised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Storage(tmp_path, account="123456789012", region="us-east-1")
    storage.create_bucket("slow")
    write = S3Backend.put_object

    def slow_write(*arguments: Any, **named: Any) -> Any:
        time.sleep(0.05)
        return write(*arguments, **named)

    monkeypatch.setattr(S3Backend, "put_object", slow_write)

    def put(body: bytes) -> int:
        headers = {"If-None-Match": "*", "Authorization": "checked before"}
        request = MotoRequest.from_primitives("PUT", "http://127.0.0.1:1/slow/lock", headers, body)
        try:
            return storage.answer(request, "/slow/lock").status_code
        except ApiError as error:
            return error.status

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(put, (b"1", b"2", b"3", b"4"))) == [200, 412, 412, 412]


def test_versioning_and_tags_are_refused(shared: Server) -> None:
    storage = shared.boto("s3")
    storage.create_bucket(Bucket="plain")
    with pytest.raises(ClientError, match="NotImplemented"):
        storage.put_bucket_versioning(Bucket="plain", VersioningConfiguration={"Status": "Enabled"})
    with pytest.raises(ClientError, match="NotImplemented"):
        storage.put_object(Bucket="plain", Key="k", Body=b"", Tagging="a=b")


def test_missing_object_and_missing_bucket_are_reported(shared: Server) -> None:
    storage = shared.boto("s3")
    storage.create_bucket(Bucket="empty")
    with pytest.raises(ClientError, match="NoSuchKey"):
        storage.get_object(Bucket="empty", Key="k")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        storage.put_object(Bucket="nowhere", Key="k", Body=b"")


@pytest.mark.parametrize(
    ("method", "target", "operation"),
    [
        ("GET", "/", "ListBuckets"),
        ("PUT", "/b", "CreateBucket"),
        ("PUT", "/b/", "CreateBucket"),
        ("GET", "/b?list-type=2&prefix=uploads", "ListObjects"),
        ("PUT", "/b/k?partNumber=1&uploadId=x", "UploadPart"),
        ("POST", "/b/k?uploads", "CreateMultipartUpload"),
        ("POST", "/b?delete", "DeleteObjects"),
        ("GET", "/b/a%2Fb?x-id=GetObject", "GetObject"),
    ],
)
def test_method_and_target_select_the_operation(method: str, target: str, operation: str) -> None:
    assert call_of(method, target).operation == operation


@pytest.mark.parametrize("target", ["/b?versioning", "/b/k?acl", "/b/k?tagging", "/b?lifecycle"])
def test_unsupported_subresources_are_refused(target: str) -> None:
    with pytest.raises(ApiError):
        call_of("PUT", target)


def test_killed_write_keeps_the_former_object(tmp_path: Path) -> None:
    files = ObjectFiles(tmp_path)
    files.create_bucket("bucket")
    files.put("bucket", StoredObject(key="k", etag="1", modified=1.0), b"whole")
    (tmp_path / "bucket" / ".writing-1").write_bytes(b"ha")
    assert [(stored.key, content) for stored, content in ObjectFiles(tmp_path).objects("bucket")] == [("k", b"whole")]
    assert not list(tmp_path.glob("bucket/.writing-*"))


def test_keys_to_delete_are_unescaped() -> None:
    body = b"<Delete><Quiet>true</Quiet><Object><Key>a &amp; &lt;b&gt;</Key></Object>"
    body += b"<Object><Key> </Key></Object></Delete>"
    assert deletion(body) == Deletion(("a & <b>", " "), quiet=True)
