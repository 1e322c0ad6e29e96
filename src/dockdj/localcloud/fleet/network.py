"""The cloud's network: one subnet, in which every container has a fixed address.

Container names do not work: containers on an instance's `docker0` have no name service, and the instance's other
networks do not resolve names of the cloud's network. Addresses that Docker assigns change when containers restart.
"""

import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Network
from pathlib import Path

from dockdj.adapters import machine
from dockdj.errors import CommandFailed
from dockdj.localcloud.fleet import engine, names

RANGE = IPv4Network("10.213.0.0/16")
ATTEMPTS = 5
REGISTRY_HOST = 11
POSTGRES_HOST = 12
PORT_TAKEN = ("port is already allocated", "address already in use")
"""Docker's errors for a host port that another container, or another program, uses."""
FIRST_HOST = 20
"""The first host number of balancers and instances."""


def ensure_network(state_id: str) -> IPv4Network:
    """The subnet of the cloud's network. A missing network is created with the first free subnet in RANGE."""
    network = names.name(state_id, names.NETWORK)
    if existing := subnet(network):
        return existing
    routes = list(routed_networks())
    options = names.label_options(names.labels(state_id, names.NETWORK))
    for candidate in RANGE.subnets(new_prefix=24):
        if any(candidate.overlaps(route) for route in routes):
            continue
        try:
            engine.docker("network", "create", "--subnet", str(candidate), *options, network)
        except CommandFailed as failure:
            if "overlap" not in failure.output and "conflict" not in failure.output:
                raise
        else:
            return candidate
    raise CommandFailed(
        f"no free subnet in {RANGE}", hint="remove unused Docker networks; to list them: docker network ls"
    )


def subnet(network: str) -> IPv4Network | None:
    """The subnet of a network, or None if the network does not exist."""
    arguments = ("network", "ls", "--quiet", "--filter", f"name=^{network}$")
    ids = engine.docker(*arguments).split()
    if not ids:
        return None
    template = "{{(index .IPAM.Config 0).Subnet}}"
    return IPv4Network(engine.docker("network", "inspect", "--format", template, ids[0]).strip())


def gateway(state_id: str) -> str | None:
    """This machine's address on the cloud's network, or None without a network."""
    existing = subnet(names.name(state_id, names.NETWORK))
    return None if existing is None else str(existing[1])


def gateway_of(address: str) -> str:
    """This machine's address on the network of an instance's address."""
    return str(IPv4Network(f"{address}/24", strict=False)[1])


def free_addresses(subnet: IPv4Network, used: Iterable[str], count: int) -> list[str]:
    """Addresses for new balancers and instances, without the used ones. Raises CommandFailed if too few are left."""
    excluded = set(used)
    free = [str(host) for host in list(subnet.hosts())[FIRST_HOST - 1 :] if str(host) not in excluded]
    if len(free) < count:
        raise CommandFailed(
            f"no address is left in {subnet}", hint="terminate environments that you do not need: dockdj terminate"
        )
    return free[:count]


def service_address(subnet: IPv4Network, host: int) -> str:
    """The fixed address of the registry or of PostgreSQL."""
    return str(subnet[host])


def routed_networks(table: Path = Path("/proc/net/route")) -> Iterator[IPv4Network]:
    """The networks to which this machine has a route, without the default route. None on systems without the table."""
    if not table.exists():
        return
    for line in table.read_text().splitlines()[1:]:
        fields = line.split()
        destination, mask = (socket.inet_ntoa(struct.pack("<L", int(fields[i], 16))) for i in (1, 7))
        if destination != "0.0.0.0":
            yield IPv4Network(f"{destination}/{mask}", strict=False)


def port_taken(failure: CommandFailed) -> bool:
    """Return whether a container failed to start because its host port is in use."""
    return any(text in failure.output for text in PORT_TAKEN)


def free_port(preferred: int, attempts: int = 200) -> int:
    """The first free TCP port of 127.0.0.1 at or after `preferred`. Raises CommandFailed."""
    for port in range(preferred, preferred + attempts):
        if machine.is_free(port, "127.0.0.1"):
            return port
    raise CommandFailed(f"no free port between {preferred} and {preferred + attempts - 1}")


def run_on_free_port(container: str, preferred: int, run: Callable[[int], None]) -> int:
    """Run a container that publishes a free host port, and return the port.

    If another program takes the port after it was found free, this removes the container, which Docker has created
    nevertheless, and tries the next port.
    """
    port = preferred
    for attempt in range(ATTEMPTS):
        port = free_port(port)
        try:
            run(port)
            break
        except CommandFailed as failure:
            engine.remove_containers([container])
            if attempt == ATTEMPTS - 1 or not port_taken(failure):
                raise
            port += 1
    return port
