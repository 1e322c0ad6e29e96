"""Bodies of requests: complete, no larger than allowed, with the content that was signed, and no longer in chunks."""

from __future__ import annotations

from io import BytesIO

from moto.core.request import Request as MotoRequest
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.http import chunked, signature
from dockdj.localcloud.http.signature import Claim, Head
from dockdj.localcloud.s3.dispatch import variable

OBJECT_MAX_BYTES = 5 * 1024**3
FRAMING_MAX_BYTES = 1024 * 1024
"""The most that the lines around a short content may need."""
FRAMING_HEADERS = ("Content-Encoding", "Transfer-Encoding", "x-amz-trailer", "x-amz-decoded-content-length")


def payload_hash(head: Head, claim: Claim) -> str:
    """The body's hash as the S3 request states it. A presigned URL states none."""
    unsigned = signature.UNSIGNED_PAYLOAD if claim.lifetime is not None else ""
    return head.headers.get("x-amz-content-sha256") or unsigned


def _object(request: MotoRequest) -> bytes:
    """The body of an S3 request. Raises ApiError."""
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        raise ApiError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    if (request.content_length or 0) > OBJECT_MAX_BYTES:
        raise _too_large()
    return whole(request, OBJECT_MAX_BYTES)


def whole(request: MotoRequest, limit: int) -> bytes:
    """The whole body, however it is transferred. Raises ApiError if it is too large or incomplete."""
    # Werkzeug cuts a chunked body at its limit without an error.
    request.max_content_length = limit + 1
    too_large = ApiError("RequestEntityTooLarge", "The request is too large.", 413)
    try:
        body = bytes(request.get_data())
    except RequestEntityTooLarge as error:
        raise too_large from error
    except (HTTPException, OSError, ValueError) as error:
        raise ApiError("IncompleteBody", "The body of the request did not arrive completely.") from error
    if len(body) > limit:
        raise too_large
    return body


def with_object(request: MotoRequest, head: Head, claim: Claim, sign: chunked.Sign) -> MotoRequest:
    """An S3 request with its object as the body, and with the headers that follow an aws-chunked body.

    Raises ApiError if the body is not the signed one.
    """
    stated = payload_hash(head, claim)
    if not chunked.is_streaming(stated):
        signature.check_body(stated, _object(request))
        return request
    framing = chunked.framing_of(head.headers, stated, claim.signature)
    if framing.length > OBJECT_MAX_BYTES:
        raise _too_large()
    decoded = chunked.decode(whole(request, 2 * framing.length + FRAMING_MAX_BYTES), framing, sign)
    return _unframed(request, decoded)


def _unframed(request: MotoRequest, decoded: chunked.Decoded) -> MotoRequest:
    """The request as if its client had sent the content without chunks."""
    dropped = {*map(variable, FRAMING_HEADERS), "wsgi.input_terminated", "werkzeug.request"}
    environ = {name: value for name, value in request.environ.items() if name not in dropped}
    environ |= {"CONTENT_LENGTH": str(len(decoded.content)), "wsgi.input": BytesIO(decoded.content)}
    environ |= {variable(name): value for name, value in decoded.trailers.items()}
    encodings = [text.strip() for text in request.headers.get("Content-Encoding", "").split(",")]
    if others := [text for text in encodings if text not in ("", chunked.ENCODING)]:
        environ["HTTP_CONTENT_ENCODING"] = ",".join(others)
    return MotoRequest(environ)


def _too_large() -> ApiError:
    return ApiError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
