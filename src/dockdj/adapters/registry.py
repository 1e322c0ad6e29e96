"""An image registry through `docker buildx imagetools`: Docker's own client, credentials and TLS rules."""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.adapters import docker, shell
from dockdj.errors import CommandFailed
from dockdj.events import Report, silent
from dockdj.model.release import digest_of

RECORD_FILE = "release.json"
RECORD_BUILD = f"FROM scratch\nCOPY {RECORD_FILE} /\n"
ABSENT = re.compile(r": not found$|manifest unknown|name unknown", re.MULTILINE | re.IGNORECASE)
UNREACHABLE = ("connection refused", "no such host", "i/o timeout", "no route to host", "connection reset")


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


def push(name: str, report: Report = silent) -> None:
    """Push a local tag. Raises CommandFailed; when the registry is down, that is what it says."""
    try:
        docker.push(name, report)
    except CommandFailed as error:
        raise unreachable(name, error) from error


def pull_record(repository: str, digest: str) -> bytes:
    """The record in a record image, without starting anything."""
    name = f"{repository}@{digest}"
    docker.pull(name)
    container = docker.create(name)
    try:
        return docker.read_file(container, f"/{RECORD_FILE}")
    finally:
        docker.remove(container)


def build_record(content: bytes, tag: str) -> None:
    """Make the one-file image that carries a record: on one architecture the same bytes give the same image."""
    with tempfile.TemporaryDirectory(prefix="dockdj-record-") as folder:
        record = Path(folder) / RECORD_FILE
        record.write_bytes(content)
        record.chmod(0o644)
        os.utime(record, (0, 0))
        (Path(folder) / "Dockerfile").write_text(RECORD_BUILD)
        options = ["--provenance=false", "--sbom=false", "--output", "type=docker", "--tag", tag]
        shell.capture(
            ["docker", "buildx", "build", "--quiet", *options, folder],
            env={**docker.builder_environment(), "SOURCE_DATE_EPOCH": "0"},
        )


def create_index(repository: str, tag: str, digests: tuple[str, ...]) -> None:
    """Put an index over manifests of the repository, under a tag."""
    sources = [f"{repository}@{digest}" for digest in digests]
    argv = ["docker", "buildx", "imagetools", "create", "--tag", f"{repository}:{tag}", *sources]
    shell.capture(argv, env=docker.builder_environment())


def unreachable(name: str, error: CommandFailed) -> CommandFailed:
    """The same failure, said as what it is when nothing answers at the registry."""
    text = error.output.lower()
    host = name.partition("/")[0]
    if any(sign in text for sign in UNREACHABLE):
        return CommandFailed(
            f"the image registry at {host} does not answer",
            hint=f"is it up? try: curl http://{host}/v2/",
            output=error.output,
        )
    if "unauthorized" in text or "no basic auth" in text or "denied" in text:
        return CommandFailed(
            f"the image registry at {host} refused: {error.message}", hint=f"docker login {host}", output=error.output
        )
    return error
