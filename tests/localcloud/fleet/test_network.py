"""Addresses, routes and ports."""

import socket
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from dockdj.errors import CommandFailed
from dockdj.localcloud.fleet import network
from tests.support import ports

SUBNET = IPv4Network("10.213.7.0/24")


def test_addresses_of_services_and_of_other_containers_are_not_free() -> None:
    services = {network.service_address(SUBNET, host) for host in (network.REGISTRY_HOST, network.POSTGRES_HOST)}
    addresses = network.free_addresses(SUBNET, ["10.213.7.20", "10.213.7.22"], 3)
    assert addresses == ["10.213.7.21", "10.213.7.23", "10.213.7.24"]
    assert not services & set(network.free_addresses(SUBNET, [], 235))


def test_full_subnet_is_reported() -> None:
    with pytest.raises(CommandFailed, match="no address is left"):
        network.free_addresses(SUBNET, [], 300)


def test_default_route_is_not_a_routed_network(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text(
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
        "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\n"
        "tun0\t0000D50A\t00000000\t0001\t0\t0\t0\t0000FFFF\n"
    )
    assert list(network.routed_networks(table)) == [IPv4Network("10.213.0.0/16")]
    assert list(network.routed_networks(tmp_path / "absent")) == []


def test_port_in_use_is_skipped() -> None:
    port = ports.free()
    with socket.create_server(("127.0.0.1", port)):
        assert network.free_port(port) > port
