"""The containers of a release under test: a Compose project of its own that leaves nothing behind."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dockdj.adapters import shell
from dockdj.adapters.docker.compose import LOCAL_PROFILE, Stack
from dockdj.adapters.machine import ended, owner
from dockdj.events import Report, silent

# On containers, networks and volumes: the machine and the process that made them.
LABEL = "org.dockdj.smoke"
PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
LISTED = (("ps", "--all"), ("network", "ls"), ("volume", "ls"))


@dataclass(frozen=True)
class Identity:
    """What a service's container is: its id, the engine's id of its image, and the name it was given for that."""

    container: str
    image: str
    name: str


@dataclass(frozen=True)
class SmokeStack(Stack):
    """A stack whose file may lie anywhere: relative paths in it mean `folder`."""

    folder: Path = Path()

    def stop(self, services: Sequence[str], report: Report = silent) -> None:
        """Ask services to end, each within the grace that the compose file gives it."""
        self._stream(self._with_file("stop", *services), report)

    def execute(self, service: str, command: Sequence[str], *, timeout: float) -> shell.Result:
        """Run a command in a service's running container; its status is the caller's to judge. Raises TimedOut."""
        argv = self._by_name("exec", "--no-TTY", service, *command)
        return shell.capture(argv, env=self._environment(), check=False, timeout=timeout)

    def identities(self) -> dict[str, Identity]:
        """Service -> what its container is."""
        filters = (
            "--filter",
            f"label={PROJECT_LABEL}={self.name}",
            "--filter",
            "label=com.docker.compose.oneoff=False",
        )
        ids = shell.capture(["docker", "ps", "--all", "--quiet", *filters]).stdout.split()
        documents = json.loads(shell.capture(["docker", "container", "inspect", *ids]).stdout) if ids else ()
        return {
            one["Config"]["Labels"][SERVICE_LABEL]: Identity(one["Id"], one["Image"], one["Config"]["Image"])
            for one in documents
        }

    def run_beside(
        self,
        beside: Identity,
        image: str,
        program: Path,
        variables: Mapping[str, str],
        *,
        env_file: Path,
        timeout: float,
    ) -> tuple[int, str]:
        """Run a program of this machine in an image of the release, in the network of a running container.

        There, that container is 127.0.0.1 and the others have their names. Returns its status and output. Raises
        TimedOut.
        """
        labels = [f"--label={PROJECT_LABEL}={self.name}", f"--label={LABEL}={owner()}"]
        settings = [f"--env={name}={value}" for name, value in variables.items()]
        argv = ["docker", "create", "--network", f"container:{beside.container}", "--env-file", str(env_file)]
        made = shell.capture([*argv, *labels, *settings, "--entrypoint", "/smoke", image]).stdout.strip()
        shell.capture(["docker", "cp", str(program), f"{made}:/smoke"])
        done = shell.capture(["docker", "start", "--attach", made], check=False, timeout=timeout)
        return done.status, done.stdout + done.stderr

    def _with_file(self, *words: str) -> list[str]:
        where = ("--file", str(self.file), "--project-directory", str(self.folder))
        return ["docker", "compose", "--project-name", self.name, *where, "--profile", LOCAL_PROFILE, *words]


@contextmanager
def removed_afterwards(stack: SmokeStack) -> Iterator[SmokeStack]:
    """A stack of which nothing is left afterwards, nor of those whose process was killed."""
    sweep()
    try:
        yield stack
    finally:
        remove(stack.name)


def sweep() -> None:
    """Remove what runs left behind that were killed on this machine."""
    for name in {name for kind in LISTED for name, made_by in _labelled(kind) if ended(made_by)}:
        remove(name)


def remove(name: str) -> None:
    """Remove the containers, networks and volumes of a Compose project, whatever their state."""
    ways = (("rm", "--force", "--volumes"), ("network", "rm"), ("volume", "rm", "--force"))
    for kind, way in zip(LISTED, ways, strict=True):
        listed = shell.capture(["docker", *kind, "--quiet", "--filter", f"label={PROJECT_LABEL}={name}"], check=False)
        if found := listed.stdout.split():
            shell.capture(["docker", *way, *found], check=False)


def names_by_manifest() -> bool:
    """Whether an image's id is a manifest's digest and not a configuration's, as in containerd's image store."""
    asked = shell.capture(["docker", "info", "--format", "{{json .DriverStatus}}"], check=False)
    return "io.containerd.snapshotter" in asked.stdout


def _labelled(kind: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The Compose project, and who made it, of all that is a run's."""
    form = f'{{{{.Label "{PROJECT_LABEL}"}}}} {{{{.Label "{LABEL}"}}}}'
    listed = shell.capture(["docker", *kind, "--filter", f"label={LABEL}", "--format", form], check=False)
    for line in listed.stdout.splitlines():
        name, _, made_by = line.strip().partition(" ")
        if name and made_by:
            yield name, made_by
