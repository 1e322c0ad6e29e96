"""The WSGI application: signature first, then the service that the signature names."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from moto.core.request import Request as MotoRequest
from werkzeug.wrappers import Response

from dockdj.errors import DockdjError
from dockdj.localcloud.api import ACTIONS
from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.http import control, error_response, query, signature
from dockdj.localcloud.http.client import PREFIX
from dockdj.localcloud.http.signature import Claim, Head

LONGEST_FORM = 2 * 1024 * 1024


@dataclass(frozen=True)
class Incoming:
    """A request as it came."""

    request: MotoRequest
    head: Head
    request_id: str


class Application:
    """One cloud behind HTTP. `stop` ends the server; who serves it says how."""

    stop: Callable[[], None]

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = MotoRequest(environ)
        target = environ.get("REQUEST_URI") or environ["RAW_URI"]
        headers = {name.lower(): value for name, value in request.headers.items()}
        incoming = Incoming(request, Head(request.method, target, headers), str(uuid.uuid4()))
        response = self._answer(incoming)
        response.headers["x-amzn-RequestId"] = response.headers["x-amz-request-id"] = incoming.request_id
        return response(environ, start_response)

    def _answer(self, incoming: Incoming) -> Response:
        if incoming.head.target.startswith(PREFIX):
            return control.answer(self._cloud, incoming.request, stop=self.stop)
        service = "elasticbeanstalk"
        try:
            claim = signature.claim_of(incoming.head)
            service = claim.service
            return self._serve(incoming, claim)
        except ApiError as error:
            return error_response.response(error, service, incoming.request_id)
        except DockdjError as error:
            refused = ApiError("ServiceUnavailable", f"Docker failed the local cloud: {error.message}", 503)
            return error_response.response(refused, service, incoming.request_id)
        except Exception:
            logging.exception("request %s broke", incoming.request_id)
            broken = ApiError(
                "InternalFailure", f"The local cloud broke; its log says why ({incoming.request_id}).", 500
            )
            return error_response.response(broken, service, incoming.request_id)

    def _serve(self, incoming: Incoming, claim: Claim) -> Response:
        if claim.service == "s3":
            self._check(incoming, claim, _payload_hash(incoming.head, claim))
            signature.check_body(_payload_hash(incoming.head, claim), incoming.request.get_data())
            return self._cloud.storage.answer(incoming.request, incoming.head.target)
        if claim.service != "elasticbeanstalk":
            raise ApiError("AccessDenied", f"The local cloud has no service {claim.service}.", 403)
        # The body's hash is signed and is in no header of a Query request: the body is read first, if it is small.
        if (incoming.request.content_length or 0) > LONGEST_FORM:
            raise ApiError("RequestEntityTooLarge", "The request is too large.", 413)
        body = incoming.request.get_data()
        self._check(incoming, claim, sha256(body).hexdigest())
        return self._act(incoming)

    def _check(self, incoming: Incoming, claim: Claim, payload_hash: str) -> None:
        kept = self._cloud.settings
        signature.check(
            incoming.head,
            claim,
            access_key=kept.access_key,
            secret_key=kept.secret_key,
            now=datetime.now(UTC),
            payload_hash=payload_hash,
        )

    def _act(self, incoming: Incoming) -> Response:
        form = incoming.request.values.to_dict()
        action = form.get("Action", "")
        given = query.parse(action, form)
        if action not in ACTIONS:
            raise ApiError("UnsupportedOperation", f"The local cloud does not implement {action}.")
        result = ACTIONS[action](self._cloud, Call(action, given, incoming.request_id))
        return Response(query.answer(action, result, incoming.request_id), content_type="text/xml")


def _payload_hash(head: Head, claim: Claim) -> str:
    """What an S3 request says its body's hash is; a presigned URL says nothing about its body."""
    return head.headers.get("x-amz-content-sha256") or (
        signature.UNSIGNED_PAYLOAD if claim.lifetime is not None else ""
    )
