"""An instance: a privileged container with its own Docker daemon, like an EC2 machine.

Bundles, hooks and containers stay inside it. Each instance has its own port 80, images and `docker0`. The container's
name ends with the instance id, so `docker exec` can look inside. Privileged means that a bundle's programs have root's
rights on this machine.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dockdj.errors import CommandFailed, TimedOut
from dockdj.localcloud.contract import Deployment, LogKind, Severity, Spec
from dockdj.localcloud.fleet import engine, names

BUNDLE = "/opt/elasticbeanstalk/deployment/app_source_bundle"
GRACE_SECONDS = 90
"""The time beyond the command timeout after which the fleet stops waiting for an instance's answer."""


class Mode(StrEnum):
    """The kind of a deployment, which selects its hooks. The instance's engine uses the same words."""

    APPLICATION = "application"
    CONFIGURATION = "configuration"


@dataclass(frozen=True)
class Instance:
    """One instance of an environment."""

    id: str
    container: str
    address: str
    created: str
    running: bool
    platform_version: str = ""
    """Empty for an instance of an earlier release of Dockdj, which had one version of each platform."""
    group: str = ""
    """The group that it was launched for; see `contract.Spec`."""
    machine: str | None = None
    """The hash of the options that it was launched with; None if an earlier version launched it."""


@dataclass(frozen=True)
class RegistryAddress:
    """The address of the cloud's registry, as an instance uses it."""

    port: int
    """The registry's port on the host; an instance forwards its port of the same number."""
    address: str
    """address:port on the cloud's network"""


@dataclass(frozen=True)
class Outcome:
    """The result of a deployment on one instance."""

    instance: Instance
    error: str
    """Empty after a success."""
    warnings: tuple[str, ...] = ()
    events: tuple[tuple[Severity, str], ...] = ()
    old_version_serves: bool = False
    """The deployment failed before it stopped the old version."""


@dataclass(frozen=True)
class InstanceRecord:
    """The instance's own record of its last deployment."""

    version: str
    deployment: int
    variables: str
    """The fingerprint of the environment properties."""
    finished: bool


def new_id() -> str:
    """A random id: `i-` and seventeen hexadecimal digits, like EC2's."""
    return f"i-{secrets.token_hex(9)[:17]}"


def instances(state_id: str, environment_id: str) -> list[Instance]:
    """The instances of an environment, oldest first."""
    containers = engine.containers(names.labels(state_id, names.INSTANCE, environment=environment_id))
    return [
        Instance(
            id=id_of(container.name),
            container=container.name,
            address=container.labels[names.ADDRESS],
            created=container.created,
            running=container.running,
            platform_version=container.labels.get(names.PLATFORM_VERSION, ""),
            group=container.labels.get(names.GROUP, ""),
            machine=container.labels.get(names.MACHINE),
        )
        for container in containers
    ]


def id_of(container: str) -> str:
    """The id of the instance in a container: the name's end."""
    return container[container.rindex("i-") :]


def create(state_id: str, spec: Spec, address: str, image: str, registry: RegistryAddress) -> None:
    """Start a new instance."""
    container = names.name(state_id, new_id())
    labels = names.labels(
        state_id,
        names.INSTANCE,
        environment=spec.environment_id,
        address=address,
        platform_version=spec.platform_version,
        group=spec.group,
        machine=spec.machine,
    )
    volume_labels = ",".join(f"volume-label={key}={value}" for key, value in labels.items())
    engine.docker(
        "run", "--detach", "--privileged", "--cgroupns", "private", "--name", container, *names.label_options(labels),
        "--hostname", f"ip-{address.replace('.', '-')}", "--network", names.name(state_id, names.NETWORK),
        "--ip", address, "--tmpfs", "/run", "--env", f"REGISTRY_PORT={registry.port}",
        "--env", f"REGISTRY_ADDRESS={registry.address}",
        "--mount", f"type=volume,src={container},dst=/var/lib/docker,{volume_labels}", image,
    )  # fmt: skip


def deploy(instance: Instance, spec: Spec, deployment: Deployment, *, mode: Mode, leader: bool) -> Outcome:
    """Deploy a bundle to one instance."""
    request = {
        "action": "deploy",
        "mode": mode,
        "leader": leader,
        "version": deployment.version_label,
        "deployment": deployment.id,
        **_environment(spec),
    }
    try:
        engine.docker("cp", str(deployment.bundle), f"{instance.container}:{BUNDLE}")
        answer = ask(instance, request, timeout=spec.command_timeout + GRACE_SECONDS)
    except (CommandFailed, TimedOut) as failure:
        # It is unknown whether the old version still serves, so the instance stays out of rotation.
        return Outcome(instance, failure.message)
    return Outcome(
        instance,
        error=answer["error"],
        warnings=tuple(answer["warnings"]),
        events=tuple((Severity(severity), text) for severity, text in answer["events"]),
        old_version_serves=answer["old_serves"],
    )


def _environment(spec: Spec) -> dict[str, Any]:
    """The part of a request that an engine needs to start the environment's application."""
    return {
        "environment": dict(spec.variables),
        "secrets": sorted(spec.secrets),
        "timeout": spec.command_timeout,
        "platform": spec.platform,
        "cluster": f"awseb-{spec.name}-{spec.environment_id.removeprefix('e-')}",
    }


def ask(instance: Instance, request: Mapping[str, Any], *, timeout: float) -> dict[str, Any]:
    """Send one request to the engine inside an instance. Raises CommandFailed and TimedOut."""
    command = ("exec", "--interactive", instance.container, "python3", "-m", "eb_engine")
    answer: dict[str, Any] = json.loads(engine.docker(*command, stdin=json.dumps(request), timeout=timeout))
    return answer


def record(instance: Instance) -> InstanceRecord | None:
    """The record of the last deployment. None before the first deployment, or if the instance does not answer."""
    if not instance.running:
        return None
    try:
        fields = ask(instance, {"action": "record"}, timeout=GRACE_SECONDS).get("record")
    except (CommandFailed, TimedOut):
        return None
    return parse_record(fields)


def is_empty(instance: Instance) -> bool:
    """Return whether nothing was ever deployed to an instance, by its own answer."""
    try:
        return ask(instance, {"action": "record"}, timeout=GRACE_SECONDS).get("record") == {}
    except (CommandFailed, TimedOut):
        return False


def parse_record(fields: Mapping[str, Any] | None) -> InstanceRecord | None:
    """The record in an engine's answer; None before the first deployment."""
    if not fields:
        return None
    return InstanceRecord(
        version=fields.get("version", ""),
        deployment=fields.get("deployment", 0),
        variables=fields.get("variables", ""),
        finished=fields["finished"],
    )


def identify(instance: Instance, identity: Mapping[str, str | int], gateway: str) -> None:
    """Let an instance keep what its metadata service tells. Raises CommandFailed and TimedOut."""
    document = {
        **identity,
        "instance_id": instance.id,
        "address": instance.address,
        "endpoint": f"http://{gateway}:{identity['port']}",
    }
    ask(instance, {"action": "identity", "identity": document}, timeout=GRACE_SECONDS)


def give_secrets(instance: Instance, values: Mapping[str, str], error: str) -> None:
    """Let an instance keep the values of secrets, or the error of reading them. Raises CommandFailed and TimedOut."""
    ask(instance, {"action": "secrets", "values": dict(values), "error": error}, timeout=GRACE_SECONDS)


def logs(instance: Instance, kind: LogKind) -> bytes:
    """An instance's logs: a text, or a zip file. Raises CommandFailed and TimedOut."""
    answer = ask(instance, {"action": "logs", "kind": kind}, timeout=GRACE_SECONDS)
    if "logs" not in answer:
        raise CommandFailed(f"the logs of {instance.id} cannot be read: {answer['error']}")
    return base64.b64decode(answer["logs"]) if kind == LogKind.BUNDLE else str(answer["logs"]).encode()


def start(instance: Instance, spec: Spec) -> str:
    """Start the version that ran before the instance was stopped. Returns the error, empty after a success."""
    return _error_of(instance, {"action": "start", "platform": spec.platform, "timeout": spec.command_timeout})


def restart(instance: Instance, spec: Spec) -> str:
    """Restart the containers of the running version. Returns the error, empty after a success."""
    return _error_of(instance, {"action": "restart", **_environment(spec)})


def _error_of(instance: Instance, request: Mapping[str, Any]) -> str:
    """Send a request with its time limit, and return the error; empty after a success."""
    try:
        return str(ask(instance, request, timeout=request["timeout"] + GRACE_SECONDS)["error"])
    except (CommandFailed, TimedOut) as failure:
        return failure.message


def remove(container: str) -> None:
    """Remove an instance's container and its volume, which has the same name."""
    engine.remove_containers([container])
    engine.tolerate(("no such volume",), "volume", "rm", "--force", container)
