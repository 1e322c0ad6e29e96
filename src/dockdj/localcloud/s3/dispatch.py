"""Dispatch to moto, which answers a call without deriving bucket and key from the request itself."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import quote

from moto.core.request import Request as MotoRequest
from moto.s3.responses import S3Response
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from dockdj.localcloud.s3.calls import S3Call
from dockdj.localcloud.s3.checksums import ALGORITHMS, DECLARED, PREFIX, Checksum

HOST = "127.0.0.1"


def variable(header: str) -> str:
    """The name of a header in a WSGI environment."""
    return f"HTTP_{header.upper().replace('-', '_')}"


# Moto would take them for something else, or compute with them once more, and has neither CRC32C nor CRC64NVME.
VERIFIED = (
    *map(variable, ("transfer-encoding", "x-amz-content-sha256", "x-moto-account-id", "x-amz-checksum-mode", DECLARED)),
    *map(variable, ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")),
    *(variable(PREFIX + algorithm) for algorithm in ALGORITHMS),
    "werkzeug.request",
)


class Uninterpreted(MotoRequest):
    """A request whose body is the object, even if its content type is that of a form."""

    want_form_data_parsed = False


class Addressed(S3Response):
    """Moto's answers to a call on this bucket and key of this backend."""

    def __init__(self, call: S3Call, backend: Any) -> None:
        super().__init__()
        self._call = call
        self._backend = backend

    @property
    def backend(self) -> Any:
        return self._backend

    @property
    def is_access_point(self) -> bool:
        return False

    def parse_bucket_name_from_url(self, request: Any, url: str) -> str:
        return self._call.bucket

    def parse_key_name(self) -> str:
        return self._call.key


def answer(request: MotoRequest, call: S3Call, backend: Any, region: str, checksum: Checksum | None = None) -> Response:
    """Moto's answer to a request whose signature, conditions and checksum are verified."""
    prepared = _prepared(request, call, region, checksum)
    responder = Addressed(call, backend)
    respond = responder.key_response if call.key else responder.bucket_response
    try:
        status, headers, body = respond(prepared, prepared.url, dict(prepared.headers))
    except HTTPException as error:
        return Response(error.get_body(), error.code, error.get_headers())
    # In a list, because werkzeug sets Content-Length from bytes, and the answer to HEAD has a length but no body.
    return Response([body.encode() if isinstance(body, str) else body], status, list(headers.items()))


def _prepared(request: MotoRequest, call: S3Call, region: str, checksum: Checksum | None) -> MotoRequest:
    """The request as moto needs it: path-style, verified, for this region, with its whole body."""
    body = b"" if call.operation == "CreateBucket" else request.get_data()
    path = quote(f"/{call.bucket}" + (f"/{call.key}" if call.key else ""))
    environ = {
        **request.environ,
        "HTTP_HOST": HOST,
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=verified/20260101/{region}/s3/aws4_request",
        "PATH_INFO": "/",
        "SCRIPT_NAME": "",
        "RAW_URI": path,
        "REQUEST_URI": path,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    for name in VERIFIED:
        environ.pop(name, None)
    if checksum and call.operation in ("PutObject", "UploadPart"):
        environ[variable(DECLARED)] = checksum.algorithm
        environ[variable(checksum.header)] = checksum.value
    if call.copy_source:
        environ["HTTP_X_AMZ_COPY_SOURCE"] = quote("/".join(("", *call.copy_source)))
    if not call.ranged:
        environ.pop("HTTP_RANGE", None)
    return Uninterpreted(environ)
