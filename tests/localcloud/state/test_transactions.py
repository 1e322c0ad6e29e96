"""A transaction that could not begin or commit is rolled back and reported, and the next one is stored."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from pathlib import Path
from threading import Event

import pytest

from dockdj.localcloud.contract import Severity
from dockdj.localcloud.state.database import State, Subject
from dockdj.localcloud.state.failure import StateClosed, StateFailed
from tests.localcloud.state.failures import full, locked, read

LARGE = "x" * 100_000
Failure = Callable[[State, Path], AbstractContextManager[None]]
every_failure = pytest.mark.parametrize("failure", [locked, full, read])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def stored(path: Path) -> list[str]:
    """The applications that a second process sees, as after kill -9."""
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM applications ORDER BY name")]


def add(state: State, name: str, description: str = LARGE) -> None:
    state.insert("applications", name=name, description=description, created=0, updated=0)


@every_failure
def test_failed_transaction_is_reported_and_later_writes_reach_the_disk(path: Path, failure: Failure) -> None:
    state = State(path)
    add(state, "before")
    with failure(state, path), pytest.raises(StateFailed, match=r"state\.sqlite could not be"), state.transaction():
        add(state, "lost 1")
        add(state, "lost 2")
    assert stored(path) == ["before"]
    add(state, "after")
    assert stored(path) == ["after", "before"]


@every_failure
def test_failure_that_a_caller_ignores_stores_no_part_of_the_transaction(path: Path, failure: Failure) -> None:
    state = State(path)
    with failure(state, path), pytest.raises(StateFailed), state.transaction():
        try:
            add(state, "large")
        except StateFailed:
            add(state, "small", "")
            raise
    add(state, "after")
    assert stored(path) == ["after"]


def test_transaction_that_sqlite_rolled_back_does_not_continue_without_its_beginning(path: Path) -> None:
    state = State(path)
    with pytest.raises(StateFailed, match="rolled the transaction back"), state.transaction():
        add(state, "first")
        state._connection().execute("ROLLBACK")
        add(state, "second")
    assert stored(path) == []


def test_commit_of_a_violated_constraint_is_rolled_back(path: Path) -> None:
    state = State(path)
    with pytest.raises(sqlite3.IntegrityError), state.transaction():
        state._connection().execute("PRAGMA defer_foreign_keys = ON")
        state.insert("options", environment="none", namespace="n", name="n", value="v")
    add(state, "after")
    assert stored(path) == ["after"]
    assert state.rows("SELECT * FROM options") == []


def test_connection_that_cannot_roll_back_is_replaced(path: Path) -> None:
    state = State(path)
    with pytest.raises(ZeroDivisionError), state.transaction():
        add(state, "lost")
        state._connection().set_authorizer(lambda action, *_: action == sqlite3.SQLITE_TRANSACTION)
        raise ZeroDivisionError
    add(state, "after")
    assert stored(path) == ["after"]


def test_every_thread_learns_whether_its_write_is_on_the_disk(path: Path) -> None:
    state = State(path)
    failing = Event()

    def write(number: int) -> str | None:
        try:
            add(state, f"{number:03}", "")
        except StateFailed:
            failing.set()
            return None
        return f"{number:03}"

    with ThreadPoolExecutor(8) as pool:
        with locked(state, path):
            during = [pool.submit(write, number) for number in range(40)]
            assert failing.wait(60)
        after = [pool.submit(write, number) for number in range(100, 140)]
        accepted = [name for write in during + after if (name := write.result())]
    assert stored(path) == sorted(accepted)
    assert len(accepted) >= 40


def test_closed_database_refuses_and_does_not_open_again(path: Path) -> None:
    state = State(path)
    state.close()
    with pytest.raises(StateClosed):
        state.emit(Subject("a"), "r", Severity.INFO, "m")
    with pytest.raises(StateClosed):
        state.rows("SELECT 1")
