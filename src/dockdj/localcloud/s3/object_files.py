"""S3 objects as files. One file holds an object and, in its first line, the metadata, so both change atomically."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from dockdj.localcloud.state.durable_files import remove, sync_folder, write


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
    """Buckets as folders below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def create_bucket(self, name: str) -> None:
        """Create a bucket's folder unless it exists."""
        (self._folder / name).mkdir(exist_ok=True)
        sync_folder(self._folder)

    def delete_bucket(self, name: str) -> None:
        """Delete an empty bucket's folder."""
        bucket = self._folder / name
        for unfinished in bucket.glob(".writing-*"):
            unfinished.unlink()
        bucket.rmdir()
        sync_folder(self._folder)

    def put(self, bucket: str, stored: StoredObject, content: bytes) -> None:
        """Write an object, replacing an earlier one with the same key."""
        head = json.dumps(asdict(stored)).encode() + b"\n"
        write(self._path(bucket, stored.key), iter((head, content)))

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, which may be missing."""
        if (self._folder / bucket).is_dir():
            remove(self._path(bucket, key))

    def buckets(self) -> list[str]:
        """The names of all buckets."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir())

    def objects(self, bucket: str) -> Iterator[tuple[StoredObject, bytes]]:
        """All objects of a bucket. Unfinished files of a killed server are removed."""
        for path in sorted((self._folder / bucket).iterdir()):
            if path.name.startswith(".writing-"):
                path.unlink()
                continue
            with path.open("rb") as file:
                yield StoredObject(**json.loads(file.readline())), file.read()

    def _path(self, bucket: str, key: str) -> Path:
        return self._folder / bucket / sha256(key.encode()).hexdigest()
