"""`deploy` and `rollback` say what newer versions a target loses, before anything is done."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dockdj.cli.main import main
from dockdj.errors import Refused
from dockdj.lifecycle.deploy.deploy import Prepared
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.target.target import Site
from dockdj.model.beanstalk.bundle import Bundle
from dockdj.model.beanstalk.environment import Environment
from dockdj.model.beanstalk.plan import Observed, plan_deploy
from dockdj.model.canonical import canonical
from dockdj.model.project.project import Project
from dockdj.model.release.record import Release
from dockdj.model.version import Version, parse
from tests.support import project as projects
from tests.support.project import git
from tests.support.records import application
from tests.support.releases import tagged

LOST = "security: going back loses newer versions of: openssl 3.5.4-1 → 3.5.1-1"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A target that runs 1.1.0, whose stack is newer than that of 1.0.0; its platform only looks."""
    project = projects.make(tmp_path)
    for version, number in (("1.0.0", "3.5.1-1"), ("1.1.0", "3.5.4-1")):
        packages = {"libssl3t64": {"source": "openssl", "version": number, "origin": "base"}}
        tagged(project, version, os={"id": "debian", "version": "13", "packages": packages})
    site = Site(project, project.targets["local"], cast(Any, None), "")
    runs(monkeypatch, "1.1.0-aaaaaaaa")
    for verb in ("deploy", "rollback"):
        monkeypatch.setattr(f"dockdj.cli.commands.{verb}.site_of", lambda console, target: site)
    monkeypatch.setattr("dockdj.cli.commands.deploy.preflight.require_variables", lambda *_: None)
    monkeypatch.setattr("dockdj.cli.commands.rollback.state.status", lambda *_: SimpleNamespace(version="1.1.0"))
    monkeypatch.chdir(tmp_path)
    return project


def runs(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    """The target runs this label, and every release is published."""

    def prepare(site: Site, version: Version, report: object) -> Prepared:
        bundle = Bundle(b"", f"{version}-bbbbbbbb")
        observed = Observed(Environment("e-1", "tiny-local", "Ready", "Green", label, ""), True)
        return Prepared(release_tags.find(site.project, version), bundle, observed, plan_deploy(bundle.label, observed))

    monkeypatch.setattr("dockdj.lifecycle.deploy.deploy.prepare", prepare)


@pytest.mark.parametrize("verb", ["deploy", "rollback"])
def test_a_plan_says_what_is_lost(verb: str, shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "1.0.0", "--plan"]) == 0
    assert LOST in capsys.readouterr().out.splitlines()
    assert main([verb, "1.0.0", "--plan", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert [(one["name"], one["before"], one["after"]) for one in data["losses"]] == [("openssl", "3.5.4-1", "3.5.1-1")]


def test_it_is_said_before_it_is_done(
    shop: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    def deploy(*_: object, **__: object) -> None:
        said.append(capsys.readouterr().err)
        raise Refused("nothing was done")

    monkeypatch.setattr("dockdj.lifecycle.deploy.deploy.deploy", deploy)
    for verb in ("deploy", "rollback"):
        assert main([verb, "1.0.0"]) == 1
        assert f"warning: {LOST}\n" in said[-1]


def test_an_older_application_on_a_newer_schema_is_said(
    shop: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = application(git(shop.root, "rev-parse", "HEAD"), migrations={"shop": "0003_total", "blog": "0001_initial"})
    document = {**release_tags.find(shop, parse("1.1.0")).document, "version": "1.2.0", "app": newer}
    message = release_tags.message(Release(canonical(document), document))
    git(shop.root, "tag", "-a", "v1.2.0", "--cleanup=verbatim", "-m", message)
    older = {**document, "version": "1.0.0+stack.1", "app": {**newer, "migrations": {"shop": "0002_items"}}}
    message = release_tags.message(Release(canonical(older), older))
    git(shop.root, "tag", "-a", "v1.0.0+stack.1", "--cleanup=verbatim", "-m", message)
    runs(monkeypatch, "1.2.0-aaaaaaaa")
    assert main(["deploy", "1.0.0+stack.1", "--plan"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        "database: it keeps migrations that 1.0.0+stack.1 does not know: "
        "blog 0001_initial (it has none), shop 0003_total (it has 0002_items)"
    )
    runs(monkeypatch, "1.0.0_stack.1-aaaaaaaa")
    assert main(["deploy", "1.2.0", "--plan"]) == 0
    assert "database" not in capsys.readouterr().out


def test_where_nothing_is_lost_or_known_it_is_said_so(
    shop: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for label in ("1.0.0-aaaaaaaa", "Sample Application", "9.9.9-aaaaaaaa"):
        runs(monkeypatch, label)
        assert main(["deploy", "1.1.0", "--plan", "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["data"]["losses"])
    assert found == [[], None, None]


def test_another_processor_is_refused_in_both_directions(
    shop: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dockdj.lifecycle.deploy.preflight.platform.machine", lambda: "riscv64")
    for verb in ("deploy", "rollback"):
        assert main([verb, "1.0.0", "--plan"]) == 1
        assert "the machines of local are linux/riscv64" in capsys.readouterr().err
