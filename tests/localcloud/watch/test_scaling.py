"""The decision to scale, and the measures of whole minutes that it needs."""

from dataclasses import replace

import pytest

from dockdj.localcloud.contract import HealthStatus, InstanceState, Life, Observation
from dockdj.localcloud.measures import Answer, Load, Traffic
from dockdj.localcloud.platform.option_rules import ASG, ENVIRONMENT, TRIGGER
from dockdj.localcloud.platform.triggers import bounds_of, trigger_of
from dockdj.localcloud.watch.losses import lost, missing
from dockdj.localcloud.watch.minutes import History
from dockdj.localcloud.watch.scaling import Bounds, Measure, Statistic, Trigger, Values, values, wanted_size
from dockdj.localcloud.watch.window import Sample

NOW = 6000.0
"""The begin of minute 100, so 99 is the last whole one."""
LONG_AGO = float("-inf")
CPU = Trigger(Measure.CPU, Statistic.AVERAGE, lower=20, upper=70, shrink=-1, grow=2, period=2, periods=1, cooldown=360)
ONE_TO_FOUR = Bounds(2, 1, 4)


def minutes(*cpu: float, last: int = 99) -> dict[int, dict[Measure, Values]]:
    """The last minutes up to number `last`, each with one value."""
    first = last - len(cpu) + 1
    return {first + number: {Measure.CPU: values([value])} for number, value in enumerate(cpu)}


@pytest.mark.parametrize(
    ("trigger", "bounds", "cpu", "changed", "size"),
    [
        (CPU, ONE_TO_FOUR, (90, 90), LONG_AGO, 4),
        (CPU, Bounds(3, 1, 4), (90, 90), LONG_AGO, 4),
        (CPU, Bounds(4, 1, 4), (90, 90), LONG_AGO, 4),
        (CPU, ONE_TO_FOUR, (50, 89), LONG_AGO, 2),
        (CPU, ONE_TO_FOUR, (51, 90), LONG_AGO, 4),
        (CPU, ONE_TO_FOUR, (70, 70), LONG_AGO, 2),
        (CPU, ONE_TO_FOUR, (20, 20), LONG_AGO, 2),
        (CPU, ONE_TO_FOUR, (10, 10), LONG_AGO, 1),
        (CPU, Bounds(1, 1, 4), (10, 10), LONG_AGO, 1),
        (replace(CPU, shrink=-9), ONE_TO_FOUR, (10, 10), LONG_AGO, 1),
        (CPU, ONE_TO_FOUR, (90, 90), NOW - 359, 2),
        (CPU, ONE_TO_FOUR, (90, 90), NOW - 360, 4),
        (replace(CPU, periods=2), ONE_TO_FOUR, (30, 30, 90, 90), LONG_AGO, 2),
        (replace(CPU, periods=2), ONE_TO_FOUR, (90, 90, 90, 90), LONG_AGO, 4),
        (replace(CPU, periods=2), ONE_TO_FOUR, (90, 90), LONG_AGO, 2),
        (CPU, ONE_TO_FOUR, (90,), LONG_AGO, 2),
        (CPU, ONE_TO_FOUR, (), LONG_AGO, 2),
        (replace(CPU, statistic=Statistic.MAXIMUM), ONE_TO_FOUR, (1, 90), LONG_AGO, 4),
        (replace(CPU, statistic=Statistic.MINIMUM), ONE_TO_FOUR, (90, 1), LONG_AGO, 1),
        (replace(CPU, statistic=Statistic.SUM), ONE_TO_FOUR, (40, 40), LONG_AGO, 4),
    ],
)
def test_fleet_grows_above_and_shrinks_below_the_thresholds_within_its_bounds(
    trigger: Trigger, bounds: Bounds, cpu: tuple[float, ...], changed: float, size: int
) -> None:
    assert wanted_size(trigger, bounds, minutes(*cpu), NOW, changed) == size


def test_minute_that_nobody_observed_breaches_no_threshold() -> None:
    observed = minutes(90, 90, 90)
    del observed[98]
    assert wanted_size(CPU, ONE_TO_FOUR, observed, NOW, LONG_AGO) == 2
    assert wanted_size(CPU, ONE_TO_FOUR, minutes(90, 90, last=98), NOW, LONG_AGO) == 2


def test_idle_minutes_have_no_latency_to_compare() -> None:
    latency = replace(CPU, measure=Measure.LATENCY)
    assert wanted_size(latency, ONE_TO_FOUR, minutes(0, 0), NOW, LONG_AGO) == 2


def test_trigger_is_read_from_options_with_their_defaults() -> None:
    options = {
        (TRIGGER, "MeasureName"): "CPUUtilization",
        (TRIGGER, "LowerThreshold"): "20",
        (TRIGGER, "UpperThreshold"): "70.5",
        (TRIGGER, "BreachDuration"): "11",
        (ASG, "Cooldown"): "60",
    }
    expected = Trigger(
        Measure.CPU, Statistic.AVERAGE, lower=20, upper=70.5, shrink=-1, grow=1, period=5, periods=3, cooldown=60
    )
    assert trigger_of(options) == expected
    assert trigger_of({}) is None
    assert trigger_of({**options, (ENVIRONMENT, "EnvironmentType"): "SingleInstance"}) is None


def test_latency_in_milliseconds_is_compared_in_seconds() -> None:
    options = {
        (TRIGGER, "MeasureName"): "Latency",
        (TRIGGER, "Unit"): "Milliseconds",
        (TRIGGER, "UpperThreshold"): "500",
    }
    trigger = trigger_of(options)
    assert trigger is not None and trigger.upper == 0.5


@pytest.mark.parametrize(("scaled", "size"), [(0, 2), (1, 2), (3, 3), (9, 5)])
def test_size_that_scaling_set_stays_within_the_options(scaled: int, size: int) -> None:
    options = {(ASG, "MinSize"): "2", (ASG, "MaxSize"): "5"}
    assert bounds_of(options, scaled) == Bounds(size, 2, 5)


def sample(at: float, *lives: Life, requests: int = 0, user: float = 0) -> Sample:
    load = Load((0, 0), user=user, system=0, processors=2)
    instances = tuple(
        InstanceState(f"i-{number}", HealthStatus.OK, "v", 1, (), "", life=life, load=load)
        for number, life in enumerate(lives)
    )
    return Sample(at, Observation(instances, Traffic((requests, 0, 0, 0), (Answer(at, 0.25),))))


def test_minute_counts_when_it_was_observed_from_its_begin_to_its_end() -> None:
    history = History()
    for second in range(30, 200, 10):
        history.add(sample(second, Life.ANSWERS, requests=second, user=second))
    past = history.whole_minutes()
    assert past.keys() == {1, 2}
    assert past[1][Measure.REQUESTS] == Values(1, 60, 60, 60)
    assert past[1][Measure.CPU].statistic(Statistic.AVERAGE) == 50
    assert past[1][Measure.LATENCY].statistic(Statistic.MAXIMUM) == 0.25


def test_minutes_around_a_pause_of_the_cloud_are_not_whole() -> None:
    history = History()
    for second in (0, 50, 65, 115, 130, 300, 350, 370):
        history.add(sample(second, Life.ANSWERS))
    assert history.whole_minutes().keys() == {1}


A, S, X = Life.ANSWERS, Life.SILENT, Life.STOPPED


@pytest.mark.parametrize(
    ("courses", "ids"),
    [
        ([(0, A), (3, A)], set()),
        ([(0, A), (3, X)], set()),
        ([(0, A), (3, X), (6, X)], {"i-0"}),
        ([(0, X), (3, A), (6, X)], set()),
        ([(0, A), (3, S), (20, S)], set()),
        ([(0, A), (3, S), (33, S)], {"i-0"}),
        ([(0, S), (20, A), (33, S)], set()),
        ([(0, S), (10, X), (20, X)], {"i-0"}),
        ([(0, X)], set()),
        ([], set()),
    ],
)
def test_instance_is_lost_after_it_has_not_lived_for_long_enough(
    courses: list[tuple[float, Life]], ids: set[str]
) -> None:
    assert lost([sample(at, life, A) for at, life in courses]) == ids


@pytest.mark.parametrize(
    ("courses", "count"),
    [
        ([(0, (A, A)), (3, (A,)), (6, (A,))], 1),
        ([(0, (A, A)), (3, (A,))], 0),
        ([(3, (A,)), (6, (A, A))], 0),
        ([(6, (A,))], 0),
        ([(3, ()), (6, ())], 2),
        ([(3, (A, A, A)), (6, (A, A, A))], 0),
    ],
)
def test_instances_are_missing_when_two_observations_lack_them(
    courses: list[tuple[float, tuple[Life, ...]]], count: int
) -> None:
    assert missing([sample(at, *lives) for at, lives in courses], 2) == count
