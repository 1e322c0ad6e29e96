"""`export`, `show --schema`, and records of a newer Dockdj, in a real repository without an engine."""

import hashlib
import json
from pathlib import Path

import pytest

from dockdj.cli.main import main
from dockdj.lifecycle.history import tags as release_tags
from dockdj.model.bom.cyclonedx import encode
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release
from tests.support import project as projects
from tests.support.records import release


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    made = projects.make(tmp_path, "shop")
    monkeypatch.chdir(made.root)
    return made


def tag(project: Project, made: Release, message: str = "") -> None:
    projects.git(
        project.root, "tag", "--annotate", f"v{made.version}", "--message", message or release_tags.message(made)
    )


def test_export_prints_the_same_bytes_each_time(project: Project, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    made = release("1.0.0")
    tag(project, made)
    printed = []
    for arguments in (["export", "1.0.0"], ["export", "1.0.0", "--format", "cyclonedx", "--json"]):
        assert main(arguments) == 0
        printed.append(capfdbinary.readouterr().out)
    assert printed == [encode(made), encode(made)]
    assert json.loads(printed[0])["specVersion"] == "1.6"


def test_export_of_an_unreleased_version_exits_1(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "1.0.0"]) == 1
    shown = capfd.readouterr()
    assert (shown.out, "1.0.0 is not released" in shown.err) == ("", True)


def test_show_schema_needs_no_version_and_no_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["show", "--schema"]) == 0
    assert json.loads(capfd.readouterr().out)["properties"]["schema"] == {
        "description": "Number of this form. A reader refuses one it does not know.",
        "const": 1,
    }


@pytest.mark.parametrize("verb", ["show", "export"])
def test_record_of_a_newer_dockdj_is_refused_with_the_way_to_the_pinned_dockdj(
    verb: str, project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    made = release("2.0.0")
    newer = json.dumps({**json.loads(made.content), "schema": 2, "services": [{"unknown": "form"}]})
    tag(project, made, f"tiny 2.0.0\n\n{release_tags.MARK}{newer}\n")
    assert main([verb, "2.0.0"]) == 3
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "v2.0.0" in shown.err and "schema 2" in shown.err
    assert "git pull, then bin/dockdj" in shown.err


def test_bill_of_materials_names_the_digest_of_the_shown_record(
    project: Project, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    tag(project, release("1.0.0"))
    assert main(["show", "1.0.0"]) == 0
    digest = hashlib.sha256(capfdbinary.readouterr().out).hexdigest()
    assert main(["export", "1.0.0"]) == 0
    properties = json.loads(capfdbinary.readouterr().out)["metadata"]["component"]["properties"]
    assert {"name": "dockdj:record", "value": f"sha256:{digest}"} in properties
