"""The database: distances of events, and tables of earlier versions."""

import sqlite3
from itertools import pairwise
from pathlib import Path

from dockdj.localcloud.contract import Platform, Severity
from dockdj.localcloud.platform.options import platform_of
from dockdj.localcloud.platform.versions import DOCKER
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import EVENT_DISTANCE_MS, State, Subject


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
        connection.execute("INSERT INTO applications VALUES ('a', '', 0, 0)")
        connection.execute(
            "INSERT INTO environments (id, name, application, description, label, cname_prefix, status, deployment,"
            " deployments, created, updated) VALUES ('e-1', 'a', 'a', '', 'v', 'a', 'Ready', 1, 1, 0, 0)"
        )
    state = State(path)
    environment = lookups.environment_by_id(state, "e-1")
    state.close()
    assert (environment.stack, platform_of(environment)) == (DOCKER.stack, Platform.DOCKER)
