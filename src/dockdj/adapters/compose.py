"""Docker Compose through its own command line: one environment of a project on this machine."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockdj.adapters import shell
from dockdj.errors import CommandFailed
from dockdj.events import Event, Output, Report, silent

# Services that belong to this machine alone: a database that on a target is somebody else's.
LOCAL_PROFILE = "local"


@dataclass(frozen=True)
class Container:
    """A container of a service: its state and health in Docker's words, its host ports."""

    service: str
    state: str
    health: str
    exit_code: int
    ports: tuple[int, ...] = ()

    @property
    def well(self) -> bool:
        """Whether it runs and, where it can tell, says that it is healthy."""
        return self.state == "running" and self.health in ("", "healthy")

    @property
    def broken(self) -> bool:
        """Whether it ended badly, starts again and again, or says that it is ill."""
        ended = self.state in ("exited", "dead") and self.exit_code != 0
        return ended or self.state == "restarting" or self.health == "unhealthy"


@dataclass(frozen=True)
class Stack:
    """The containers of an environment: Compose's project `name`, made of one compose file."""

    name: str
    file: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def up(self, services: Sequence[str] = (), report: Report = silent) -> None:
        """Start services (none named: all) from images that exist; return when they run, healthy or not."""
        argv = self._with_file("up", "--detach", "--no-build", "--remove-orphans", *services)
        shell.stream(argv, report, env=self._environment())

    def run(self, service: str, command: Sequence[str], report: Report = silent) -> None:
        """Run a command to its end in a container of its own, with a service's image and variables."""
        argv = self._with_file("run", "--rm", "--no-deps", "-T", service, *command)
        shell.stream(argv, report, env=self._environment())

    def down(self, report: Report = silent) -> None:
        """Stop and remove containers and network; volumes, and so data, stay."""
        shell.stream(self._by_name("down", "--remove-orphans"), report, env=self._environment())

    def containers(self) -> tuple[Container, ...]:
        """All containers, the ended ones too."""
        argv = self._by_name("ps", "--all", "--format", "json")
        return parse_containers(shell.capture(argv, env=self._environment()).stdout)

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
    """`docker compose ps --format json`: one object a line, or, before Compose 2.21, one array."""
    text = text.strip()
    documents = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    return tuple(_container(document) for document in documents)


def _container(document: Mapping[str, Any]) -> Container:
    published = {int(port["PublishedPort"]) for port in document.get("Publishers") or () if port.get("PublishedPort")}
    return Container(
        service=document["Service"],
        state=document["State"],
        health=document.get("Health") or "",
        exit_code=int(document.get("ExitCode") or 0),
        ports=tuple(sorted(published)),
    )
