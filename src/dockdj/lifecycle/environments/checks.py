"""Code quality: quick checks of the working tree, and the gate that production's images pass through."""

import json
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
from dockdj.model.project.project import Project
from dockdj.model.project.recipe import (
    APPLICATION,
    ASSETS,
    CHECKS,
    FOLDER,
    FRONTEND_CHECK_NAMES,
    FRONTEND_CHECKS,
    SUMMARY,
)

# How both end at the name of a check that they do not have, after naming those they have.
UNKNOWN = 2


@dataclass(frozen=True)
class Check:
    """A check of the gate: its exit status and what it said."""

    name: str
    exit: int
    seconds: float
    output: str


@dataclass(frozen=True)
class Gate:
    """What the production gate said; the counts are those of the tests."""

    checks: tuple[Check, ...]
    passed: int
    failed: int
    skipped: int
    open: bool


def quick(names: Sequence[str], *, frontend: bool) -> tuple[Process, ...]:
    """The processes that run these checks where development runs; none named, those that the project calls quick."""
    own = tuple(name for name in names if name not in FRONTEND_CHECK_NAMES)
    theirs = tuple(name for name in names if name in FRONTEND_CHECK_NAMES)
    found = []
    if own or not names:
        found.append(Process(APPLICATION, (*CHECKS, *own), FOLDER))
    if frontend and (theirs or not names):
        found.append(Process(ASSETS, (*FRONTEND_CHECKS, *theirs), FOLDER))
    return tuple(found)


def status(exits: Sequence[int]) -> int:
    """The exit status of checks that ended so: a wrong command line, else whether one failed."""
    return UNKNOWN if UNKNOWN in exits else int(any(exits))


def gate(project: Project, environment: str, report: Report = silent) -> Gate:
    """Run every check of production now, whatever the build cache remembers; no image comes out.

    Raises ProjectError when the Dockerfile has no usable `evidence` stage, CommandFailed when the build itself fails.
    """
    services = read_services(project.root, environment)
    docker.require_engine()
    with tempfile.TemporaryDirectory(prefix="dockdj-evidence-") as folder:
        with step(report, f"check and test {environment}"):
            request = BuildRequest(
                project, project.root, services, tags={}, evidence_folder=folder, test_run=uuid.uuid4().hex
            )
            bake_images(request, report)
        return read(Path(folder))


def read(folder: Path) -> Gate:
    """The evidence in a folder. Raises ProjectError when it is none."""
    try:
        document: Mapping[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        tests = document["tests"]
        return Gate(
            tuple(_check(folder, each) for each in document["checks"]),
            int(tests["passed"]),
            int(tests["failed"]),
            int(tests["skipped"]),
            open=int(document["exit"]) == 0,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProjectError(
            f"the build gave no evidence of its checks: its `evidence` stage has no usable {SUMMARY}",
            hint="compare docker/django/Dockerfile with the recipe's",
        ) from error


def _check(folder: Path, entry: Mapping[str, Any]) -> Check:
    name = str(entry["name"])
    log = folder / f"{name.replace(' ', '-')}.log"
    output = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return Check(name, int(entry["exit"]), float(entry["seconds"]), output.rstrip())
