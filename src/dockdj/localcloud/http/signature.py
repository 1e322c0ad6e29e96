"""Verification of Signature Version 4.

Botocore's signers recompute the signature over the request as it was received: the raw target, never a decoded path,
and the Host header as sent. Rules: "Signing AWS API requests" in the IAM user guide.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from dockdj.localcloud.api_error import ApiError

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=15)
PRESIGNED_MAX_SECONDS = 7 * 24 * 3600
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_HASH = sha256(b"").hexdigest()


@dataclass(frozen=True)
class Head:
    """A request without its body. `target` is the raw path and query. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Claim:
    """A request's own statement about its signature."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    lifetime: int | None
    """Seconds for which a presigned URL is valid; None for a signed header."""


def claim_of(head: Head) -> Claim:
    """Read the claim from the Authorization header or a presigned URL.

    Raises ApiError if the claim is missing or incomplete.
    """
    authorization = head.headers.get("authorization", "")
    query = {
        name: values[0] for name, values in parse_qs(head.target.partition("?")[2], keep_blank_values=True).items()
    }
    if authorization.startswith(ALGORITHM):
        fields = _fields(authorization.removeprefix(ALGORITHM))
        timestamp = head.headers.get("x-amz-date", "")
        lifetime = None
    elif query.get("X-Amz-Algorithm") == ALGORITHM:
        fields = {name: query.get(f"X-Amz-{name}", "") for name in ("Credential", "SignedHeaders", "Signature")}
        timestamp = query.get("X-Amz-Date", "")
        lifetime = _lifetime(query.get("X-Amz-Expires", ""))
    elif authorization or "Signature" in query:
        raise ApiError(
            "InvalidRequest", f"The authorization mechanism you have provided is not supported. Please use {ALGORITHM}."
        )
    else:
        raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    scope = fields.get("Credential", "").rsplit("/", 4)
    if len(scope) != 5 or scope[4] != "aws4_request" or not (fields.get("SignedHeaders") and fields.get("Signature")):
        raise ApiError("IncompleteSignature", "Authorization needs Credential, SignedHeaders and Signature.")
    return Claim(
        access_key=scope[0],
        date=scope[1],
        region=scope[2],
        service=scope[3],
        signed_headers=tuple(fields["SignedHeaders"].split(";")),
        signature=fields["Signature"],
        timestamp=timestamp,
        lifetime=lifetime,
    )


def check(head: Head, claim: Claim, credentials: Credentials, *, now: datetime, payload_hash: str) -> None:
    """Raise ApiError unless the claim is correct and recent.

    `payload_hash` is the body's SHA-256 as the sender states it; `check_body` compares it with the body.
    """
    if claim.access_key != credentials.access_key:
        raise ApiError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
    _check_time(claim, now)
    unsigned = [
        name
        for name in head.headers
        if (name.startswith("x-amz-") or name == "host") and name not in claim.signed_headers
    ]
    if unsigned:
        names = ", ".join(sorted(unsigned))
        raise ApiError("AccessDenied", f"There were headers present in the request which were not signed: {names}", 403)
    expected = signature(head, claim, credentials, payload_hash=payload_hash)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise ApiError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
            403,
        )


def signature(head: Head, claim: Claim, credentials: Credentials, *, payload_hash: str) -> str:
    """The correct signature of this request."""
    signer: Any = (_S3 if claim.service == "s3" else _Query)(
        credentials, claim.service, claim.region, claim.signed_headers
    )
    request = AWSRequest(
        method=head.method,
        url=f"http://{head.headers.get('host', '')}{without_signature(head.target)}",
        headers={**head.headers, "x-amz-content-sha256": payload_hash},
    )
    request.context["timestamp"] = claim.timestamp
    try:
        computed: str = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    except ValueError as error:
        raise ApiError("InvalidURI", "Couldn't parse the specified URI.") from error
    return computed


def check_body(payload_hash: str, body: bytes) -> None:
    """Raise ApiError if the body is not the signed one."""
    if payload_hash != UNSIGNED_PAYLOAD and sha256(body).hexdigest() != payload_hash:
        raise ApiError(
            "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."
        )


def chunk_signer(claim: Claim, credentials: Credentials) -> Callable[[str, str, bytes], str]:
    """A function that signs the parts of an aws-chunked body. See `chunked.Sign`."""
    signer = S3SigV4Auth(credentials, claim.service, claim.region)
    request = AWSRequest()
    request.context["timestamp"] = claim.timestamp
    scope = f"{claim.date}/{claim.region}/{claim.service}/aws4_request"

    def sign(kind: str, previous: str, content: bytes) -> str:
        middle = [EMPTY_HASH] if kind == "PAYLOAD" else []
        lines = (f"{ALGORITHM}-{kind}", claim.timestamp, scope, previous, *middle, sha256(content).hexdigest())
        return str(signer.signature("\n".join(lines), request))

    return sign


def without_signature(target: str) -> str:
    """The target of a presigned URL as it was signed, without its signature. Nothing is decoded."""
    path, mark, query = target.partition("?")
    signed = [pair for pair in query.split("&") if not pair.startswith("X-Amz-Signature=")]
    return path + mark + "&".join(signed)


def _check_time(claim: Claim, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(claim.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise ApiError("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header", 403) from error
    if not claim.timestamp.startswith(claim.date):
        raise ApiError(
            "SignatureDoesNotMatch", "Date in Credential scope does not match YYYYMMDD of the request's date.", 403
        )
    presigned = claim.lifetime is not None
    validity = SKEW if claim.lifetime is None else timedelta(seconds=claim.lifetime)
    # Differences of times cannot overflow; a time near the year 1 or 9999 plus a duration can.
    age = now - signed_at
    expired = age > validity
    if presigned and expired:
        raise ApiError("AccessDenied", "Request has expired", 403)
    if expired or -age > SKEW:
        raise ApiError(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403,
        )


def _lifetime(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text) or not 0 < int(text) <= PRESIGNED_MAX_SECONDS:
        raise ApiError("AuthorizationQueryParametersError", "X-Amz-Expires must be between 1 second and a week.")
    return int(text)


def _fields(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.split(","))
    return {name: value for name, _, value in pairs}


class _SignedHeadersOnly:
    """Mixin for botocore's signers: sign the headers that the sender signed, not botocore's choice."""

    def __init__(self, credentials: Credentials, service: str, region: str, names: tuple[str, ...]) -> None:
        super().__init__(credentials, service, region)  # type: ignore[call-arg]
        self._names = names

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name in self._names:
            headers[name] = request.headers.get(name, "")
        return headers


class _Query(_SignedHeadersOnly, SigV4Auth):
    pass


class _S3(_SignedHeadersOnly, S3SigV4Auth):
    pass
