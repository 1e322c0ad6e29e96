"""Command lines and outputs in errors show no secrets."""

import sys
from pathlib import Path

import pytest

from dockdj.adapters import shell
from dockdj.adapters.command_line import masked, shown
from dockdj.errors import CommandFailed, DockdjError

SECRET = "swordfish-of-the-test"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["docker", "run", "--env", f"NAME={SECRET}", "image"], "docker run --env 'NAME=***' image"),
        (["docker", "run", "-e", f"NAME={SECRET}"], "docker run -e 'NAME=***'"),
        (["docker", "run", f"--env=NAME={SECRET}"], "docker run '--env=NAME=***'"),
        (["docker", "run", "--env", "NAME", "image"], "docker run --env NAME image"),
        (["docker", "login", "--password", SECRET, "host"], "docker login --password *** host"),
        (["tool", f"--password={SECRET}"], "tool '--password=***'"),
        (["env", f"PGPASSWORD={SECRET}", "psql"], "env 'PGPASSWORD=***' psql"),
        (["manage.py", f"AWS_SECRET_ACCESS_KEY={SECRET}\nx"], "manage.py 'AWS_SECRET_ACCESS_KEY=***'"),
        (["psql", f"postgres://shop:{SECRET}@host:5432/shop"], "psql 'postgres://shop:***@host:5432/shop'"),
        (["git", "push", f"https://{SECRET}@example.com/shop"], "git push 'https://***@example.com/shop'"),
        (["docker", "compose", "-p", "shop", "up"], "docker compose -p shop up"),
        (["git", "fetch", "ssh://git@example.com/shop"], "git fetch ssh://git@example.com/shop"),
        (
            ["docker", "pull", "http://127.0.0.1:5000/shop@sha256:abc"],
            "docker pull http://127.0.0.1:5000/shop@sha256:abc",
        ),
        (["docker", "pull", "127.0.0.1:5000/shop@sha256:abc"], "docker pull 127.0.0.1:5000/shop@sha256:abc"),
    ],
)
def test_shown_command_line(words: list[str], text: str) -> None:
    assert shown(words) == text


def test_masked_text_keeps_everything_but_passwords_in_urls() -> None:
    text = f'line 3: "redis://:{SECRET}@cache/0" and postgres://a:{SECRET}@b/c, http://x:80/y'
    assert masked(text) == 'line 3: "redis://:***@cache/0" and postgres://a:***@b/c, http://x:80/y'


def test_long_text_is_masked_in_linear_time() -> None:
    assert masked("a://" * 50_000 + "x:" * 50_000).endswith("x:")


def url() -> str:
    return f"postgres://shop:{SECRET}@host/shop"


def failing(folder: Path) -> list[str]:
    """A command line of a program that repeats its own words and fails."""
    return [sys.executable, "-c", "import sys; print(sys.argv[1]); sys.exit(3)", url(), "--env", f"A={SECRET}"]


def test_errors_of_every_door_show_no_secret(tmp_path: Path) -> None:
    slow = [sys.executable, "-c", "import time; time.sleep(600)", url()]
    missing = [str(tmp_path / "missing"), url()]
    errors: list[DockdjError] = []
    for call in (
        lambda: shell.capture(failing(tmp_path)),
        lambda: shell.stream(failing(tmp_path)),
        lambda: shell.capture(slow, timeout=0.1),
        lambda: shell.stream(slow, timeout=0.1),
        lambda: shell.stream(slow, cwd=tmp_path / "missing"),
        lambda: shell.capture(missing),
    ):
        with pytest.raises(DockdjError) as caught:
            call()
        errors.append(caught.value)
    assert [SECRET in error.message + error.hint for error in errors] == [False] * len(errors)
    assert "postgres://shop:***@host/shop" in errors[0].message
    failures = [error for error in errors if isinstance(error, CommandFailed)]
    assert [SECRET in failure.output for failure in failures] == [False] * len(failures)
