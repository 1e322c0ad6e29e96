"""An image registry through `docker buildx imagetools`: Docker's own client, credentials and TLS rules."""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dockdj.adapters import shell
from dockdj.adapters.docker import client as docker
from dockdj.adapters.registry import failure, record_image
from dockdj.adapters.registry import push as registry_push
from dockdj.adapters.registry.manifest import Manifest, parse
from dockdj.adapters.registry.push import PushOutput
from dockdj.errors import CommandFailed, TimedOut, WrongContent
from dockdj.events import Report, silent
from dockdj.model.canonical import digest_of
from dockdj.model.image_names import parts

# How often to pull a record that other runs read, and remove, at the same time.
TRIES = 5
ABSENT = re.compile(r": not found$|manifest unknown|name unknown", re.MULTILINE | re.IGNORECASE)
# BuildKit ends with ": not found" when it refuses to read a manifest that is too large, too.
TOO_LARGE = re.compile(r"rejecting \d+ byte manifest|out of memory|pthread_create failed")
RESOLVED = re.compile(rb"^Digest: +(sha256:[0-9a-f]{64})$", re.MULTILINE)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# The distribution specification lets a registry refuse manifests above 4 MiB ("Pushing Manifests"). Buildx reads an
# answer whole, and a small answer can decompress to any size, so its memory is bounded.
MANIFEST = shell.Bounds(seconds=60, output=4 * 2**20, memory=2**30)
# A record is some hundred kB. The archive of its image holds nothing else.
RECORD_BYTES = 32 * 2**20
RECORD = shell.Bounds(seconds=120, output=2 * RECORD_BYTES, memory=2**30)
INDEX_SECONDS = 120.0


def manifest(reference: str) -> Manifest | None:
    """The manifest or index of this name, read from the registry; None if the registry does not have it.

    A tag is resolved to a digest first, and whatever the registry sends for a digest must have that digest.

    Raises WrongContent if the registry sends something else, CommandFailed if it does not answer, or refuses.
    """
    if (name := _pinned(reference)) is None or (content := _read(["--raw"], name)) is None:
        return None
    _, _, asked = name.partition("@")
    if (digest := digest_of(content)) != asked:
        raise WrongContent(
            f"the image registry at {parts(name)[0]} sent {digest} for {name}",
            hint="the registry is damaged or lies: find out who runs it, and use nothing from it until then",
        )
    return parse(content)


def _pinned(reference: str) -> str | None:
    """The same name with the digest that the registry gives for its tag; None if the registry does not have it."""
    _, at, digest = reference.partition("@")
    if at:
        if DIGEST.fullmatch(digest) is None:
            raise WrongContent(f"{reference} has no digest that can be checked", hint="find out who pushed it")
        return reference
    content = _read([], reference)
    if content is None:
        return None
    resolved = RESOLVED.search(content)
    if resolved is None:
        raise CommandFailed(f"docker buildx names no digest for {reference}")
    return f"{reference.rpartition(':')[0]}@{resolved[1].decode()}"


def _read(options: Sequence[str], reference: str) -> bytes | None:
    """The output of an inspection; None if the registry does not have the name."""
    argv = ["docker", "buildx", "imagetools", "inspect", *options, reference]
    with tempfile.TemporaryDirectory(prefix="dockdj-manifest-") as folder:
        # Unchanged bytes, because the digest is computed from them.
        path = Path(folder) / "manifest"
        with _in_time(reference):
            result = shell.save_bounded(argv, path, MANIFEST)
        if result.status == 0:
            return path.read_bytes()
    if TOO_LARGE.search(result.stderr):
        raise CommandFailed(
            f"the image registry at {parts(reference)[0]} sent more for {reference} than a manifest has",
            hint="find out who runs the registry and who pushed this",
        )
    if ABSENT.search(result.stderr.strip()):
        return None
    raise unreachable(reference, shell.failure(result.argv, result.status, result.stderr))


@contextmanager
def _in_time(reference: str) -> Iterator[None]:
    """Raise CommandFailed for TimedOut, with the text of a network's failure, so that it counts as transient."""
    try:
        yield
    except TimedOut as error:
        raise CommandFailed(f"the image registry at {parts(reference)[0]} timed out: {error.message}") from error


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


def pull_record(repository: str, image: Manifest) -> bytes:
    """Pull a record image, read its record, and remove the image. No container is needed that a kill could leave.

    Raises CommandFailed if the image has no record, or the engine gives another image than the manifest names.
    """
    name = f"{repository}@{image.digest}"
    if (size := sum(layer.size for layer in image.layers)) > RECORD_BYTES:
        raise CommandFailed(f"{name} has {size:,} bytes, too many for a release record", hint="find out who pushed it")
    with tempfile.TemporaryDirectory(prefix="dockdj-record-") as folder:
        path = Path(folder) / "image.tar"
        _save(name, path)
        docker.untag(name)
        with path.open("rb") as archive:
            record_image.require(archive, image.config)
            if (content := record_image.read(archive)) is not None:
                return content
    raise CommandFailed(
        f"{name} has no {record_image.RECORD_FILE}, so it is not a release record", hint="find out who pushed it"
    )


def _save(name: str, path: Path) -> None:
    for tries_left in reversed(range(TRIES)):
        with _in_time(name):
            try:
                docker.pull(name, timeout=RECORD.seconds)
            except CommandFailed as error:
                raise unreachable(name, error) from error
        result = shell.save_bounded(["docker", "image", "save", name], path, RECORD)
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
    with _in_time(repository):
        try:
            shell.capture(argv, env=docker.builder_environment(), timeout=INDEX_SECONDS)
        except CommandFailed as error:
            raise unreachable(repository, error) from error


def unreachable(name: str, error: CommandFailed) -> CommandFailed:
    """The failure with a message that explains it, if the registry does not answer or refuses; else the failure."""
    return failure.explained(name, error)
