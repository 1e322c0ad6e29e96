"""Docker and Compose read the `.env` that is accepted as it is written, and change what is refused."""

import json
import random
import string
import subprocess
from pathlib import Path

import pytest

from dockdj.localcloud.fleet.image.instance.eb_engine.bundle_rules import dotenv as by_elastic_beanstalk
from dockdj.model.project.dotenv import CHANGED_BY, read

pytestmark = pytest.mark.docker

SAFE = "".join(character for character in string.printable[:94] if character not in CHANGED_BY)
COMPOSE = "services:\n  one:\n    image: debian:trixie-slim\n"


def many() -> dict[str, str]:
    """Every safe character at the start, in the middle, at the end and alone, and many random values."""
    chance = random.Random(7)
    values = ["", *SAFE, *(f"a{one}b" for one in SAFE), *(f"{one}b" for one in SAFE), *(f"a{one}" for one in SAFE)]
    values += ["".join(chance.choices(SAFE, k=chance.randrange(60))) for _ in range(300)]
    named = {f"V{number}": value for number, value in enumerate(values)}
    return {name: value for name, value in named.items() if not read(f"{name}={value}".encode())[1]}


VALUES = many()
TEXT = '# it\'s a "comment" with $HOME\n\n' + "".join(f"{name}={value}\n" for name, value in VALUES.items())


def config(folder: Path, compose: str, *options: str) -> dict[str, str | None]:
    """The variables of the service as Compose understands them."""
    (folder / "docker-compose.yml").write_text(compose)
    argv = ["docker", "compose", "-p", "dotenv", *options, "config", "--format", "json"]
    done = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True)
    found: dict[str, str | None] = json.loads(done.stdout)["services"]["one"]["environment"]
    return found


def run(folder: Path, text: str) -> dict[str, str]:
    """The variables in a container started with `docker run --env-file`."""
    (folder / "f").write_text(text)
    argv = ["docker", "run", "--rm", "--env-file", "f", "debian:trixie-slim", "env", "-0"]
    done = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True)
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if line)


def test_many_values(tmp_path: Path) -> None:
    assert len(VALUES) > 500
    assert read(TEXT.encode()) == (VALUES, [])
    (tmp_path / "f").write_text(TEXT)
    assert config(tmp_path, f"{COMPOSE}    env_file: f\n") == VALUES
    used = "".join(f"      {name}: ${{{name}}}\n" for name in VALUES)
    assert config(tmp_path, f"{COMPOSE}    environment:\n{used}", "--env-file", "f") == VALUES
    (tmp_path / "f").write_text(by_elastic_beanstalk(VALUES))
    assert config(tmp_path, f"{COMPOSE}    env_file: f\n") == VALUES
    found = run(tmp_path, TEXT)
    assert {name: found[name] for name in VALUES} == VALUES


@pytest.mark.parametrize("line", ["A=a$b", "A=a #b", "A='a'", 'A="a"', "A=a "])
def test_compose_changes_what_is_refused(line: str, tmp_path: Path) -> None:
    assert read(line.encode())[1]
    (tmp_path / "f").write_text(f"{line}\n")
    assert config(tmp_path, f"{COMPOSE}    env_file: f\n")["A"] != line.partition("=")[2]


@pytest.mark.parametrize("text", ["export A=1\n", "A = 1\n"])
def test_docker_run_changes_what_is_refused(text: str, tmp_path: Path) -> None:
    assert read(text.encode())[1]
    try:
        found = run(tmp_path, text)
    except subprocess.CalledProcessError:
        return
    assert found.get("A") != "1"
