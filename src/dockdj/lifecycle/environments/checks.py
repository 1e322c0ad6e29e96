"""Check code quality: quick checks of the working tree, and the gate of production's images."""

import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.adapters.docker import client as docker
from dockdj.errors import ProjectError
from dockdj.events import Report, silent, step
from dockdj.lifecycle.build.images import BuildRequest, bake_images
from dockdj.lifecycle.build.services import read_services
from dockdj.lifecycle.environments.processes import Process
from dockdj.model import json_document
from dockdj.model.json_document import items, table, text
from dockdj.model.project.project import Project

# The exit status of both commands for an unknown check; they then list the checks that they have.
UNKNOWN = 2


@dataclass(frozen=True)
class Check:
    """A check of the gate: its exit status and its output."""

    name: str
    exit: int
    seconds: float
    output: str


@dataclass(frozen=True)
class Gate:
    """The result of the production gate; the counts are of tests."""

    checks: tuple[Check, ...]
    passed: int
    failed: int
    skipped: int
    open: bool


def quick(project: Project, names: Sequence[str], *, frontend: bool) -> tuple[Process, ...]:
    """The processes that run these checks in development; without names, the checks that the project calls quick.

    `frontend` says whether the environment has the service that checks the frontend.
    """
    application, tools = project.application, project.frontend
    application_names = tuple(name for name in names if name not in tools.check_names)
    frontend_names = tuple(name for name in names if name in tools.check_names)
    processes = []
    if application_names or not names:
        command = (*project.gate.checks, *application_names)
        processes.append(Process(application.service, command, application.folder))
    if frontend and (frontend_names or not names):
        processes.append(Process(tools.service, (*tools.checks, *frontend_names), application.folder))
    return tuple(processes)


def status(exits: Sequence[int]) -> int:
    """The exit status of `check`: UNKNOWN for a wrong command line, 1 when a check failed, else 0."""
    return UNKNOWN if UNKNOWN in exits else int(any(exits))


def gate(project: Project, environment: str, report: Report = silent) -> Gate:
    """Run every check of production, whatever the build cache holds; build no image.

    Raises ProjectError when the Dockerfile has no usable `evidence` stage, CommandFailed when the build itself fails.
    """
    services = read_services(project, environment)
    docker.require_engine()
    with tempfile.TemporaryDirectory(prefix="dockdj-evidence-") as folder:
        with step(report, f"check and test {environment}"):
            request = BuildRequest(
                project, project.root, services, tags={}, evidence_folder=folder, test_run=uuid.uuid4().hex
            )
            bake_images(request, report)
        return read(Path(folder), project.gate.summary)


def read(folder: Path, summary: str) -> Gate:
    """The evidence in a folder, by its summary's name. Raises ProjectError when the summary is unusable."""
    try:
        document = table(json_document.parse((folder / summary).read_bytes()))
        tests = table(document["tests"])
        return Gate(
            tuple(_check(folder, table(each)) for each in items(document["checks"])),
            int(tests["passed"]),
            int(tests["failed"]),
            int(tests["skipped"]),
            open=int(document["exit"]) == 0,
        )
    except (OSError, OverflowError, ValueError, KeyError, TypeError) as error:
        raise ProjectError(
            f"the build gave no evidence of its checks: its `evidence` stage has no usable {summary}",
            hint="compare docker/django/Dockerfile with the recipe's",
        ) from error


def _check(folder: Path, entry: Mapping[str, Any]) -> Check:
    name = text(entry, "name")
    # The name of a file next to the summary: no path that leaves the folder.
    if not name or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is not the name of a check")
    log = folder / f"{name.replace(' ', '-')}.log"
    output = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return Check(name, int(entry["exit"]), float(entry["seconds"]), output.rstrip())
