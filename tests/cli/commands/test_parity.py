"""`dockdj parity` on real images: differences, text and exit codes."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dockdj.cli.main import main
from dockdj.cli.views.parity import SHOWN, as_text
from dockdj.model.parity.comparison import Difference, Parity
from dockdj.model.parity.facts import Subject
from tests.conftest import remove_images
from tests.support import project as projects
from tests.support import runs
from tests.support.project import FILES, write

COMPOSE = """
services:
  django:
    build:
      context: ../../..
      dockerfile: docker/django/Dockerfile
      target: {environment}
    env_file: ../../../environments/{environment}/.env
"""
MORE_IN_PRODUCTION = """\
    ports: ["80:80"]
  postgres:
    image: postgres:17
    profiles: [local]
"""
# A package of Debian's kind, made on the spot.
TOOL = r"""
FROM base AS dev
COPY etc/app.conf /etc/app.conf
RUN mkdir -p /tool/DEBIAN && printf 'Package: tool\nVersion: 1.0-1\nArchitecture: all\nMaintainer: a <a@b.example>\n\
Description: tool\n' >/tool/DEBIAN/control && dpkg-deb --build /tool >/dev/null && dpkg --install /tool.deb >/dev/null
{command}
FROM test AS gate
"""
LABEL = 'LABEL org.dockdj.config="/etc/app.conf'
RULES = """
[parity.allow]
"django/compose/ports" = "nobody reaches development"
"postgres" = "development needs none"
"django/os/{tool,gone}" = "for looking around"
"django/files/passed" = "the gate is production's"
"""


def make(folder: Path) -> str:
    """Write the smallest project with two environments, and return its name."""
    name = runs.name("tiny")
    projects.make(folder, name)
    dockerfile = FILES["docker/django/Dockerfile"]
    stage = TOOL.replace("{command}", dockerfile.splitlines()[-1])
    dockerfile = dockerfile.replace("\nFROM test AS gate\n", stage)
    assert stage in dockerfile
    write(folder, "docker/django/Dockerfile", dockerfile.replace(LABEL, f"{LABEL} /passed"))
    for environment, more in (("dev", ""), ("prod", MORE_IN_PRODUCTION)):
        text = COMPOSE.format(environment=environment) + more
        write(folder, f"docker/django/{environment}/docker-compose.yml", text)
    return name


@pytest.fixture(scope="module")
def undeclared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A project without rules, its images built by the command itself, and what that said."""
    folder = tmp_path_factory.mktemp("parity")
    name = make(folder)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main(["--project", str(folder), "--json", "parity"]) == 1
    yield folder, json.loads(said.getvalue())
    remove_images(name)


def parity(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["--project", str(folder), "--json", "parity", "--no-build", *words])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.docker
def test_undeclared_differences_are_named_and_exit_1(undeclared: tuple[Path, dict[str, Any]]) -> None:
    _, document = undeclared
    assert (document["status"], document["errors"][0]["code"]) == ("failed", "refused")
    data = document["data"]
    assert (data["from"], data["to"]) == ("dev", "prod")
    found = {one["path"]: one for one in data["differences"]}
    # /etc/app.conf is the same in both, though only production's image names it in its label.
    assert set(found) == {"django/compose/ports", "django/files/passed", "django/os/tool", "postgres"}
    assert found["django/os/tool"] == {
        "path": "django/os/tool", "service": "django", "kind": "os", "name": "tool", "place": None, "from": "1.0-1",
        "to": None, "declared": False, "entry": None, "why": None, "declaration": '"django/os/tool" = "WHY"',
    }  # fmt: skip
    assert data["equal"]["os"] > 50
    assert data["equal"]["files"] == 1


@pytest.mark.docker
def test_declared_differences_exit_0_in_either_order(
    undeclared: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = undeclared
    with (folder / "dockdj.toml").open("a") as file:
        file.write(RULES)
    code, document = parity(folder, capsys, "prod", "dev")
    assert (code, document["status"], document["errors"]) == (0, "ok", [])
    assert document["data"]["unused"] == ["django/os/gone"]
    tool = next(one for one in document["data"]["differences"] if one["path"] == "django/os/tool")
    assert (tool["from"], tool["to"], tool["entry"]) == (None, "1.0-1", "django/os/{tool,gone}")
    assert (tool["why"], tool["declaration"]) == ("for looking around", None)


@pytest.mark.docker
def test_no_build_without_images_hints_to_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = make(tmp_path)
    code, document = parity(tmp_path, capsys)
    error = document["errors"][0]
    assert (code, error["code"]) == (1, "refused")
    assert f"{name}/django:dev" in error["message"]
    assert error["hint"] == "dockdj image build dev && dockdj image build prod"


@pytest.mark.parametrize("words", [["dev"], ["dev", "prod", "dev"], ["dev", "staging"]])
def test_parity_requires_two_existing_environments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    make(tmp_path)
    code, document = parity(tmp_path, capsys, *words)
    assert (code, document["errors"][0]["code"]) == (2, "usage")


TOOL_IN_DEV = Difference(Subject("django", "os", "tool"), "1.0-1", None)
PORTS = Difference(Subject("django", "compose", "ports"), "80, 81", "80", "*/ports", "nobody reaches it")


def text(*differences: Difference, unused: tuple[str, ...] = ()) -> list[str]:
    return as_text(Parity("dev", "prod", {"os": 90, "image": 1}, differences, unused)).splitlines()


def test_equal_environments_print_one_line() -> None:
    assert text() == ["dev and prod: 91 equal, 0 declared differences, 0 not declared"]


def test_parity_text_shows_differences_and_their_declarations() -> None:
    said = text(
        Difference(Subject("", "Procfile", "web"), "a", "b"),
        PORTS,
        Difference(Subject("django", "files", "/etc/app.conf"), "sha256:a", "sha256:b"),
        Difference(Subject("django", "files", "/passed"), None, "sha256:b"),
        TOOL_IN_DEV,
        Difference(Subject("django", "python", "six", "/opt/venv"), "1", "2"),
        Difference(Subject("django", "run", "user"), "", "10001"),
        Difference(Subject("nginx", "service"), None, "a service", "nginx", "in front"),
        Difference(Subject("worker", "service"), None, "a service"),
        unused=("django/os/gone",),
    )
    assert said == [
        "dev and prod: 91 equal, 2 declared differences, 7 not declared",
        "",
        "Not declared",
        "  Procfile/web: dev a, prod b",
        "  django/files/etc/app.conf: different content",
        "  django/files/passed: only in prod",
        "  django/os/tool: only in dev, 1.0-1",
        "  django/python/six in /opt/venv: dev 1, prod 2",
        "  django/run/user: dev nothing, prod 10001",
        "  worker: only in prod",
        "",
        "Declared",
        "  django",
        "    compose       ports: nobody reaches it",
        "  nginx",
        "    service       in front",
        "",
        "Declared without a difference: remove from [parity.allow] in dockdj.toml",
        "  django/os/gone",
        "",
        "Make them equal, or declare in dockdj.toml why they differ:",
        "  [parity.allow]",
        '  "Procfile/web" = "WHY"',
        '  "django/files/etc/app.conf" = "WHY"',
        '  "django/files/passed" = "WHY"',
        '  "django/os/tool" = "WHY"',
        '  "django/python/six" = "WHY"',
        "  and 2 more, by the paths above",
    ]


def test_parity_text_limits_differences_of_one_kind() -> None:
    every = [Difference(Subject("django", "os", f"p{number:03}"), "1", "2") for number in range(100)]
    said = text(*every, Difference(Subject("nginx", "os", "p"), "1", "2"))
    assert f"  and {100 - SHOWN} more of django: see --json" in said
    assert "  nginx/os/p: dev 1, prod 2" in said
    assert len(said) < 40
