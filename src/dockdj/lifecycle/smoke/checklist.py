"""One run of the smoke suite: what was checked so far, and how a failure is told."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dockdj.adapters.disk import write_atomically
from dockdj.adapters.docker.throwaway_stack import SmokeStack
from dockdj.errors import CommandFailed, DockdjError, Refused, TimedOut
from dockdj.events import Report, step
from dockdj.lifecycle.build.evidence_folder import EVIDENCE_FOLDER
from dockdj.lifecycle.readiness import SHOWN_LINES
from dockdj.model.project.recipe import PRODUCTION
from dockdj.model.smoke.evidence import Check

# Of each container, in the files for people and in the search for errors.
KEPT_LINES = 5000


class Wrong(Exception):
    """A check's answer is no: why, and the services whose last lines show it."""

    def __init__(self, message: str, *services: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.services = services
        self.hint = hint


@dataclass
class Suite:
    """The release under test: its containers, the services that are released, and the checks that passed.

    `logs` is a folder for what the containers wrote; whoever gives it keeps it in .dockdj/evidence. `said` holds
    outputs of others, by the name of their file.
    """

    stack: SmokeStack
    services: tuple[str, ...]
    report: Report
    logs: Path | None = None
    checks: list[Check] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def check(self, name: str) -> Iterator[None]:
        """Time a check, and list it when it passes. Raises Refused with its name, the cause and last lines."""
        started = time.monotonic()
        try:
            with step(self.report, f"smoke: {name}"):
                yield
        except Wrong as wrong:
            raise self._refused(name, wrong) from wrong
        except (CommandFailed, TimedOut, Refused) as error:
            raise self._refused(name, Wrong(error.message)) from error
        self.checks.append(Check(name, round((time.monotonic() - started) * 1000)))

    def skip(self, name: str, reason: str) -> None:
        """List a check that says nothing about this project."""
        self.checks.append(Check(name, skipped=reason))

    def keep_logs(self) -> None:
        """Write what the containers wrote, for people, as far as the engine still knows it."""
        if self.logs is None:
            return
        try:
            for container in self.stack.containers():
                self.said.setdefault(container.service, self.stack.last_lines(container.service, KEPT_LINES))
            self.logs.mkdir(parents=True, exist_ok=True)
            for name, text in self.said.items():
                write_atomically(self.logs / f"{name}.log", f"{text.rstrip()}\n".encode())
        except (DockdjError, OSError):
            # They explain a result, they are none: the check's own answer counts.
            return

    def _refused(self, name: str, wrong: Wrong) -> Refused:
        parts = [f"the assembled release failed its smoke test: {name}: {wrong.message}"]
        for service in dict.fromkeys(wrong.services):
            lines = self.stack.last_lines(service, SHOWN_LINES)
            parts.append(f"{service}'s last lines:\n{lines or '(none)'}")
        kept = f"all that its containers wrote: {EVIDENCE_FOLDER}/; " if self.logs else ""
        look = f"{kept}to look around in one like it: dockdj start {PRODUCTION}"
        return Refused("\n".join(parts), hint=f"{wrong.hint}; {look}" if wrong.hint else look)
