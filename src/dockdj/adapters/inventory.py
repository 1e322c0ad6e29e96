"""Reads an image's packages and files without starting what the image is for."""

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockdj.adapters import docker
from dockdj.errors import CommandFailed, ProjectError
from dockdj.model.inventory import (
    Inventory,
    OsPackage,
    parse_apk_installed,
    parse_dpkg_status,
    parse_os_release,
)

# The label in which an image names its configuration files, by absolute path, separated by spaces.
CONFIG_LABEL = "org.dockdj.config"
LIST_PYTHON = (
    "import importlib.metadata as m, json, platform;"
    "found = {d.name.lower().replace('_', '-'): d.version for d in m.distributions()};"
    "print(json.dumps([platform.python_version(), found]))"
)
# What `docker run` answers when the entry point is not in the image, or cannot be run.
NO_SUCH_PROGRAM = (126, 127)


def read(image_name: str, labels: dict[str, str]) -> Inventory:
    """What an image of the engine contains. The Python asked is the one its own PATH finds."""
    python_version, python_packages = _python(image_name)
    with _files_of(image_name) as container:
        os_id, os_version = parse_os_release(_text(container, "/etc/os-release"))
        return Inventory(
            os_id=os_id,
            os_version=os_version,
            os_packages=_os_packages(container),
            python_version=python_version,
            python_packages=python_packages,
            files={
                path: f"sha256:{digest}"
                for name in labels.get(CONFIG_LABEL, "").split()
                for path, digest in _hashes(image_name, container, name)
            },
        )


def _os_packages(container: "_Container") -> dict[str, OsPackage]:
    if text := _text(container, "/var/lib/dpkg/status"):
        return parse_dpkg_status(text)
    return parse_apk_installed(_text(container, "/lib/apk/db/installed"))


def _python(image_name: str) -> tuple[str, dict[str, str]]:
    try:
        version, packages = json.loads(docker.run(image_name, ["-I", "-c", LIST_PYTHON], entrypoint="python"))
    except CommandFailed as error:
        if error.status in NO_SUCH_PROGRAM:
            return "", {}
        raise
    return version, packages


class _Container:
    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder

    def members(self, path: str) -> Iterator[tuple[str, bytes]]:
        """(absolute path, content) of a file, or of the files below a folder."""
        archive = docker.archive(self.name, path, self.folder / "archive.tar")
        if archive is None:
            return
        parent = str(Path(path).parent).rstrip("/")
        with tarfile.open(archive) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content:
                    yield f"{parent}/{member.name}", content.read()


@contextmanager
def _files_of(image_name: str) -> Iterator[_Container]:
    container = docker.create(image_name)
    try:
        with tempfile.TemporaryDirectory(prefix="dockdj-inventory-") as folder:
            yield _Container(container, Path(folder))
    finally:
        docker.remove(container)


def _text(container: _Container, path: str) -> str:
    return next((content.decode(errors="replace") for _, content in container.members(path)), "")


def _hashes(image_name: str, container: _Container, path: str) -> list[tuple[str, str]]:
    found = [(name, hashlib.sha256(content).hexdigest()) for name, content in container.members(path)]
    if not found:
        raise ProjectError(
            f"{image_name} has no file {path}, which its label {CONFIG_LABEL} names",
            hint="correct the LABEL in the Dockerfile",
        )
    return found
