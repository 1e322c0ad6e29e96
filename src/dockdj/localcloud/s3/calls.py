"""Which S3 operation a request is. Those that the local cloud cannot keep through a restart are not among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote

from dockdj.localcloud.api_error import ApiError

Effect = Literal["reads", "makes bucket", "drops bucket", "writes object", "drops object", "drops objects", "uploads"]

# (what the path names, method, subresource) -> (operation, effect)
KNOWN: dict[tuple[str, str, str], tuple[str, Effect]] = {
    ("service", "GET", ""): ("ListBuckets", "reads"),
    ("bucket", "PUT", ""): ("CreateBucket", "makes bucket"),
    ("bucket", "DELETE", ""): ("DeleteBucket", "drops bucket"),
    ("bucket", "HEAD", ""): ("HeadBucket", "reads"),
    ("bucket", "GET", ""): ("ListObjects", "reads"),
    ("bucket", "GET", "location"): ("GetBucketLocation", "reads"),
    ("bucket", "GET", "versioning"): ("GetBucketVersioning", "reads"),
    ("bucket", "GET", "uploads"): ("ListMultipartUploads", "reads"),
    ("bucket", "POST", "delete"): ("DeleteObjects", "drops objects"),
    ("object", "GET", ""): ("GetObject", "reads"),
    ("object", "HEAD", ""): ("HeadObject", "reads"),
    ("object", "PUT", ""): ("PutObject", "writes object"),
    ("object", "DELETE", ""): ("DeleteObject", "drops object"),
    ("object", "GET", "attributes"): ("GetObjectAttributes", "reads"),
    ("object", "POST", "uploads"): ("CreateMultipartUpload", "uploads"),
    ("object", "PUT", "uploadId"): ("UploadPart", "uploads"),
    ("object", "GET", "uploadId"): ("ListParts", "reads"),
    ("object", "DELETE", "uploadId"): ("AbortMultipartUpload", "uploads"),
    ("object", "POST", "uploadId"): ("CompleteMultipartUpload", "writes object"),
}
# Query parameters that make another operation of a request; all the rest (prefix, max-keys …) are mere parameters.
SUBRESOURCES = (
    *(
        "accelerate",
        "acl",
        "analytics",
        "attributes",
        "cors",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
    ),
    *("legal-hold", "lifecycle", "location", "logging", "metrics", "notification", "object-lock", "ownershipControls"),
    *("policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select"),
    *("tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website"),
)


@dataclass(frozen=True)
class S3Call:
    """An S3 request as far as its method, path and query tell."""

    operation: str
    effect: Effect
    bucket: str
    key: str


def call_of(method: str, target: str) -> S3Call:
    """The operation of a path-style request; `target` is raw. Raises ApiError for what is not kept here."""
    path, _, query = target.partition("?")
    bucket, slash, key = path.removeprefix("/").partition("/")
    named = "object" if slash and key else "bucket" if bucket else "service"
    asked = parse_qs(query, keep_blank_values=True)
    subresource = next((name for name in SUBRESOURCES if name in asked), "")
    if (named, method, subresource) not in KNOWN:
        raise ApiError(
            "NotImplemented", f"The local cloud has no S3 operation for {method} {named} {subresource}".rstrip(), 501
        )
    operation, effect = KNOWN[named, method, subresource]
    return S3Call(operation, effect, unquote(bucket), unquote(key))
