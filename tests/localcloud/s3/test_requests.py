"""Requests that name buckets and keys in unusual ways, and invalid ones."""

import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dockdj.localcloud.s3.object_files import ObjectFiles
from tests.localcloud import raw
from tests.localcloud.running import Server

BUCKET = "unusual"
UNUSUAL_KEYS = [
    "..",
    "../../pwn",
    "a/../b",
    "/",
    "//",
    "a//b",
    "/begins",
    "ends/",
    "a",
    "a/b",
    "a/b/c",
    ".",
    "./x",
    "x" * 1024,
    "ü" * 512,
    "%2F",
    "a%2fb",
    "a+b c",
    "?#&=;",
    "\x01\x1f\x7f",
    "nul\x00",
    "tab\tline\n",
    "\ufffe",
    "😀",
    "CON",
    "a:b\\c",
    "k" * 300,
]


@pytest.fixture(scope="module")
def storage(shared: Server) -> Any:
    client = shared.boto("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def test_every_key_that_s3_allows_is_stored_listed_copied_and_deleted(own: Server) -> None:
    storage = own.boto("s3")
    storage.create_bucket(Bucket=BUCKET)
    files_before = folders(own.folder)
    for number, key in enumerate(UNUSUAL_KEYS):
        storage.put_object(Bucket=BUCKET, Key=key, Body=str(number).encode())
    assert folders(own.folder) == files_before
    own.restart()
    storage = own.boto("s3")
    assert sorted(item["Key"] for item in storage.list_objects_v2(Bucket=BUCKET)["Contents"]) == sorted(UNUSUAL_KEYS)
    for number, key in enumerate(UNUSUAL_KEYS):
        assert storage.get_object(Bucket=BUCKET, Key=key)["Body"].read() == str(number).encode(), key
        storage.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": key})
        assert storage.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == str(number).encode(), key
    deletable = [key for key in UNUSUAL_KEYS if key.isprintable()]
    storage.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in deletable]})
    for key in set(UNUSUAL_KEYS) - set(deletable) | {"copy"}:
        storage.delete_object(Bucket=BUCKET, Key=key)
    assert "Contents" not in storage.list_objects_v2(Bucket=BUCKET)
    storage.delete_bucket(Bucket=BUCKET)
    assert list((own.folder / "s3").iterdir()) == []


def folders(root: Path) -> list[str]:
    return sorted(folder for folder, _, _ in os.walk(root))


def test_list_without_url_encoding_is_xml_even_with_control_characters(own: Server) -> None:
    own.boto("s3").create_bucket(Bucket=BUCKET)
    own.boto("s3").put_object(Bucket=BUCKET, Key="a\x01<b", Body=b"")
    answer = raw.s3(own.settings, "GET", f"/{BUCKET}?list-type=2")
    assert b"<Key>a&#x1;&lt;b</Key>" in answer.body


@pytest.mark.parametrize("domain", ["localhost", "127.0.0.1", "s3.amazonaws.com", "s3.us-east-1.amazonaws.com"])
def test_bucket_before_the_host_is_used(shared: Server, storage: Any, domain: str) -> None:
    for suffix in ("", f":{shared.settings.port}"):
        key = f"mykey-{domain}{suffix}".replace(":", "-")
        host = f"{BUCKET}.{domain}{suffix}"
        assert raw.s3(shared.settings, "PUT", f"/{key}", b"body", host=host).status == 200
        assert storage.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"body"
        assert raw.s3(shared.settings, "GET", f"/{key}", host=host).body == b"body"
        assert f"<Key>{key}</Key>".encode() in raw.s3(shared.settings, "GET", "/", host=host).body
        assert raw.s3(shared.settings, "DELETE", f"/{key}", host=host).status == 204


def test_bucket_is_created_and_deleted_by_its_host(own: Server) -> None:
    assert raw.s3(own.settings, "PUT", "/", host="by-host.localhost").status == 200
    assert raw.s3(own.settings, "PUT", "/k", b"k", host="by-host.localhost").status == 200
    own.restart()
    assert own.boto("s3").get_object(Bucket="by-host", Key="k")["Body"].read() == b"k"
    assert raw.s3(own.settings, "DELETE", "/k", host="by-host.localhost").status == 204
    assert raw.s3(own.settings, "DELETE", "/", host="by-host.localhost").status == 204
    assert own.boto("s3").list_buckets()["Buckets"] == []


DTD = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
NO_UPLOAD = "partNumber=1&uploadId=none"
INVALID = [
    ("PUT", "/mykey", "abc.localhost", b"", 404, "NoSuchBucket"),
    ("PUT", "/k", "abc.localhost", b"", 404, "NoSuchBucket"),
    ("PUT", "/abc%2f..%2f..%2fpwn", "", b"", 400, "InvalidBucketName"),
    ("PUT", "/abc%2f..%2f..%2fpwn/k", "", b"x", 400, "InvalidBucketName"),
    ("PUT", "/..", "", b"", 400, "InvalidBucketName"),
    ("PUT", "/%00ab", "", b"", 400, "InvalidBucketName"),
    ("PUT", "/.writing-1", "", b"", 400, "InvalidBucketName"),
    ("PUT", "/k", "..%2fpwn.localhost", b"", 400, "InvalidBucketName"),
    ("GET", "/Upper", "", b"", 400, "InvalidBucketName"),
    ("PUT", "/ab", "", b"", 400, "InvalidBucketName"),
    ("PUT", f"/{'x' * 64}", "", b"", 400, "InvalidBucketName"),
    ("PUT", "/192.168.1.1", "", b"", 400, "InvalidBucketName"),
    ("PUT", "/a..b", "", b"", 400, "InvalidBucketName"),
    ("PUT", "/xn--abc", "", b"", 400, "InvalidBucketName"),
    ("PUT", f"/{BUCKET}/%ff", "", b"x", 400, "InvalidURI"),
    ("PUT", "/%ff", "", b"", 400, "InvalidURI"),
    ("PUT", f"/{BUCKET}/{'x' * 1025}", "", b"", 400, "KeyTooLongError"),
    ("GET", f"/{BUCKET}/{'x' * 1025}", "", b"", 400, "KeyTooLongError"),
    ("GET", f"/{BUCKET}/none", "", b"", 404, "NoSuchKey"),
    ("GET", "/no-such-bucket", "", b"", 404, "NoSuchBucket"),
    ("DELETE", "/no-such-bucket/k", "", b"", 404, "NoSuchBucket"),
    ("POST", "/no-such-bucket?delete", "", b"<Delete/>", 404, "NoSuchBucket"),
    ("POST", f"/{BUCKET}?delete", "", b"", 400, "MalformedXML"),
    ("POST", f"/{BUCKET}?delete", "", b"<Delete", 400, "MalformedXML"),
    ("POST", f"/{BUCKET}?delete", "", b"\xff\xfe<", 400, "MalformedXML"),
    ("POST", f"/{BUCKET}?delete", "", b"<Delete></Delete>", 400, "MalformedXML"),
    ("POST", f"/{BUCKET}?delete", "", b"<Other><Object><Key>a</Key></Object></Other>", 400, "MalformedXML"),
    ("POST", f"/{BUCKET}?delete", "", b"<Delete><Object/></Delete>", 400, "MalformedXML"),
    ("POST", f"/{BUCKET}?delete", "", b"<Delete><Object>a</Object></Delete>", 400, "MalformedXML"),
    ("POST", f"/{BUCKET}?delete", "", DTD + b"<Delete><Object><Key>&b;</Key></Object></Delete>", 400, "MalformedXML"),
    ("POST", f"/{BUCKET}?delete", "", b'<?xml version="1.0" encoding="none"?><Delete/>', 400, "MalformedXML"),
    ("POST", f"/{BUCKET}?delete", "", b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>", 400,
     "MalformedXML"),
    ("PUT", "/malformed-body", "", b"<CreateBucket", 400, "MalformedXML"),
    ("PUT", "/malformed-body", "", DTD + b"<CreateBucketConfiguration/>", 400, "MalformedXML"),
    ("PUT", f"/{BUCKET}/k?{NO_UPLOAD}", "", b"x", 404, "NoSuchUpload"),
    ("GET", f"/{BUCKET}/k?uploadId=none", "", b"", 404, "NoSuchUpload"),
    ("DELETE", f"/{BUCKET}/k?uploadId=none", "", b"", 404, "NoSuchUpload"),
    ("POST", f"/{BUCKET}/k?uploadId=none", "", b"<CompleteMultipartUpload/>", 404, "NoSuchUpload"),
    ("PUT", f"/no-such-bucket/k?{NO_UPLOAD}", "", b"x", 404, "NoSuchBucket"),
    ("PUT", f"/{BUCKET}/k?partNumber=x&uploadId=none", "", b"x", 400, "InvalidArgument"),
    ("PUT", f"/{BUCKET}/k?partNumber=%C2%B2&uploadId=none", "", b"x", 400, "InvalidArgument"),
    ("PUT", f"/{BUCKET}/k?partNumber=0&uploadId=none", "", b"x", 400, "InvalidArgument"),
    ("PUT", f"/{BUCKET}/k?uploadId=none", "", b"x", 400, "InvalidArgument"),
    ("GET", f"/{BUCKET}?max-keys=x", "", b"", 400, "InvalidArgument"),
    ("GET", f"/{BUCKET}?max-keys={'9' * 5000}", "", b"", 400, "InvalidArgument"),
    ("GET", f"/{BUCKET}?list-type=2&max-keys=-1", "", b"", 400, "InvalidArgument"),
    ("GET", f"/{BUCKET}?encoding-type=none", "", b"", 400, "InvalidArgument"),
    ("GET", f"/{BUCKET}/kept?response-content-type=a%0d%0aX:b", "", b"", 400, "InvalidArgument"),
    ("PATCH", f"/{BUCKET}/k", "", b"", 501, "NotImplemented"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "target", "host", "body", "status", "code"), INVALID)
def test_invalid_request_is_refused_as_s3_does(
    shared: Server, storage: Any, method: str, target: str, host: str, body: bytes, status: int, code: str
) -> None:
    before = folders(shared.folder)
    answer = raw.s3(shared.settings, method, target, body, host=host)
    assert (answer.status, answer.code) == (status, code)
    assert folders(shared.folder) == before


@pytest.mark.parametrize("source", ["", "/", "none", "/none/", f"{BUCKET}/k?versionId=1", "/%ff/k"])
def test_invalid_copy_source_is_refused(shared: Server, storage: Any, source: str) -> None:
    answer = raw.s3(shared.settings, "PUT", f"/{BUCKET}/copy", headers={"x-amz-copy-source": source})
    assert (answer.status, answer.code in ("InvalidArgument", "InvalidURI")) == (400, True)


@pytest.mark.parametrize(("source", "code"), [("none-such/k", "NoSuchBucket"), (f"{BUCKET}/none", "NoSuchKey")])
def test_missing_copy_source_is_reported(shared: Server, storage: Any, source: str, code: str) -> None:
    answer = raw.s3(shared.settings, "PUT", f"/{BUCKET}/copy", headers={"x-amz-copy-source": source})
    assert (answer.status, answer.code) == (404, code)


@pytest.mark.parametrize("value", ["bytes=x-y", "bytes", "lines=1-2", "bytes=1-2,4-5", "bytes=²-3", "=", "bytes=-"])
def test_range_that_s3_does_not_understand_is_ignored(shared: Server, storage: Any, value: str) -> None:
    storage.put_object(Bucket=BUCKET, Key="kept", Body=b"0123456789")
    answer = raw.s3(shared.settings, "GET", f"/{BUCKET}/kept", headers={"Range": value.encode().decode("latin-1")})
    assert (answer.status, answer.body) == (200, b"0123456789")


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"]
)
def test_object_whose_content_is_a_form_is_stored_as_it_is(shared: Server, storage: Any, content_type: str) -> None:
    head = b'Content-Disposition: form-data; name="file"; filename="f"'
    body = b"key=other&file=content\r\n--b\r\n" + head + b"\r\n\r\nx\r\n--b--\r\n"
    storage.put_object(Bucket=BUCKET, Key="form", Body=body, ContentType=content_type)
    assert storage.get_object(Bucket=BUCKET, Key="form")["Body"].read() == body


def test_upload_of_another_key_is_not_completed(shared: Server, storage: Any) -> None:
    upload = storage.create_multipart_upload(Bucket=BUCKET, Key="one")["UploadId"]
    part = storage.upload_part(Bucket=BUCKET, Key="one", UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    with pytest.raises(ClientError, match="NoSuchUpload"):
        storage.complete_multipart_upload(Bucket=BUCKET, Key="other", UploadId=upload, MultipartUpload=parts)


def test_deletion_reports_each_invalid_key_and_deletes_the_others(shared: Server, storage: Any) -> None:
    storage.put_object(Bucket=BUCKET, Key="good", Body=b"")
    body = f"<Delete><Object><Key>{'x' * 1025}</Key></Object><Object><Key>good</Key></Object></Delete>".encode()
    answer = raw.s3(shared.settings, "POST", f"/{BUCKET}?delete", body)
    assert (answer.status, answer.code) == (200, "KeyTooLongError")
    assert b"<Deleted><Key>good</Key></Deleted>" in answer.body


def test_what_is_no_bucket_and_no_object_does_not_prevent_the_start(tmp_path: Path) -> None:
    files = ObjectFiles(tmp_path)
    files.create_bucket("kept")
    for name in ("k", "Upper", "..x", "a" * 64):
        (tmp_path / name).mkdir()
    (tmp_path / "file").write_text("x")
    for name in ("k", "0" * 64, "f" * 64):
        (tmp_path / "kept" / name).write_bytes(b"{}\n" if name[0] == "f" else b"\xff")
    (tmp_path / "kept" / ("e" * 64)).mkdir()
    (tmp_path / "kept" / ("d" * 64)).write_bytes(b'{"key": "k", "etag": "1", "modified": 1.0}\n')
    assert ObjectFiles(tmp_path).buckets() == ["kept"]
    assert list(ObjectFiles(tmp_path).objects("kept")) == []
