"""An image registry through `docker buildx imagetools`: Docker's own client, credentials and TLS rules."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from dockdj.adapters import shell
from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry import failure, record_image
from dockdj.adapters.registry import push as registry_push
from dockdj.adapters.registry.manifest import Manifest, parse
from dockdj.adapters.registry.push import PushOutput
from dockdj.errors import CommandFailed
from dockdj.events import Report, silent

# How often to pull a record that other runs read, and remove, at the same time.
TRIES = 5
ABSENT = re.compile(r": not found$|manifest unknown|name unknown", re.MULTILINE | re.IGNORECASE)


def manifest(reference: str) -> Manifest | None:
    """The manifest or index of this name, read from the registry; None if the registry does not have it.

    Raises CommandFailed if the registry does not answer, or refuses.
    """
    argv = ["docker", "buildx", "imagetools", "inspect", "--raw", reference]
    with tempfile.TemporaryDirectory(prefix="dockdj-manifest-") as folder:
        # Unchanged bytes, because the digest is computed from them.
        raw = Path(folder) / "manifest"
        result = shell.save(argv, raw)
        if result.status == 0:
            return parse(raw.read_bytes())
    if ABSENT.search(result.stderr.strip()):
        return None
    raise unreachable(reference, shell.failure(result.argv, result.status, result.stderr))


def push(
    name: str, report: Report = silent, output: PushOutput | None = None, tick: Callable[[], None] = lambda: None
) -> None:
    """Push a local tag; `output` collects what Docker reports, `tick` is called periodically during the push.

    Raises CommandFailed; its message says if the registry is down, or refuses.
    """
    try:
        registry_push.push(name, output or PushOutput(), report, tick)
    except CommandFailed as error:
        raise unreachable(name, error) from error


def pull_record(repository: str, digest: str) -> bytes:
    """Pull a record image, read its record, and remove the image. No container is needed that a kill could leave."""
    name = f"{repository}@{digest}"
    with tempfile.TemporaryDirectory(prefix="dockdj-record-") as folder:
        path = Path(folder) / "image.tar"
        _save(name, path)
        with path.open("rb") as archive:
            if (content := record_image.read(archive)) is not None:
                docker.untag(name)
                return content
    raise CommandFailed(
        f"{name} has no {record_image.RECORD_FILE}, so it is not a release record", hint="find out who pushed it"
    )


def _save(name: str, path: Path) -> None:
    for tries_left in reversed(range(TRIES)):
        try:
            docker.pull(name)
        except CommandFailed as error:
            raise unreachable(name, error) from error
        result = shell.save(["docker", "image", "save", name], path)
        if result.status == 0:
            return
        # If the image is gone again, another run on this machine read and removed it.
        if not tries_left or docker.image(name) is not None:
            raise shell.failure(result.argv, result.status, result.stderr)


def build_record(content: bytes, tag: str) -> str:
    """Build the one-file image of a record; return its configuration's digest. Equal bytes give an equal image."""
    return record_image.load(content, tag)


def create_index(repository: str, tag: str, digests: tuple[str, ...]) -> None:
    """Create an index over manifests of the repository, under a tag. Raises CommandFailed."""
    sources = [f"{repository}@{digest}" for digest in digests]
    argv = ["docker", "buildx", "imagetools", "create", "--tag", f"{repository}:{tag}", *sources]
    try:
        shell.capture(argv, env=docker.builder_environment())
    except CommandFailed as error:
        raise unreachable(repository, error) from error


def unreachable(name: str, error: CommandFailed) -> CommandFailed:
    """The failure with a message that explains it, if the registry does not answer or refuses; else the failure."""
    return failure.explained(name, error)
