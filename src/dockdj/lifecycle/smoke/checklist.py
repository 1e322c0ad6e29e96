"""The checklist of a smoke run: time each check, list it, and explain a failure."""

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

# Lines of each container in the files for people, and in the search for errors.
KEPT_LINES = 5000


class CheckFailed(Exception):
    """A check failed: the reason, and the services whose last lines show it."""

    def __init__(self, message: str, *services: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.services = services
        self.hint = hint


@dataclass
class Suite:
    """The release under test: its containers, the services that are released, and the checks that passed.

    `logs` is a folder for the containers' logs; the caller keeps it in .dockdj/evidence. `outputs` has further logs,
    by file name.
    """

    stack: SmokeStack
    services: tuple[str, ...]
    report: Report
    logs: Path | None = None
    checks: list[Check] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def check(self, name: str) -> Iterator[None]:
        """Time a check, and list it when it passes. Raises Refused with its name, the cause and the last lines."""
        started = time.monotonic()
        try:
            with step(self.report, f"smoke: {name}"):
                yield
        except CheckFailed as failure:
            raise self._refused(name, failure) from failure
        except (CommandFailed, TimedOut, Refused) as error:
            raise self._refused(name, CheckFailed(error.message)) from error
        self.checks.append(Check(name, round((time.monotonic() - started) * 1000)))

    def skip(self, name: str, reason: str) -> None:
        """List a check that does not apply to this project."""
        self.checks.append(Check(name, skipped=reason))

    def keep_logs(self) -> None:
        """Write the containers' logs to files, as far as the engine still has them."""
        if self.logs is None:
            return
        try:
            for container in self.stack.containers():
                self.outputs.setdefault(container.service, self.stack.last_lines(container.service, KEPT_LINES))
            self.logs.mkdir(parents=True, exist_ok=True)
            for name, text in self.outputs.items():
                write_atomically(self.logs / f"{name}.log", f"{text.rstrip()}\n".encode())
        except (DockdjError, OSError):
            # Logs only explain a result: failing to write them must not hide it.
            return

    def _refused(self, name: str, failure: CheckFailed) -> Refused:
        parts = [f"the assembled release failed its smoke test: {name}: {failure.message}"]
        for service in dict.fromkeys(failure.services):
            lines = self.stack.last_lines(service, SHOWN_LINES)
            parts.append(f"{service}'s last lines:\n{lines or '(none)'}")
        logs = f"full logs of its containers: {EVIDENCE_FOLDER}/; " if self.logs else ""
        look = f"{logs}to inspect the same setup: dockdj start {PRODUCTION}"
        return Refused("\n".join(parts), hint=f"{failure.hint}; {look}" if failure.hint else look)
