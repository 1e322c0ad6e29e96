"""The polling loop."""

from collections.abc import Iterator

from dockdj.localcloud.polling import poll


def test_poll_returns_the_first_true_result() -> None:
    results: Iterator[str] = iter(["", "ready", "later"])
    assert poll(lambda: next(results), seconds=60, every=0) == "ready"


def test_poll_checks_once_more_after_the_deadline() -> None:
    calls: list[int] = []
    assert poll(lambda: calls.append(1), seconds=-1, every=60) is None
    assert len(calls) == 1
