"""The S3 operations that the local cloud supports: only those whose effect survives a restart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import parse_qs, unquote

from dockdj.localcloud.api_error import ApiError


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


@dataclass(frozen=True)
class S3Call:
    """The operation that a request's method, path and query select."""

    operation: str
    effect: Effect
    bucket: str
    key: str


def call_of(method: str, target: str) -> S3Call:
    """The operation of a path-style request with a raw `target`. Raises ApiError if it is unsupported."""
    path, _, query = target.partition("?")
    bucket, slash, key = path.removeprefix("/").partition("/")
    kind = "object" if slash and key else "bucket" if bucket else "service"
    parameters = parse_qs(query, keep_blank_values=True)
    subresource = next((name for name in SUBRESOURCES if name in parameters), "")
    if (kind, method, subresource) not in SUPPORTED:
        message = f"The local cloud has no S3 operation for {method} {kind} {subresource}".rstrip()
        raise ApiError("NotImplemented", message, 501)
    operation, effect = SUPPORTED[kind, method, subresource]
    return S3Call(operation, effect, unquote(bucket), unquote(key))
