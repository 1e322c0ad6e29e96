"""Render an API error in the service's own format (S3 XML or Query XML), with the service's own codes."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.http import query
from dockdj.localcloud.printable import printable
from dockdj.localcloud.secrets.requests import OPERATIONS

# The services report a broken signature with different codes.
QUERY_CODES = {
    "InvalidAccessKeyId": ("InvalidClientTokenId", "The security token included in the request is invalid."),
    "RequestTimeTooSkewed": (
        "SignatureDoesNotMatch",
        "Signature expired: the request's time is more than 15 minutes off.",
    ),
}
JSON_CODES = {
    "InvalidAccessKeyId": ("UnrecognizedClientException", "The security token included in the request is invalid."),
    "SignatureDoesNotMatch": ("InvalidSignatureException", "The request signature does not match."),
    "RequestTimeTooSkewed": ("InvalidSignatureException", "Signature expired."),
    "IncompleteSignature": ("IncompleteSignatureException", "Authorization needs Credential and Signature."),
}
S3_CODES = {
    "MissingAuthenticationToken": ("AccessDenied", "Access Denied"),
    "IncompleteSignature": ("AuthorizationHeaderMalformed", "The authorization header is malformed."),
}


def response(error: ApiError, service: str, request_id: str) -> Response:
    """The response for a refused request."""
    if service == "s3":
        code, message = S3_CODES.get(error.code, (error.code, error.message))
        body = (
            f"<Error><Code>{escape(code)}</Code><Message>{escape(printable(message))}</Message>"
            f"<RequestId>{request_id}</RequestId></Error>"
        )
        return Response(body, error.status, content_type="application/xml")
    if service in OPERATIONS:
        code, message = JSON_CODES.get(error.code, (error.code, error.message))
        document = {"__type": code, "message": printable(message)}
        return Response(json.dumps(document), error.status, content_type="application/x-amz-json-1.1")
    code, message = QUERY_CODES.get(error.code, (error.code, error.message))
    body = query.error_document(ApiError(code, message, error.status), request_id)
    return Response(body, error.status, content_type="text/xml")
