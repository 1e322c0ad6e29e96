"""Replace a file in one step: its content is the old one or the new one, whole, whatever fails."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dockdj.adapters import file_calls


def replace(path: Path, pieces: Iterable[bytes], *, prefix: str, mode: int) -> None:
    """Replace `path`, durably: file and folder are synced. The new file's name begins with `prefix` until it is whole.

    A failure leaves the old file. Raises OSError.
    """
    handle, temporary = file_calls.create(path.parent, prefix)
    try:
        try:
            for piece in pieces:
                write_all(handle, piece)
            file_calls.change_mode(handle, mode)
            file_calls.sync(handle)
        finally:
            os.close(handle)
        file_calls.rename(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    file_calls.sync_folder(path.parent)


def write_all(handle: int, content: bytes) -> None:
    """Write all of some bytes to an open file. Raises OSError."""
    rest = memoryview(content)
    while rest:
        rest = rest[file_calls.write(handle, rest) :]
