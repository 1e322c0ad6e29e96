import json
import os
from pathlib import Path

import pytest

from dockdj.adapters.docker import client as docker
from dockdj.adapters.docker.client import Engine, parse_engine, parse_image
from dockdj.adapters.docker.compose import parse_containers
from dockdj.errors import CommandFailed, MissingTool

ANSWER = {
    "Client": {"Version": "28.2.2", "Context": "colima", "Os": "darwin", "Arch": "arm64"},
    "Server": {"Version": "26.1.5", "Os": "linux", "Arch": "amd64"},
}


def fake_docker(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Put a `docker` on PATH that logs each call; return the log."""
    program, calls = folder / "docker", folder / "calls"
    program.write_text(f'#!/bin/sh\necho "$*" >>{calls}\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return calls


def test_parse_engine_reads_version_context_and_platform() -> None:
    assert parse_engine(json.dumps(ANSWER)) == Engine("26.1.5", "colima", "linux/amd64")


def test_engine_is_asked_once_and_builds_use_its_builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = fake_docker(tmp_path, monkeypatch, f"echo '{json.dumps(ANSWER)}'")
    docker.require_engine()
    assert docker.builder_environment()["BUILDX_BUILDER"] == "colima"
    assert len(calls.read_text().splitlines()) == 1
    # Another engine is another answer.
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    docker.require_engine()
    assert len(calls.read_text().splitlines()) == 2


def test_unanswered_engine_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = fake_docker(tmp_path, monkeypatch, "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    for _ in range(2):
        with pytest.raises(MissingTool, match="Cannot connect"):
            docker.require_engine()
    assert len(calls.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("plugin", "expected"), [("exit 1", MissingTool), ("exit 0", CommandFailed)], ids=["missing", "there"]
)
def test_failed_build_names_the_missing_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugin: str, expected: type[Exception]
) -> None:
    script = f"""case "$*" in
version*) echo '{json.dumps(ANSWER)}' ;;
'buildx version') {plugin} ;;
*) cat >/dev/null; echo 'unknown command' >&2; exit 1 ;;
esac"""
    fake_docker(tmp_path, monkeypatch, script)
    with pytest.raises(expected):
        docker.bake("{}", root=tmp_path)


def test_parse_image_reads_tags() -> None:
    document = {
        "Id": "sha256:1",
        "RootFS": {"Layers": ["sha256:2"]},
        "Os": "linux",
        "Architecture": "amd64",
        "Size": 1,
        "RepoTags": ["shop/django:dev", "shop/django:1.0.0"],
    }
    assert parse_image(document).tags == ("shop/django:dev", "shop/django:1.0.0")
    assert parse_image({**document, "RepoTags": None}).tags == ()


MALFORMED = ["", "[", "null", "[]", "{}", "[null]", "[{}]", '[{"Id": 1}]', '[{"RootFS": null}]', "[" * 100_000, "[NaN]"]


@pytest.mark.parametrize("text", MALFORMED)
def test_answers_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(CommandFailed, match="another form"):
        parse_engine(text)
    with pytest.raises(CommandFailed, match="another form"):
        parse_image(docker.inspected(text, "docker image inspect")[0])
    if text != "[]":
        with pytest.raises(CommandFailed, match="another form"):
            parse_containers(text)
