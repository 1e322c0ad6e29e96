"""Compose files, each with an idiom of the Compose specification: resolved, bundled or refused as Compose sees them."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import compose as oldest_compose
import pytest

from dockdj.adapters import compose_file
from dockdj.errors import ProjectError
from dockdj.lifecycle.bundle import compose, containers
from dockdj.lifecycle.bundle.containers import assignments
from dockdj.model.beanstalk.containers import Containers, pinned
from dockdj.model.project.layout import EnvironmentFiles
from dockdj.model.project.project import Project, Recipe

CORPUS = Path(__file__).parents[2] / "compose_files"
NAMES = sorted(path.stem for path in (CORPUS / "compose").glob("*.yml"))
REFUSED = "# refused: "
# The Compose that a bundle counts on at least; PyPI's package holds the program.
OLDEST = [str(Path(oldest_compose.__file__).with_name("docker-compose"))]
INSTALLED = ["docker", "compose"]


def project(name: str) -> Project:
    files = EnvironmentFiles(compose=f"compose/{name}.yml")
    return Project("shop", "1", Recipe("1"), environments={"prod": files}, root=CORPUS)


def text(name: str) -> str:
    return (CORPUS / "compose" / f"{name}.yml").read_text()


def refusals(name: str) -> list[str]:
    return [line.removeprefix(REFUSED) for line in text(name).splitlines() if line.startswith(REFUSED)]


def config(program: list[str], file: Path, values: Mapping[str, str]) -> dict[str, Any]:
    """What a Compose makes of a file, by its own interpolation."""
    argv = [*program, "--env-file", "/dev/null", "--project-name", "x", "--profile", "*", "-f", str(file), "config"]
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    answer = subprocess.run(
        [*argv, "--format", "json"], env={**own, **values}, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    document: dict[str, Any] = json.loads(answer.stdout)
    return {key: value for key, value in document.items() if not key.startswith("x-")}


def copied(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(CORPUS, root)
    (root / "environments/prod").mkdir(parents=True)
    (root / "environments/prod/.env").write_text("ENV_SITE=shop.example.com\n")
    (root / ".env").write_text("A=1\n")
    (root / "compose/nobody-commits-this.env").write_text("")
    return root


def test_the_corpus_is_large_and_most_of_it_goes_into_a_bundle() -> None:
    assert len(NAMES) >= 40
    assert len([name for name in NAMES if not refusals(name)]) >= 32


@pytest.mark.parametrize("name", [name for name in NAMES if not refusals(name)])
def test_a_file_and_its_bundle_mean_what_compose_reads(name: str, tmp_path: Path) -> None:
    root = copied(tmp_path)
    source = root / "compose" / f"{name}.yml"
    resolved = compose.resolve(f"compose/{name}.yml", compose.checkout(root))
    (root / "compose/resolved.yml").write_text(compose_file.text_of(resolved.model))
    values = assignments("\n".join(resolved.texts.values()))[1][0]
    assert config(INSTALLED, root / "compose/resolved.yml", values) == config(INSTALLED, source, values)

    released = containers.of_checkout(project(name), CORPUS)
    images = {service: f"registry/shop@sha256:{'0' * 64}" for service in released.compose["services"]}
    bundle = unpacked(tmp_path, released, images)
    for program in (INSTALLED, OLDEST):
        services = config(program, bundle, values)["services"]
        assert {service: body["image"] for service, body in services.items()} == images
        assert not [service for service, body in services.items() if "build" in body]
        assert {service for service, body in services.items() if body["environment"].get("RELEASE") == "1$$0"} == set(
            images
        )


SENSITIVE = ("anchor_of_a_service", "env_file_options", "includes", "secrets_and_configs", "volumes_of_all_kinds")


@pytest.mark.parametrize("name", SENSITIVE)
def test_a_newer_compose_gives_the_same_containers(name: str, request: pytest.FixtureRequest) -> None:
    here = containers.of_checkout(project(name), CORPUS)
    request.getfixturevalue("newest_clients")
    compose._resolved.cache_clear()
    assert containers.of_checkout(project(name), CORPUS) == here


def unpacked(tmp_path: Path, released: Containers, images: Mapping[str, str]) -> Path:
    """A bundle's compose file, with nothing around it but the files that it needs and Elastic Beanstalk's `.env`."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / ".env").write_text("ENV_SITE=shop.example.com\n")
    for path in released.files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        place = CORPUS / path
        shutil.copytree(place, folder / path) if place.is_dir() else shutil.copy(place, folder / path)
    file = folder / "docker-compose.yml"
    file.write_text(compose_file.text_of(pinned(released, images, {"RELEASE": "1$0"})))
    return file


@pytest.mark.parametrize("name", [name for name in NAMES if refusals(name)])
def test_what_no_bundle_can_hold_is_refused_by_file_line_and_name(name: str) -> None:
    with pytest.raises(ProjectError) as caught:
        containers.of_checkout(project(name), CORPUS)
    for refusal in refusals(name):
        assert refusal in caught.value.message
    assert caught.value.hint
