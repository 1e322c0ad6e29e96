"""The database: distances of events, and tables of earlier versions."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from dockdj.localcloud.contract import Platform, Severity
from dockdj.localcloud.platform.options import platform_of
from dockdj.localcloud.platform.versions import DOCKER
from dockdj.localcloud.state import lookups, settings
from dockdj.localcloud.state.database import EVENT_DISTANCE_MS, State, Subject
from dockdj.localcloud.state.failure import StateDamaged


def test_events_in_quick_succession_keep_their_distance(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    with state.transaction():
        for number in range(200):
            state.emit(Subject("a"), "r", Severity.INFO, str(number))
    rows = state.rows("SELECT at, message FROM events ORDER BY at")
    assert min(later["at"] - earlier["at"] for earlier, later in pairwise(rows)) >= EVENT_DISTANCE_MS
    assert [row["message"] for row in rows] == [str(number) for number in range(200)]


def test_environments_of_an_earlier_version_are_on_the_docker_platform(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    State(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE environments DROP COLUMN stack")
        connection.execute("INSERT INTO applications (name, description, created, updated) VALUES ('a', '', 0, 0)")
        connection.execute(
            "INSERT INTO environments (id, name, application, description, label, cname_prefix, status, deployment,"
            " deployments, created, updated) VALUES ('e-1', 'a', 'a', '', 'v', 'a', 'Ready', 1, 1, 0, 0)"
        )
    state = State(path)
    environment = lookups.environment_by_id(state, "e-1")
    state.close()
    assert (environment.stack, platform_of(environment)) == (DOCKER.stack, Platform.DOCKER)


def with_rows(path: Path) -> bytes:
    """A database with content, as one file."""
    state = State(path)
    for number in range(50):
        state.insert("applications", name=f"a{number}", description="x" * 200, created=0, updated=0)
    state.close()
    return path.read_bytes()


def newer(content: bytes) -> bytes:
    return content[:60] + (99).to_bytes(4, "big") + content[64:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:100],
        lambda content: b"",
        lambda content: b"no database" * 100,
        lambda content: content[:4096] + b"\xff" * 4096 + content[8192:],
        lambda content: b"\0" * len(content),
        newer,
    ],
    ids=["half", "head", "empty", "text", "page", "zeros", "newer"],
)
def test_damaged_database_is_named_with_the_way_out(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "state.sqlite"
    content = damage(with_rows(path))
    path.write_bytes(content)
    (tmp_path / "s3").mkdir()
    with pytest.raises(StateDamaged) as damaged:
        State(path)
    assert str(path) in damaged.value.message
    assert "dockdj cloud reset" in damaged.value.hint
    assert path.read_bytes() == content


def test_empty_database_of_a_first_start_that_was_killed_is_used(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.touch()
    State(path).emit(Subject("a"), "r", Severity.INFO, "m")


def test_server_with_a_damaged_database_ends_with_the_way_out(tmp_path: Path) -> None:
    settings.load(tmp_path)
    (tmp_path / "state.sqlite").write_bytes(b"no database" * 100)
    argv = [sys.executable, "-m", "tests.localcloud.fake_server", "--state", str(tmp_path), "--port", "0"]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=180, check=False)
    assert ended.returncode == 1
    assert "state.sqlite is damaged" in ended.stderr and "dockdj cloud reset" in ended.stderr
    assert "Traceback" not in ended.stderr
