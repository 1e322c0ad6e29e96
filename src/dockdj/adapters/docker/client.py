"""Docker Engine through the `docker` command: argv in, parsed JSON out."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from dockdj.adapters import shell
from dockdj.adapters.docker import versions
from dockdj.errors import CommandFailed, MissingTool, TimedOut
from dockdj.events import Report, Warned, silent
from dockdj.model import json_document
from dockdj.model.json_document import items, number, table, text_table, texts
from dockdj.model.json_document import text as field
from dockdj.model.oldest_versions import ENGINE, require

ANSWER_SECONDS = 20
# The variables that decide which engine the client reaches.
ENGINE_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "PATH")
UPGRADE_HINT = "docker version; is another program called docker? Upgrade Docker, then again"
START_HINT = "start Docker (on Linux: sudo systemctl start docker), or point DOCKER_HOST to a running engine"


@dataclass(frozen=True)
class Image:
    """An image of the engine: `config` and `diff_ids` identify its content, `size` is in bytes.

    `environment` has its variables as NAME=VALUE.
    """

    config: str
    diff_ids: tuple[str, ...]
    platform: str
    size: int
    labels: Mapping[str, str]
    run: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()


@dataclass(frozen=True)
class Engine:
    """The engine that the client reaches: its version, the client's context for it, and its platform.

    The platform is that of the images it builds, as `linux/amd64`: the engine may run on another machine.
    """

    version: str
    context: str
    platform: str


def require_engine() -> Engine:
    """The engine; the process asks it once. Raises MissingTool if no engine answers, or if it is too old."""
    return _engine(*(os.environ.get(name, "") for name in ENGINE_VARIABLES))


def require_builder(report: Report = silent) -> Engine:
    """The engine, whose client can build. Warns about versions that cannot be read. Raises MissingTool."""
    engine = require_engine()
    if warning := require(ENGINE, engine.version):
        report(Warned(warning))
    versions.require_buildx(report)
    return engine


@lru_cache
def _engine(*_: str) -> Engine:
    # One call only: each takes as long as a small build. A missing plugin shows when it is used.
    try:
        answer = shell.capture(["docker", "version", "--format", "{{json .}}"], check=False, timeout=ANSWER_SECONDS)
    except TimedOut as error:
        raise MissingTool("the Docker engine does not answer", hint=START_HINT) from error
    if answer.status != 0:
        cause = (answer.stderr.strip() or answer.stdout.strip()).splitlines()
        raise MissingTool(f"no Docker engine answers: {cause[-1] if cause else 'no message'}", hint=START_HINT)
    engine = parse_engine(answer.stdout)
    require(ENGINE, engine.version)
    return engine


def parse_engine(text: str) -> Engine:
    """The engine in an answer of `docker version`. Raises CommandFailed for another answer."""
    with answer_of("docker version"):
        document = table(json_document.parse(text))
        server, own = table(document.get("Server"), "`Server`"), table(document.get("Client"), "`Client`")
        platform = f"{field(server, 'Os')}/{field(server, 'Arch')}"
        return Engine(field(server, "Version"), str(own.get("Context") or "default"), platform)


def require_plugin(name: str) -> None:
    """Raise MissingTool if the client lacks this plugin. Called after a command of the plugin failed."""
    if shell.capture(["docker", name, "version"], check=False).status != 0:
        raise MissingTool(
            f"`docker {name}` is missing",
            hint=f"install it (Debian: apt-get install docker-{name}): https://docs.docker.com/engine/install/",
        )


def bake(
    definition: str, *, root: Path, report: Report = silent, variables: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Build a bake definition in the folder `root`; return each target's configuration digest.

    `variables` are the environment variables that the definition's secrets name.

    Raises CommandFailed with the build's output.
    """
    require_builder(report)
    with tempfile.TemporaryDirectory(prefix="dockdj-bake-") as folder:
        metadata = Path(folder) / "metadata.json"
        argv = ["docker", "buildx", "bake", "-f", "-", "--progress", "plain", "--metadata-file", str(metadata)]
        try:
            shell.stream(argv, report, cwd=root, stdin=definition, env={**builder_environment(), **(variables or {})})
        except CommandFailed:
            require_plugin("buildx")
            raise
        with answer_of("docker buildx bake"):
            return config_digests(table(json_document.parse(metadata.read_bytes())))


def config_digests(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Target -> configuration digest, from bake's metadata file; targets that produced files are absent.

    With containerd's image store the engine's image id is a manifest digest, so the engine is not asked.
    """
    digests = {}
    for target, fields in metadata.items():
        if isinstance(fields, Mapping) and "containerimage.config.digest" in fields:
            digests[target] = str(fields["containerimage.config.digest"])
    return digests


def builder_environment() -> dict[str, str]:
    """The variables that make buildx use the engine's own builder, the only one that sees local base images."""
    return {"BUILDX_BUILDER": require_engine().context, "BUILDX_BAKE_ENTITLEMENTS_FS": "0"}


def image(reference: str) -> Image | None:
    """The image of this name or id; None if the engine does not have it."""
    answer = shell.capture(["docker", "image", "inspect", reference], check=False)
    if answer.status != 0:
        if "no such image" in answer.stderr.lower():
            return None
        raise shell.failure(answer.argv, answer.status, answer.stderr)
    return parse_image(inspected(answer.stdout, "docker image inspect")[0])


def inspected(text: str, command: str) -> list[Mapping[str, Any]]:
    """The documents in an answer of `docker ... inspect`, at least one. Raises CommandFailed for another answer."""
    with answer_of(command):
        documents = items(json_document.parse(text))
        if not documents:
            raise ValueError("it is empty")
        return [table(document, "an entry") for document in documents]


def parse_image(document: Mapping[str, Any]) -> Image:
    """The image in an answer of `docker image inspect`. Raises CommandFailed for another answer."""
    with answer_of("docker image inspect"):
        config = table(document.get("Config") or {}, "`Config`")
        run = {
            "cmd": list(texts(config.get("Cmd") or [], "`Cmd`")),
            "entrypoint": list(texts(config.get("Entrypoint") or [], "`Entrypoint`")),
            "user": field({"User": config.get("User") or ""}, "User"),
            "ports": sorted(table(config.get("ExposedPorts") or {}, "`ExposedPorts`")),
        }
        # The inventory searches this folder.
        field({"WorkingDir": config.get("WorkingDir") or ""}, "WorkingDir")
        return Image(
            config=field(document, "Id"),
            diff_ids=texts(table(document.get("RootFS"), "`RootFS`").get("Layers") or [], "`Layers`"),
            platform=f"{field(document, 'Os')}/{field(document, 'Architecture')}",
            size=number(document, "Size"),
            labels=text_table(config.get("Labels") or {}, "`Labels`"),
            run=run,
            tags=texts(document.get("RepoTags") or [], "`RepoTags`"),
            environment=texts(config.get("Env") or [], "`Env`"),
        )


@contextmanager
def answer_of(command: str) -> Iterator[None]:
    """Turn the errors about an answer of another shape into CommandFailed."""
    try:
        yield
    except ValueError as error:
        raise CommandFailed(f"`{command}` gave an answer of another form: {error}", hint=UPGRADE_HINT) from error


def tags(pattern: str) -> tuple[str, ...]:
    """The sorted names of the engine's images that match a pattern; `*` matches anything but a slash."""
    argv = ["docker", "image", "ls", "--filter", f"reference={pattern}", "--format", "{{.Repository}}:{{.Tag}}"]
    # The engine sorts by the second of the build; images of the same second change places from call to call.
    return tuple(sorted(shell.capture(argv).stdout.split()))


def tag(image_id: str, name: str) -> None:
    """Add a name to an image."""
    shell.capture(["docker", "tag", image_id, name])


def remove_image(name: str) -> None:
    """Remove a tag, and the image with its last tag. Raises CommandFailed while a container uses the image."""
    shell.capture(["docker", "image", "rm", name])


def untag(*names: str) -> None:
    """Remove temporary names, and each image with its last name; unknown names are ignored."""
    shell.capture(["docker", "image", "rm", "--force", *names], check=False)


def push(name: str, report: Report = silent) -> None:
    """Push a tag to its registry; layers that the registry has are not sent again."""
    shell.stream(["docker", "push", name], report)


def pull(name: str, report: Report = silent, timeout: float | None = None) -> None:
    """Pull an image by tag or digest. Raises TimedOut after `timeout` seconds."""
    shell.stream(["docker", "pull", name], report, timeout=timeout)


def run_mounted(
    image_name: str, argv: Sequence[str], *, mounts: Mapping[str, str], folder: str, user: str, report: Report = silent
) -> None:
    """Run a program in a new container that mounts files of this machine; `mounts` is path here -> path inside."""
    volumes = [word for here, there in mounts.items() for word in ("--volume", f"{here}:{there}")]
    shell.stream(["docker", "run", "--rm", *volumes, "--workdir", folder, "--user", user, image_name, *argv], report)


def remove(container: str, *, timeout: float | None = None) -> None:
    """Remove a container by id or name; an unknown one is ignored. Raises TimedOut after `timeout` seconds."""
    shell.capture(["docker", "rm", "--force", "--volumes", container], check=False, timeout=timeout)
