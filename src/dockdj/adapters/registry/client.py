"""An image registry through `docker buildx imagetools`: Docker's own client, credentials and TLS rules."""

import json
import re
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.adapters import shell
from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry import failure, record_image
from dockdj.adapters.registry import push as registry_push
from dockdj.adapters.registry.push import Heard
from dockdj.errors import CommandFailed
from dockdj.events import Report, silent
from dockdj.model.canonical import digest_of

# Of pulling a record that other runs read at the same time.
TRIES = 5
ABSENT = re.compile(r": not found$|manifest unknown|name unknown", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Manifest:
    """A manifest as the registry gave it: its digest, and the document."""

    digest: str
    document: Mapping[str, Any]

    @property
    def config(self) -> str:
        """The digest of the configuration of the image this manifest describes; empty for an index."""
        return str((self.document.get("config") or {}).get("digest", ""))

    @property
    def may_be_record(self) -> bool:
        """Whether this can be the image of a record: told from others by its one layer, so that none is downloaded."""
        return len(self.document.get("layers", ())) == 1

    @property
    def children(self) -> tuple[str, ...]:
        """The digests of the manifests an index lists, in its order."""
        return tuple(str(child["digest"]) for child in self.document.get("manifests", ()))


def manifest(reference: str) -> Manifest | None:
    """The manifest or index of this name, read back from the registry; None when it has none.

    Raises CommandFailed when the registry does not answer, or refuses.
    """
    argv = ["docker", "buildx", "imagetools", "inspect", "--raw", reference]
    with tempfile.TemporaryDirectory(prefix="dockdj-manifest-") as folder:
        # Bytes, untouched: the digest is computed from them.
        raw = Path(folder) / "manifest"
        asked = shell.save(argv, raw)
        if asked.status == 0:
            content = raw.read_bytes()
            return Manifest(digest_of(content), json.loads(content))
    if ABSENT.search(asked.stderr.strip()):
        return None
    raise unreachable(reference, shell.failure(asked.argv, asked.status, asked.stderr))


def push(
    name: str, report: Report = silent, heard: Heard | None = None, say: Callable[[], None] = lambda: None
) -> None:
    """Push a local tag; `heard` takes in what docker says, `say` is called now and then while nothing ends.

    Raises CommandFailed; when the registry is down, or refuses, that is what it says.
    """
    try:
        registry_push.push(name, heard or Heard(), report, say)
    except CommandFailed as error:
        raise unreachable(name, error) from error


def pull_record(repository: str, digest: str) -> bytes:
    """The record in a record image, which does not stay. No container is made, so that a killed run leaves none."""
    name = f"{repository}@{digest}"
    with tempfile.TemporaryDirectory(prefix="dockdj-record-") as folder:
        path = Path(folder) / "image.tar"
        _save(name, path)
        with tarfile.open(path, mode="r:") as archive:
            if (content := record_image.read(archive)) is not None:
                docker.untag(name)
                return content
    raise CommandFailed(
        f"{name} has no {record_image.RECORD_FILE}: it is no release record", hint="find out who pushed it"
    )


def _save(name: str, path: Path) -> None:
    for tries_left in reversed(range(TRIES)):
        try:
            docker.pull(name)
        except CommandFailed as error:
            raise unreachable(name, error) from error
        saved = shell.save(["docker", "image", "save", name], path)
        if saved.status == 0:
            return
        # One that is gone again was read, and removed, by another run on this machine.
        if not tries_left or docker.image(name) is not None:
            raise shell.failure(saved.argv, saved.status, saved.stderr)


def build_record(content: bytes, tag: str) -> str:
    """Make the one-file image that carries a record; its configuration's digest. The same bytes give the same image."""
    return record_image.load(content, tag)


def create_index(repository: str, tag: str, digests: tuple[str, ...]) -> None:
    """Put an index over manifests of the repository, under a tag. Raises CommandFailed."""
    sources = [f"{repository}@{digest}" for digest in digests]
    argv = ["docker", "buildx", "imagetools", "create", "--tag", f"{repository}:{tag}", *sources]
    try:
        shell.capture(argv, env=docker.builder_environment())
    except CommandFailed as error:
        raise unreachable(repository, error) from error


def unreachable(name: str, error: CommandFailed) -> CommandFailed:
    """The same failure, said as what it is when the registry does not answer, or refuses."""
    return failure.explained(name, error)
