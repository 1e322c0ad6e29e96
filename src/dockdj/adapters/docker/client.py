"""Docker through its own command line: argv in, parsed JSON out."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from dockdj.adapters import shell
from dockdj.errors import CommandFailed, MissingTool, TimedOut
from dockdj.events import Report, silent

ANSWER_SECONDS = 20
# What decides which engine the client reaches.
ENGINE_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "PATH")
START_HINT = "start Docker (on Linux: sudo systemctl start docker), or point DOCKER_HOST to a running engine"


@dataclass(frozen=True)
class Image:
    """An image of the engine: `config` and `diff_ids` identify its content, sizes are bytes.

    `environment` are its variables, NAME=VALUE.
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
    """The engine that the client reaches: its version, the name of the client's context for it, and its platform.

    The platform is that of the images it makes, as `linux/amd64`: it may run on another machine than this program.
    """

    version: str
    context: str
    platform: str


def require_engine() -> Engine:
    """The engine, asked once in a process. Raises MissingTool when none answers."""
    return _engine(*(os.environ.get(name, "") for name in ENGINE_VARIABLES))


@lru_cache
def _engine(*_: str) -> Engine:
    """One call, because each costs as much as a small build; whether a plugin is missing shows when it is used."""
    try:
        asked = shell.capture(["docker", "version", "--format", "{{json .}}"], check=False, timeout=ANSWER_SECONDS)
    except TimedOut as error:
        raise MissingTool("the Docker engine does not answer", hint=START_HINT) from error
    if asked.status != 0:
        cause = (asked.stderr.strip() or asked.stdout.strip()).splitlines()
        raise MissingTool(f"no Docker engine answers: {cause[-1] if cause else 'no message'}", hint=START_HINT)
    return parse_engine(asked.stdout)


def parse_engine(text: str) -> Engine:
    """The engine in `docker version`'s answer."""
    document = json.loads(text)
    server = document["Server"]
    context = str(document["Client"].get("Context") or "default")
    return Engine(str(server["Version"]), context, f"{server['Os']}/{server['Arch']}")


def require_plugin(name: str) -> None:
    """Raise MissingTool when the client has no plugin of this name: asked after one of its commands failed."""
    if shell.capture(["docker", name, "version"], check=False).status != 0:
        raise MissingTool(
            f"`docker {name}` is missing",
            hint=f"install it (Debian: apt-get install docker-{name}): https://docs.docker.com/engine/install/",
        )


def bake(
    definition: str, *, root: Path, report: Report = silent, variables: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Build what a bake definition describes, in `root`; return each target's config digest.

    `variables` are those that the definition's secrets come from.

    Raises CommandFailed with the build's output.
    """
    with tempfile.TemporaryDirectory(prefix="dockdj-bake-") as folder:
        metadata = Path(folder) / "metadata.json"
        argv = ["docker", "buildx", "bake", "-f", "-", "--progress", "plain", "--metadata-file", str(metadata)]
        try:
            shell.stream(argv, report, cwd=root, stdin=definition, env={**builder_environment(), **(variables or {})})
        except CommandFailed:
            require_plugin("buildx")
            raise
        return config_digests(json.loads(metadata.read_text()))


def config_digests(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Target -> config digest, out of bake's metadata file; targets that gave files, not an image, are absent.

    The engine's own image id is a manifest digest on the containerd store, so it is not asked here.
    """
    found = {}
    for target, fields in metadata.items():
        if isinstance(fields, Mapping) and "containerimage.config.digest" in fields:
            found[target] = str(fields["containerimage.config.digest"])
    return found


def builder_environment() -> dict[str, str]:
    """Variables that make buildx use the engine's own builder: it alone sees local base images."""
    return {"BUILDX_BUILDER": require_engine().context, "BUILDX_BAKE_ENTITLEMENTS_FS": "0"}


def image(reference: str) -> Image | None:
    """The image of this name or id, or None when the engine has none."""
    asked = shell.capture(["docker", "image", "inspect", reference], check=False)
    if asked.status != 0:
        if "no such image" in asked.stderr.lower():
            return None
        raise shell.failure(asked.argv, asked.status, asked.stderr)
    return parse_image(json.loads(asked.stdout)[0])


def parse_image(document: Mapping[str, Any]) -> Image:
    """An image out of `docker image inspect`."""
    config = document.get("Config") or {}
    run = {
        "cmd": config.get("Cmd") or [],
        "entrypoint": config.get("Entrypoint") or [],
        "user": config.get("User") or "",
        "ports": sorted(config.get("ExposedPorts") or {}),
    }
    return Image(
        config=document["Id"],
        diff_ids=tuple(document["RootFS"]["Layers"]),
        platform=f"{document['Os']}/{document['Architecture']}",
        size=int(document["Size"]),
        labels=config.get("Labels") or {},
        run=run,
        tags=tuple(document.get("RepoTags") or ()),
        environment=tuple(config.get("Env") or ()),
    )


def tags(pattern: str) -> tuple[str, ...]:
    """The sorted names of this engine's images that match; `*` stands for what has no slash."""
    argv = ["docker", "image", "ls", "--filter", f"reference={pattern}", "--format", "{{.Repository}}:{{.Tag}}"]
    # The engine sorts by the second of the build, and what is of one second comes in another order each time.
    return tuple(sorted(shell.capture(argv).stdout.split()))


def tag(image_id: str, name: str) -> None:
    """Give an image a further name."""
    shell.capture(["docker", "tag", image_id, name])


def remove_image(name: str) -> None:
    """Take a tag away, and with the last one the image. Raises CommandFailed while a container uses it."""
    shell.capture(["docker", "image", "rm", name])


def untag(*names: str) -> None:
    """Take away names that were needed for a while, and with an image's last one the image; absent ones are fine."""
    shell.capture(["docker", "image", "rm", "--force", *names], check=False)


def push(name: str, report: Report = silent) -> None:
    """Push a tag to its registry; what the registry has is not sent again."""
    shell.stream(["docker", "push", name], report)


def pull(name: str, report: Report = silent) -> None:
    """Pull an image by tag or digest."""
    shell.stream(["docker", "pull", name], report)


def run_mounted(
    image_name: str, argv: Sequence[str], *, mounts: Mapping[str, str], folder: str, user: str, report: Report = silent
) -> None:
    """Run one program in a fresh container with files of this machine; `mounts` is path here -> path there."""
    volumes = [word for here, there in mounts.items() for word in ("--volume", f"{here}:{there}")]
    shell.stream(["docker", "run", "--rm", *volumes, "--workdir", folder, "--user", user, image_name, *argv], report)


def remove(container: str) -> None:
    """Remove a container by id; one that is gone already is fine."""
    shell.capture(["docker", "rm", "--force", "--volumes", container], check=False)
