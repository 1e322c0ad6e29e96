"""The measures of the last seconds."""

import pytest

from dockdj.localcloud.contract import HealthStatus, InstanceState, Observation
from dockdj.localcloud.measures import Answer, Load, Traffic
from dockdj.localcloud.watch.window import Requests, Sample, counts_only, percentile, report

LATENCIES = tuple(float(number) for number in range(1, 1001))


def state(*, ok: int = 0, user: float = 0, answers: tuple[Answer, ...] = (), identity: str = "i-1") -> InstanceState:
    return InstanceState(
        identity,
        HealthStatus.OK,
        "v",
        1,
        (),
        "",
        traffic=Traffic((ok, 0, 0, 0), answers),
        load=Load((0.5, 0.4), user=user, system=user / 2, processors=2),
    )


def sample(at: float, instance: InstanceState, *statuses: int) -> Sample:
    second, third, fourth, fifth = statuses or (0, 0, 0, 0)
    return Sample(at, Observation((instance,), Traffic((second, third, fourth, fifth), instance.traffic.answers)))


@pytest.mark.parametrize(("percent", "latency"), [(99.9, 999), (99, 990), (95, 950), (50, 500), (10, 100), (0, 1)])
def test_percentile_is_not_exceeded_by_so_many_percent(percent: float, latency: float) -> None:
    assert percentile(LATENCIES, percent) == latency
    assert percentile((7.0,), percent) == 7


def test_report_counts_the_requests_of_ten_seconds_and_no_earlier_ones() -> None:
    samples = [
        sample(100, state(ok=1), 1, 0, 0, 0),
        sample(105, state(ok=5), 5, 1, 1, 1),
        sample(110, state(ok=9), 9, 3, 2, 1),
        sample(115, state(ok=20), 20, 4, 3, 2),
    ]
    requests = report(samples).requests
    assert (requests.seconds, requests.statuses, requests.count) == (10, (15, 3, 2, 1), 21)
    assert report(samples).by_instance["i-1"].statuses == (15, 0, 0, 0)


def test_counts_that_fell_began_anew() -> None:
    samples = [sample(100, state(ok=50), 50, 0, 9, 0), sample(110, state(ok=3), 3, 0, 9, 0)]
    assert report(samples).requests.statuses == (3, 0, 0, 0)


def test_first_observation_says_nothing_about_the_last_seconds() -> None:
    assert report([sample(100, state(ok=5000), 5000, 0, 0, 0)]).requests == Requests()
    assert report([]).requests == Requests()


def test_instance_that_joined_counts_from_its_registration() -> None:
    samples = [sample(100, state(identity="i-1")), sample(110, state(identity="i-2", ok=4, user=3))]
    measured = report(samples)
    assert measured.by_instance["i-2"].statuses == (4, 0, 0, 0)
    assert measured.processors == {}


def test_latencies_are_those_of_the_last_ten_seconds_sorted() -> None:
    answers = (Answer(99, 9.0), Answer(104, 0.5), Answer(109, 0.1))
    samples = [sample(100, state()), sample(110, state(ok=3, answers=answers), 3, 0, 0, 0)]
    assert report(samples).requests.latencies == (0.1, 0.5)


def test_processor_time_is_a_share_of_all_processors() -> None:
    processor = report([sample(100, state(user=1)), sample(110, state(user=6))]).processors["i-1"]
    assert (processor.user, processor.system, processor.idle) == (25, 12.5, 62.5)


def test_processor_time_that_fell_belongs_to_another_start() -> None:
    assert report([sample(100, state(user=9)), sample(110, state(user=1))]).processors == {}


def test_remembered_counts_have_no_single_requests() -> None:
    observation = sample(100, state(ok=2, answers=(Answer(99, 1.0),)), 2, 0, 0, 0).observation
    reduced = counts_only(observation)
    assert reduced.traffic == Traffic((2, 0, 0, 0))
    assert reduced.instances[0].traffic == Traffic((2, 0, 0, 0))
    assert reduced.instances[0].load == observation.instances[0].load
