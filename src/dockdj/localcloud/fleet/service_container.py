"""The container of a service: a fixed address on the cloud's network, and a volume for its data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dockdj.localcloud.fleet import engine, names


@dataclass(frozen=True)
class Service:
    """One service of a cloud.

    `data` is the folder that the volume keeps. `options` are of `docker create`. `variables` are values of variables
    that the options name, because secrets do not belong on a command line.
    """

    state_id: str
    role: str
    image: str
    data: str
    options: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


def run(service: Service, address: str, files: Mapping[Path, str] | None = None) -> None:
    """Create the container, copy files of this machine into it (path -> path inside), and start it."""
    labels = names.labels(service.state_id, service.role, address=address)
    name = names.name(service.state_id, service.role)
    volume_labels = ",".join(f"volume-label={key}={value}" for key, value in labels.items())
    engine.docker(
        "create", "--name", name, *names.label_options(labels), "--ip", address,
        "--network", names.name(service.state_id, names.NETWORK),
        "--mount", f"type=volume,src={name},dst={service.data},{volume_labels}", *service.options, service.image,
        variables=service.variables,
    )  # fmt: skip
    for path, inside in (files or {}).items():
        engine.docker("cp", str(path), f"{name}:{inside}")
    engine.docker("start", name)
