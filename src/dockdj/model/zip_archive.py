"""Zip archives of files: equal files give equal bytes, compressed ones with the same compressor."""

import io
import zipfile
import zlib
from collections.abc import Iterable

from dockdj.model.files import File

# The earliest time that a zip can hold (APPNOTE.TXT 4.4.6). Any fixed time would do.
EPOCH = (1980, 1, 1, 0, 0, 0)
REGULAR_FILE = 0o100000
LINK = 0o120000
UNIX = 3
# Far above any recipe. Content that expands without end is refused before it is read.
MAX_BYTES = 64 * 1024 * 1024


def pack(files: Iterable[File], *, compressed: bool = True) -> bytes:
    """Pack files in the order of their paths, without times, with their permission bits."""
    method, level = (zipfile.ZIP_DEFLATED, 9) if compressed else (zipfile.ZIP_STORED, None)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(files):
            entry = zipfile.ZipInfo(file.path, EPOCH)
            entry.create_system = UNIX
            entry.external_attr = ((LINK if file.link else REGULAR_FILE) | file.mode) << 16
            archive.writestr(entry, file.content, method, level)
    return buffer.getvalue()


def unpack(content: bytes) -> tuple[File, ...]:
    """The files of an archive that `pack` made, in the order of their paths.

    Raises ValueError for any other content: damaged, too large, or with a path outside the archive's folder.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise ValueError(f"its files have more than {MAX_BYTES:,} bytes")
            files = [File(_inside(entry.filename), archive.read(entry), _mode(entry)) for entry in entries]
    # What zipfile raises for damaged bytes; RuntimeError covers encryption and unknown compression.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, OverflowError, MemoryError) as error:
        raise ValueError(f"it is damaged: {error}") from error
    if len({file.path for file in files}) < len(files):
        raise ValueError("it has a path twice")
    return tuple(sorted(files))


def _inside(path: str) -> str:
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError(f"it has the path {path!r}")
    return path


def _mode(entry: zipfile.ZipInfo) -> int:
    return entry.external_attr >> 16 & 0o777
