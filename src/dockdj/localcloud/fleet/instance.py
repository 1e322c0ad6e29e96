"""An instance: a privileged container with its own Docker daemon, as an EC2 machine has.

Bundles, hooks and containers stay inside it; each instance has its own port 80, images and `docker0`. Its name ends
in its instance id, so `docker exec` can look inside. Privileged means: what a bundle runs has root's rights on this
machine.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockdj.errors import CommandFailed, TimedOut
from dockdj.localcloud.contract import Deployment, Severity, Spec
from dockdj.localcloud.fleet import engine, names

BUNDLE = "/opt/elasticbeanstalk/deployment/app_source_bundle"
GRACE_SECONDS = 90
"""What the engine inside gets beyond the command timeout before we stop waiting for its answer."""


@dataclass(frozen=True)
class Instance:
    """One instance of an environment."""

    id: str
    container: str
    address: str
    created: str
    running: bool


@dataclass(frozen=True)
class Outcome:
    """How a deployment ended on one instance. `error` is empty after a success."""

    instance: Instance
    error: str
    warnings: tuple[str, ...]
    events: tuple[tuple[Severity, str], ...]
    old_serves: bool
    """It failed before the old version was touched, and there is one."""


def new_id() -> str:
    """`i-` and seventeen hexadecimal digits, like EC2's."""
    return f"i-{secrets.token_hex(9)[:17]}"


def instances(state_id: str, environment_id: str) -> list[Instance]:
    """The instances of an environment, oldest first."""
    found = engine.containers(names.labels(state_id, names.INSTANCE, environment=environment_id))
    prefix = names.name(state_id, "")
    return [
        Instance(one.name.removeprefix(prefix), one.name, one.labels[names.ADDRESS], one.created, one.running)
        for one in found
    ]


def create(state_id: str, environment_id: str, address: str, image: str, registry: tuple[int, str]) -> None:
    """Start a new instance; `registry` is the host port and the address on the cloud's network."""
    container = names.name(state_id, new_id())
    labels = names.labels(state_id, names.INSTANCE, environment=environment_id, address=address)
    volume_labels = ",".join(f"volume-label={key}={value}" for key, value in labels.items())
    port, registry_address = registry
    engine.docker(
        "run", "--detach", "--privileged", "--cgroupns", "private", "--name", container, *names.label_options(labels),
        "--hostname", f"ip-{address.replace('.', '-')}", "--network", names.name(state_id, names.NETWORK),
        "--ip", address, "--tmpfs", "/run", "--env", f"REGISTRY_PORT={port}",
        "--env", f"REGISTRY_ADDRESS={registry_address}",
        "--mount", f"type=volume,src={container},dst=/var/lib/docker,{volume_labels}", image,
    )  # fmt: skip


def deploy(instance: Instance, spec: Spec, deployment: Deployment, *, mode: str, leader: bool) -> Outcome:
    """Bring a bundle to one instance. `mode` is application or configuration: it chooses the hooks."""
    request = {
        "action": "deploy",
        "mode": mode,
        "leader": leader,
        "version": deployment.version_label,
        "deployment": deployment.id,
        "environment": dict(spec.variables),
        "variables": fingerprint(spec.variables),
        "timeout": spec.command_timeout,
        "platform": spec.platform,
        "cluster": f"awseb-{spec.name}-{spec.environment_id.removeprefix('e-')}",
    }
    try:
        engine.docker("cp", str(deployment.bundle), f"{instance.container}:{BUNDLE}")
        answer = ask(instance, request, timeout=spec.command_timeout + GRACE_SECONDS)
    except (CommandFailed, TimedOut) as failure:
        # Whether the old version still serves is then unknown: better out of rotation.
        return Outcome(instance, failure.message, (), (), False)
    events = tuple((severity, text) for severity, text in answer["events"])
    return Outcome(instance, answer["error"], tuple(answer["warnings"]), events, answer["old_serves"])


def ask(instance: Instance, request: Mapping[str, Any], *, timeout: float) -> dict[str, Any]:
    """Give one request to the engine inside and read its answer. Raises CommandFailed and TimedOut."""
    command = ("exec", "--interactive", instance.container, "python3", "-m", "eb_engine")
    answer: dict[str, Any] = json.loads(engine.docker(*command, stdin=json.dumps(request), timeout=timeout))
    return answer


def record(instance: Instance) -> dict[str, Any]:
    """What the instance says of its last deployment; empty before the first or where it does not answer."""
    if not instance.running:
        return {}
    try:
        found: dict[str, Any] = ask(instance, {"action": "record"}, timeout=GRACE_SECONDS)["record"]
    except (CommandFailed, TimedOut):
        return {}
    return found


def start(instance: Instance, spec: Spec) -> str:
    """Bring back what ran before the instance was stopped; the error, empty after a success."""
    request = {"action": "start", "platform": spec.platform, "timeout": spec.command_timeout}
    try:
        return str(ask(instance, request, timeout=spec.command_timeout + GRACE_SECONDS)["error"])
    except (CommandFailed, TimedOut) as failure:
        return failure.message


def remove(container: str) -> None:
    """Terminate one instance: the container and its volume, which bears its name."""
    engine.remove_containers([container])
    engine.tolerate(("no such volume",), "volume", "rm", "--force", container)


def fingerprint(variables: Mapping[str, str]) -> str:
    """A digest that changes with the environment properties and does not reveal them in records."""
    return hashlib.sha256(json.dumps(dict(variables), sort_keys=True).encode()).hexdigest()
