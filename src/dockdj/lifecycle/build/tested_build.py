"""Images that are built and tested in one go, and what the build left in its `evidence` stage."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.errors import ProjectError
from dockdj.events import Report, step
from dockdj.lifecycle.build.images import BuildRequest, bake_images
from dockdj.lifecycle.build.suite import COMPARE_HINT, JUNIT
from dockdj.lifecycle.environments.checks import SUMMARY
from dockdj.model.project.compose_file import Service
from dockdj.model.project.project import Project
from dockdj.model.release import evidence

NPM = "npm.json"


@dataclass(frozen=True)
class TestedBuild:
    """Service -> config digest of its image, what the tests of that build said, and what built the assets."""

    configs: Mapping[str, str]
    evidence: Mapping[str, Any]
    npm: Mapping[str, str]


def build(
    project: Project,
    folder: Path,
    services: tuple[Service, ...],
    tags: Mapping[str, str],
    left: Path,
    report: Report,
    *,
    known: tuple[str, ...] = (),
    no_cache: bool = False,
) -> TestedBuild:
    """Build and test those of the services that are built, from the checkout in `folder`, under `tags`.

    What the checks wrote comes to the folder `left`. `known` are tests that may fail. Raises Refused when the gate is
    closed, ProjectError when there is no evidence.
    """
    built = {service.name: tags[service.name] for service in services if service.build}
    with step(report, f"build and test {', '.join(built)}"):
        request = BuildRequest(
            project,
            folder,
            services,
            built,
            evidence_folder=str(left),
            # A new value reruns the tests, whatever the build cache remembers of earlier ones.
            test_run=uuid.uuid4().hex,
            past_gate=bool(known),
            no_cache=no_cache,
        )
        configs = bake_images(request, report)
    return TestedBuild(configs, _evidence_of(left, configs, known=known), _npm_of(left))


def _evidence_of(folder: Path, configs: Mapping[str, str], *, known: tuple[str, ...]) -> dict[str, Any]:
    """The evidence of the images (service -> config digest) that came out of the build.

    Raises ProjectError when there is none, Refused when it says that a check failed that is not `known`.
    """
    if not (folder / SUMMARY).is_file():
        raise ProjectError(
            f"the build gave no evidence of its tests: its `evidence` stage has no {SUMMARY}", hint=COMPARE_HINT
        )
    junit = folder / JUNIT
    report = junit.read_bytes() if junit.is_file() else None
    return evidence.read((folder / SUMMARY).read_bytes(), report, configs, known=known)


def _npm_of(folder: Path) -> dict[str, str]:
    """What built the assets; nothing for a project without a frontend. Raises ProjectError for another document."""
    file = folder / NPM
    if not file.is_file():
        return {}
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): str(version) for name, version in document.items()}
    except (ValueError, AttributeError) as error:
        raise ProjectError(
            f"the build's evidence/{NPM} is no table of packages",
            hint="compare docker/assets/checks.mjs with the recipe's",
        ) from error
