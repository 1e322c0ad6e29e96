"""Where new balancers and instances go: a free address on the cloud's network, a free port on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from threading import Lock

from dockdj.errors import CommandFailed
from dockdj.events import Report, silent
from dockdj.localcloud.contract import Spec
from dockdj.localcloud.fleet import balancer, engine, instance, names, network, services
from dockdj.localcloud.fleet.images import ensure_image
from dockdj.localcloud.fleet.instance import Instance
from dockdj.localcloud.fleet.parallel import together

BALANCER_PORT = 8080
"""Where the search for a free host port begins."""
ATTEMPTS = 5


@dataclass(frozen=True)
class Placement:
    """Makes the containers of one cloud's environments."""

    state_id: str
    report: Report = silent
    placing: Lock = field(default_factory=Lock, compare=False, repr=False)
    """Held while addresses and ports are chosen: several environments are worked on at the same time."""

    def balancer(self, spec: Spec) -> str:
        """The name of an environment's balancer container."""
        return names.name(self.state_id, f"{spec.environment_id}-{names.BALANCER}")

    def instances(self, spec: Spec) -> list[Instance]:
        """The instances of an environment, oldest first."""
        return instance.instances(self.state_id, spec.environment_id)

    def ensure_balancer(self, spec: Spec) -> int:
        """The host port of the running balancer: `spec.port` unless that is taken."""
        labels = names.labels(self.state_id, names.BALANCER, environment=spec.environment_id)
        if found := engine.containers(labels):
            try:
                engine.docker("start", found[0].name)
            except CommandFailed:
                # Its port was taken meanwhile; a container's ports cannot be changed.
                engine.remove_containers([found[0].name])
            else:
                return self._wait_for_balancer(spec, found[0].ports["80/tcp"])
        return self._wait_for_balancer(spec, self._run_balancer(spec))

    def keep(self, spec: Spec, port: int) -> bool:
        """Let the balancer's next start know today's instances and health options; whether the options changed."""
        addresses = [one.address for one in self.instances(spec)]
        text = balancer.configuration(spec, addresses, port)
        before = balancer.read_configuration(self.balancer(spec))
        if text != before:
            balancer.write_configuration(self.balancer(spec), text)
        return balancer.options(text) != balancer.options(before)

    def port(self, spec: Spec) -> int:
        """The host port of the environment's balancer."""
        labels = names.labels(self.state_id, names.BALANCER, environment=spec.environment_id)
        if not (found := engine.containers(labels)):
            raise CommandFailed(f"the load balancer of {spec.name} is gone")
        return found[0].ports["80/tcp"]

    def add_instances(self, spec: Spec, count: int) -> list[Instance]:
        """Start this many instances at the same time and return them."""
        if count <= 0:
            return []
        image = ensure_image(names.INSTANCE, self.report)
        port = services.registry_port(self.state_id)
        before = {one.id for one in self.instances(spec)}
        with self.placing:
            subnet, addresses = self._free_addresses(count)
            registry = (port or 0, f"{network.fixed(subnet, network.REGISTRY_HOST)}:5000")

            def one(address: str) -> None:
                instance.create(self.state_id, spec.environment_id, address, image, registry)

            together(one, addresses)
        return [one for one in self.instances(spec) if one.id not in before]

    def remove_instances(self, leaving: Sequence[Instance]) -> None:
        """Terminate instances that no balancer knows any more."""
        together(lambda one: instance.remove(one.container), leaving)

    def _wait_for_balancer(self, spec: Spec, port: int) -> int:
        if not balancer.read_configuration(self.balancer(spec)):
            self.keep(spec, port)
        balancer.wait_for_start(self.balancer(spec))
        return port

    def _run_balancer(self, spec: Spec) -> int:
        image = ensure_image(names.BALANCER, self.report)
        with self.placing:
            _, (address,) = self._free_addresses(1)
            labels = names.labels(self.state_id, names.BALANCER, environment=spec.environment_id, address=address)
            port = spec.port or BALANCER_PORT
            for attempt in range(ATTEMPTS):
                port = network.free_port(port)
                try:
                    engine.docker(
                        "run", "--detach", "--name", self.balancer(spec), *names.label_options(labels), "--ip", address,
                        "--network", names.name(self.state_id, names.NETWORK),
                        "--publish", f"127.0.0.1:{port}:80", image,
                    )  # fmt: skip
                    break
                except CommandFailed as failure:
                    # Someone else took the port since we looked; the container was made all the same.
                    engine.remove_containers([self.balancer(spec)])
                    if attempt == ATTEMPTS - 1 or not network.port_taken(failure):
                        raise
                    port += 1
        return port

    def _free_addresses(self, count: int) -> tuple[IPv4Network, list[str]]:
        subnet = network.ensure_network(self.state_id)
        taken = [one.labels.get(names.ADDRESS, "") for one in engine.containers({names.CLOUD: self.state_id})]
        return subnet, network.free_addresses(subnet, taken, count)
