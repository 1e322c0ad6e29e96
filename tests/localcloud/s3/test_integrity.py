"""Uploads whose checksum is wrong are refused; conditions and ranges decide what is written and read."""

from base64 import b64encode
from email.utils import formatdate
from hashlib import md5
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dockdj.localcloud.s3.checksums import ALGORITHMS
from tests.localcloud import raw
from tests.localcloud.running import Server

BUCKET = "integrity"
CONTENT = b"0123456789"
ETAG = md5(CONTENT, usedforsecurity=False).hexdigest()
CONTENTS = (b"x" * 5 * 1024 * 1024, b"end")
MULTIPART = {"COMPOSITE": "SHA256", "FULL_OBJECT": "CRC32"}
"""The algorithms of multipart uploads, by the type of their checksum."""


@pytest.fixture(scope="module")
def storage(shared: Server) -> Any:
    client = shared.boto("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="kept", Body=CONTENT)
    return client


def encoded(algorithm: str, content: bytes = CONTENT) -> str:
    digest = md5(content, usedforsecurity=False).digest() if algorithm == "MD5" else ALGORITHMS[algorithm](content)
    return b64encode(digest).decode()


def header(algorithm: str) -> str:
    return "Content-MD5" if algorithm == "MD5" else f"x-amz-checksum-{algorithm.lower()}"


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "MD5"])
def test_upload_with_a_wrong_checksum_is_refused(shared: Server, storage: Any, algorithm: str) -> None:
    target = f"/{BUCKET}/checked-{algorithm}"
    malformed = "InvalidDigest" if algorithm == "MD5" else "InvalidRequest"
    for value, code in ((encoded(algorithm, b"other"), "BadDigest"), ("AA==", malformed), ("no base64", malformed)):
        answer = raw.s3(shared.settings, "PUT", target, CONTENT, headers={header(algorithm): value})
        assert (answer.status, answer.code) == (400, code)
    assert raw.s3(shared.settings, "GET", target).status == 404
    answer = raw.s3(shared.settings, "PUT", target, CONTENT, headers={header(algorithm): encoded(algorithm)})
    assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {header("SHA1"): encoded("SHA1"), header("CRC32"): encoded("CRC32")},
        {"x-amz-sdk-checksum-algorithm": "MD4"},
        {"x-amz-sdk-checksum-algorithm": "SHA1", header("CRC32"): encoded("CRC32")},
        {"x-amz-checksum-md4": "AAAA"},
    ],
)
def test_contradicting_checksum_headers_are_refused(shared: Server, storage: Any, headers: dict[str, str]) -> None:
    answer = raw.s3(shared.settings, "PUT", f"/{BUCKET}/none", CONTENT, headers=headers)
    assert (answer.status, answer.code) == (400, "InvalidRequest")


def test_declared_checksums_are_computed_and_survive_a_restart(own: Server) -> None:
    own.boto("s3").create_bucket(Bucket=BUCKET)
    for algorithm in ALGORITHMS:
        headers = {"x-amz-sdk-checksum-algorithm": algorithm}
        assert raw.s3(own.settings, "PUT", f"/{BUCKET}/{algorithm}", CONTENT, headers=headers).status == 200
    for kind, algorithm in MULTIPART.items():
        storage = own.boto("s3")
        upload, parts = multipart(storage, kind, *CONTENTS, ChecksumAlgorithm=algorithm, ChecksumType=kind)
        complete(storage, kind, upload, parts)
    own.restart()
    again = own.boto("s3")
    for algorithm in ALGORITHMS:
        head = again.head_object(Bucket=BUCKET, Key=algorithm, ChecksumMode="ENABLED")
        assert (head[f"Checksum{algorithm}"], head["ChecksumType"]) == (encoded(algorithm), "FULL_OBJECT")
    for kind, algorithm in MULTIPART.items():
        head = again.head_object(Bucket=BUCKET, Key=kind, ChecksumMode="ENABLED")
        digests = b"".join(ALGORITHMS[algorithm](content) for content in CONTENTS)
        composite = f"{encoded(algorithm, digests)}-2"
        expected = composite if kind == "COMPOSITE" else encoded(algorithm, b"".join(CONTENTS))
        assert (head[f"Checksum{algorithm}"], head["ChecksumType"]) == (expected, kind)
        assert again.get_object(Bucket=BUCKET, Key=kind, ChecksumMode="ENABLED")["Body"].read() == b"".join(CONTENTS)


def test_upload_that_ends_with_a_wrong_checksum_is_not_completed(shared: Server, storage: Any) -> None:
    upload, parts = multipart(storage, "wrong", CONTENT, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    wrong = {"ChecksumCRC32": encoded("CRC32", b"other"), "ChecksumType": "FULL_OBJECT"}
    with pytest.raises(ClientError, match="BadDigest"):
        complete(storage, "wrong", upload, parts, **wrong)
    complete(storage, "wrong", upload, parts, ChecksumCRC32=encoded("CRC32"), ChecksumType="FULL_OBJECT")


def test_deletion_of_several_objects_with_a_wrong_checksum_deletes_none(shared: Server, storage: Any) -> None:
    body = b"<Delete><Object><Key>kept</Key></Object></Delete>"
    answer = raw.s3(shared.settings, "POST", f"/{BUCKET}?delete", body, headers={"Content-MD5": encoded("MD5")})
    assert (answer.status, answer.code) == (400, "BadDigest")
    assert storage.head_object(Bucket=BUCKET, Key="kept")["ContentLength"] == len(CONTENT)


def multipart(storage: Any, key: str, *contents: bytes, **options: Any) -> tuple[str, list[dict[str, Any]]]:
    upload = storage.create_multipart_upload(Bucket=BUCKET, Key=key, **options)["UploadId"]
    parts = []
    for number, content in enumerate(contents, 1):
        given = {"ChecksumAlgorithm": options["ChecksumAlgorithm"]} if "ChecksumAlgorithm" in options else {}
        part = storage.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=content, **given)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    return upload, parts


def complete(storage: Any, key: str, upload: str, parts: list[dict[str, Any]], **more: Any) -> Any:
    return storage.complete_multipart_upload(
        Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **more
    )


def test_part_with_a_wrong_checksum_and_parts_out_of_order_are_refused(shared: Server, storage: Any) -> None:
    upload, parts = multipart(storage, "parts", *CONTENTS)
    headers = {"Content-MD5": encoded("MD5", b"other")}
    answer = raw.s3(shared.settings, "PUT", f"/{BUCKET}/parts?partNumber=3&uploadId={upload}", b"z", headers=headers)
    assert answer.code == "BadDigest"
    for wrong in (parts[::-1], parts[:1] * 2):
        with pytest.raises(ClientError, match="InvalidPartOrder"):
            complete(storage, "parts", upload, wrong)
    with pytest.raises(ClientError, match="InvalidRequest"):
        storage.create_multipart_upload(
            Bucket=BUCKET, Key="parts", ChecksumAlgorithm="SHA1", ChecksumType="FULL_OBJECT"
        )


# Condition -> the status of GET, HEAD and PUT. `now` and `past` are dates, before and after the object's.
READS = [
    ({"If-Match": f'"{ETAG}"'}, 200),
    ({"If-Match": ETAG}, 200),
    ({"If-Match": f'"x", "{ETAG}"'}, 200),
    ({"If-Match": "*"}, 200),
    ({"If-Match": '"x"'}, 412),
    ({"If-None-Match": f'"{ETAG}"'}, 304),
    ({"If-None-Match": "*"}, 304),
    ({"If-None-Match": '"x"'}, 200),
    ({"If-Modified-Since": formatdate(4e9, usegmt=True)}, 304),
    ({"If-Modified-Since": formatdate(0, usegmt=True)}, 200),
    ({"If-Modified-Since": "yesterday"}, 200),
    ({"If-Unmodified-Since": formatdate(0, usegmt=True)}, 412),
    ({"If-Unmodified-Since": formatdate(4e9, usegmt=True)}, 200),
    ({"If-Match": f'"{ETAG}"', "If-Unmodified-Since": formatdate(0, usegmt=True)}, 200),
    ({"If-None-Match": '"x"', "If-Modified-Since": formatdate(4e9, usegmt=True)}, 200),
]


@pytest.mark.parametrize(("headers", "status"), READS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_condition_decides_what_a_read_returns(
    shared: Server, storage: Any, method: str, headers: dict[str, str], status: int
) -> None:
    answer = raw.s3(shared.settings, method, f"/{BUCKET}/kept", headers=headers)
    assert answer.status == status
    if method == "GET":
        assert answer.body == (CONTENT if status == 200 else b"") or answer.code == "PreconditionFailed"


WRITES = [
    ("kept", {"If-Match": f'"{ETAG}"'}, ""),
    ("kept", {"If-Match": '"x"'}, "PreconditionFailed"),
    ("kept", {"If-None-Match": "*"}, "PreconditionFailed"),
    ("kept", {"If-None-Match": f'"{ETAG}"'}, "NotImplemented"),
    ("kept", {"If-None-Match": "*", "If-Match": f'"{ETAG}"'}, "NotImplemented"),
    ("absent", {"If-Match": f'"{ETAG}"'}, "NoSuchKey"),
]


@pytest.mark.parametrize(("key", "headers", "code"), WRITES)
def test_condition_decides_what_is_written(
    shared: Server, storage: Any, key: str, headers: dict[str, str], code: str
) -> None:
    upload, parts = multipart(storage, key, CONTENT)
    part = f"<Part><PartNumber>1</PartNumber><ETag>{parts[0]['ETag']}</ETag></Part>"
    completion = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
    for method, query, body in (("PUT", "", CONTENT), ("POST", f"?uploadId={upload}", completion)):
        storage.put_object(Bucket=BUCKET, Key="kept", Body=CONTENT)
        answer = raw.s3(shared.settings, method, f"/{BUCKET}/{key}{query}", body, headers=headers)
        assert (answer.status == 200) == (not code)
        assert not code or answer.code == code


def test_condition_decides_what_is_deleted(shared: Server, storage: Any) -> None:
    storage.put_object(Bucket=BUCKET, Key="deleted", Body=CONTENT)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        storage.delete_object(Bucket=BUCKET, Key="deleted", IfMatch='"x"')
    storage.delete_object(Bucket=BUCKET, Key="deleted", IfMatch="*")
    with pytest.raises(ClientError, match="NoSuchKey"):
        storage.delete_object(Bucket=BUCKET, Key="deleted", IfMatch="*")


@pytest.mark.parametrize(
    ("text", "status", "content"),
    [
        ("bytes=0-0", 206, b"0"),
        ("bytes=8-", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=-3", 206, b"789"),
        ("bytes=-99", 206, CONTENT),
        ("bytes=0-", 206, CONTENT),
        ("bytes=5-2", 200, CONTENT),
        ("bytes=10-", 416, b""),
        ("bytes=-0", 416, b""),
    ],
)
def test_range_decides_what_is_read(shared: Server, storage: Any, text: str, status: int, content: bytes) -> None:
    answer = raw.s3(shared.settings, "GET", f"/{BUCKET}/kept", headers={"Range": text})
    assert answer.status == status
    assert answer.code == "InvalidRange" if status == 416 else answer.body == content
    assert raw.s3(shared.settings, "HEAD", f"/{BUCKET}/kept", headers={"Range": text}).status == status


@pytest.mark.parametrize(("etag", "status"), [(ETAG, 206), ("x", 200)])
def test_range_of_another_object_is_ignored(shared: Server, storage: Any, etag: str, status: int) -> None:
    headers = {"Range": "bytes=1-2", "If-Range": f'"{etag}"'}
    assert raw.s3(shared.settings, "GET", f"/{BUCKET}/kept", headers=headers).status == status
