"""A fault at each call that writes an object or a bucket."""

import errno
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from moto.core.request import Request as MotoRequest

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.s3.object_files import ObjectFiles
from dockdj.localcloud.s3.storage import Storage
from dockdj.localcloud.state.failure import StateFailed

SEAMS: list[tuple[Any, str]] = [
    (tempfile, "mkstemp"),
    (os, "fchmod"),
    (os, "fsync"),
    (os, "open"),
    (Path, "replace"),
    (Path, "unlink"),
    (Path, "mkdir"),
    (Path, "rmdir"),
]
REQUESTS = [
    ("PUT", "/{bucket}", b""),
    ("PUT", "/{bucket}/k", b"one"),
    ("PUT", "/{bucket}/k", b"two"),
    ("DELETE", "/{bucket}/k", b""),
    ("DELETE", "/{bucket}", b""),
]


class Fault:
    """The failure of one call of a function, counted from its installation."""

    def __init__(self, number: int, real: Callable[..., Any]) -> None:
        self.remaining, self.real, self.happened = number, real, False

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.remaining -= 1
        if self.remaining == 0:
            self.happened = True
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.real(*arguments, **named)


@pytest.mark.parametrize(("owner", "name"), SEAMS, ids=[name for _, name in SEAMS])
def test_fault_leaves_disk_and_answers_equal_and_the_repeated_request_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    bucket = f"faults-{random.randrange(10**9)}"
    storage = Storage(tmp_path, account="123456789012", region="us-east-1")
    faults = 0

    def ask(method: str, target: str, body: bytes) -> int:
        request = MotoRequest.from_primitives(method, f"http://127.0.0.1:1{target}", {}, body)
        try:
            return storage.answer(request, target).status_code
        except ApiError as error:
            return error.status

    def agree() -> None:
        files = ObjectFiles(tmp_path)
        assert (bucket in files.buckets()) == (bucket in storage._backend.buckets)
        on_disk = dict((stored.key, content) for stored, content in files.objects(bucket)) if files.buckets() else {}
        assert storage.read(bucket, "k") == on_disk.get("k")

    for method, pattern, body in REQUESTS:
        target = pattern.format(bucket=bucket)
        for number in (1, 2):
            with monkeypatch.context() as patch:
                real = getattr(owner, name)
                fault = Fault(number, real)
                # A function, so that it becomes a method of a class.
                patch.setattr(owner, name, lambda *arguments, fault=fault, **named: fault(*arguments, **named))
                try:
                    ask(method, target, body)
                except StateFailed:
                    assert fault.happened
            faults += fault.happened
            agree()
        # A bucket that a former attempt has deleted does not exist.
        assert ask(method, target, body) in ((200, 204, 404) if (method, body) == ("DELETE", b"") else (200,))
        agree()
    assert faults
    assert list(tmp_path.iterdir()) == []
