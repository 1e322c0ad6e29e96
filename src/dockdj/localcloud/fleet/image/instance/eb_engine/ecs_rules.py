"""What a task definition means, as ECS documents it: the order of its containers, and each one as `docker run`."""

import shlex
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

LOGS = "/var/log/containers"
LOGS_VOLUME = "awseb-logs-"

# What `docker run` says for keys that hold one value.
PLAIN = {
    "cpu": "--cpu-shares={}",
    "memory": "--memory={}m",
    "memoryReservation": "--memory-reservation={}m",
    "stopTimeout": "--stop-timeout={}",
    "hostname": "--hostname={}",
    "user": "--user={}",
    "workingDirectory": "--workdir={}",
}
FLAGS = {
    "readonlyRootFilesystem": "--read-only",
    "privileged": "--privileged",
    "interactive": "--interactive",
    "pseudoTerminal": "--tty",
}
# For keys that hold several: of each one.
LISTS = {
    "dnsServers": "--dns={}",
    "dnsSearchDomains": "--dns-search={}",
    "dockerSecurityOptions": "--security-opt={}",
    "extraHosts": "--add-host={hostname}:{ipAddress}",
    "ulimits": "--ulimit={name}={softLimit}:{hardLimit}",
    "systemControls": "--sysctl={namespace}={value}",
}
ELSEWHERE = (
    "name image essential links dependsOn environment command entryPoint portMappings mountPoints volumesFrom "
    "linuxParameters healthCheck logConfiguration dockerLabels"
)
KNOWN = {*PLAIN, *FLAGS, *LISTS, *ELSEWHERE.split()}


def in_order(definitions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each container after those that it links to or depends on. Raises graphlib.CycleError."""
    by_name = {one["name"]: one for one in definitions}
    graph = {name: needed(one) for name, one in by_name.items()}
    return [by_name[name] for name in TopologicalSorter(graph).static_order()]


def needed(definition: Mapping[str, Any]) -> list[str]:
    """The containers that must run before this one."""
    links = [link.partition(":")[0] for link in definition.get("links", ())]
    return [*links, *(one["containerName"] for one in definition.get("dependsOn", ()))]


def run_words(
    definition: Mapping[str, Any], volumes: Mapping[str, str], running: Mapping[str, str], variables: Sequence[str]
) -> list[str]:
    """Options, image and command for `docker run`.

    `volumes` are the task's, by name, each a folder of the machine or a volume of Docker; `running` are the names
    of the containers that it may link to; `variables` are names whose values the caller gives to `docker`.
    """
    words = [template.format(definition[key]) for key, template in PLAIN.items() if key in definition]
    words += [flag for key, flag in FLAGS.items() if definition.get(key)]
    for key, template in LISTS.items():
        words += [template.format(one, **one if isinstance(one, Mapping) else {}) for one in definition.get(key, ())]
    words += [f"--env={name}" for name in variables]
    for link in definition.get("links", ()):
        name, _, alias = link.partition(":")
        words.append(f"--link={running[name]}:{alias or name}")
    words += [_port(one) for one in definition.get("portMappings", ())]
    for one in definition.get("mountPoints", ()):
        mode = "ro" if one.get("readOnly") else "rw"
        words.append(f"--volume={_source(one['sourceVolume'], volumes)}:{one['containerPath']}:{mode}")
    for one in definition.get("volumesFrom", ()):
        words.append(f"--volumes-from={running[one['sourceContainer']]}:{'ro' if one.get('readOnly') else 'rw'}")
    words += _linux(definition.get("linuxParameters", {}))
    words += _health(definition.get("healthCheck"))
    words += _logging(definition.get("logConfiguration"))
    words += [f"--label={name}={value}" for name, value in definition.get("dockerLabels", {}).items()]
    entry = definition.get("entryPoint", [])
    if entry:
        words.append(f"--entrypoint={entry[0]}")
    return [*words, definition["image"], *entry[1:], *definition.get("command", ())]


def _port(mapping: Mapping[str, Any]) -> str:
    container = f"{mapping['containerPort']}/{mapping.get('protocol', 'tcp')}"
    # Without a host's port, or with 0, Docker chooses one.
    return f"--publish={mapping['hostPort']}:{container}" if mapping.get("hostPort") else f"--publish={container}"


def _source(volume: str, volumes: Mapping[str, str]) -> str:
    """A volume of the task, or one of those that Elastic Beanstalk adds for logs."""
    return volumes.get(volume) or f"{LOGS}/{volume.removeprefix(LOGS_VOLUME)}"


def _linux(parameters: Mapping[str, Any]) -> list[str]:
    words = []
    for key, option in (("add", "--cap-add"), ("drop", "--cap-drop")):
        words += [f"{option}={name}" for name in parameters.get("capabilities", {}).get(key, ())]
    for one in parameters.get("tmpfs", ()):
        options = ",".join([f"size={one['size']}m", *one.get("mountOptions", ())])
        words.append(f"--tmpfs={one['containerPath']}:{options}")
    if parameters.get("initProcessEnabled"):
        words.append("--init")
    if "sharedMemorySize" in parameters:
        words.append(f"--shm-size={parameters['sharedMemorySize']}m")
    return words


def _health(check: Mapping[str, Any] | None) -> list[str]:
    if check is None:
        return []
    kind, *test = check["command"]
    return [
        f"--health-cmd={test[0] if kind == 'CMD-SHELL' else shlex.join(test)}",
        f"--health-interval={check.get('interval', 30)}s",
        f"--health-timeout={check.get('timeout', 5)}s",
        f"--health-retries={check.get('retries', 3)}",
        f"--health-start-period={check.get('startPeriod', 0)}s",
    ]


def _logging(configuration: Mapping[str, Any] | None) -> list[str]:
    if configuration is None:
        return []
    options = configuration.get("options", {}).items()
    return [f"--log-driver={configuration['logDriver']}", *(f"--log-opt={name}={value}" for name, value in options)]
