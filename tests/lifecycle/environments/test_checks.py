import json
from pathlib import Path

import pytest

from dockdj.errors import ProjectError
from dockdj.lifecycle.environments.checks import Check, quick, read, status
from dockdj.model.build.bake_definition import BuildOptions, definition
from dockdj.model.project.compose_file import Build, Service
from dockdj.model.project.project import Project, Recipe

PROJECT = Project("shop", "0", Recipe("0"))


def evidence(folder: Path, exit_code: int) -> Path:
    checks = [
        {"name": "lint", "command": "ruff", "exit": 0, "seconds": 0.1},
        {"name": "static files", "command": "x", "exit": exit_code, "seconds": 2.0},
    ]
    tests = {"passed": 3, "failed": 0, "skipped": 1, "seconds": 0.5}
    (folder / "summary.json").write_text(json.dumps({"checks": checks, "tests": tests, "exit": exit_code}))
    (folder / "static-files.log").write_text("no such file\n")
    return folder


def test_evidence_of_a_failed_run_is_read_with_the_checks_output(tmp_path: Path) -> None:
    gate = read(evidence(tmp_path, 1), "summary.json")
    assert not gate.open
    assert gate.checks == (Check("lint", 0, 0.1, ""), Check("static files", 1, 2.0, "no such file"))
    assert (gate.passed, gate.failed, gate.skipped) == (3, 0, 1)
    assert read(evidence(tmp_path, 0), "summary.json").open


@pytest.mark.parametrize("text", [None, "", "{}", '{"checks": [{}], "tests": {}, "exit": 0}', '{"checks": 1}'])
def test_unusable_evidence_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "summary.json").write_text(text)
    with pytest.raises(ProjectError, match=r"summary\.json"):
        read(tmp_path, "summary.json")


def test_the_gate_builds_only_the_evidence_and_runs_the_tests_again() -> None:
    services = (
        Service("django", Build(".", "Dockerfile", "prod")),
        Service("nginx", Build(".", "Dockerfile", "nginx")),
    )
    document = json.loads(definition(services, {}, BuildOptions(evidence_folder="/tmp/x", test_run="now")))
    assert document["group"]["default"]["targets"] == ["evidence"]
    assert document["target"]["evidence"]["args"]["TEST_RUN"] == "now"


def test_quick_checks_run_where_their_tools_are() -> None:
    django, assets = quick(PROJECT, (), frontend=True)
    assert (django.service, django.command[1:]) == ("django", ("/var/app/docker/django/checks.py", "now"))
    assert (assets.service, assets.command[-1]) == ("assets", "now")
    assert [each.service for each in quick(PROJECT, (), frontend=False)] == ["django"]


def test_an_unknown_check_gives_exit_status_2_even_if_others_failed() -> None:
    assert [status(exits) for exits in ((), (0, 0), (0, 1), (3,), (2, 1))] == [0, 0, 1, 1, 2]


def test_only_named_checks_run() -> None:
    assert [each.command[3:] for each in quick(PROJECT, ("lint", "tests"), frontend=True)] == [("lint", "tests")]
    assert [each.command[-1] for each in quick(PROJECT, ("biome",), frontend=True)] == ["biome"]
