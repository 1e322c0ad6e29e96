"""Verification of a request that changes buckets or objects, before moto makes the change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from moto.core.request import Request as MotoRequest

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.s3 import checksums, conditions
from dockdj.localcloud.s3.calls import Effect, S3Call
from dockdj.localcloud.s3.checksums import ALGORITHMS, PREFIX, Checksum
from dockdj.localcloud.s3.conditions import Representation
from dockdj.localcloud.s3.documents import check_bucket_configuration, completion


def check(backend: Any, request: MotoRequest, call: S3Call, headers: Mapping[str, str]) -> None:
    """Check what moto takes for granted: buckets, uploads, sources and conditions. Raises ApiError."""
    if call.operation == "CreateBucket":
        check_bucket_configuration(request.get_data())
        return
    if call.bucket not in backend.buckets:
        raise ApiError("NoSuchBucket", "The specified bucket does not exist", 404)
    if call.upload_id:
        upload = backend.buckets[call.bucket].multiparts.get(call.upload_id)
        if upload is None or upload.key_name != call.key:
            raise ApiError("NoSuchUpload", "The specified multipart upload does not exist.", 404)
    if call.copy_source:
        _check_source(backend, *call.copy_source)
    stored = backend.get_object(call.bucket, call.key) if call.key else None
    _check_conditions(call, headers, representation(stored) if stored else None)


def checksum_of(backend: Any, request: MotoRequest, call: S3Call, headers: Mapping[str, str]) -> Checksum | None:
    """The verified checksum of the object or the part that a call writes. Raises ApiError."""
    body = request.get_data()
    if call.copy_source:
        source = backend.get_object(*call.copy_source)
        algorithm = headers.get(f"{PREFIX}algorithm", source.checksum_algorithm or "").upper()
        return checksums.of(algorithm, source.value) if algorithm in ALGORITHMS else None
    if call.operation != "CompleteMultipartUpload":
        return checksums.verified(headers, body)
    checksums.check_md5(headers, body)
    return _completed(backend.buckets[call.bucket].multiparts[call.upload_id], completion(body), headers)


def representation(stored: Any) -> Representation:
    """The properties of moto's object that conditions compare."""
    return Representation(stored.etag.strip('"'), stored.last_modified.replace(microsecond=0, tzinfo=UTC))


def _check_conditions(call: S3Call, headers: Mapping[str, str], current: Representation | None) -> None:
    if call.effect == Effect.PUT_OBJECT:
        conditions.check_write(headers, current)
    if call.effect == Effect.DELETE_OBJECT:
        conditions.check_match(headers, current)
    if call.operation == "CreateMultipartUpload":
        checksums.check_type(headers)


def _check_source(backend: Any, bucket: str, key: str) -> None:
    if bucket not in backend.buckets:
        raise ApiError("NoSuchBucket", "The specified bucket does not exist", 404)
    if backend.get_object(bucket, key) is None:
        raise ApiError("NoSuchKey", "The specified key does not exist.", 404)


def _completed(upload: Any, numbers: list[int], headers: Mapping[str, str]) -> Checksum | None:
    """The checksum of a multipart upload that ends with these parts. Raises ApiError."""
    if numbers != sorted(set(numbers)):
        order = "The list of parts was not in ascending order. Parts must be ordered by part number."
        raise ApiError("InvalidPartOrder", order)
    stated, algorithm = checksums.stated(headers), upload.metadata.get(f"{PREFIX}algorithm", "").upper()
    if stated and algorithm not in ("", stated.algorithm):
        raise ApiError("InvalidRequest", f"The upload has checksums of the algorithm {algorithm}.")
    algorithm = algorithm or (stated.algorithm if stated else "")
    if not algorithm:
        return None
    kind = headers.get(f"{PREFIX}type") or upload.metadata.get(f"{PREFIX}type")
    parts = [upload.parts[number].value for number in numbers if number in upload.parts]
    checksum = checksums.of_parts(algorithm, kind, parts)
    if stated and stated.value.partition("-")[0] != checksum.value.partition("-")[0]:
        raise ApiError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    return checksum
