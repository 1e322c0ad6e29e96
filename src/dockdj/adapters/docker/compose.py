"""Docker Compose through its own command line: one environment of a project on this machine."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockdj.adapters import shell
from dockdj.adapters.docker import client as docker
from dockdj.errors import CommandFailed
from dockdj.events import Event, Output, Report, silent

# Services that belong to this machine alone: a database that on a target is somebody else's.
LOCAL_PROFILE = "local"
# How long an interrupted one-off process may tidy up before it is killed.
TIDY_SECONDS = 2
# `docker run` keeps the statuses from here on for itself and for signals.
FIRST_OWN_STATUS = 125


@dataclass(frozen=True)
class Container:
    """A container of a service: its state in Docker's words and its ports, container's -> host's.

    `health` is empty without a health check; with one it is "starting" until the first answer. `folder` is that of
    the compose file it was made from.
    """

    service: str
    state: str
    health: str = ""
    exit_code: int = 0
    restarts: int = 0
    ports: Mapping[int, int] = field(default_factory=dict)
    folder: str = ""

    @property
    def well(self) -> bool:
        """Whether it runs and, where it can tell, says that it is healthy."""
        return self.state == "running" and self.health in ("", "healthy")

    @property
    def broken(self) -> bool:
        """Whether it ended badly, starts again and again, or says that it is ill."""
        ended = self.state in ("exited", "dead") and self.exit_code != 0
        loops = self.state == "restarting" or (self.restarts > 0 and not self.well)
        return ended or loops or self.health == "unhealthy"


@dataclass(frozen=True)
class Stack:
    """The containers of an environment: Compose's project `name`, made of one compose file."""

    name: str
    file: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def up(self, services: Sequence[str] = (), report: Report = silent) -> None:
        """Start services (none named: all) from images that exist; return when they run, healthy or not.

        A named service waits for others that are named only.
        """
        alone = ("--no-deps",) if services else ()
        self._stream(self._with_file("up", "--detach", "--no-build", "--remove-orphans", *alone, *services), report)

    def run(self, service: str, command: Sequence[str], report: Report = silent) -> None:
        """Run a command to its end in a container of its own, with a service's image and variables."""
        with self._one_off() as name:
            self._stream(self._run(name, service, command), report)

    def capture(self, service: str, command: Sequence[str], *, folder: str = "") -> shell.Result:
        """As `run`, in a folder of the container; returns what it wrote, and its status is the caller's to judge."""
        with self._one_off() as name:
            argv = self._run(name, service, command, folder=folder)
            return shell.capture(argv, env=self._environment(), check=False)

    def attach(self, service: str, command: Sequence[str], *, terminal: bool, folder: str = "") -> int:
        """As `run`, with this process's terminal, or its pipes; returns its exit status."""
        with self._one_off() as name:
            argv = self._run(name, service, command, terminal=terminal, folder=folder)
            status = shell.hand_over(argv, env=self._environment())
            if not 0 <= status < FIRST_OWN_STATUS:
                # Compose 2.26 leaves the container behind when it is told to end.
                self._end(name)
            return status

    def enter(self, service: str, command: Sequence[str], *, terminal: bool) -> int:
        """Run a command in a service's running container; returns its exit status."""
        options = () if terminal else ("--no-TTY",)
        return shell.hand_over(self._by_name("exec", *options, service, *command), env=self._environment())

    def down(self, report: Report = silent) -> None:
        """Stop and remove containers and network; volumes, and so data, stay."""
        self._stream(self._by_name("down", "--remove-orphans"), report)

    def containers(self) -> tuple[Container, ...]:
        """All containers of its services, the ended ones too."""
        labels = (f"com.docker.compose.project={self.name}", "com.docker.compose.oneoff=False")
        filters = [word for label in labels for word in ("--filter", f"label={label}")]
        ids = shell.capture(["docker", "ps", "--all", "--quiet", *filters]).stdout.split()
        if not ids:
            return ()
        # One that goes away in between is left out.
        asked = shell.capture(["docker", "container", "inspect", *ids], check=False)
        return parse_containers(asked.stdout)

    def last_lines(self, service: str, count: int) -> str:
        """What a service wrote last; nothing when Compose cannot say."""
        argv = self._by_name("logs", "--no-log-prefix", "--tail", str(count), service)
        try:
            return plain(shell.capture(argv, env=self._environment()).stdout).rstrip()
        except CommandFailed:
            return ""

    def logs(
        self, services: Sequence[str], hear: Callable[[str], None], *, follow: bool = False, since: str = ""
    ) -> None:
        """Hand over each line of the logs as it comes."""

        def heard(event: Event) -> None:
            if isinstance(event, Output):
                hear(plain(event.line))

        shell.stream(self._logs(services, follow, since), heard, env=self._environment())

    def show_logs(self, services: Sequence[str], *, follow: bool = False, since: str = "") -> int:
        """Give the terminal to the logs, for Compose's colours; return its exit status."""
        return shell.attach(self._logs(services, follow, since), env={**self._environment(), "COMPOSE_ANSI": "auto"})

    def _run(
        self, name: str, service: str, command: Sequence[str], *, terminal: bool = False, folder: str = ""
    ) -> list[str]:
        where = ("--workdir", folder) if folder else ()
        options = ("--rm", "--no-deps", "--name", name, *where, *(() if terminal else ("--no-TTY",)))
        return self._with_file("run", *options, service, *command)

    @contextmanager
    def _one_off(self) -> Iterator[str]:
        """A name for a container that is gone when this ends, even by an interrupt."""
        name = f"{self.name}-run-{uuid.uuid4().hex[:8]}"
        try:
            yield name
        except BaseException:
            self._end(name)
            raise

    def _end(self, container: str) -> None:
        shell.capture(["docker", "stop", "--time", str(TIDY_SECONDS), container], check=False)
        docker.remove(container)

    def _stream(self, argv: list[str], report: Report) -> None:
        try:
            shell.stream(argv, report, env=self._environment())
        except CommandFailed:
            docker.require_plugin("compose")
            raise

    def _logs(self, services: Sequence[str], follow: bool, since: str) -> list[str]:
        options = (*(("--follow",) if follow else ()), *(("--since", since) if since else ()))
        return self._by_name("logs", *options, *services)

    def _with_file(self, *words: str) -> list[str]:
        where = ("--file", str(self.file), "--project-directory", str(self.file.parent))
        return ["docker", "compose", "--project-name", self.name, *where, "--profile", LOCAL_PROFILE, *words]

    def _by_name(self, *words: str) -> list[str]:
        """Without the file: what runs can be stopped and read even when the file is broken or gone."""
        return ["docker", "compose", "--project-name", self.name, "--project-directory", "/", *words]

    def _environment(self) -> dict[str, str]:
        # A person's own COMPOSE_* would mean other files and other services.
        own = {"COMPOSE_FILE": "", "COMPOSE_PROFILES": "", "COMPOSE_ENV_FILES": "", "COMPOSE_ANSI": "never"}
        return {**self.variables, **own}


def plain(line: str) -> str:
    """Without "erase this line", which Compose 2.26 writes before log lines even where there is no terminal."""
    return line.replace("\x1b[2K", "")


def parse_containers(text: str) -> tuple[Container, ...]:
    """The containers in `docker container inspect`'s answer."""
    return tuple(sorted((_container(document) for document in json.loads(text)), key=lambda each: each.service))


def _container(document: Mapping[str, Any]) -> Container:
    state = document["State"]
    checked = (document["Config"].get("Healthcheck") or {}).get("Test") or ["NONE"]
    # For a moment after its start a container has no health yet: that is not the same as no health check.
    health = "" if checked == ["NONE"] else (state.get("Health") or {}).get("Status") or "starting"
    labels = document["Config"]["Labels"]
    return Container(
        service=labels["com.docker.compose.service"],
        state=state["Status"],
        health=health,
        exit_code=int(state["ExitCode"]),
        restarts=int(document.get("RestartCount") or 0),
        ports=dict(_published(document["NetworkSettings"]["Ports"] or {})),
        folder=labels.get("com.docker.compose.project.working_dir", ""),
    )


def _published(ports: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Container's port -> host's; the same one on IPv4 and IPv6 is one."""
    for inner, bindings in sorted(ports.items()):
        for binding in bindings or ():
            if binding.get("HostPort"):
                yield int(inner.partition("/")[0]), int(binding["HostPort"])
