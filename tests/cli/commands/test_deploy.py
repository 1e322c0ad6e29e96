"""The output, questions and refusals of `deploy` and `rollback`, with the real use-case on a recording platform."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import click
import pytest

from dockdj.cli.console import Console
from dockdj.cli.main import main
from dockdj.lifecycle.history import registry_index
from dockdj.lifecycle.history import tags as release_tags
from dockdj.lifecycle.history.registry_index import Published
from dockdj.lifecycle.target.target import Site
from dockdj.model.version import Version
from tests.support import project as projects
from tests.support.platform import Platform
from tests.support.releases import tagged

LOST = "security: going back loses newer versions of: openssl 3.5.4-1 → 3.5.1-1"


class Shop:
    """A project on disk whose target runs 1.1.0; every tagged release is published."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = projects.make(folder)
        self.platform = Platform(label="1.1.0-aaaaaaaa", versions={"1.1.0-aaaaaaaa": "PROCESSED"})
        self.protected = False
        for version, number in (("1.0.0", "3.5.1-1"), ("1.1.0", "3.5.4-1")):
            self.release(version, os=_system(number))

        def require(repository: str, version: Version) -> Published:
            release = release_tags.find(self.project, version)
            return Published(repository, "sha256:" + "1" * 64, release, {"django": "sha256:" + "2" * 64})

        monkeypatch.setattr(registry_index, "require", require)
        monkeypatch.setattr("dockdj.adapters.docker.client.require_engine", lambda: None)
        for verb in ("deploy", "rollback", "terminate"):
            monkeypatch.setattr(f"dockdj.cli.commands.{verb}.site_of", lambda console, target: self.site)
        monkeypatch.chdir(folder)

    @property
    def site(self) -> Site:
        target = replace(self.project.targets["local"], architecture="linux/amd64", protected=self.protected)
        return Site(self.project, target, cast(Any, self.platform), "127.0.0.1:1/tiny")

    def release(self, version: str, **changes: Any) -> None:
        tagged(self.project, version, **changes)


def _system(openssl: str) -> dict[str, Any]:
    packages = {"libssl3t64": {"source": "openssl", "version": openssl, "origin": "base"}}
    return {"id": "debian", "version": "13", "packages": packages}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(tmp_path, monkeypatch)


Printed = pytest.CaptureFixture[str]


@pytest.mark.parametrize("verb", ["deploy", "rollback"])
def test_a_plan_prints_what_is_lost_and_its_digest(verb: str, shop: Shop, capsys: Printed) -> None:
    assert main([verb, "1.0.0", "--plan"]) == 0
    assert LOST in capsys.readouterr().out.splitlines()
    assert main([verb, "1.0.0", "--plan", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert [(loss["name"], loss["before"], loss["after"]) for loss in data["losses"]] == [
        ("openssl", "3.5.4-1", "3.5.1-1")
    ]
    assert (data["running"], shop.platform.updates) == ("1.1.0-aaaaaaaa", [])
    assert main([verb, "1.0.0", "--expect", "sha256:0"]) == 1
    assert f"the plan has the digest {data['digest']}, not sha256:0" in capsys.readouterr().err
    assert main([verb, "1.0.0", "--expect", data["digest"]]) == 0
    assert shop.platform.updates == [data["label"]]


@pytest.mark.parametrize("verb", ["deploy", "rollback"])
def test_what_is_lost_is_a_warning_before_it_is_done(verb: str, shop: Shop, capsys: Printed) -> None:
    shop.platform.refuses = "no"
    assert main([verb, "1.0.0"]) == 6
    printed = capsys.readouterr().err
    assert printed.index(f"warning: {LOST}\n") < printed.index("error: no")


def test_migrations_that_the_release_does_not_know_are_named(shop: Shop, capsys: Printed) -> None:
    shop.release("1.2.0", migrations={"shop": "0003_total", "blog": "0001_initial"})
    shop.release("1.0.0+stack.1", migrations={"shop": "0002_items"})
    shop.platform.label = "1.2.0-aaaaaaaa"
    assert main(["deploy", "1.0.0+stack.1", "--plan"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        "database: it keeps migrations that 1.0.0+stack.1 does not know: "
        "blog 0001_initial (it has none), shop 0003_total (it has 0002_items)"
    )
    shop.platform.label = "1.0.0_stack.1-aaaaaaaa"
    assert main(["deploy", "1.2.0", "--plan"]) == 0
    assert "database" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("label", "losses"), [("1.0.0-aaaaaaaa", []), ("Sample Application", None), ("9.9.9-aaaaaaaa", None)]
)
def test_losses_are_empty_or_unknown(label: str, losses: list[object] | None, shop: Shop, capsys: Printed) -> None:
    shop.platform.label = label
    assert main(["deploy", "1.1.0", "--plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["losses"] == losses


@pytest.mark.parametrize("arguments", [["deploy", "1.0.0"], ["rollback", "1.0.0"], ["terminate"]])
def test_a_protected_target_without_a_terminal_needs_yes(arguments: list[str], shop: Shop, capsys: Printed) -> None:
    shop.protected = True
    assert main([*arguments, "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["errors"][0]
    assert ("is protected" in error["message"], error["hint"]) == (
        True,
        "run the command in a terminal, or add --yes",
    )
    assert shop.platform.updates == []


def test_yes_deploys_to_a_protected_target(shop: Shop) -> None:
    shop.protected = True
    assert main(["deploy", "1.0.0", "--yes"]) == 0
    assert len(shop.platform.updates) == 1


@pytest.mark.parametrize(("typed", "code"), [("local", 0), ("locla", 1)])
def test_a_protected_target_asks_for_its_name(
    typed: str, code: int, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.protected = True
    answer_on_a_terminal(monkeypatch, prompt=lambda: typed)
    assert main(["deploy", "1.0.0"]) == code
    assert len(shop.platform.updates) == (1 if code == 0 else 0)


@pytest.mark.parametrize(("answer", "code"), [(True, 0), (False, 1)])
def test_rollback_shows_the_reverse_difference_and_asks(
    answer: bool, code: int, shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    answer_on_a_terminal(monkeypatch, confirm=lambda: answer)
    assert main(["rollback", "1.0.0"]) == code
    assert "1.1.0 → 1.0.0" in capsys.readouterr().err
    assert len(shop.platform.updates) == (1 if answer else 0)


def answer_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
    prompt: Callable[[], str] = lambda: "",
    confirm: Callable[[], bool] = lambda: True,
) -> None:
    """Have a person at a terminal who answers so."""
    monkeypatch.setattr(Console, "interactive", True)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: prompt())
    monkeypatch.setattr(click, "confirm", lambda *_, **__: confirm())
