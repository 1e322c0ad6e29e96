"""The bucket of Elastic Beanstalk's source bundles. An object is compared with the expected content before use."""

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from dockdj.errors import WrongContent
from dockdj.model.canonical import digest_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 65_536
ABSENT = ("404", "NoSuchKey", "NoSuchBucket", "NotFound")
# PutObject with If-None-Match: another run wrote the object, or writes it now (API reference, "PutObject").
WRITTEN_MEANWHILE = ("PreconditionFailed", "ConditionalRequestConflict")


@dataclass(frozen=True)
class Bucket:
    """A bucket by name. Its methods raise what botocore raises, and WrongContent."""

    s3: "S3Client"
    name: str

    def read(self, key: str, most: int | None = None) -> bytes | None:
        """An object's bytes; with `most`, reading stops after more than `most` bytes. None without the object."""
        try:
            body = self.s3.get_object(Bucket=self.name, Key=key)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return None
            raise
        content = bytearray()
        while (most is None or len(content) <= most) and (chunk := body.read(CHUNK)):
            content += chunk
        body.close()
        return bytes(content)

    def hold(self, key: str, content: bytes) -> None:
        """Store an object, or compare the existing one.

        Nothing is overwritten, and S3 refuses a content that was changed on the way. What was written is read back.
        """
        if self.compare(key, content):
            return
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        try:
            self.s3.put_object(Bucket=self.name, Key=key, Body=content, ChecksumSHA256=checksum, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] not in WRITTEN_MEANWHILE:
                raise
        self.require(key, content)

    def require(self, key: str, content: bytes) -> None:
        """Raise WrongContent unless the bucket has an object of exactly this content."""
        if not self.compare(key, content):
            raise WrongContent(
                f"the bucket {self.name} has no object {key}, although it was uploaded",
                hint="find out who removes objects from the bucket, and run the same command again",
            )

    def compare(self, key: str, content: bytes) -> bool:
        """Tell if the bucket has the object. Raises WrongContent if it has another content.

        Content decides, because an ETag is not its hash after a multipart upload or with KMS (API reference,
        "Object"), and a checksum exists only if the writer asked for one.
        """
        existing = self.read(key, len(content))
        if existing is None:
            return False
        if existing != content:
            size = "more than " if len(existing) > len(content) else ""
            digest = "another digest" if size else digest_of(existing)
            raise WrongContent(
                f"the object {key} in the bucket {self.name} is not the bundle: it has {digest} and "
                f"{size}{min(len(existing), len(content)):,} bytes, the bundle {digest_of(content)} and "
                f"{len(content):,} bytes",
                hint="find out who wrote it; then move it away, and run the same command again: "
                f"aws s3 mv s3://{self.name}/{key} s3://{self.name}/{key}.wrong",
            )
        return True
