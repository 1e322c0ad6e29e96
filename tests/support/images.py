"""Images created without a build, by a script in another image or from a list of files."""

import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support import runs


@contextmanager
def changed(base: str, script: str, *changes: str) -> Iterator[str]:
    """Run a script in an image, apply Dockerfile instructions, and yield the result; it is removed afterwards."""
    name = runs.name("made")
    words = [word for change in changes for word in ("--change", change)]
    try:
        _docker("run", "--name", name, "--network", "none", "--entrypoint", "sh", base, "-ec", script)
        _docker("commit", *words, name, name)
        yield name
    finally:
        _remove(name)


@contextmanager
def imported(files: Mapping[str, str], *changes: str, platform: str = "linux/amd64") -> Iterator[str]:
    """An image of only these files; it is removed afterwards."""
    name = runs.name("made")
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(path.lstrip("/"))
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    words = [word for change in changes for word in ("--change", change)]
    try:
        _docker("import", "--platform", platform, *words, "-", name, stdin=content.getvalue())
        yield name
    finally:
        _remove(name)


def output(image: str, script: str) -> str:
    """Run a script in a new container of the image; return its output."""
    return _docker("run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-ec", script).decode()


def _docker(*words: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["docker", *words], input=stdin, capture_output=True, check=True).stdout


def _remove(name: str) -> None:
    for words in (("rm", "--force", "--volumes", name), ("image", "rm", "--force", name)):
        subprocess.run(["docker", *words], capture_output=True, check=False)
