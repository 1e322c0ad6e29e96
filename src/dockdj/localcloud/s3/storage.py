"""S3 storage: moto answers requests, and every change is on disk before it is answered."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

from moto.core.request import Request as MotoRequest
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.s3.calls import Effect, S3Call, call_of
from dockdj.localcloud.s3.object_files import ObjectFiles, StoredObject


class Storage:
    """The buckets and objects of one cloud. Only one per process, because moto's buckets are global."""

    def __init__(self, folder: Path, *, account: str, region: str) -> None:
        self._files = ObjectFiles(folder)
        self._backend: Any = s3_backends[account]["aws"]
        self._account = account
        self._region = region
        # One change at a time keeps moto and the disk consistent, and lets exactly one of several writers with
        # `If-None-Match: *` succeed.
        self._changes = threading.Lock()
        self._load()

    def answer(self, request: MotoRequest, target: str) -> Response:
        """Answer a request with a verified signature. `target` is its raw path and query."""
        call = call_of(request.method, target)
        if "x-amz-tagging" in request.headers:
            raise ApiError("NotImplemented", "The local cloud does not support object tags.", 501)
        if call.effect == Effect.NONE:
            return self._dispatch(request, call)
        with self._changes:
            response = self._dispatch(request, call)
            if 200 <= response.status_code < 300:
                self._persist(call, request)
            return response

    def create_bucket(self, name: str) -> None:
        """Create a bucket unless it exists."""
        with self._changes:
            if name not in self._backend.buckets:
                self._files.create_bucket(name)
                self._backend.create_bucket(name, self._region)

    def read(self, bucket: str, key: str) -> bytes | None:
        """An object's bytes, or None if the bucket or the object does not exist."""
        if bucket not in self._backend.buckets:
            return None
        stored = self._backend.get_object(bucket, key)
        return bytes(stored.value) if stored is not None else None

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, which may be missing."""
        with self._changes:
            if bucket in self._backend.buckets:
                self._backend.delete_object(bucket, key)
                self._files.delete(bucket, key)

    def _dispatch(self, request: MotoRequest, call: S3Call) -> Response:
        dispatch = S3Response.key_dispatch if call.key else S3Response.bucket_dispatch
        try:
            status, headers, body = dispatch(request, request.url, dict(request.headers))
        except HTTPException as error:
            return Response(error.get_body(), error.code, error.get_headers())
        # In a list, because werkzeug sets Content-Length from bytes, and the answer to HEAD has a length but no body.
        return Response([_encoded(body)], status, list(headers.items()))

    def _persist(self, call: S3Call, request: MotoRequest) -> None:
        match call.effect:
            case Effect.CREATE_BUCKET:
                self._files.create_bucket(call.bucket)
            case Effect.DELETE_BUCKET:
                self._files.delete_bucket(call.bucket)
            case Effect.PUT_OBJECT:
                self._files.put(call.bucket, *self._stored(call))
            case Effect.DELETE_OBJECT:
                self._files.delete(call.bucket, call.key)
            case Effect.DELETE_OBJECTS:
                for key in keys_to_delete(request.get_data().decode()):
                    if self._backend.get_object(call.bucket, key) is None:
                        self._files.delete(call.bucket, key)

    def _stored(self, call: S3Call) -> tuple[StoredObject, bytes]:
        stored = self._backend.get_object(call.bucket, call.key)
        if stored is None:
            raise ApiError("InternalError", "The object disappeared during the write.", 500)
        metadata = StoredObject(
            key=call.key,
            etag=stored.etag.strip('"'),
            modified=stored.last_modified.replace(tzinfo=UTC).timestamp(),
            storage_class=stored.storage_class or "STANDARD",
            metadata=dict(stored.metadata),
            checksum_algorithm=stored.checksum_algorithm,
            checksum_value=stored.checksum_value,
            checksum_type=stored.checksum_type,
        )
        return metadata, stored.value

    def _load(self) -> None:
        for bucket in self._files.buckets():
            self._backend.create_bucket(bucket, self._region)
            for metadata, content in self._files.objects(bucket):
                stored = self._backend.put_object(
                    bucket, metadata.key, content, storage=metadata.storage_class, etag=metadata.etag
                )
                stored.set_metadata(dict(metadata.metadata), replace=False)
                stored.last_modified = datetime.fromtimestamp(metadata.modified, UTC).replace(tzinfo=None)
                stored.checksum_algorithm = metadata.checksum_algorithm
                stored.checksum_value = metadata.checksum_value
                stored.checksum_type = metadata.checksum_type


def _encoded(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def keys_to_delete(document: str) -> list[str]:
    """The keys in the body of a DeleteObjects request."""
    return [
        unescape(key, {"&quot;": '"', "&apos;": "'"}) for key in re.findall(r"<Key>(.*?)</Key>", document, re.DOTALL)
    ]
