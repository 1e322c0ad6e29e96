"""S3 objects as files. One file holds an object and, in its first line, the metadata, so both change atomically."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from dockdj.localcloud.s3.names import check_bucket, is_bucket_name
from dockdj.localcloud.state.durable_files import UNFINISHED, create_folder, remove, remove_folder, write
from dockdj.localcloud.state.failure import RETRY, StateDamaged, StateFailed

OBJECT = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredObject:
    """The metadata of an object."""

    key: str
    etag: str
    modified: float
    """Seconds since the epoch, UTC."""
    storage_class: str = "STANDARD"
    metadata: Mapping[str, str] = field(default_factory=dict)
    checksum_algorithm: str | None = None
    checksum_value: str | None = None
    checksum_type: str | None = None


class ObjectFiles:
    """Buckets as folders below `folder`. An object's file is named by the hash of its key, so any key is possible."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def create_bucket(self, name: str) -> None:
        """Create a bucket's folder unless it exists. Raises StateFailed."""
        create_folder(self._bucket(name))

    def delete_bucket(self, name: str) -> None:
        """Delete an empty bucket's folder. Raises StateFailed."""
        remove_folder(self._bucket(name))

    def put(self, bucket: str, stored: StoredObject, content: bytes) -> None:
        """Write an object, replacing an earlier one with the same key. Raises StateFailed."""
        head = json.dumps(asdict(stored)).encode() + b"\n"
        write(self._path(bucket, stored.key), iter((head, content)))

    def get(self, bucket: str, key: str) -> tuple[StoredObject, bytes] | None:
        """An object. Raises StateFailed."""
        path = self._path(bucket, key)
        return _read(path) if path.exists() else None

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, which may be missing. Raises StateFailed."""
        if self._bucket(bucket).is_dir():
            remove(self._path(bucket, key))

    def buckets(self) -> list[str]:
        """The names of all buckets. Anything else in the folder is ignored."""
        return sorted(path.name for path in self._folder.iterdir() if is_bucket_name(path.name) and path.is_dir())

    def objects(self, bucket: str) -> Iterator[tuple[StoredObject, bytes]]:
        """All objects of a bucket.

        Unfinished files of a killed server are removed. A file that is not an object is ignored with a warning.
        """
        for path in sorted(self._bucket(bucket).iterdir()):
            if path.name.startswith(UNFINISHED):
                path.unlink()
            elif OBJECT.fullmatch(path.name) and path.is_file():
                try:
                    stored, content = _read(path)
                except StateFailed as error:
                    logging.warning("an object of the bucket %s is ignored: %s", bucket, error)
                    continue
                if self._path(bucket, stored.key) == path:
                    yield stored, content
                else:
                    logging.warning("%s is ignored: it contains another key", path)
            else:
                logging.warning("%s is ignored: it is not an object", path)

    def _bucket(self, name: str) -> Path:
        check_bucket(name)
        return self._folder / name

    def _path(self, bucket: str, key: str) -> Path:
        return self._bucket(bucket) / sha256(key.encode()).hexdigest()


def _read(path: Path) -> tuple[StoredObject, bytes]:
    """The object in a file. Raises StateFailed, StateDamaged."""
    try:
        with path.open("rb") as file:
            head, content = file.readline(), file.read()
    except OSError as error:
        raise StateFailed(f"{path} could not be read: {error.strerror}", hint=RETRY) from error
    try:
        return StoredObject(**json.loads(head)), content
    except (ValueError, TypeError) as error:
        raise StateDamaged(f"{path} is not an object of S3", hint=f"rm {path}") from error
