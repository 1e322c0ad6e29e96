"""The observer over a socket of Docker's that the test plays, with real programs in place of those in containers."""

import json
import socket
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from dockdj.errors import CommandFailed
from dockdj.localcloud.contract import HealthStatus, Life, Observation
from dockdj.localcloud.fleet import names
from dockdj.localcloud.watch import observer
from dockdj.localcloud.watch.engine_socket import EngineSocket
from dockdj.localcloud.watch.observer import Observer
from dockdj.localcloud.watch.program import END, Program
from tests.localcloud.fleet.spec import SPEC
from tests.localcloud.watch.test_requests import LOG, STATISTICS

BALANCER = f"dockdj-x-{SPEC.environment_id}-balancer"
REPORT = {
    "load": [0.5, 0.25],
    "user": 3.0,
    "system": 1.0,
    "processors": 2,
    "containers": [],
    "record": {"version": "v1", "deployment": 3, "variables": "", "finished": True},
}


@dataclass
class Container:
    """A container whose program answers the lines that `answers` has, until it is killed."""

    labels: dict[str, str]
    state: str = "running"
    answers: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    ends: list[socket.socket] = field(default_factory=list)

    def run(self) -> Program:
        ours, theirs = socket.socketpair()
        self.ends.append(theirs)
        threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()
        return Program(ours)

    def kill(self) -> None:
        """End the programs that run."""
        for end in self.ends:
            end.shutdown(socket.SHUT_RDWR)

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("r") as lines:
            for line in lines:
                question = line.rstrip("\n")
                self.questions.append(question)
                if question in self.answers:
                    answer = self.answers[question].encode() + END
                    connection.sendall(struct.pack(">BxxxI", 1, len(answer)) + answer)


@dataclass
class Engine:
    """The containers of an engine, by name, oldest first."""

    containers_by_name: dict[str, Container]
    started: int = 0

    def containers(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """As Docker lists them: the newest first. All of these were created within one second."""
        return [
            {"Names": [f"/{name}"], "State": item.state, "Created": 1, "Labels": item.labels}
            for name, item in reversed(self.containers_by_name.items())
            if labels.items() <= item.labels.items()
        ]

    def run(self, container: str, argv: Sequence[str]) -> Program:
        if self.containers_by_name[container].state != "running":
            raise CommandFailed("the container is not running")
        self.started += 1
        return self.containers_by_name[container].run()


def instance(address: str) -> Container:
    labels = names.labels("x", names.INSTANCE, environment=SPEC.environment_id, address=address)
    return Container(labels, answers={"": json.dumps(REPORT)})


@pytest.fixture
def engine() -> Iterator[Engine]:
    balancer = Container(names.labels("x", names.BALANCER, environment=SPEC.environment_id))
    balancer.answers = {"show stat": STATISTICS, "show events requests": LOG}
    yield Engine({
        "dockdj-x-i-2": instance("10.213.0.21"),
        "dockdj-x-i-1": instance("10.213.0.22"),
        BALANCER: balancer,
    })  # fmt: skip


def watch(engine: Engine) -> Observer:
    return Observer("x", engine=lambda: cast(EngineSocket, engine))


def lives(observation: Observation) -> dict[str, tuple[Life, HealthStatus]]:
    return {item.id: (item.life, item.status) for item in observation.instances}


def test_observation_has_health_version_load_and_requests_of_every_instance(engine: Engine) -> None:
    observation = watch(engine).observe(SPEC)
    first, second = observation.instances
    assert (first.id, first.status, first.version_label, first.deployment_id) == ("i-2", HealthStatus.OK, "v1", 3)
    assert (second.id, second.status) == ("i-1", HealthStatus.SEVERE)
    assert first.load is not None and first.load.averages == (0.5, 0.25)
    assert first.traffic.statuses == (25, 3, 2, 0)
    assert observation.traffic.statuses == (40, 3, 2, 1)
    assert len(observation.traffic.answers) == 3


def test_question_to_a_watched_container_starts_no_program(engine: Engine) -> None:
    watching = watch(engine)
    for _ in range(5):
        watching.observe(SPEC)
    assert engine.started == 3


def test_idle_balancer_is_not_asked_for_its_requests(engine: Engine) -> None:
    watching = watch(engine)
    watching.observe(SPEC)
    watching.observe(SPEC)
    balancer = engine.containers_by_name[BALANCER]
    assert balancer.questions == ["show stat", "show events requests", "show stat"]
    balancer.answers["show stat"] = STATISTICS.replace("40,3,2,1", "41,3,2,1")
    watching.observe(SPEC)
    assert balancer.questions[3:] == ["show stat", "show events requests"]


def test_program_that_ended_with_its_container_is_started_again(engine: Engine) -> None:
    watching = watch(engine)
    watching.observe(SPEC)
    engine.containers_by_name["dockdj-x-i-2"].kill()
    assert lives(watching.observe(SPEC))["i-2"] == (Life.ANSWERS, HealthStatus.OK)
    assert engine.started == 4


def test_stopped_instance_sends_no_data(engine: Engine) -> None:
    watching = watch(engine)
    watching.observe(SPEC)
    engine.containers_by_name["dockdj-x-i-2"].state = "exited"
    assert lives(watching.observe(SPEC))["i-2"] == (Life.STOPPED, HealthStatus.NO_DATA)


def test_instance_that_does_not_answer_is_silent_and_the_others_are_observed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer, "ANSWER_SECONDS", 0.2)
    engine.containers_by_name["dockdj-x-i-2"].answers.clear()
    observed = lives(watch(engine).observe(SPEC))
    assert observed["i-2"] == (Life.SILENT, HealthStatus.NO_DATA)
    assert observed["i-1"] == (Life.ANSWERS, HealthStatus.SEVERE)


def test_environment_without_its_balancer_is_observed(engine: Engine) -> None:
    engine.containers_by_name[BALANCER].state = "exited"
    observed = watch(engine).observe(SPEC)
    assert {item.status for item in observed.instances} == {HealthStatus.PENDING}
    assert observed.traffic.statuses == (0, 0, 0, 0)


def test_connections_to_removed_instances_end(engine: Engine) -> None:
    watching = watch(engine)
    watching.observe(SPEC)
    del engine.containers_by_name["dockdj-x-i-2"]
    watching.observe(SPEC)
    assert {watcher.container for watcher in watching.watchers.values()} == {"dockdj-x-i-1", BALANCER}
    watching.close()
    assert watching.watchers == {}
