"""Instances and a balancer in memory, in place of containers."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from dockdj.localcloud.contract import Deployment, Spec
from dockdj.localcloud.fleet import balancer, instance
from dockdj.localcloud.fleet.balancer import Server, ServerStatus
from dockdj.localcloud.fleet.image.instance.eb_engine.machine import fingerprint
from dockdj.localcloud.fleet.instance import Instance, InstanceRecord, Outcome
from dockdj.localcloud.fleet.placement import Placement


@dataclass(frozen=True)
class Machines(Placement):
    """A placement whose instances deploy at once. Versions with `bad` fail, `sick` ones are unhealthy."""

    fleet: list[Instance] = field(default_factory=list)
    records: dict[str, InstanceRecord] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    """The weight of each registered instance, by address."""
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    served: list[int] = field(default_factory=list)
    """The number of serving instances after each change of the balancer."""

    kills: list[Callable[[], None]] = field(default_factory=list)
    """Called before each action."""

    def act(self) -> None:
        for kill in self.kills:
            kill()

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Replace the functions that reach containers."""
        for name in ("servers", "drain", "admit", "weigh"):
            patch.setattr(balancer, name, getattr(self, f"_{name}"))
        patch.setattr(balancer, "reload", lambda container: None)
        patch.setattr(balancer, "POLL_SECONDS", 0)
        patch.setattr(instance, "deploy", self._deploy)
        patch.setattr(instance, "record", lambda item: self.records.get(item.id))

    def instances(self, spec: Spec) -> list[Instance]:
        return list(self.fleet)

    def add_instances(self, spec: Spec, count: int) -> list[Instance]:
        added = []
        for number in [next(self.numbers) for _ in range(count)]:
            self.act()
            kind = {"group": spec.group, "machine": spec.machine}
            added.append(Instance(f"i-{number}", f"c-{number}", f"10.0.0.{number}", "", True, **kind))
            self.fleet.append(added[-1])
        return added

    def remove_instances(self, instances: Sequence[Instance]) -> None:
        for item in instances:
            self.act()
            assert item.address not in self.weights, f"{item.id} is removed while it serves"
            self.fleet.remove(item)

    def authorise(self, instances: Sequence[Instance]) -> Sequence[Instance]:
        return instances

    def write_configuration(self, spec: Spec, port: int) -> bool:
        return False

    def port(self, spec: Spec) -> int:
        return 80

    def state(self) -> list[tuple[str, str, int | None]]:
        """The group, version and weight of each instance."""
        return [
            (
                item.group,
                self.records[item.id].version if item.id in self.records else "",
                self.weights.get(item.address),
            )
            for item in self.fleet
        ]

    def _healthy(self, address: str) -> bool:
        return all("sick" not in self.records[item.id].version for item in self.fleet if item.address == address)

    def _servers(self, container: str) -> Mapping[str, Server]:
        def status(address: str) -> ServerStatus:
            return ServerStatus.UP if self._healthy(address) else ServerStatus.DOWN

        return {address: Server(status(address), 0, "L7OK/200") for address in self.weights}

    def _drain(self, container: str, addresses: Collection[str], seconds: float) -> None:
        for address in addresses:
            self.act()
            self.weights.pop(address, None)
        self._note()

    def _admit(self, container: str, addresses: Collection[str], spec: Spec, weight: int = balancer.WEIGHT) -> None:
        for address in addresses:
            self.act()
            self.weights[address] = weight
        self._note()

    def _weigh(self, container: str, addresses: Iterable[str], weight: int) -> None:
        self.act()
        self.weights.update({address: weight for address in addresses if address in self.weights})
        self._note()

    def _note(self) -> None:
        self.served.append(sum(weight > 0 and self._healthy(address) for address, weight in self.weights.items()))

    def _deploy(self, item: Instance, spec: Spec, deployment: Deployment, **_: Any) -> Outcome:
        self.act()
        label = deployment.version_label
        if "bad" in label:
            return Outcome(item, "it failed", old_version_serves=item.id in self.records)
        self.records[item.id] = InstanceRecord(label, deployment.id, fingerprint(spec.variables), finished=True)
        return Outcome(item, "")


def stopping(step: int, stop: type[Exception]) -> Callable[[], None]:
    """A function that raises at its call with this number, and at all later ones."""
    calls = count(1)

    def proceed() -> None:
        if next(calls) >= step:
            raise stop

    return proceed
