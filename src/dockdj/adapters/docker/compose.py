"""Docker Compose through `docker compose`: one environment of a project on this machine."""

import math
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockdj.adapters import shell
from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker import versions
from dockdj.errors import CommandFailed, TimedOut
from dockdj.events import Event, Output, Report, silent
from dockdj.model.json_document import items, number, table, text, text_table

# The profile of services that run on this machine only: a target has its own database.
LOCAL_PROFILE = "local"
# How long an interrupted one-off process may clean up before it is killed.
TIDY_SECONDS = 2
# How long the engine may take to create the container that a killed Compose has requested.
CREATE_SECONDS = 2
# On a busy machine each look takes longer, and so does the creation.
CREATE_LOOKS = 8
POLL_SECONDS = 0.2
# How long the engine may take to stop a container.
END_SECONDS = 30
# `docker run` uses the statuses from here on for its own failures and for signals.
FIRST_OWN_STATUS = 125
# The exit status of a killed program, in a shell, is this plus the signal's number.
SIGNALLED_STATUS = 128
# A port is at most 65535.
MOST_DIGITS = 5


@dataclass(frozen=True)
class Container:
    """A container of a service: its state in Docker's words, and its ports, container's -> host's.

    `health` is empty without a health check; with one it is "starting" until the first check ends. `folder` is the
    folder of the compose file that created the container.
    """

    service: str
    state: str
    health: str = ""
    exit_code: int = 0
    restarts: int = 0
    ports: Mapping[int, int] = field(default_factory=dict)
    folder: str = ""

    @property
    def healthy(self) -> bool:
        """True if the container runs and its health check, if it has one, passes."""
        return self.state == "running" and self.health in ("", "healthy")

    @property
    def broken(self) -> bool:
        """True if the container failed, restarts in a loop, or its health check fails."""
        failed = self.state in ("exited", "dead") and self.exit_code != 0
        loops = self.state == "restarting" or (self.restarts > 0 and not self.healthy)
        return failed or loops or self.health == "unhealthy"


@dataclass(frozen=True)
class Stack:
    """The containers of an environment: the Compose project `name` of one compose file."""

    name: str
    file: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def up(self, services: Sequence[str] = (), report: Report = silent) -> None:
        """Start services (none named: all) from existing images; return when they run, healthy or not.

        A named service waits only for other named services.
        """
        versions.require_compose(report)
        alone = ("--no-deps",) if services else ()
        self._stream(self._with_file("up", "--detach", "--no-build", "--remove-orphans", *alone, *services), report)

    def run(self, service: str, command: Sequence[str], report: Report = silent) -> None:
        """Run a command to its end in a new container with a service's image and variables."""
        with self._one_off() as name:
            self._stream(self._run(name, service, command), report)

    def capture(self, service: str, command: Sequence[str], *, folder: str = "") -> shell.Result:
        """As `run`, in a folder of the container; return status and output. The caller checks the status."""
        with self._one_off() as name:
            argv = self._run(name, service, command, folder=folder)
            return shell.capture(argv, env=self._environment(), check=False)

    def attach(self, service: str, command: Sequence[str], *, terminal: bool, folder: str = "") -> int:
        """As `run`, with this process's terminal or pipes; return the command's exit status."""
        with self._one_off() as name:
            argv = self._run(name, service, command, terminal=terminal, folder=folder)
            status = self._hand_over(argv, terminal=terminal)
            if status >= FIRST_OWN_STATUS:
                # Compose 2.26 leaves the container behind when a signal ends Compose.
                self._end(name)
            return status

    def enter(self, service: str, command: Sequence[str], *, terminal: bool) -> int:
        """Run a command in a service's running container; return its exit status."""
        options = () if terminal else ("--no-TTY",)
        return self._hand_over(self._by_name("exec", *options, service, *command), terminal=terminal)

    def down(self, report: Report = silent) -> None:
        """Stop and remove containers and network; volumes, and so data, are kept."""
        self._stream(self._by_name("down", "--remove-orphans"), report)

    def containers(self) -> tuple[Container, ...]:
        """All containers of the stack's services, stopped containers included."""
        labels = (f"com.docker.compose.project={self.name}", "com.docker.compose.oneoff=False")
        filters = [word for label in labels for word in ("--filter", f"label={label}")]
        ids = shell.capture(["docker", "ps", "--all", "--quiet", *filters]).stdout.split()
        if not ids:
            return ()
        # `inspect` fails if a container was removed meanwhile, and still describes the others.
        answer = shell.capture(["docker", "container", "inspect", *ids], check=False)
        return parse_containers(answer.stdout)

    def last_lines(self, service: str, count: int) -> str:
        """The last lines of a service's log; empty if Compose cannot read it."""
        argv = self._by_name("logs", "--no-log-prefix", "--tail", str(count), service)
        try:
            return plain(shell.capture(argv, env=self._environment()).stdout).rstrip()
        except CommandFailed:
            return ""

    def logs(
        self, services: Sequence[str], receive: Callable[[str], None], *, follow: bool = False, new: bool = False
    ) -> None:
        """Pass each line of the logs to `receive` when it is written; with `new`, no earlier line."""

        def forward(event: Event) -> None:
            if isinstance(event, Output):
                receive(plain(event.line))

        shell.stream(self._logs(services, follow, new), forward, env=self._environment())

    def show_logs(self, services: Sequence[str], *, follow: bool = False, new: bool = False) -> int:
        """Show the logs on this terminal, in Compose's colours; return Compose's exit status."""
        return shell.attach(self._logs(services, follow, new), env={**self._environment(), "COMPOSE_ANSI": "auto"})

    def _hand_over(self, argv: Sequence[str], *, terminal: bool) -> int:
        """Give the terminal to Compose; return the program's exit status. Raises KeyboardInterrupt.

        A signal to the process group reaches Compose twice: from its sender and from this process. Compose then ends
        with 130, or the second signal kills it. Docker's client ignores a signal that arrives before it has started
        Compose. The third signal makes the client kill Compose and end with 1. A program that has the terminal gets
        Ctrl-C as a key, so that several signals come from the time before.
        """
        # On a terminal the program has the keyboard, and may take its time.
        repeat = math.inf if terminal else TIDY_SECONDS
        ended = shell.hand_over(argv, env=self._environment(), repeat=repeat)
        if 0 <= ended.status < FIRST_OWN_STATUS and ended.signals < 2:
            return ended.status
        if ended.signals:
            raise KeyboardInterrupt
        # As a shell reports a program that another process killed.
        return ended.status if ended.status >= 0 else SIGNALLED_STATUS - ended.status

    def _run(
        self, name: str, service: str, command: Sequence[str], *, terminal: bool = False, folder: str = ""
    ) -> list[str]:
        where = ("--workdir", folder) if folder else ()
        options = ("--rm", "--no-deps", "--name", name, *where, *(() if terminal else ("--no-TTY",)))
        return self._with_file("run", *options, service, *command)

    @contextmanager
    def _one_off(self) -> Iterator[str]:
        """A name for a container that is removed if the context fails or is interrupted."""
        name = f"{self.name}-run-{uuid.uuid4().hex[:8]}"
        try:
            yield name
        except BaseException as error:
            self._end(name, CREATE_SECONDS if isinstance(error, KeyboardInterrupt) else 0)
            raise

    def _end(self, container: str, create_seconds: float = 0) -> None:
        """Stop and remove a container, which the engine may still be creating for `create_seconds`."""
        deadline, looks = time.monotonic() + create_seconds, CREATE_LOOKS if create_seconds else 1
        # A second interrupt would leave the container behind.
        with shell.uninterrupted():
            while not self._is_stopped(container) and (looks > 1 or time.monotonic() < deadline):
                looks -= 1
                time.sleep(POLL_SECONDS)
            # An engine that hangs must not hold the user.
            with suppress(TimedOut):
                docker.remove(container, timeout=END_SECONDS)

    def _is_stopped(self, container: str) -> bool:
        """Stop a container; false if the engine does not know it. A late answer may mean that it was."""
        stop = ["docker", "stop", "--time", str(TIDY_SECONDS), container]
        try:
            return shell.capture(stop, check=False, timeout=END_SECONDS).status == 0
        except TimedOut:
            return True

    def _stream(self, argv: list[str], report: Report) -> None:
        try:
            shell.stream(argv, report, env=self._environment())
        except CommandFailed:
            docker.require_plugin("compose")
            raise

    def _logs(self, services: Sequence[str], follow: bool, new: bool) -> list[str]:
        # Not `--since 1s`, which the client computes by its clock: one that is ahead of the engine's hides all lines.
        options = (*(("--follow",) if follow else ()), *(("--tail", "0") if new else ()))
        return self._by_name("logs", *options, *services)

    def _with_file(self, *words: str) -> list[str]:
        where = ("--file", str(self.file), "--project-directory", str(self.file.parent))
        return ["docker", "compose", "--project-name", self.name, *where, "--profile", LOCAL_PROFILE, *words]

    def _by_name(self, *words: str) -> list[str]:
        """A command without the compose file, so that it works even if the file is broken or missing."""
        return ["docker", "compose", "--project-name", self.name, "--project-directory", "/", *words]

    def _environment(self) -> dict[str, str]:
        # COMPOSE_* of the caller's shell would select other files and services.
        fixed = {"COMPOSE_FILE": "", "COMPOSE_PROFILES": "", "COMPOSE_ENV_FILES": "", "COMPOSE_ANSI": "never"}
        return {**self.variables, **fixed}


def plain(line: str) -> str:
    """A log line without "erase this line", which Compose 2.26 writes even without a terminal."""
    return line.replace("\x1b[2K", "")


def parse_containers(answer: str) -> tuple[Container, ...]:
    """The containers in an answer of `docker container inspect`. Raises CommandFailed for another answer."""
    documents = docker.inspected(answer, "docker container inspect")
    with docker.answer_of("docker container inspect"):
        return tuple(sorted(map(_container, documents), key=lambda each: each.service))


def _container(document: Mapping[str, Any]) -> Container:
    """A container. Raises ValueError for a document of another shape."""
    state, config = table(document.get("State"), "`State`"), table(document.get("Config"), "`Config`")
    check = table(config.get("Healthcheck") or {}, "`Healthcheck`").get("Test") or ["NONE"]
    # Just after its start a container with a health check has no health yet.
    health = "" if check == ["NONE"] else table(state.get("Health") or {}, "`Health`").get("Status") or "starting"
    labels = text_table(config.get("Labels"), "`Labels`")
    return Container(
        service=text(labels, "com.docker.compose.service"),
        state=text(state, "Status"),
        health=str(health),
        exit_code=number(state, "ExitCode"),
        restarts=number(document, "RestartCount") if document.get("RestartCount") else 0,
        ports=dict(_published(table(table(document.get("NetworkSettings"), "`NetworkSettings`").get("Ports") or {}))),
        folder=labels.get("com.docker.compose.project.working_dir", ""),
    )


def _published(ports: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Pairs of container's and host's port; a binding on IPv4 and the same on IPv6 give equal pairs."""
    for inner, bindings in sorted(ports.items()):
        for binding in items(bindings or [], "a port's bindings"):
            if outer := table(binding, "a binding").get("HostPort"):
                yield _port(inner.partition("/")[0]), _port(outer)


def _port(text: Any) -> int:
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise ValueError(f"{str(text)[:80]!r} is not a port")
    return int(text)
