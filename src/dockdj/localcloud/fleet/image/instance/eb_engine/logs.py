"""The logs of this instance: its files below /var/log, and what its containers wrote to their standard streams."""

import base64
import io
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .machine import containers

LOGS = Path("/var/log")
# The platform's own logs and those that bundles mount, but not those of Debian's package programs.
FOLDERS = ("eb-docker", "containers", "nginx")
FILES = ("eb-engine.log", "docker.log")
LINES = 100
RULE = "-" * 37
BUNDLE_MAX_BYTES = 100 * 1024 * 1024
# A container's own log is rotated at 10 MB; this is what a request reads of it at most.
STREAM_LINES = 100_000


def tail() -> str:
    """The last lines of each log, under its path."""
    return "".join(
        f"{RULE}\n{name}\n{RULE}\n{_last_lines(content)}\n\n" for name, content in _logs(LINES) if content.strip()
    )


def bundle() -> str:
    """All logs as a zip file, in base64."""
    buffer = io.BytesIO()
    size = 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _logs(STREAM_LINES):
            size += len(content)
            if size <= BUNDLE_MAX_BYTES:
                archive.writestr(name.lstrip("/"), content)
    return base64.b64encode(buffer.getvalue()).decode()


def _logs(lines: int) -> Iterator[tuple[str, bytes]]:
    """Path and content of each log."""
    for path in _files():
        try:
            yield str(path), path.read_bytes()
        except OSError as error:
            yield str(path), f"This file cannot be read: {error}\n".encode()
    for container in reversed(containers()):
        argv = ["docker", "logs", "--timestamps", "--tail", str(lines), container["name"]]
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        yield f"{LOGS}/eb-docker/containers/eb-current-app/{container['name']}-stdouterr.log", done.stdout


def _files() -> Iterator[Path]:
    yield from (LOGS / name for name in FILES if (LOGS / name).is_file())
    for folder in FOLDERS:
        # Links could lead out of the instance's logs.
        yield from sorted(path for path in (LOGS / folder).rglob("*") if path.is_file() and not path.is_symlink())


def _last_lines(content: bytes) -> str:
    return "\n".join(content.decode(errors="replace").splitlines()[-LINES:])
