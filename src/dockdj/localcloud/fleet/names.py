"""Names and labels of a cloud's Docker objects, which keep the clouds of different state folders apart."""

from collections.abc import Mapping

CLOUD = "org.dockdj.cloud"
ENVIRONMENT = "org.dockdj.environment"
ROLE = "org.dockdj.role"
ADDRESS = "org.dockdj.address"
"""The static address of a container on the cloud's network."""
GROUP = "org.dockdj.group"
"""The group of an instance in its environment. Instances of the first versions have none."""
MACHINE = "org.dockdj.machine"
"""The hash of the options that an instance was launched with. Instances of the first versions have none."""

PLATFORM_VERSION = "org.dockdj.platform-version"
"""The platform version of an instance; those of the first releases have none."""

NETWORK = "network"
REGISTRY = "registry"
POSTGRES = "postgres"
BALANCER = "balancer"
INSTANCE = "instance"


def name(state_id: str, suffix: str) -> str:
    """The name of a container, volume or network. The suffix is an instance id or a role."""
    return f"dockdj-{state_id}-{suffix}"


def labels(state_id: str, role: str, **optional: str) -> dict[str, str]:
    """The labels of an object, optionally with its environment, address, and the properties of an instance."""
    keys = {
        "environment": ENVIRONMENT,
        "address": ADDRESS,
        "platform_version": PLATFORM_VERSION,
        "group": GROUP,
        "machine": MACHINE,
    }
    return {CLOUD: state_id, ROLE: role, **{keys[key]: value for key, value in optional.items()}}


def label_options(labels: Mapping[str, str]) -> list[str]:
    """The `--label` options for `docker run`, `docker volume create` and `docker network create`."""
    return [part for key, value in labels.items() for part in ("--label", f"{key}={value}")]


def filters(labels: Mapping[str, str]) -> list[str]:
    """The `--filter` options that select objects with all of these labels."""
    return [part for key, value in labels.items() for part in ("--filter", f"label={key}={value}")]
