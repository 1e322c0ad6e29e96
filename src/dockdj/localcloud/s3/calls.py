"""The S3 operations that the local cloud supports: only those whose effect survives a restart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from urllib.parse import parse_qs

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.s3 import names
from dockdj.localcloud.s3.documents import PART_MAX


class Effect(Enum):
    """The effect of an operation on the stored buckets and objects."""

    NONE = auto()
    CREATE_BUCKET = auto()
    DELETE_BUCKET = auto()
    PUT_OBJECT = auto()
    DELETE_OBJECT = auto()
    DELETE_OBJECTS = auto()
    UPLOAD = auto()
    """Part of an unfinished multipart upload, which does not survive a restart."""


# (kind of path, method, subresource) -> (operation, effect)
SUPPORTED: dict[tuple[str, str, str], tuple[str, Effect]] = {
    ("service", "GET", ""): ("ListBuckets", Effect.NONE),
    ("bucket", "PUT", ""): ("CreateBucket", Effect.CREATE_BUCKET),
    ("bucket", "DELETE", ""): ("DeleteBucket", Effect.DELETE_BUCKET),
    ("bucket", "HEAD", ""): ("HeadBucket", Effect.NONE),
    ("bucket", "GET", ""): ("ListObjects", Effect.NONE),
    ("bucket", "GET", "location"): ("GetBucketLocation", Effect.NONE),
    ("bucket", "GET", "versioning"): ("GetBucketVersioning", Effect.NONE),
    ("bucket", "GET", "uploads"): ("ListMultipartUploads", Effect.NONE),
    ("bucket", "POST", "delete"): ("DeleteObjects", Effect.DELETE_OBJECTS),
    ("object", "GET", ""): ("GetObject", Effect.NONE),
    ("object", "HEAD", ""): ("HeadObject", Effect.NONE),
    ("object", "PUT", ""): ("PutObject", Effect.PUT_OBJECT),
    ("object", "DELETE", ""): ("DeleteObject", Effect.DELETE_OBJECT),
    ("object", "GET", "attributes"): ("GetObjectAttributes", Effect.NONE),
    ("object", "POST", "uploads"): ("CreateMultipartUpload", Effect.UPLOAD),
    ("object", "PUT", "uploadId"): ("UploadPart", Effect.UPLOAD),
    ("object", "GET", "uploadId"): ("ListParts", Effect.NONE),
    ("object", "DELETE", "uploadId"): ("AbortMultipartUpload", Effect.UPLOAD),
    ("object", "POST", "uploadId"): ("CompleteMultipartUpload", Effect.PUT_OBJECT),
}
# Query parameters that select another operation. All others (prefix, max-keys …) are ordinary parameters.
SUBRESOURCES = (
    *("accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption"),
    *("intelligent-tiering", "inventory"),
    *("legal-hold", "lifecycle", "location", "logging", "metrics", "notification", "object-lock", "ownershipControls"),
    *("policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select"),
    *("tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website"),
)


INTEGERS = ("max-keys", "max-buckets", "max-parts", "max-uploads", "part-number-marker", "partNumber")
"""Query parameters that are numbers."""
INTEGER_MAX = 2**31 - 1
RANGE = re.compile(r"bytes=(\d{1,18}-\d{0,18}|-\d{1,18})")


@dataclass(frozen=True)
class S3Call:
    """The operation that a request's method, host, path and query select."""

    operation: str
    effect: Effect
    bucket: str
    key: str
    upload_id: str = ""
    copy_source: tuple[str, str] | None = None
    """The bucket and the key of the object that a copy reads."""
    ranged: bool = False
    """The request has a Range that S3 understands; S3 ignores any other."""
    encoded: bool = False
    """The keys in the answer are URL-encoded."""


def call_of(method: str, target: str, headers: Mapping[str, str] = MappingProxyType({})) -> S3Call:
    """The operation of a request with a raw `target`. Header names are lower case.

    Raises ApiError if the operation is unsupported or a part of the request is invalid.
    """
    path, _, query = target.partition("?")
    bucket, rest = names.bucket_of_host(headers.get("host", "")), path.removeprefix("/")
    if not bucket:
        bucket, _, rest = rest.partition("/")
        bucket = names.decoded(bucket)
    key = names.decoded(rest)
    kind = "object" if key else "bucket" if bucket else "service"
    parameters = parse_qs(query, keep_blank_values=True)
    subresource = next((name for name in SUBRESOURCES if name in parameters), "")
    if (kind, method, subresource) not in SUPPORTED:
        message = f"The local cloud has no S3 operation for {method} {kind} {subresource}".rstrip()
        raise ApiError("NotImplemented", message, 501)
    operation, effect = SUPPORTED[kind, method, subresource]
    _check_parameters(operation, {name: values[0] for name, values in parameters.items()})
    return S3Call(
        operation,
        effect,
        bucket,
        key,
        upload_id=parameters.get("uploadId", [""])[0],
        copy_source=_copy_source(headers),
        ranged=RANGE.fullmatch(headers.get("range", "")) is not None,
        encoded="encoding-type" in parameters,
    )


def _check_parameters(operation: str, parameters: Mapping[str, str]) -> None:
    for name in INTEGERS:
        if name in parameters and not _is_integer(parameters[name]):
            raise _argument(f"Provided {name} not an integer or within integer range")
    if operation == "UploadPart" and not 1 <= int(parameters.get("partNumber", "0")) <= PART_MAX:
        raise _argument(f"Part number must be an integer between 1 and {PART_MAX}, inclusive")
    if parameters.get("encoding-type", "url") != "url":
        raise _argument("Invalid Encoding Method specified in Request")
    for name, value in parameters.items():
        if name.startswith("response-") and not re.fullmatch(r"[\x20-\x7e\xa0-\xff]*", value):
            raise _argument(f"Header value cannot be represented using ISO-8859-1: {name}")


def _is_integer(text: str) -> bool:
    return re.fullmatch("[0-9]{1,10}", text) is not None and int(text) <= INTEGER_MAX


def _copy_source(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """The object that a copy reads. Raises ApiError."""
    source = headers.get("x-amz-copy-source")
    if source is None:
        return None
    path, _, query = source.removeprefix("/").partition("?")
    bucket, _, key = path.partition("/")
    if not bucket or not key or query:
        raise _argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    return names.decoded(bucket), names.decoded(key)


def _argument(message: str) -> ApiError:
    return ApiError("InvalidArgument", message)
