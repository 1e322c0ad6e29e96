"""The cloud's network: one subnet of its own, every container at a fixed address.

Names would not do: the daemon inside an instance gives its containers on `docker0` no name service, and on its other
networks the names of this one do not resolve. Addresses that Docker chooses would not do either: they move when
containers restart.
"""

import socket
import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from pathlib import Path

from dockdj.errors import CommandFailed
from dockdj.localcloud.fleet import engine, names

RANGE = IPv4Network("10.213.0.0/16")
REGISTRY_HOST = 11
POSTGRES_HOST = 12
PORT_TAKEN = ("port is already allocated", "address already in use")
"""What Docker says of a host port that another container, or another program, has."""
FIRST_HOST = 20
"""Of balancers and instances."""


def ensure_network(state_id: str) -> IPv4Network:
    """The subnet of the cloud's network, which is made at the first free place in RANGE when it does not exist."""
    network = names.name(state_id, names.NETWORK)
    if found := subnet(network):
        return found
    routes = list(routed())
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
        f"no free subnet in {RANGE}", hint="remove Docker networks that are not used: docker network ls"
    )


def subnet(network: str) -> IPv4Network | None:
    """The subnet of a network, None where there is no such network."""
    arguments = ("network", "ls", "--quiet", "--filter", f"name=^{network}$")
    if not (found := engine.docker(*arguments).split()):
        return None
    template = "{{(index .IPAM.Config 0).Subnet}}"
    return IPv4Network(engine.docker("network", "inspect", "--format", template, found[0]).strip())


def free_addresses(subnet: IPv4Network, taken: Iterable[str], count: int) -> list[str]:
    """Addresses for balancers and instances that no container of the cloud has, running or not."""
    used = set(taken)
    free = [str(host) for host in list(subnet.hosts())[FIRST_HOST - 1 :] if str(host) not in used]
    if len(free) < count:
        raise CommandFailed(f"no address is left in {subnet}", hint="terminate environments that are not needed")
    return free[:count]


def fixed(subnet: IPv4Network, host: int) -> str:
    """The address of a service of the cloud."""
    return str(subnet[host])


def routed(table: Path = Path("/proc/net/route")) -> Iterator[IPv4Network]:
    """What this machine has routes to, the default route aside; nothing where the system has no such table."""
    if not table.exists():
        return
    for line in table.read_text().splitlines()[1:]:
        fields = line.split()
        destination, mask = (socket.inet_ntoa(struct.pack("<L", int(fields[i], 16))) for i in (1, 7))
        if destination != "0.0.0.0":
            yield IPv4Network(f"{destination}/{mask}", strict=False)


def port_taken(failure: CommandFailed) -> bool:
    """Whether a container did not start because of its host port."""
    return any(sign in failure.output for sign in PORT_TAKEN)


def free_port(preferred: int, attempts: int = 200) -> int:
    """A TCP port of 127.0.0.1 that is free now, at or after `preferred`."""
    for port in range(preferred, preferred + attempts):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise CommandFailed(f"no free port between {preferred} and {preferred + attempts - 1}")
