"""Secrets and parameters: moto answers requests, and every change is on disk before it is answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from moto.core.request import Request as MotoRequest
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from dockdj.localcloud.secrets.requests import PARAMETER_STORE, SECRETS_MANAGER, operation
from dockdj.localcloud.state.durable_files import write
from dockdj.localcloud.state.failure import RETRY, StateDamaged, StateFailed

HOST = "127.0.0.1"
CONTENT_TYPE = "application/x-amz-json-1.1"
TIME = "$time"
"""The key of a time in a stored document."""


class SecretStore:
    """The secrets and parameters of one cloud. Only one per process, because moto's backends are global."""

    def __init__(self, folder: Path, *, account: str, region: str) -> None:
        self._folder = folder
        self._account = account
        self._region = region
        # Moto's backends are not made for threads, and a change is stored before another request reads it.
        self._lock = threading.Lock()

    def answer(self, request: MotoRequest, service: str) -> Response:
        """Answer a request with a verified signature. Raises ApiError, StateFailed."""
        body = request.get_data()
        asked = operation(service, request.headers.get("X-Amz-Target", ""), body)
        with self._lock:
            kept = self._kept(service)
            response = kept.respond(self._prepared(request, service, body))
            if asked.changes and response.status_code < 300:
                try:
                    kept.save()
                except StateFailed:
                    kept.load()
                    raise
        return response

    def secret(self, arn: str) -> str | None:
        """The current value of a secret, or None if there is no such secret or it has no text."""
        with self._lock:
            backend = self._secrets_manager.backend
            if arn not in backend.secrets:
                return None
            secret = backend.secrets[arn]
            if secret.is_deleted() or not secret.default_version_id:
                return None
            text = secret.versions[secret.default_version_id].get("secret_string")
            return None if text is None else str(text)

    def parameter(self, name: str) -> str | None:
        """The decrypted value of a parameter, or None if it does not exist."""
        with self._lock:
            stored = self._parameter_store.backend.get_parameter(name)
            return None if stored is None else str(stored.decrypt(stored.value))

    def _kept(self, service: str) -> Kept:
        return self._secrets_manager if service == SECRETS_MANAGER else self._parameter_store

    @cached_property
    def _secrets_manager(self) -> Kept:
        from moto.secretsmanager.models import FakeSecret, SecretsStore, secretsmanager_backends
        from moto.secretsmanager.responses import SecretsManagerResponse

        backend: Any = secretsmanager_backends[self._account][self._region]

        def restored(document: dict[str, Any]) -> None:
            backend.secrets = SecretsStore()
            for name, fields in document.get("secrets", {}).items():
                backend.secrets[name] = _object(FakeSecret, fields)

        def stored() -> dict[str, Any]:
            return {"secrets": {secret.name: _fields(secret) for secret in dict.values(backend.secrets)}}

        return Kept(self._path(SECRETS_MANAGER), backend, _answering(SecretsManagerResponse, backend), restored, stored)

    @cached_property
    def _parameter_store(self) -> Kept:
        # Imported for the first request, because it takes half a second.
        from moto.ssm.models import Parameter, ParameterDict, ssm_backends
        from moto.ssm.responses import SimpleSystemManagerResponse

        backend: Any = ssm_backends[self._account][self._region]

        def restored(document: dict[str, Any]) -> None:
            backend._parameters = ParameterDict(self._account, self._region)
            for name, versions in document.get("parameters", {}).items():
                dict.__setitem__(backend._parameters, name, [_object(Parameter, fields) for fields in versions])
            backend._resource_tags.clear()
            for name, tags in document.get("tags", {}).items():
                backend._resource_tags["Parameter"][name].update(tags)

        def stored() -> dict[str, Any]:
            own = {name: items for name, items in dict.items(backend._parameters) if not name.startswith("/aws/")}
            return {
                "parameters": {name: [_fields(item) for item in items] for name, items in own.items() if items},
                "tags": {name: dict(tags) for name, tags in backend._resource_tags["Parameter"].items() if tags},
            }

        responder = _answering(SimpleSystemManagerResponse, backend)
        return Kept(self._path(PARAMETER_STORE), backend, responder, restored, stored)

    def _path(self, service: str) -> Path:
        return self._folder / f"{service}.json"

    def _prepared(self, request: MotoRequest, service: str, body: bytes) -> MotoRequest:
        """The request as moto needs it: verified, for this region, with its whole body."""
        scope = f"Credential=verified/20260101/{self._region}/{service}/aws4_request"
        environ = {
            **request.environ,
            "HTTP_HOST": HOST,
            "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 {scope}",
            "HTTP_USER_AGENT": "",
            "CONTENT_TYPE": CONTENT_TYPE,
            "CONTENT_LENGTH": str(len(body)),
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "RAW_URI": "/",
            "REQUEST_URI": "/",
            "wsgi.input": BytesIO(body),
        }
        for name in ("HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING", "HTTP_X_MOTO_ACCOUNT_ID", "werkzeug.request"):
            environ.pop(name, None)
        return MotoRequest(environ)


class Kept:
    """One service of moto, whose state is kept in a file."""

    def __init__(
        self,
        path: Path,
        backend: Any,
        responder: Callable[[], Any],
        restore: Callable[[dict[str, Any]], None],
        stored: Callable[[], dict[str, Any]],
    ) -> None:
        self._path = path
        self.backend = backend
        self._responder = responder
        self._restore = restore
        self._stored = stored
        self.load()

    def respond(self, request: MotoRequest) -> Response:
        """Moto's answer to a prepared request."""
        try:
            status, _, body = self._responder()._dispatch(request, request.url, dict(request.headers))
        except HTTPException as error:
            return Response(error.get_body(), error.code, content_type=CONTENT_TYPE)
        return Response(body, status, content_type=CONTENT_TYPE)

    def load(self) -> None:
        """Let moto have what is on the disk. Raises StateFailed, StateDamaged."""
        try:
            document = json.loads(self._path.read_bytes()) if self._path.exists() else {}
            self._restore(document)
        except OSError as error:
            raise StateFailed(f"{self._path} could not be read: {error.strerror}", hint=RETRY) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise StateDamaged(f"{self._path} is damaged", hint=f"rm {self._path}") from error

    def save(self) -> None:
        """Write what moto has. Raises StateFailed."""
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StateFailed(f"{self._path.parent} could not be created: {error.strerror}", hint=RETRY) from error
        write(self._path, json.dumps(self._stored(), default=_encoded).encode())


def _answering(responses: Any, backend: Any) -> Callable[[], Any]:
    """A class of moto's responses, bound to one backend."""

    class Bound(responses):  # type: ignore[misc]
        @property
        def backend(self) -> Any:
            return backend

        ssm_backend = backend

    return Bound


def _fields(item: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(item).items() if name != "replicas"}


def _object(kind: Any, fields: dict[str, Any]) -> Any:
    """An object of moto with these fields. Its constructor would choose another ARN and another time."""
    item = kind.__new__(kind)
    vars(item).update({name: _decoded(value) for name, value in fields.items()}, replicas=[])
    return item


def _encoded(value: Any) -> Any:
    if isinstance(value, datetime):
        return {TIME: value.replace(tzinfo=value.tzinfo or UTC).isoformat()}
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _decoded(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {TIME}:
        return datetime.fromisoformat(value[TIME]).astimezone(UTC).replace(tzinfo=None)
    return value
