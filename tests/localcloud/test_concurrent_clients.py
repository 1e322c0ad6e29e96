"""Concurrent clients see only legal transitions. The long run is in tests/soak."""

import random
from pathlib import Path

import pytest

from dockdj.localcloud.state.tables import EnvironmentStatus
from dockdj.localcloud.state.transitions import TRANSITIONS, Change, after
from tests.localcloud.concurrent_clients import run
from tests.localcloud.histories import CREATE, Call, Event, History, Illegal, Sighting, check

UPDATE, UPDATED = "Environment update is starting.", "Environment update completed successfully."
TERMINATE, TERMINATED = "terminateEnvironment is starting.", "terminateEnvironment completed successfully."
LAUNCHED = "Successfully launched environment: shop"
ABORT, ABORTED = "abortEnvironmentUpdate is starting.", "abortEnvironmentUpdate completed successfully."
FAILED = "Failed to deploy application."


def history(*events: tuple[str, str], final: str, forced: str = "", seen: tuple[str, ...] = ()) -> History:
    """The history of one environment, by the requests and messages of its events."""
    return History(
        calls=[Call("t", accepted=True, forced=forced == "t")],
        sightings=[Sighting(0, "e-1", status) for status in seen],
        events=[Event("shop", request, message) for request, message in events],
        ids={"shop": ["e-1"]},
        final={"e-1": final},
    )


def test_only_a_rebuild_follows_terminated() -> None:
    assert [change for change in Change if after(EnvironmentStatus.TERMINATED, change)] == [Change.REBUILD]


def test_every_status_but_terminated_can_end_in_terminated() -> None:
    for status in set(EnvironmentStatus) - {EnvironmentStatus.TERMINATED}:
        assert TRANSITIONS[status, Change.TERMINATE_BY_FORCE] == EnvironmentStatus.TERMINATING
    assert TRANSITIONS[EnvironmentStatus.TERMINATING, Change.TERMINATED] == EnvironmentStatus.TERMINATED


BEGUN = (("c", CREATE), ("c", LAUNCHED), ("u", UPDATE), ("t", TERMINATE))


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (history(*BEGUN, ("u", UPDATED), final="Ready", forced="t"), "Environment update completed"),
        (history(*BEGUN, final="Terminating"), "while the environment is Updating"),
        (history(*BEGUN[:2], ("t", ABORT), final="Aborting"), "while the environment is Ready"),
        (history(*BEGUN[:3], ("t", ABORT), ("u", ABORTED), final="Ready"), "end in Aborting"),
        (history(*BEGUN[:3], ("t", ABORT), ("u", UPDATED), final="Ready"), "end in Aborting"),
        (history(*BEGUN, ("u", TERMINATED), final="Terminated", forced="t"), "replaced operation"),
        (history(*BEGUN, ("u", "Working: 1."), final="Terminating", forced="t"), "replaced operation"),
        (history(*BEGUN, ("t", TERMINATED), final="Ready", forced="t"), "Ready at last"),
        (history(*BEGUN, ("t", TERMINATED), ("v", UPDATE), final="Updating", forced="t"), "is Terminated"),
        (history(*BEGUN, ("c", CREATE), final="Launching", forced="t"), "is Terminating"),
        (history(*BEGUN, final="Terminating", forced="t", seen=("Terminating", "Ready")), "observer 0 saw"),
        (History(calls=[Call("lost", accepted=True)]), "began nothing"),
        (History(calls=[Call("c", accepted=False)], events=[Event("shop", "c", CREATE)]), "has events"),
    ],
)
def test_illegal_history_is_recognised(wrong: History, text: str) -> None:
    with pytest.raises(Illegal, match=text):
        check(wrong)


def test_legal_history_is_accepted() -> None:
    legal = history(
        *BEGUN, ("t", TERMINATED), final="Terminated", forced="t", seen=("Launching", "Ready", "Terminated")
    )
    assert check(legal)["e-1"] == ["Launching", "Ready", "Updating", "Terminating", "Terminated"]


def test_history_of_an_aborted_update_is_accepted() -> None:
    legal = history(*BEGUN[:3], ("a", ABORT), ("u", FAILED), ("a", ABORTED), final="Ready", seen=("Aborting", "Ready"))
    legal.calls = []
    assert check(legal)["e-1"] == ["Launching", "Ready", "Updating", "Aborting", "Ready"]


def test_concurrent_clients_see_only_legal_transitions(tmp_path: Path) -> None:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    walks = check(run(tmp_path / "cloud", seed, clients=4, calls=15, kills=1))
    statuses = {status for walk in walks.values() for status in walk}
    assert {EnvironmentStatus.LAUNCHING, EnvironmentStatus.READY} <= statuses
