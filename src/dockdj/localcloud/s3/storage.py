"""S3: moto answers, and nothing is answered before it is on disk."""

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
from dockdj.localcloud.s3.calls import S3Call, call_of
from dockdj.localcloud.s3.object_files import ObjectFiles, StoredObject


class Storage:
    """The buckets and objects of one cloud. One per process: moto's own are global."""

    def __init__(self, folder: Path, *, account: str, region: str) -> None:
        self._files = ObjectFiles(folder)
        self._backend: Any = s3_backends[account]["aws"]
        self._account = account
        self._region = region
        # One change at a time: what moto decides and what the disk has must not fall apart, and of several writers
        # with `If-None-Match: *` exactly one may find nothing.
        self._changes = threading.Lock()
        self._load()

    def answer(self, request: MotoRequest, target: str) -> Response:
        """Answer a request whose signature is good. `target` is its raw path and query."""
        call = call_of(request.method, target)
        if "x-amz-tagging" in request.headers:
            raise ApiError("NotImplemented", "The local cloud keeps no tags of objects.", 501)
        if call.effect == "reads":
            return self._ask(request, call)
        with self._changes:
            response = self._ask(request, call)
            if 200 <= response.status_code < 300:
                self._keep(call, request)
            return response

    def make_bucket(self, name: str) -> None:
        """Make a bucket unless it is there."""
        with self._changes:
            if name not in self._backend.buckets:
                self._files.make_bucket(name)
                self._backend.create_bucket(name, self._region)

    def read(self, bucket: str, key: str) -> bytes | None:
        """An object's bytes, or None when there is no such bucket or object."""
        if bucket not in self._backend.buckets:
            return None
        found = self._backend.get_object(bucket, key)
        return bytes(found.value) if found is not None else None

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, if it is there."""
        with self._changes:
            if bucket in self._backend.buckets:
                self._backend.delete_object(bucket, key)
                self._files.drop(bucket, key)

    def _ask(self, request: MotoRequest, call: S3Call) -> Response:
        dispatch = S3Response.key_dispatch if call.key else S3Response.bucket_dispatch
        try:
            status, headers, body = dispatch(request, request.url, dict(request.headers))
        except HTTPException as error:
            return Response(error.get_body(), error.code, error.get_headers())
        # In a list, because werkzeug counts the bytes of anything else: the answer to HEAD has a length and no bytes.
        return Response([_encoded(body)], status, list(headers.items()))

    def _keep(self, call: S3Call, request: MotoRequest) -> None:
        if call.effect == "makes bucket":
            self._files.make_bucket(call.bucket)
        elif call.effect == "drops bucket":
            self._files.drop_bucket(call.bucket)
        elif call.effect == "writes object":
            self._files.keep(call.bucket, *self._stored(call))
        elif call.effect == "drops object":
            self._files.drop(call.bucket, call.key)
        elif call.effect == "drops objects":
            for key in keys_to_delete(request.get_data().decode()):
                if self._backend.get_object(call.bucket, key) is None:
                    self._files.drop(call.bucket, key)

    def _stored(self, call: S3Call) -> tuple[StoredObject, bytes]:
        made = self._backend.get_object(call.bucket, call.key)
        if made is None:
            raise ApiError("InternalError", "The object vanished while it was written.", 500)
        about = StoredObject(
            key=call.key,
            etag=made.etag.strip('"'),
            modified=made.last_modified.replace(tzinfo=UTC).timestamp(),
            storage_class=made.storage_class or "STANDARD",
            metadata=dict(made.metadata),
            checksum_algorithm=made.checksum_algorithm,
            checksum_value=made.checksum_value,
            checksum_type=made.checksum_type,
        )
        return about, made.value

    def _load(self) -> None:
        for bucket in self._files.buckets():
            self._backend.create_bucket(bucket, self._region)
            for about, content in self._files.objects(bucket):
                made = self._backend.put_object(
                    bucket, about.key, content, storage=about.storage_class, etag=about.etag
                )
                made.set_metadata(dict(about.metadata), replace=False)
                made.last_modified = datetime.fromtimestamp(about.modified, UTC).replace(tzinfo=None)
                made.checksum_algorithm = about.checksum_algorithm
                made.checksum_value = about.checksum_value
                made.checksum_type = about.checksum_type


def _encoded(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def keys_to_delete(document: str) -> list[str]:
    """The keys in the body of a DeleteObjects request."""
    return [
        unescape(key, {"&quot;": '"', "&apos;": "'"}) for key in re.findall(r"<Key>(.*?)</Key>", document, re.DOTALL)
    ]
