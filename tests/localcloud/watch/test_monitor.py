"""The monitor over fake machines: replacement of lost instances, scaling, and health during operations."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dockdj.localcloud import resizing
from dockdj.localcloud.contract import (
    UNWATCHED,
    Deployment,
    DeploymentFailed,
    Emit,
    HealthStatus,
    InstanceState,
    Life,
    Observation,
    Progress,
    Severity,
    Spec,
)
from dockdj.localcloud.measures import Answer, Load, Traffic
from dockdj.localcloud.watch.monitor import SECONDS, Monitor
from tests.localcloud.fake_server import FakeOperations
from tests.localcloud.in_process import in_process
from tests.localcloud.running import described, messages, option, ready, with_environment
from tests.support.eventually import eventually

MINUTE = 60


class Machines(FakeOperations):
    """Machines whose state and requests the test decides, and whose `held` deployments wait for it."""

    def __init__(self) -> None:
        super().__init__("watched")
        self.traffic = Traffic()
        self.resized: list[tuple[int, frozenset[str]]] = []
        self.fails = False
        self.waiting, self.released = threading.Event(), threading.Event()

    def deploy(self, spec: Spec, deployment: Deployment, emit: Emit, progress: Progress = UNWATCHED) -> None:
        if "held" in deployment.version_label:
            self.waiting.set()
            assert self.released.wait(60)
        super().deploy(spec, replace(deployment, version_label=deployment.version_label.replace("held", "v")), emit)

    def observe(self, spec: Spec) -> Observation:
        return Observation(self.running.get(spec.environment_id, ()), self.traffic)

    def resize(self, spec: Spec, deployment: Deployment, dead: Collection[str], emit: Emit) -> None:
        self.resized.append((spec.min_size, frozenset(dead)))
        if self.fails:
            raise DeploymentFailed("no machine")
        emit(Severity.INFO, "Added instance [i-new] to your environment.")
        self.deploy(spec, deployment, emit)

    def change(self, number: int, **changes: Any) -> InstanceState:
        """Change one instance of the only environment."""
        ((environment_id, instances),) = self.running.items()
        changed = replace(instances[number], **changes)
        self.running[environment_id] = (*instances[:number], changed, *instances[number + 1 :])
        return changed


@dataclass
class Watch:
    """A cloud with a monitor, and the clock that both have."""

    machines: Machines
    monitor: Monitor
    now: float = 6000.0

    def look(self, seconds: float = SECONDS) -> None:
        """Let time pass, look once, and wait for what the monitor has begun."""
        self.now += seconds
        self.monitor.look()
        assert self.monitor.cloud.work.wait(60)


@contextmanager
def watching(folder: Path, *options: dict[str, str], labels: tuple[str, ...] = ("v1",)) -> Iterator[tuple[Watch, Any]]:
    machines = Machines()
    with in_process(folder, machines) as server:
        watch = Watch(machines, Monitor(server.cloud, seconds=0))
        server.cloud.operations.clock = lambda: watch.now
        yield watch, with_environment(server, "shop", *labels, options=options)


TWO = (option("autoscaling:asg", "MinSize", "2"), option("autoscaling:asg", "MaxSize", "4"))
BY_REQUESTS = (
    option("autoscaling:trigger", "MeasureName", "RequestCount"),
    option("autoscaling:trigger", "Statistic", "Sum"),
    option("autoscaling:trigger", "Period", "1"),
    option("autoscaling:trigger", "BreachDuration", "1"),
    option("autoscaling:trigger", "LowerThreshold", "10"),
    option("autoscaling:trigger", "UpperThreshold", "100"),
    option("autoscaling:asg", "Cooldown", "120"),
)


def test_stopped_instance_is_replaced_while_the_environment_stays_ready(tmp_path: Path) -> None:
    with watching(tmp_path / "cloud", *TWO) as (watch, beanstalk):
        watch.look()
        lost = watch.machines.change(0, life=Life.STOPPED, status=HealthStatus.NO_DATA)
        watch.look()
        assert watch.machines.resized == []
        assert described(beanstalk, "shop")["HealthStatus"] == "Warning"
        watch.look()
        assert watch.machines.resized == [(2, frozenset({lost.id}))]
        environment = described(beanstalk, "shop")
        assert (environment["Status"], environment["HealthStatus"]) == ("Ready", "Ok")
        assert "Added instance [i-new] to your environment." in messages(beanstalk, EnvironmentName="shop")


def test_missing_instance_is_added(tmp_path: Path) -> None:
    with watching(tmp_path / "cloud", *TWO) as (watch, _):
        ((environment_id, (_, second)),) = watch.machines.running.items()
        watch.machines.running[environment_id] = (second,)
        watch.look()
        watch.look()
        assert watch.machines.resized == [(2, frozenset())]


def test_failed_replacement_is_tried_again_after_a_minute(tmp_path: Path) -> None:
    with watching(tmp_path / "cloud") as (watch, _):
        watch.machines.fails = True
        watch.machines.change(0, life=Life.STOPPED)
        for _ in range(10):
            watch.look()
        assert len(watch.machines.resized) == 1
        watch.look(MINUTE)
        assert len(watch.machines.resized) == 2


def test_instance_that_an_operation_stops_is_not_replaced_and_shows_as_pending(tmp_path: Path) -> None:
    with watching(tmp_path / "cloud", *TWO, labels=("v1", "held")) as (watch, beanstalk):
        beanstalk.update_environment(EnvironmentName="shop", VersionLabel="held")
        assert watch.machines.waiting.wait(60)
        watch.machines.change(0, status=HealthStatus.SEVERE, causes=("503",))
        watch.machines.change(1, life=Life.STOPPED, status=HealthStatus.NO_DATA)
        for _ in range(4):
            watch.now += SECONDS
            watch.monitor.look()
        first, second = beanstalk.describe_instances_health(EnvironmentName="shop", AttributeNames=["All"])[
            "InstanceHealthList"
        ]
        assert (first["HealthStatus"], first["Color"], second["HealthStatus"]) == ("Pending", "Grey", "NoData")
        assert first["Causes"] == ["An operation is in progress on this instance.", "503"]
        assert described(beanstalk, "shop")["HealthStatus"] == "Info"
        assert watch.machines.resized == []
        watch.machines.released.set()
        assert ready(beanstalk, "shop")["HealthStatus"] == "Ok"


def test_operation_that_begins_before_the_replacement_wins(tmp_path: Path) -> None:
    with watching(tmp_path / "cloud", *TWO) as (watch, beanstalk):
        cloud = watch.monitor.cloud
        watch.look()
        watch.machines.change(0, life=Life.STOPPED)
        watch.look()
        cloud.state.change("UPDATE environments SET operation = 'other', status = 'Updating'")
        # As if the operation had begun after the monitor read the environment.
        resizing.resize(cloud, described(beanstalk, "shop")["EnvironmentId"], frozenset({"i-lost"}), 3)
        assert watch.machines.resized == []
        assert cloud.state.row("SELECT size FROM environments") == {"size": 0}


def test_operation_waits_for_a_replacement_that_runs(tmp_path: Path) -> None:
    with watching(tmp_path / "cloud", *TWO, labels=("v1", "held", "v2")) as (watch, beanstalk):
        cloud = watch.monitor.cloud
        cloud.state.change("UPDATE environments SET label = 'held'")
        watch.look()
        watch.machines.change(0, life=Life.STOPPED)
        watch.now += SECONDS
        watch.monitor.look()
        watch.now += SECONDS
        watch.monitor.look()
        assert watch.machines.waiting.wait(60)
        beanstalk.update_environment(EnvironmentName="shop", VersionLabel="v2")
        assert described(beanstalk, "shop")["Status"] == "Updating"
        watch.machines.released.set()
        assert ready(beanstalk, "shop")["VersionLabel"] == "v2"
        assert {item.version_label for item in next(iter(watch.machines.running.values()))} == {"v2"}


def test_fleet_grows_with_requests_and_shrinks_without_them(tmp_path: Path) -> None:
    with watching(tmp_path / "cloud", *TWO, *BY_REQUESTS) as (watch, beanstalk):

        def minute(requests: int) -> None:
            second, *others = watch.machines.traffic.statuses
            watch.machines.traffic = Traffic((second + requests, others[0], others[1], others[2]))
            watch.look(MINUTE)

        for _ in range(3):
            minute(101)
        assert watch.machines.resized == [(3, frozenset())]
        assert (
            len(beanstalk.describe_environment_resources(EnvironmentName="shop")["EnvironmentResources"]["Instances"])
            == 3
        )
        # The cooldown is two minutes.
        minute(101)
        minute(101)
        minute(101)
        minute(101)
        minute(101)
        assert [size for size, _ in watch.machines.resized] == [3, 4]
        for _ in range(9):
            minute(1)
        assert [size for size, _ in watch.machines.resized] == [3, 4, 3, 2]
        beanstalk.update_environment(EnvironmentName="shop", OptionSettings=[option("autoscaling:asg", "MinSize", "4")])
        ready(beanstalk, "shop")
        assert described(beanstalk, "shop")["HealthStatus"] == "Ok"
        assert len(next(iter(watch.machines.running.values()))) == 4


def test_requests_and_load_of_the_last_seconds_are_described(tmp_path: Path) -> None:
    with watching(tmp_path / "cloud") as (watch, beanstalk):

        def serve(requests: int, user: float) -> None:
            answers = tuple(Answer(watch.now + 1, number / 100) for number in range(1, requests + 1))
            watch.machines.traffic = traffic = Traffic((requests, 0, 3, 1), answers)
            watch.machines.change(0, traffic=traffic, load=Load((0.5, 0.25), user=user, system=0, processors=2))

        serve(0, 0)
        watch.look(10)
        serve(100, 5)
        watch.look(10)
        health = beanstalk.describe_environment_health(EnvironmentName="shop", AttributeNames=["All"])
        metrics = health["ApplicationMetrics"]
        assert (metrics["Duration"], metrics["RequestCount"]) == (10, 100)
        assert metrics["StatusCodes"] == {"Status2xx": 100, "Status3xx": 0, "Status4xx": 0, "Status5xx": 0}
        assert metrics["Latency"] == {
            "P999": 1.0, "P99": 0.99, "P95": 0.95, "P90": 0.9, "P85": 0.85, "P75": 0.75, "P50": 0.5, "P10": 0.1,
        }  # fmt: skip
        (instance,) = beanstalk.describe_instances_health(EnvironmentName="shop", AttributeNames=["All"])[
            "InstanceHealthList"
        ]
        assert instance["ApplicationMetrics"] == metrics
        assert instance["System"]["LoadAverage"] == [0.5, 0.25]
        processor = instance["System"]["CPUUtilization"]
        assert (processor["User"], processor["System"], processor["Idle"]) == (25, 0, 75)


def test_monitor_ends_when_it_is_stopped(tmp_path: Path) -> None:
    with watching(tmp_path / "cloud") as (watch, _):
        cloud = watch.monitor.cloud
        monitor = Monitor(cloud, seconds=0.01)
        cloud.operations.memories.clear()
        monitor.start()
        eventually(lambda: any(memory.samples for memory in cloud.operations.memories.values()))
        monitor.stop()
        assert monitor.thread is not None and not monitor.thread.is_alive()
