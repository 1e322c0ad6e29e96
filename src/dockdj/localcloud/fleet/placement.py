"""Placement of new balancers and instances: free addresses on the cloud's network, free ports on this machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from threading import Lock

from dockdj.errors import CommandFailed
from dockdj.events import Report, silent
from dockdj.localcloud.contract import Secrets, SecretUnavailable, Spec
from dockdj.localcloud.fleet import balancer, engine, instance, names, network, registry
from dockdj.localcloud.fleet.images import ensure_image
from dockdj.localcloud.fleet.instance import Instance, RegistryAddress
from dockdj.localcloud.fleet.parallel import in_parallel

BALANCER_PORT = 8080
"""The first host port to try."""


class NoSecrets:
    """The stores of secrets for a fleet that starts no instances."""

    def values(self, references: Mapping[str, str]) -> Mapping[str, str]:
        """See `contract.Secrets`."""
        raise SecretUnavailable("There are no stores of secrets.")

    def identity(self, instance_id: str) -> Mapping[str, str | int]:
        """See `contract.Secrets`."""
        return {}


@dataclass(frozen=True)
class Placement:
    """Creates and finds the containers of one cloud's environments."""

    state_id: str
    report: Report = silent
    secrets: Secrets = field(default_factory=NoSecrets, compare=False, repr=False)
    placing: Lock = field(default_factory=Lock, compare=False, repr=False)
    """Held while addresses and ports are chosen, because operations on several environments run at the same time."""

    def balancer(self, spec: Spec) -> str:
        """The name of an environment's balancer container."""
        return names.name(self.state_id, f"{spec.balancer_id}-{names.BALANCER}")

    def instances(self, spec: Spec) -> list[Instance]:
        """The instances of an environment, oldest first, with temporary and replaced ones."""
        return instance.instances(self.state_id, spec.environment_id)

    def permanent(self, spec: Spec) -> list[Instance]:
        """The instances of an environment's group, oldest first."""
        return [item for item in self.instances(spec) if item.group == spec.group]

    def ensure_balancer(self, spec: Spec) -> int:
        """Start the balancer, create it if necessary, and return its host port: `spec.port` unless that is taken."""
        labels = names.labels(self.state_id, names.BALANCER, environment=spec.balancer_id)
        if containers := engine.containers(labels):
            try:
                engine.docker("start", containers[0].name)
            except CommandFailed:
                # Another program uses its port, and a container's ports cannot be changed.
                engine.remove_containers([containers[0].name])
            else:
                return self._wait_for_balancer(spec, containers[0].ports["80/tcp"])
        return self._wait_for_balancer(spec, self._run_balancer(spec))

    def write_configuration(self, spec: Spec, port: int) -> bool:
        """Write the current instances and health options for the balancer's next start.

        Returns whether the options have changed, so that the balancer needs a reload.
        """
        addresses = [item.address for item in self.instances(spec)]
        text = balancer.configuration(spec, addresses, port)
        before = balancer.read_configuration(self.balancer(spec))
        if text != before:
            balancer.write_configuration(self.balancer(spec), text)
        return balancer.options(text) != balancer.options(before)

    def port(self, spec: Spec) -> int:
        """The host port of the environment's balancer. Raises CommandFailed if there is no balancer."""
        labels = names.labels(self.state_id, names.BALANCER, environment=spec.balancer_id)
        containers = engine.containers(labels)
        if not containers:
            raise CommandFailed(f"the load balancer of {spec.name} does not exist")
        return containers[0].ports["80/tcp"]

    def add_instances(self, spec: Spec, count: int) -> list[Instance]:
        """Start instances of the environment's group at the same time, with their secrets, and return them."""
        if count <= 0:
            return []
        image = ensure_image(names.INSTANCE, self.report)
        port = registry.port(self.state_id)
        before = {item.id for item in self.instances(spec)}
        with self.placing:
            subnet, addresses = self._free_addresses(count)
            host = network.service_address(subnet, network.REGISTRY_HOST)
            registry_address = RegistryAddress(port or 0, f"{host}:{registry.CONTAINER_PORT}")

            def create(address: str) -> None:
                instance.create(self.state_id, spec, address, image, registry_address)

            in_parallel(create, addresses)
        added = [item for item in self.instances(spec) if item.id not in before]
        self.identify(added)
        if spec.secrets:
            self._bootstrap(spec, added)
        return added

    def _bootstrap(self, spec: Spec, instances: Sequence[Instance]) -> None:
        """Give new instances the values of their secrets, or the error that fails their deployments."""
        try:
            values, error = self.secrets.values(spec.secrets), ""
        except SecretUnavailable as unavailable:
            values, error = {}, str(unavailable)
        self.give_secrets(instances, values, error)

    def identify(self, instances: Sequence[Instance]) -> None:
        """Tell instances who they are, and give them the keys of their profile."""

        def tell(item: Instance) -> None:
            if identity := self.secrets.identity(item.id):
                instance.identify(item, identity, network.gateway_of(item.address))

        in_parallel(tell, instances)

    def give_secrets(self, instances: Sequence[Instance], values: Mapping[str, str], error: str = "") -> None:
        """Write the values of secrets into instances, which keep them for their later deployments."""
        in_parallel(lambda item: instance.give_secrets(item, values, error), instances)

    def authorise(self, instances: Sequence[Instance]) -> Sequence[Instance]:
        """Give instances the login of the cloud's registry before they pull images, and return them."""
        registry.authorise(self.state_id, instances)
        return instances

    def remove_instances(self, instances: Sequence[Instance]) -> None:
        """Remove instances that are no longer registered with a balancer."""
        in_parallel(lambda item: instance.remove(item.container), instances)

    def _wait_for_balancer(self, spec: Spec, port: int) -> int:
        if not balancer.read_configuration(self.balancer(spec)):
            self.write_configuration(spec, port)
        balancer.wait_for_start(self.balancer(spec))
        return port

    def _run_balancer(self, spec: Spec) -> int:
        image = ensure_image(names.BALANCER, self.report)
        container = self.balancer(spec)
        with self.placing:
            _, (address,) = self._free_addresses(1)
            labels = names.labels(self.state_id, names.BALANCER, environment=spec.balancer_id, address=address)

            def run(port: int) -> None:
                engine.docker(
                    "run", "--detach", "--name", container, *names.label_options(labels), "--ip", address,
                    "--network", names.name(self.state_id, names.NETWORK),
                    "--publish", f"127.0.0.1:{port}:80", image,
                )  # fmt: skip

            return network.run_on_free_port(container, spec.port or BALANCER_PORT, run)

    def _free_addresses(self, count: int) -> tuple[IPv4Network, list[str]]:
        subnet = network.ensure_network(self.state_id)
        containers = engine.containers({names.CLOUD: self.state_id})
        used = [container.labels.get(names.ADDRESS, "") for container in containers]
        return subnet, network.free_addresses(subnet, used, count)
