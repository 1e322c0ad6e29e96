"""S3 storage: moto answers requests, and every change is on disk before it is answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from typing import Any

from moto.core.request import Request as MotoRequest
from moto.s3.models import s3_backends
from werkzeug.wrappers import Response

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.s3 import conditions, dispatch, verification
from dockdj.localcloud.s3.calls import Effect, S3Call, call_of
from dockdj.localcloud.s3.checksums import COMPOSITE, FULL_OBJECT, Checksum
from dockdj.localcloud.s3.conditions import Outcome
from dockdj.localcloud.s3.documents import (
    Deletion,
    deletion,
    deletion_result,
    with_controls_escaped,
)
from dockdj.localcloud.s3.names import check_bucket, check_key
from dockdj.localcloud.s3.object_files import ObjectFiles, StoredObject
from dockdj.localcloud.state.failure import StateFailed


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
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = call_of(request.method, target, headers)
        if "x-amz-tagging" in request.headers:
            raise ApiError("NotImplemented", "The local cloud does not support object tags.", 501)
        if call.bucket:
            check_bucket(call.bucket)
        check_key(call.key)
        if call.operation in ("GetObject", "HeadObject"):
            return self._object(request, call, headers)
        if call.effect == Effect.NONE:
            response = self._dispatch(request, call)
            if not call.encoded:
                response.set_data(with_controls_escaped(response.get_data()))
            return response
        with self._changes:
            verification.check(self._backend, request, call, headers)
            checksum = verification.checksum_of(self._backend, request, call, headers)
            if call.effect == Effect.DELETE_OBJECTS:
                return self._delete_objects(call, deletion(request.get_data()))
            response = self._dispatch(request, call, checksum)
            if 200 <= response.status_code < 300:
                try:
                    self._persist(call, checksum)
                except StateFailed:
                    self._restore(call)
                    raise
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

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """The keys of a bucket's objects that begin with a prefix; none if there is no bucket."""
        if bucket not in self._backend.buckets:
            return []
        return [key for key in list(self._backend.buckets[bucket].keys) if key.startswith(prefix)]

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Write an object into an existing bucket, as a PutObject of the cloud itself. Raises StateFailed."""
        with self._changes:
            stored = StoredObject(key, md5(content, usedforsecurity=False).hexdigest(), time.time())
            self._files.put(bucket, stored, content)
            self._load_object(bucket, stored, content)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, which may be missing. Raises StateFailed."""
        with self._changes:
            if bucket in self._backend.buckets:
                self._files.delete(bucket, key)
                self._backend.delete_object(bucket, key)

    def _dispatch(self, request: MotoRequest, call: S3Call, checksum: Checksum | None = None) -> Response:
        return dispatch.answer(request, call, self._backend, self._region, checksum)

    def _object(self, request: MotoRequest, call: S3Call, headers: Mapping[str, str]) -> Response:
        """The answer to GetObject and HeadObject."""
        stored = self._current(call)
        if stored is None:
            return self._dispatch(request, call)
        current = verification.representation(stored)
        match conditions.read_outcome(headers, current):
            case Outcome.FAILED:
                raise conditions.failed()
            case Outcome.NOT_MODIFIED:
                return Response(
                    status=304, headers={"ETag": stored.etag, "Last-Modified": stored.last_modified_RFC1123}
                )
        if not conditions.range_applies(headers, current):
            call = replace(call, ranged=False)
        response = self._dispatch(request, call)
        if headers.get("x-amz-checksum-mode") == "ENABLED" and stored.checksum_algorithm and not call.ranged:
            checksum = Checksum(stored.checksum_algorithm, stored.checksum_value)
            response.headers[checksum.header] = checksum.value
            response.headers["x-amz-checksum-type"] = stored.checksum_type or FULL_OBJECT
        return response

    def _current(self, call: S3Call) -> Any:
        """Moto's object of a call; None if it does not exist."""
        if not call.key or call.bucket not in self._backend.buckets:
            return None
        return self._backend.get_object(call.bucket, call.key)

    def _delete_objects(self, call: S3Call, request: Deletion) -> Response:
        """Delete each object on the disk first, and report those that remain."""
        deleted, errors = [], []
        for key in request.keys:
            try:
                check_key(key)
                if not key:
                    raise ApiError("UserKeyMustBeSpecified", "The bucket POST must contain the specified field name.")
                self._files.delete(call.bucket, key)
            except ApiError as error:
                errors.append((key, error.code, error.message))
            except StateFailed as error:
                errors.append((key, "InternalError", error.message))
            else:
                self._backend.delete_object(call.bucket, key)
                deleted.append(key)
        body = deletion_result([] if request.quiet else deleted, errors)
        return Response(body, 200, content_type="application/xml")

    def _persist(self, call: S3Call, checksum: Checksum | None) -> None:
        """Write a change that moto has made. Raises StateFailed."""
        match call.effect:
            case Effect.CREATE_BUCKET:
                self._files.create_bucket(call.bucket)
            case Effect.DELETE_BUCKET:
                self._files.delete_bucket(call.bucket)
            case Effect.PUT_OBJECT:
                _note(self._current(call), checksum)
                self._files.put(call.bucket, *self._stored(call))
            case Effect.DELETE_OBJECT:
                self._files.delete(call.bucket, call.key)

    def _restore(self, call: S3Call) -> None:
        """Let moto have again what is on the disk, after a change that could not be written."""
        if call.bucket not in self._files.buckets():
            self._backend.buckets.pop(call.bucket, None)
            s3_backends.bucket_accounts.pop(call.bucket, None)
        elif call.bucket not in self._backend.buckets:
            self._load_bucket(call.bucket)
        elif call.key:
            self._backend.delete_object(call.bucket, call.key)
            if stored := self._files.get(call.bucket, call.key):
                self._load_object(call.bucket, *stored)

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
            self._load_bucket(bucket)

    def _load_bucket(self, bucket: str) -> None:
        self._backend.create_bucket(bucket, self._region)
        for metadata, content in self._files.objects(bucket):
            self._load_object(bucket, metadata, content)

    def _load_object(self, bucket: str, metadata: StoredObject, content: bytes) -> None:
        stored = self._backend.put_object(
            bucket, metadata.key, content, storage=metadata.storage_class, etag=metadata.etag
        )
        stored.set_metadata(dict(metadata.metadata), replace=False)
        stored.last_modified = datetime.fromtimestamp(metadata.modified, UTC).replace(tzinfo=None)
        stored.checksum_algorithm = metadata.checksum_algorithm
        stored.checksum_value = metadata.checksum_value
        stored.checksum_type = metadata.checksum_type


def _note(stored: Any, checksum: Checksum | None) -> None:
    """Give moto's object its checksum."""
    stored.checksum_algorithm = checksum.algorithm if checksum else None
    stored.checksum_value = checksum.value if checksum else None
    if checksum:
        stored.checksum_type = COMPOSITE if "-" in checksum.value else FULL_OBJECT
