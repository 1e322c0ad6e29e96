"""Verification against a registry that sends something else than it was asked for."""

from pathlib import Path

import pytest

from dockdj.errors import MissingTool, WrongContent
from dockdj.lifecycle.target.target import Site
from dockdj.lifecycle.verify import registry as verify_registry
from dockdj.lifecycle.verify.verify import verify
from dockdj.model.project.project import Target
from dockdj.model.verify.finding import exit_code
from dockdj.model.version import parse
from tests.support import project as projects
from tests.support.releases import tagged


def no_platform(target: Target) -> Site:
    raise MissingTool("no local cloud runs")


def test_wrong_content_is_a_difference_and_not_a_silent_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lie(*arguments: object) -> None:
        raise WrongContent("the registry sent sha256:1 for sha256:2")

    project = projects.make(tmp_path)
    tagged(project, "1.0.0")
    monkeypatch.setattr(verify_registry, "observe", lie)
    verified = verify(project, parse("1.0.0"), project.targets["local"], lambda _: "registry/tiny", no_platform)
    states = {finding.place: finding.state for finding in verified.findings}
    assert states["registry of local"] == "differs"
    assert states["bundle of local"] == "not asked"
    assert exit_code(verified.findings) == 1
