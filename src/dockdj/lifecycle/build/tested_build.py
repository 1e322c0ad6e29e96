"""Build and test images in a single run, and read the evidence that the build's `evidence` stage holds."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dockdj.errors import ProjectError
from dockdj.events import Report, step
from dockdj.lifecycle.build.images import BuildRequest, bake_images
from dockdj.lifecycle.build.suite import COMPARE_HINT
from dockdj.model import json_document
from dockdj.model.json_document import text_table
from dockdj.model.project.layout import Gate
from dockdj.model.release import evidence
from dockdj.model.release.suites import SuiteResult


@dataclass(frozen=True)
class TestedBuild:
    """Images that were tested in their build.

    `configs` is service -> config digest, `evidence` the record's entry for the tests, `npm` the packages that built
    the assets, name -> version.
    """

    configs: Mapping[str, str]
    evidence: SuiteResult
    npm: Mapping[str, str]


def build(request: BuildRequest, evidence_folder: Path, report: Report, *, known: tuple[str, ...] = ()) -> TestedBuild:
    """Build and test the requested services, and export the output of their checks to `evidence_folder`.

    Tags of services that are not built are ignored. `known` names tests that may fail. Raises Refused when the gate
    is closed, ProjectError without evidence.
    """
    tags = {service.name: request.tags[service.name] for service in request.services if service.build}
    complete = replace(
        request,
        tags=tags,
        evidence_folder=str(evidence_folder),
        # A new value reruns the tests, whatever the build cache holds.
        test_run=uuid.uuid4().hex,
        past_gate=bool(known),
    )
    with step(report, f"build and test {', '.join(tags)}"):
        configs = bake_images(complete, report)
    gate = request.project.gate
    result = _evidence_of(evidence_folder, gate, configs, known=known)
    return TestedBuild(configs, result, _npm_of(evidence_folder / gate.npm_packages))


def _evidence_of(folder: Path, gate: Gate, configs: Mapping[str, str], *, known: tuple[str, ...]) -> SuiteResult:
    """The evidence of the build's images (service -> config digest).

    Raises ProjectError without evidence, Refused when a check failed that is not `known`.
    """
    if not (folder / gate.summary).is_file():
        raise ProjectError(
            f"the build gave no evidence of its tests: its `evidence` stage has no {gate.summary}", hint=COMPARE_HINT
        )
    junit = folder / gate.junit
    report = junit.read_bytes() if junit.is_file() else None
    return evidence.read((folder / gate.summary).read_bytes(), report, configs, known=known)


def _npm_of(file: Path) -> dict[str, str]:
    """The packages that built the assets; empty for a project without a frontend. Raises ProjectError if unreadable."""
    if not file.is_file():
        return {}
    try:
        return text_table(json_document.parse(file.read_bytes()))
    except ValueError as error:
        raise ProjectError(
            f"the build's evidence/{file.name} is not a table of packages",
            hint="compare docker/assets/checks.mjs with the recipe's",
        ) from error
