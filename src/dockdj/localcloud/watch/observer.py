"""Observe an environment's machines by cheap means: Docker's socket, and a program in each container that stays.

A question to such a program starts nothing. Without a socket the fleet's own programs answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import Any

from dockdj.errors import CommandFailed
from dockdj.localcloud.contract import Observation, Spec
from dockdj.localcloud.fleet import balancer, condition, instance, names
from dockdj.localcloud.fleet.condition import Inside
from dockdj.localcloud.fleet.instance import Instance
from dockdj.localcloud.fleet.parallel import in_parallel
from dockdj.localcloud.measures import Load
from dockdj.localcloud.watch import engine_socket, requests
from dockdj.localcloud.watch.engine_socket import EngineSocket
from dockdj.localcloud.watch.program import Program, Silent
from dockdj.localcloud.watch.requests import Balance, Log

ANSWER_SECONDS = 5.0
RUNNING = ("running", "paused", "restarting")
STATISTICS, LATEST = "show stat", f"show events {balancer.REQUESTS}"


@cache
def _text(name: str) -> str:
    """The text of a program that runs inside a container."""
    return files("dockdj.localcloud.watch").joinpath("inside", name).read_text()


@dataclass
class Watcher:
    """A program in one container. It is started when it is asked, and again after it has ended."""

    engine: EngineSocket
    container: str
    argv: Sequence[str]
    program: Program | None = None
    asking: Lock = field(default_factory=Lock, repr=False)

    def ask(self, question: str) -> str:
        """The answer to a question. Raises Silent, CommandFailed."""
        deadline = time.monotonic() + ANSWER_SECONDS
        with self.asking:
            if self.program:
                try:
                    return self._ask(self.program, question, deadline)
                except Silent:
                    # The program has ended with its container, which may run again.
                    if time.monotonic() > deadline:
                        raise
            self.program = self.engine.run(self.container, self.argv)
            return self._ask(self.program, question, deadline)

    def close(self) -> None:
        """End the program."""
        with self.asking:
            if self.program:
                self.program.close()
            self.program = None

    def _ask(self, program: Program, question: str, deadline: float) -> str:
        try:
            program.send(question)
            return program.answer(deadline)
        except Silent:
            program.close()
            self.program = None
            raise


@dataclass
class Observer:
    """Observes the environments of one cloud."""

    state_id: str
    engine: Callable[[], EngineSocket | None] = engine_socket.of_client
    watchers: dict[str, Watcher] = field(default_factory=dict)
    """By container."""
    logs: dict[str, Log] = field(default_factory=dict)
    """The latest requests of each balancer, so that an idle one is not asked for them."""

    def observe(self, spec: Spec) -> Observation:
        """The instances and the requests of an environment. Raises CommandFailed if Docker does not answer."""
        container = names.name(self.state_id, f"{spec.balancer_id}-{names.BALANCER}")
        engine = self.engine()
        if engine is None:
            return self._by_programs(spec, container)
        selected = names.labels(self.state_id, names.INSTANCE, environment=spec.environment_id)
        # Docker lists the newest first, and its summaries have whole seconds, which cannot tell that order.
        instances = [_instance(summary) for summary in reversed(engine.containers(selected))]
        self._close_others(spec.environment_id, instances)
        running = [item for item in instances if item.running]
        reports = in_parallel(lambda item: self._inside(engine, spec, item), running)
        balance = self._balance(engine, container)
        return observation(instances, dict(zip((item.id for item in running), reports, strict=True)), balance)

    def close(self) -> None:
        """End all programs."""
        for key in list(self.watchers):
            self.watchers.pop(key).close()

    def _inside(self, engine: EngineSocket, spec: Spec, item: Instance) -> Inside | None:
        """The instance's report on itself; None if it does not answer."""
        key = f"{spec.environment_id} {item.container}"
        argv = ("python3", "-c", _text("instance_report.py"))
        try:
            return parse_report(self._watcher(engine, key, item.container, argv).ask(""))
        except (Silent, CommandFailed, ValueError):
            return None

    def _balance(self, engine: EngineSocket, container: str) -> Balance:
        watcher = self._watcher(engine, container, container, ("perl", "-e", _text("balancer_ask.pl")))
        try:
            statistics = watcher.ask(STATISTICS)
            counts = requests.counters(statistics)
            log = self.logs.get(container)
            if log is None or log.counts != counts:
                log = self.logs[container] = Log(counts, requests.answers(watcher.ask(LATEST)))
        except (Silent, CommandFailed):
            return requests.NOTHING
        return requests.balance(statistics, log)

    def _watcher(self, engine: EngineSocket, key: str, container: str, argv: Sequence[str]) -> Watcher:
        return self.watchers.setdefault(key, Watcher(engine, container, argv))

    def _close_others(self, environment_id: str, instances: Iterable[Instance]) -> None:
        """End the connections to instances that are gone."""
        kept = {f"{environment_id} {item.container}" for item in instances}
        for key in [key for key in list(self.watchers) if key.startswith(f"{environment_id} ") and key not in kept]:
            self.watchers.pop(key).close()

    def _by_programs(self, spec: Spec, container: str) -> Observation:
        instances = instance.instances(self.state_id, spec.environment_id)
        try:
            statistics = balancer.runtime(container, [STATISTICS])
            log = Log(requests.counters(statistics), requests.answers(balancer.runtime(container, [LATEST])))
            balance = requests.balance(statistics, log)
        except CommandFailed:
            balance = requests.NOTHING
        records = in_parallel(instance.record, instances)
        reports = {item.id: Inside(record) for item, record in zip(instances, records, strict=True)}
        return observation(instances, reports, balance)


def observation(instances: Iterable[Instance], reports: Mapping[str, Inside | None], balance: Balance) -> Observation:
    """Put together what Docker, the instances and the balancer say."""
    states = tuple(
        condition.observed(
            item, reports.get(item.id), balance.servers.get(item.address), balance.by_server.get(item.address)
        )
        for item in instances
    )
    return Observation(states, balance.total)


def parse_report(text: str) -> Inside:
    """The report of the program inside an instance. Raises ValueError."""
    try:
        fields = json.loads(text)
        load = Load(
            averages=tuple(float(average) for average in fields["load"]),
            user=float(fields["user"]),
            system=float(fields["system"]),
            processors=int(fields["processors"]),
        )
        containers = fields["containers"]
        stopped = [f"{item['service']}: {item['status']}" for item in containers or () if item["state"] != "running"]
        return Inside(instance.parse_record(fields["record"]), load, tuple(stopped), engine=containers is not None)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"the report of an instance has another form: {error}") from error


def _instance(summary: Mapping[str, Any]) -> Instance:
    """An instance, from Docker's summary of its container."""
    container = summary["Names"][0].lstrip("/")
    return Instance(
        id=instance.id_of(container),
        container=container,
        address=summary["Labels"].get(names.ADDRESS, ""),
        created=datetime.fromtimestamp(summary["Created"], UTC).isoformat(),
        running=summary["State"] in RUNNING,
        group=summary["Labels"].get(names.GROUP, ""),
    )
