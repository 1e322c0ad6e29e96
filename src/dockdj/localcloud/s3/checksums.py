"""Checksums that a request states about its body.

Rules: "Checking object integrity for data uploads in Amazon S3" in the user guide.
"""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5, sha1, sha256

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.s3.crc import CRC32C, CRC64NVME

PREFIX = "x-amz-checksum-"
COMPOSITE, FULL_OBJECT = "COMPOSITE", "FULL_OBJECT"
DECLARED = "x-amz-sdk-checksum-algorithm"
ALGORITHMS: Mapping[str, Callable[[bytes], bytes]] = {
    "CRC32": lambda content: zlib.crc32(content).to_bytes(4, "big"),
    "CRC32C": CRC32C.of,
    "CRC64NVME": CRC64NVME.of,
    "SHA1": lambda content: sha1(content, usedforsecurity=False).digest(),
    "SHA256": lambda content: sha256(content).digest(),
}
OTHERS = (f"{PREFIX}algorithm", f"{PREFIX}type", f"{PREFIX}mode")
"""Headers with the prefix that state no checksum."""


@dataclass(frozen=True)
class Checksum:
    """A checksum and its algorithm."""

    algorithm: str
    value: str
    """In base64; the number of parts follows a checksum of checksums, as in `AAAA==-2`."""

    @property
    def header(self) -> str:
        """The name of the header that states it."""
        return PREFIX + self.algorithm.lower()


def stated(headers: Mapping[str, str]) -> Checksum | None:
    """The checksum in the headers, whose names are lower case. Raises ApiError."""
    names = [name for name in headers if name.startswith(PREFIX) and name not in OTHERS]
    if len(names) > 1:
        raise _invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    declared = headers.get(DECLARED, "").upper()
    if declared and declared not in ALGORITHMS:
        known = ", ".join(ALGORITHMS)
        raise _invalid(
            f"Checksum algorithm provided is unsupported. Please try again with any of the valid types: [{known}]"
        )
    if not names:
        return None
    algorithm = names[0].removeprefix(PREFIX).upper()
    if algorithm not in ALGORITHMS:
        raise _invalid("The algorithm type you specified in x-amz-checksum- header is invalid.")
    if declared not in ("", algorithm):
        raise _invalid(f"Value for {DECLARED} header is invalid.")
    return Checksum(algorithm, headers[names[0]])


def verified(headers: Mapping[str, str], content: bytes) -> Checksum | None:
    """The checksum of a body: the stated one, or one of the algorithm that is declared. Raises ApiError."""
    check_md5(headers, content)
    checksum = stated(headers)
    if checksum:
        check(checksum, content)
        return checksum
    if declared := headers.get(DECLARED, "").upper():
        return of(declared, content)
    return None


def of(algorithm: str, content: bytes) -> Checksum:
    """The checksum of a content."""
    return Checksum(algorithm, b64encode(ALGORITHMS[algorithm](content)).decode())


def check(checksum: Checksum, content: bytes) -> None:
    """Raise ApiError unless a checksum is the content's."""
    actual = ALGORITHMS[checksum.algorithm](content)
    given = _decoded(checksum.value)
    if given is None or len(given) != len(actual):
        raise _invalid(f"Value for {checksum.header} header is invalid.")
    if given != actual:
        raise ApiError("BadDigest", f"The {checksum.algorithm} you specified did not match the calculated checksum.")


def of_parts(algorithm: str, kind: str | None, parts: Sequence[bytes]) -> Checksum:
    """The checksum of an object of several parts: of its content, or of the checksums of the parts (COMPOSITE)."""
    function = ALGORITHMS[algorithm]
    if (kind or default_type(algorithm)) != COMPOSITE:
        return of(algorithm, b"".join(parts))
    whole = b64encode(function(b"".join(function(part) for part in parts))).decode()
    return Checksum(algorithm, f"{whole}-{len(parts)}")


def default_type(algorithm: str) -> str:
    """The type of an object's checksum if the request names none."""
    return FULL_OBJECT if algorithm == "CRC64NVME" else COMPOSITE


def check_type(headers: Mapping[str, str]) -> None:
    """Raise ApiError if a multipart upload asks for a type of checksum that its algorithm does not have."""
    algorithm, kind = headers.get(f"{PREFIX}algorithm", "").upper(), headers.get(f"{PREFIX}type", "").upper()
    if algorithm and algorithm not in ALGORITHMS:
        raise _invalid("Checksum algorithm provided is unsupported.")
    if kind and not algorithm:
        raise _invalid(f"The {PREFIX}type header can only be used with the {PREFIX}algorithm header.")
    if kind not in ("", COMPOSITE, FULL_OBJECT):
        raise _invalid(f"Value for {PREFIX}type header is invalid.")
    if kind == (FULL_OBJECT if algorithm.startswith("SHA") else COMPOSITE if algorithm == "CRC64NVME" else "none"):
        text = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        raise _invalid(text)


def check_md5(headers: Mapping[str, str], content: bytes) -> None:
    """Raise ApiError unless Content-MD5 is the content's, if there is such a header."""
    text = headers.get("content-md5")
    if text is None:
        return
    digest = md5(content, usedforsecurity=False).digest()
    given = _decoded(text)
    if given is None or len(given) != len(digest):
        raise ApiError("InvalidDigest", "The Content-MD5 you specified was invalid.")
    if given != digest:
        raise ApiError("BadDigest", "The Content-MD5 you specified did not match what we received.")


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidRequest", message)
