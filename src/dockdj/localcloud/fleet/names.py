"""How Docker's objects of one cloud are named and labelled, so that clouds of different state folders never meet."""

from collections.abc import Mapping

CLOUD = "org.dockdj.cloud"
ENVIRONMENT = "org.dockdj.environment"
ROLE = "org.dockdj.role"
ADDRESS = "org.dockdj.address"
"""The static address of a container on the cloud's network."""

NETWORK = "network"
REGISTRY = "registry"
POSTGRES = "postgres"
BALANCER = "balancer"
INSTANCE = "instance"


def name(state_id: str, what: str) -> str:
    """The name of a container, volume or network; `what` is an instance id or a role."""
    return f"dockdj-{state_id}-{what}"


def labels(state_id: str, role: str, **more: str) -> dict[str, str]:
    """The labels of an object; `environment` and `address` are added where they are given."""
    keys = {"environment": ENVIRONMENT, "address": ADDRESS}
    return {CLOUD: state_id, ROLE: role, **{keys[key]: value for key, value in more.items()}}


def label_options(labels: Mapping[str, str]) -> list[str]:
    """`--label` for `docker run`, `docker volume create` and `docker network create`."""
    return [part for key, value in labels.items() for part in ("--label", f"{key}={value}")]


def filters(labels: Mapping[str, str]) -> list[str]:
    """`--filter` for Docker's listings: what carries all of these labels."""
    return [part for key, value in labels.items() for part in ("--filter", f"label={key}={value}")]
