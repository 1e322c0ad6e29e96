"""The WSGI application: verify the signature, then dispatch to the service that the signature names."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from moto.core.request import Request as MotoRequest
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from dockdj.errors import DockdjError
from dockdj.localcloud.api import ACTIONS
from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.http import bodies, error_response, query, signature
from dockdj.localcloud.http.signature import Claim, Head
from dockdj.localcloud.identity import policy
from dockdj.localcloud.identity.callers import Caller, caller_of
from dockdj.localcloud.s3.calls import call_of
from dockdj.localcloud.secrets.requests import OPERATIONS
from dockdj.localcloud.state.failure import StateFailed

FORM_MAX_BYTES = 2 * 1024 * 1024
FORM_MAX_FIELDS = 10_000


@dataclass(frozen=True)
class Incoming:
    """A request as it was received."""

    request: MotoRequest
    head: Head
    request_id: str


class Application:
    """One cloud behind HTTP."""

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
        service = "elasticbeanstalk"
        try:
            claim = signature.claim_of(incoming.head)
            service = claim.service
            return self._serve(incoming, claim)
        except ApiError as error:
            return error_response.response(error, service, incoming.request_id)
        except StateFailed as error:
            logging.error("request %s was not stored: %s", incoming.request_id, error)
            unavailable = ApiError("ServiceUnavailable", f"The local cloud's state failed: {error.message}", 503)
            return error_response.response(unavailable, service, incoming.request_id)
        except DockdjError as error:
            unavailable = ApiError("ServiceUnavailable", f"The local cloud's Docker failed: {error.message}", 503)
            return error_response.response(unavailable, service, incoming.request_id)
        except HTTPException as error:
            refused = ApiError("MalformedInput", str(error.description), error.code or 400)
            return error_response.response(refused, service, incoming.request_id)
        except Exception:
            logging.exception("request %s failed unexpectedly", incoming.request_id)
            message = f"The local cloud failed unexpectedly. Its log has the reason ({incoming.request_id})."
            return error_response.response(ApiError("InternalFailure", message, 500), service, incoming.request_id)

    def _serve(self, incoming: Incoming, claim: Claim) -> Response:
        if claim.service == "s3":
            payload_hash = bodies.payload_hash(incoming.head, claim)
            caller = self._check(incoming, claim, payload_hash)
            if caller.instance_id:
                self._require_allowed_s3(incoming, caller)
            sign = signature.chunk_signer(claim, caller.credentials)
            request = bodies.with_object(incoming.request, incoming.head, claim, sign)
            return self._cloud.storage.answer(request, incoming.head.target)
        if claim.service not in ("elasticbeanstalk", *OPERATIONS):
            raise ApiError("AccessDenied", f"The local cloud has no service {claim.service}.", 403)
        # A Query request signs the hash of its body but has no header with it, so the body is read before the check.
        body = bodies.whole(incoming.request, FORM_MAX_BYTES)
        caller = self._check(incoming, claim, sha256(body).hexdigest())
        action = incoming.head.headers.get("x-amz-target", "").rpartition(".")[2]
        if claim.service == "elasticbeanstalk":
            action = incoming.request.values.get("Action", "")
        policy.require_allowed(caller, claim.service, action, self._cloud.settings.account)
        if claim.service in OPERATIONS:
            return self._cloud.secrets.answer(incoming.request, claim.service)
        return self._act(incoming)

    def _check(self, incoming: Incoming, claim: Claim, payload_hash: str) -> Caller:
        """The caller whose signature is correct. Raises ApiError."""
        head, now = incoming.head, datetime.now(UTC)
        caller = caller_of(claim.access_key, head.target, head.headers, self._cloud.settings, now.timestamp())
        signature.check(head, claim, caller.credentials, now=now, payload_hash=payload_hash)
        return caller

    def _require_allowed_s3(self, incoming: Incoming, caller: Caller) -> None:
        """Raise ApiError unless an instance may carry out an operation of S3."""
        call = call_of(incoming.head.method, incoming.head.target, incoming.head.headers)
        query = "SELECT 1 FROM versions WHERE bucket = ? AND ? IN (key, '')"
        is_bundle = self._cloud.state.row(query, call.bucket, call.key) is not None
        policy.require_allowed_s3(caller, call, is_bundle=is_bundle)

    def _act(self, incoming: Incoming) -> Response:
        form = incoming.request.values.to_dict()
        if len(form) > FORM_MAX_FIELDS:
            raise ApiError("MalformedInput", f"A request has at most {FORM_MAX_FIELDS} parameters.")
        action = form.get("Action", "")
        parameters = query.parse(action, form)
        if action not in ACTIONS:
            raise ApiError("UnsupportedOperation", f"The local cloud does not implement {action}.")
        result = ACTIONS[action](self._cloud, Call(action, parameters, incoming.request_id))
        document = query.result_document(action, result, incoming.request_id)
        return Response(document, content_type="text/xml")
