"""Uploads in chunks: what SDKs stream is stored, and a body that was altered on its way is refused."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from zlib import crc32

import pytest
from botocore.credentials import Credentials

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.http import chunked
from dockdj.localcloud.http.chunked import Framing, decode
from dockdj.localcloud.http.signature import Claim, chunk_signer
from dockdj.localcloud.s3.checksums import ALGORITHMS
from tests.localcloud.http.chunks import SIGNED, SIGNED_WITH_TRAILER, UNSIGNED, Chunked
from tests.localcloud.running import Server

BUCKET = "chunked"
CHUNKS = (b"a" * 65536, b"b" * 8192, b"c")
CONTENT = b"".join(CHUNKS)
CRC32 = "x-amz-checksum-crc32"
KINDS = (UNSIGNED, SIGNED, SIGNED_WITH_TRAILER)


@pytest.fixture(scope="module")
def storage(shared: Server) -> Any:
    client = shared.boto("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def checksum(algorithm: str, content: bytes = CONTENT) -> str:
    return b64encode(ALGORITHMS[algorithm](content)).decode()


def upload(shared: Server, key: str, kind: str, *, length: int = len(CONTENT)) -> Chunked:
    trailer = "" if kind == SIGNED else CRC32
    request = Chunked(shared.settings, f"/{BUCKET}/{key}", kind, trailer=trailer, length=length)
    request.authorize()
    return request


def trailers(kind: str) -> dict[str, str]:
    return {} if kind == SIGNED else {CRC32: checksum("CRC32")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunks", [CHUNKS, ()])
def test_chunks_are_stored_as_one_object(shared: Server, storage: Any, kind: str, chunks: tuple[bytes, ...]) -> None:
    content = b"".join(chunks)
    request = upload(shared, "whole", kind, length=len(content))
    ends = {} if kind == SIGNED else {CRC32: b64encode(crc32(content).to_bytes(4, "big")).decode()}
    answer = request.send(request.body(chunks, ends))
    assert answer.status == 200, answer.body
    stored = storage.get_object(Bucket=BUCKET, Key="whole", ChecksumMode="ENABLED")
    assert stored["Body"].read() == content
    assert "ContentEncoding" not in stored
    assert stored.get("ChecksumCRC32") == ends.get(CRC32)


@pytest.mark.parametrize("algorithm", ["CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksum_after_the_chunks_is_verified(shared: Server, storage: Any, algorithm: str) -> None:
    name = f"x-amz-checksum-{algorithm.lower()}"
    for content, status in ((CONTENT, 200), (CONTENT + b"more", 400)):
        request = Chunked(shared.settings, f"/{BUCKET}/{algorithm}", UNSIGNED, trailer=name, length=len(CONTENT))
        request.authorize()
        answer = request.send(request.body(CHUNKS, {name: checksum(algorithm, content)}))
        assert (answer.status, answer.code if status == 400 else "") == (status, "BadDigest" if status == 400 else "")
    attributes = storage.get_object_attributes(Bucket=BUCKET, Key=algorithm, ObjectAttributes=["Checksum"])
    assert attributes["Checksum"][f"Checksum{algorithm}"] == checksum(algorithm)


def test_other_content_encoding_is_kept_and_a_chunked_transfer_is_read(shared: Server, storage: Any) -> None:
    request = Chunked(shared.settings, f"/{BUCKET}/gzip", UNSIGNED, trailer=CRC32, length=len(CONTENT))
    request.headers["content-encoding"] = "aws-chunked,gzip"
    request.authorize()
    framed = request.body(CHUNKS, {CRC32: checksum("CRC32")})
    request.headers |= {"Transfer-Encoding": "chunked", "Content-Length": ""}
    transferred = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (framed[:70000], framed[70000:], b""))
    answer = request.send(transferred)
    assert answer.status == 200, answer.body
    assert storage.head_object(Bucket=BUCKET, Key="gzip")["ContentEncoding"] == "gzip"


def in_chunk(body: bytes) -> bytes:
    return body.replace(b"b", b"x", 1) if b";chunk" not in body else body.replace(b"bbb", b"bxb", 1)


def in_signature(body: bytes) -> bytes:
    position = body.index(b";chunk-signature=", 60000) + 20
    return body[:position] + (b"0" if body[position : position + 1] != b"0" else b"1") + body[position + 1 :]


ALTERED: list[tuple[str, Callable[[bytes], bytes], str]] = [
    *((kind, lambda body: body[:-3], "IncompleteBody") for kind in (UNSIGNED, SIGNED_WITH_TRAILER)),
    *((kind, lambda body: body[:70000], "IncompleteBody") for kind in KINDS),
    *((kind, lambda body: b"", "IncompleteBody") for kind in KINDS),
    *((kind, lambda body: b"x" + body, "IncompleteBody") for kind in KINDS),
    *((kind, lambda body: body.replace(b"aaaa\r\n", b"aaaaa\r\n", 1), "IncompleteBody") for kind in KINDS),
    (UNSIGNED, in_chunk, "BadDigest"),
    (SIGNED, in_chunk, "SignatureDoesNotMatch"),
    (SIGNED_WITH_TRAILER, in_chunk, "SignatureDoesNotMatch"),
    (SIGNED, in_signature, "SignatureDoesNotMatch"),
    (SIGNED, lambda body: body.replace(b";chunk-signature=", b";chunk=", 1), "SignatureDoesNotMatch"),
    (SIGNED, lambda body: body + b"x-amz-checksum-crc32:AAAAAA==\r\n\r\n", "MalformedTrailerError"),
    (SIGNED_WITH_TRAILER, lambda body: body.replace(b"crc32:", b"crc32:A", 1), "SignatureDoesNotMatch"),
    (SIGNED_WITH_TRAILER, lambda body: body.replace(b"trailer-signature:", b"trailer-signature:0"),
     "SignatureDoesNotMatch"),
    (SIGNED_WITH_TRAILER, lambda body: body.replace(b"x-amz-trailer-signature", b"x-amz-trailer"),
     "MalformedTrailerError"),
    (UNSIGNED, lambda body: body.replace(b"x-amz-checksum-crc32:", b"x-amz-checksum-sha1:"), "MalformedTrailerError"),
    (UNSIGNED, lambda body: body.partition(b"x-amz-checksum")[0] + b"\r\n", "MalformedTrailerError"),
    (UNSIGNED, lambda body: body.replace(b"crc32:", b"crc32"), "MalformedTrailerError"),
    (UNSIGNED, lambda body: body + b"more", "MalformedTrailerError"),
    (UNSIGNED, lambda body: body.replace(b"crc32:", b"crc32:A"), "InvalidRequest"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "alter", "code"), ALTERED)
def test_altered_body_is_refused(
    shared: Server, storage: Any, kind: str, alter: Callable[[bytes], bytes], code: str
) -> None:
    request = upload(shared, "altered", kind)
    body = request.body(CHUNKS, trailers(kind))
    altered = alter(body)
    assert altered != body
    answer = request.send(altered)
    assert (answer.code, answer.status) == (code, 403 if code == "SignatureDoesNotMatch" else 400)
    assert "Contents" not in storage.list_objects_v2(Bucket=BUCKET, Prefix="altered")


def stated(shared: Server, kind: str, **changes: str) -> Chunked:
    """A request with other headers than its body needs."""
    request = Chunked(shared.settings, f"/{BUCKET}/altered", kind, trailer=CRC32, length=len(CONTENT))
    request.headers |= {name.replace("_", "-"): value for name, value in changes.items() if value}
    request.headers = {
        name: value for name, value in request.headers.items() if changes.get(name.replace("-", "_")) != ""
    }
    request.authorize()
    return request


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        (UNSIGNED, {"x_amz_decoded_content_length": "7"}, "IncompleteBody"),
        (UNSIGNED, {"x_amz_decoded_content_length": ""}, "MissingContentLength"),
        (UNSIGNED, {"x_amz_decoded_content_length": "-1"}, "MissingContentLength"),
        (UNSIGNED, {"x_amz_decoded_content_length": "9" * 18}, "EntityTooLarge"),
        (UNSIGNED, {"x_amz_trailer": ""}, "InvalidRequest"),
        (UNSIGNED, {"x_amz_trailer": "x-amz-acl"}, "InvalidRequest"),
        (UNSIGNED, {"x_amz_trailer": f"{CRC32},x-amz-checksum-sha1"}, "InvalidRequest"),
        (SIGNED, {}, "InvalidRequest"),
        ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", {}, "NotImplemented"),
    ],
)
def test_framing_that_contradicts_itself_is_refused(
    shared: Server, storage: Any, kind: str, changes: dict[str, str], code: str
) -> None:
    request = stated(shared, kind, **changes)
    assert request.send(request.body(CHUNKS, {CRC32: checksum("CRC32")})).code == code


def test_short_chunk_before_the_last_one_is_refused(shared: Server, storage: Any) -> None:
    request = upload(shared, "altered", SIGNED)
    answer = request.send(request.body((b"a" * 8191, CONTENT[8191:])))
    assert (answer.status, answer.code) == (403, "InvalidChunkSizeError")


# The signatures of the examples in the API reference, "Transferring payload in multiple chunks".
EXAMPLE = Claim("AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3", (), "", "20130524T000000Z", None)
SECRET = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
SEEDS = {
    SIGNED: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    SIGNED_WITH_TRAILER: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
}
SIGNATURES = {
    SIGNED: (
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ),
    SIGNED_WITH_TRAILER: (
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ),
}
TRAILER = (
    b"x-amz-checksum-crc32c:sOO8/Q==\n\r\n"
    b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
)


@pytest.mark.parametrize("kind", [SIGNED, SIGNED_WITH_TRAILER])
def test_example_of_the_api_reference_is_decoded(kind: str) -> None:
    names = ("x-amz-checksum-crc32c",) if kind == SIGNED_WITH_TRAILER else ()
    framing = Framing(kind, 66560, names, SEEDS[kind])
    body = b""
    for size, signature in zip((65536, 1024, 0), SIGNATURES[kind], strict=True):
        body += f"{size:x};chunk-signature={signature}\r\n".encode() + b"a" * size + (b"\r\n" if size else b"")
    body += TRAILER if names else b"\r\n"
    decoded = decode(body, framing, chunk_signer(EXAMPLE, SECRET))
    assert decoded.content == b"a" * 66560
    assert decoded.trailers == ({names[0]: checksum("CRC32C", decoded.content)} if names else {})


def test_endless_line_is_refused() -> None:
    framing = Framing(chunked.UNSIGNED, 1, (CRC32,), "")
    with pytest.raises(ApiError, match="terminated unexpectedly"):
        decode(b"1" * 10**7, framing, lambda *_: "")


def test_every_crc_has_the_check_value_of_its_specification() -> None:
    assert ALGORITHMS["CRC32C"](b"123456789").hex() == "e3069283"
    assert ALGORITHMS["CRC64NVME"](b"123456789").hex() == "ae8b14860a799888"
