"""Parsers of requests to the local cloud. They refuse with the errors of the API, not with those of errors.py."""

from contextlib import suppress

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.http import chunked
from dockdj.localcloud.http.chunked import Framing
from dockdj.localcloud.s3 import checksums
from tests.fuzz.parsers import Parser

TRAILER = "x-amz-checksum-crc32"
SIGNATURE = "0" * 64
FRAMINGS = (
    Framing(chunked.UNSIGNED, 3, (TRAILER,), ""),
    Framing(chunked.SIGNED, 3, (), SIGNATURE),
    Framing(chunked.SIGNED_WITH_TRAILER, 3, (TRAILER,), SIGNATURE),
)
UNSIGNED = f"3\r\nabc\r\n0\r\n{TRAILER}:NSRBwg==\r\n\r\n".encode()
SIGNED = f"3;chunk-signature={SIGNATURE}\r\nabc\r\n0;chunk-signature={SIGNATURE}\r\n".encode()
SIGNED_TRAILER = f"{TRAILER}:NSRBwg==\r\nx-amz-trailer-signature:{SIGNATURE}\r\n\r\n".encode()


def _chunked(content: bytes) -> None:
    for framing in FRAMINGS:
        with suppress(ApiError):
            decoded = chunked.decode(content, framing, lambda *_: SIGNATURE)
            checksums.verified(decoded.trailers, decoded.content)


PARSERS = (Parser("aws-chunked body", _chunked, (UNSIGNED, SIGNED + b"\r\n", SIGNED + SIGNED_TRAILER)),)
