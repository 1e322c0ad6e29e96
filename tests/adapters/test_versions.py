"""Commands refuse programs that are too old, and ask each program once."""

import os
from pathlib import Path

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker import compose_config, versions
from dockdj.adapters.docker.compose import Stack
from dockdj.adapters.git import repository as git
from dockdj.adapters.git.version import require_git
from dockdj.errors import MissingTool
from dockdj.events import Event, Warned

ENGINE = '{"Client": {}, "Server": {"Version": "%s", "Os": "linux", "Arch": "amd64"}}'
SCRIPT = """#!/bin/sh
echo "$*" >>"{folder}/calls"
case "$*" in
"compose version --short") echo '{compose}';;
"buildx version") echo '{buildx}';;
"version --format {{{{json .}}}}") echo '{engine}';;
version) echo '{git}';;
*) exit 1;;
esac
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, **answers: str) -> Path:
    """Put a `docker` and a `git` with these versions first on PATH; return the file of their calls."""
    given = {"compose": "2.26.0", "buildx": "x 0.13.0", "engine": "26.1.0", "git": "git version 2.39.0", **answers}
    script = SCRIPT.format(folder=folder, **{**given, "engine": ENGINE % given["engine"]})
    for name in ("docker", "git"):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder / "calls"


def test_starting_an_environment_refuses_an_old_compose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = install(tmp_path, monkeypatch, compose="2.20.2")
    with pytest.raises(MissingTool, match=r"Docker Compose is 2.20.2, and 2.26 or newer is needed"):
        Stack("shop", tmp_path / "docker-compose.yml").up()
    assert calls.read_text() == "compose version --short\n"


def test_resolving_a_compose_file_refuses_an_old_compose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = install(tmp_path, monkeypatch, compose="v2.17.3")
    with pytest.raises(MissingTool, match=r"Docker Compose is 2.17.3, and 2.26 or newer is needed"):
        compose_config.resolved(tmp_path / "docker-compose.yml", "docker-compose.yml")
    assert calls.read_text() == "compose version --short\n"


def test_building_refuses_an_old_buildx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = install(tmp_path, monkeypatch, buildx="github.com/docker/buildx v0.11.2 9872040")
    with pytest.raises(MissingTool, match=r"Docker Buildx is 0.11.2, and 0.13 or newer is needed"):
        docker.bake("{}", root=tmp_path)
    assert "bake" not in calls.read_text()


def test_an_old_engine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, engine="24.0.7")
    with pytest.raises(MissingTool, match=r"Docker Engine is 24.0.7, and 26.1 or newer is needed"):
        docker.require_engine()


def test_an_old_git_is_refused_before_the_repository_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = install(tmp_path, monkeypatch, git="git version 2.25.1")
    with pytest.raises(MissingTool, match=r"Git is 2.25.1, and 2.39 or newer is needed"):
        git.find(tmp_path)
    assert calls.read_text() == "version\n"


def test_versions_that_cannot_be_read_warn_once_and_do_not_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = install(tmp_path, monkeypatch, compose="dev", buildx="x dev", engine="dev", git="git version dev")
    events: list[Event] = []
    versions.require_compose()
    for _ in range(2):
        versions.require_compose(events.append)
        versions.require_buildx(events.append)
    require_git(events.append)
    docker.require_builder(events.append)

    assert all(isinstance(event, Warned) for event in events)
    names = [
        event.message.split(" cannot")[0].removeprefix("the version of ")
        for event in events
        if isinstance(event, Warned)
    ]
    assert names == ["Docker Compose", "Docker Buildx", "Git", "Docker Engine"]
    assert sorted(calls.read_text().splitlines()) == [
        "buildx version",
        "compose version --short",
        "version",
        "version --format {{json .}}",
    ]


def test_a_missing_plugin_is_left_to_the_command_that_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch)
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    versions.require_compose(lambda _: pytest.fail("a warning"))
