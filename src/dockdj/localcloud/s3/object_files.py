"""S3 objects as files: one file an object, its metadata in the first line, so that both are there or neither."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from dockdj.localcloud.state.durable_files import remove, sync_folder, write


@dataclass(frozen=True)
class StoredObject:
    """What S3 knows of an object besides its bytes."""

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

    def make_bucket(self, name: str) -> None:
        """Keep a bucket; one that is kept already stays as it is."""
        (self._folder / name).mkdir(exist_ok=True)
        sync_folder(self._folder)

    def drop_bucket(self, name: str) -> None:
        """Forget an empty bucket."""
        bucket = self._folder / name
        for leftover in bucket.glob(".writing-*"):
            leftover.unlink()
        bucket.rmdir()
        sync_folder(self._folder)

    def keep(self, bucket: str, about: StoredObject, content: bytes) -> None:
        """Keep an object in place of an earlier one of its key."""
        head = json.dumps(asdict(about)).encode() + b"\n"
        write(self._path(bucket, about.key), iter((head, content)))

    def drop(self, bucket: str, key: str) -> None:
        """Forget an object; one that is not kept is no mistake."""
        if (self._folder / bucket).is_dir():
            remove(self._path(bucket, key))

    def buckets(self) -> list[str]:
        """The names of all buckets."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir())

    def objects(self, bucket: str) -> Iterator[tuple[StoredObject, bytes]]:
        """All objects of a bucket. Files that a killed writer left unfinished are removed."""
        for path in sorted((self._folder / bucket).iterdir()):
            if path.name.startswith(".writing-"):
                path.unlink()
                continue
            with path.open("rb") as file:
                yield StoredObject(**json.loads(file.readline())), file.read()

    def _path(self, bucket: str, key: str) -> Path:
        return self._folder / bucket / sha256(key.encode()).hexdigest()
