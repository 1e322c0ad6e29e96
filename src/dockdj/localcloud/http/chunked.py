"""Bodies in the content encoding aws-chunked: signed or unsigned chunks, and headers that follow them.

Format: "Signature calculations: transferring payload in multiple chunks" and "Including trailing headers" in the S3 API
reference.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dockdj.localcloud.api_error import ApiError

ENCODING = "aws-chunked"
PREFIX = "STREAMING-"
UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_WITH_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
CHUNK_MIN_BYTES = 8192
LINE_MAX_BYTES = 8192
SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
SIGNATURE = re.compile(rb";chunk-signature=([0-9a-f]{64})")
TRAILER_PREFIX = "x-amz-checksum-"
TRAILER_SIGNATURE = "x-amz-trailer-signature"

Sign = Callable[[str, str, bytes], str]
"""The signature of a content that follows an earlier signature; the first argument is the kind, PAYLOAD or TRAILER."""


@dataclass(frozen=True)
class Framing:
    """The properties of a body that the request states before it."""

    kind: str
    """The value of x-amz-content-sha256."""
    length: int
    """The length of the decoded content."""
    trailers: tuple[str, ...]
    """The names of the headers that follow the content, in lower case."""
    seed: str
    """The signature of the request, which the first chunk's signature follows."""

    @property
    def signed(self) -> bool:
        """Every chunk has a signature."""
        return self.kind != UNSIGNED


@dataclass(frozen=True)
class Decoded:
    """A decoded body."""

    content: bytes
    trailers: Mapping[str, str]


def is_streaming(payload_hash: str) -> bool:
    """Tell if the body of a request is in chunks."""
    return payload_hash.startswith(PREFIX)


def framing_of(headers: Mapping[str, str], payload_hash: str, signature: str) -> Framing:
    """The framing that a request states. Names of headers are lower case. Raises ApiError."""
    if payload_hash not in (UNSIGNED, SIGNED, SIGNED_WITH_TRAILER):
        raise ApiError("NotImplemented", f"The local cloud does not accept bodies of the kind {payload_hash}.", 501)
    length = headers.get("x-amz-decoded-content-length", "")
    if not re.fullmatch("[0-9]{1,18}", length):
        raise ApiError("MissingContentLength", "You must provide the x-amz-decoded-content-length HTTP header.", 411)
    names = tuple(name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip())
    if len(names) != (payload_hash != SIGNED):
        raise ApiError("InvalidRequest", f"The x-amz-trailer header does not fit {payload_hash}.")
    if not all(name.startswith(TRAILER_PREFIX) for name in names):
        raise ApiError("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
    return Framing(payload_hash, int(length), names, signature)


def decode(body: bytes, framing: Framing, sign: Sign) -> Decoded:
    """The content of a body, whose signatures and length are right, and its trailing headers. Raises ApiError."""
    content = bytearray()
    position, previous = 0, framing.seed
    short = False
    while True:
        line, position = _line(body, position)
        size, signature = _chunk_head(line, framing)
        chunk = body[position : position + size]
        if len(chunk) < size:
            raise _incomplete()
        if framing.signed:
            previous = _verified(sign("PAYLOAD", previous, chunk), signature)
        position += size
        if not size:
            break
        if short:
            message = "Only the last chunk is allowed to have a size less than 8192 bytes"
            raise ApiError("InvalidChunkSizeError", message, 403)
        short = size < CHUNK_MIN_BYTES
        content += chunk
        position = _after_line_end(body, position)
    if len(content) != framing.length:
        message = "You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header."
        raise ApiError("IncompleteBody", message)
    return Decoded(bytes(content), _trailers(body, position, framing, sign, previous))


def _chunk_head(line: bytes, framing: Framing) -> tuple[int, str]:
    """The size and the signature in the first line of a chunk; the signature is empty in unsigned ones."""
    size = SIZE.match(line)
    if not size:
        raise _incomplete()
    rest = line[size.end() :]
    signature = SIGNATURE.fullmatch(rest)
    if framing.signed:
        if not signature:
            raise _wrong_signature()
        return int(size[0], 16), signature[1].decode()
    if rest:
        raise _incomplete()
    return int(size[0], 16), ""


def _trailers(body: bytes, position: int, framing: Framing, sign: Sign, previous: str) -> Mapping[str, str]:
    """The headers after the last chunk, which are those that the request announced. Raises ApiError."""
    if framing.kind == SIGNED:
        if body[position:] not in (b"", b"\r\n"):
            raise _malformed_trailer()
        return {}
    pairs: dict[str, str] = {}
    while True:
        line, position = _line(body, position)
        if not line:
            # The example in the API reference has an empty line before the signature.
            if framing.signed and TRAILER_SIGNATURE not in pairs and position < len(body):
                continue
            break
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or name.lower() in pairs:
            raise _malformed_trailer()
        pairs[name.lower()] = value.strip()
    signature = pairs.pop(TRAILER_SIGNATURE, "")
    if tuple(sorted(pairs)) != tuple(sorted(framing.trailers)) or body[position:].strip(b"\r\n"):
        raise _malformed_trailer()
    if framing.signed:
        canonical = "".join(f"{name}:{value}\n" for name, value in sorted(pairs.items()))
        _verified(sign("TRAILER", previous, canonical.encode()), signature)
    return pairs


def _line(body: bytes, position: int) -> tuple[bytes, int]:
    """The line that begins at a position, without its end, and the position after it."""
    end = body.find(b"\n", position, position + LINE_MAX_BYTES)
    if end < 0:
        raise _incomplete()
    return body[position:end].removesuffix(b"\r"), end + 1


def _after_line_end(body: bytes, position: int) -> int:
    if body[position : position + 2] != b"\r\n":
        raise _incomplete()
    return position + 2


def _verified(expected: str, given: str) -> str:
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise _wrong_signature()
    return expected


def _incomplete() -> ApiError:
    return ApiError("IncompleteBody", "The request body terminated unexpectedly")


def _malformed_trailer() -> ApiError:
    message = "The request contained trailing data that was not well-formed or did not conform to our published schema."
    return ApiError("MalformedTrailerError", message)


def _wrong_signature() -> ApiError:
    return ApiError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
        403,
    )
