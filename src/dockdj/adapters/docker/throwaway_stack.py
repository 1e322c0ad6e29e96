"""The containers of a release under test: a temporary Compose project that is removed completely."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.adapters import shell
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.compose import LOCAL_PROFILE, Stack
from dockdj.adapters.machine import has_ended, owner
from dockdj.events import Report, silent
from dockdj.model.json_document import table, text

# The label on containers, networks and volumes that names the machine and process that created them.
LABEL = "org.dockdj.smoke"
PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
INSPECT = ("docker", "container", "inspect")
LISTED = (("ps", "--all"), ("network", "ls"), ("volume", "ls"))


@dataclass(frozen=True)
class Identity:
    """A service's container: its id, the engine's id of its image, and the image's name."""

    container: str
    image: str
    name: str


def _identity(document: Mapping[str, Any]) -> tuple[str, Identity]:
    """(service, container) in an answer of `docker container inspect`. Raises ValueError for another shape."""
    config = table(document.get("Config"), "`Config`")
    service = text(table(config.get("Labels"), "`Labels`"), SERVICE_LABEL)
    return service, Identity(text(document, "Id"), text(document, "Image"), text(config, "Image"))


@dataclass(frozen=True)
class SmokeStack(Stack):
    """A stack whose compose file may be anywhere; its relative paths are relative to `folder`."""

    folder: Path = Path()

    def stop(self, services: Sequence[str], report: Report = silent) -> None:
        """Stop services, each within the grace period that the compose file gives it."""
        self._stream(self._with_file("stop", *services), report)

    def execute(self, service: str, command: Sequence[str], *, timeout: float) -> shell.Result:
        """Run a command in a service's running container. The caller checks the status. Raises TimedOut."""
        argv = self._by_name("exec", "--no-TTY", service, *command)
        return shell.capture(argv, env=self._environment(), check=False, timeout=timeout)

    def identities(self) -> dict[str, Identity]:
        """Service -> its container."""
        filters = (
            "--filter",
            f"label={PROJECT_LABEL}={self.name}",
            "--filter",
            "label=com.docker.compose.oneoff=False",
        )
        ids = shell.capture(["docker", "ps", "--all", "--quiet", *filters]).stdout.split()
        if not ids:
            return {}
        documents = docker.inspected(shell.capture([*INSPECT, *ids]).stdout, " ".join(INSPECT))
        with docker.answer_of(" ".join(INSPECT)):
            return dict(map(_identity, documents))

    def run_next_to(
        self,
        neighbour: Identity,
        image: str,
        program: Path,
        variables: Mapping[str, str],
        *,
        env_file: Path,
        timeout: float,
    ) -> tuple[int, str]:
        """Run a program of this machine in an image of the release, in the network of a running container.

        The program reaches that container, its `neighbour`, at 127.0.0.1 and the others by name. Returns the
        program's status and output. Raises TimedOut.
        """
        labels = [f"--label={PROJECT_LABEL}={self.name}", f"--label={LABEL}={owner()}"]
        # By name alone, because every user of the machine can read a command line.
        settings = [f"--env={name}" for name in variables]
        argv = ["docker", "create", "--network", f"container:{neighbour.container}", "--env-file", str(env_file)]
        create = [*argv, *labels, *settings, "--entrypoint", "/smoke", image]
        container = shell.capture(create, env=variables).stdout.strip()
        shell.capture(["docker", "cp", str(program), f"{container}:/smoke"])
        result = shell.capture(["docker", "start", "--attach", container], check=False, timeout=timeout)
        return result.status, result.stdout + result.stderr

    def run_bounded(self, service: str, output: Path, bounds: shell.Bounds) -> shell.Result:
        """Run a service's own command in a new container, and write its output to a file. The caller checks the status.

        Raises TimedOut and CommandFailed if it exceeds its bounds; its container is removed with the stack.
        """
        argv = self._with_file("run", "--rm", "--no-TTY", "--no-deps", service)
        return shell.save_bounded(argv, output, bounds, env=self._environment())

    def _with_file(self, *words: str) -> list[str]:
        where = ("--file", str(self.file), "--project-directory", str(self.folder))
        return ["docker", "compose", "--project-name", self.name, *where, "--profile", LOCAL_PROFILE, *words]


@contextmanager
def removed_afterwards(stack: SmokeStack) -> Iterator[SmokeStack]:
    """Remove a stack when the context ends, and first the stacks of killed runs."""
    sweep()
    try:
        yield stack
    finally:
        remove(stack.name)


def sweep() -> None:
    """Remove the stacks of runs that were killed on this machine."""
    for name in {name for kind in LISTED for name, creator in _labelled(kind) if has_ended(creator)}:
        remove(name)


def remove(name: str) -> None:
    """Remove the containers, networks and volumes of a Compose project, whatever their state."""
    removals = (("rm", "--force", "--volumes"), ("network", "rm"), ("volume", "rm", "--force"))
    for kind, removal in zip(LISTED, removals, strict=True):
        listing = shell.capture(["docker", *kind, "--quiet", "--filter", f"label={PROJECT_LABEL}={name}"], check=False)
        if ids := listing.stdout.split():
            shell.capture(["docker", *removal, *ids], check=False)


def names_by_manifest() -> bool:
    """Tell if the engine's image ids are manifest digests, as in containerd's image store."""
    answer = shell.capture(["docker", "info", "--format", "{{json .DriverStatus}}"], check=False)
    return "io.containerd.snapshotter" in answer.stdout


def _labelled(kind: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The Compose project and the creator of everything of one kind that a run created."""
    form = f'{{{{.Label "{PROJECT_LABEL}"}}}} {{{{.Label "{LABEL}"}}}}'
    listing = shell.capture(["docker", *kind, "--filter", f"label={LABEL}", "--format", form], check=False)
    for line in listing.stdout.splitlines():
        name, _, creator = line.strip().partition(" ")
        if name and creator:
            yield name, creator
