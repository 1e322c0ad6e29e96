"""The meaning of a task definition, as ECS documents it: the containers' order and their `docker run` options."""

import shlex
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

LOGS = "/var/log/containers"
LOGS_VOLUME = "awseb-logs-"

# The options of `docker run` for keys with one value.
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
# The options for each value of keys with several values.
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
    """The containers, each after those that it links to or depends on. Raises graphlib.CycleError."""
    by_name = {definition["name"]: definition for definition in definitions}
    graph = {name: needed(definition) for name, definition in by_name.items()}
    return [by_name[name] for name in TopologicalSorter(graph).static_order()]


def cycle(definitions: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of containers that need each other in a circle. Empty if no circle exists."""
    try:
        in_order(definitions)
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def needed(definition: Mapping[str, Any]) -> list[str]:
    """The containers that must run before this one."""
    links = [link.partition(":")[0] for link in definition.get("links", ())]
    return [*links, *(dependency["containerName"] for dependency in definition.get("dependsOn", ()))]


def run_words(
    definition: Mapping[str, Any], volumes: Mapping[str, str], running: Mapping[str, str], variables: Sequence[str]
) -> list[str]:
    """The options, image and command of `docker run` for one container.

    `volumes` maps the task's volume names to folders of the machine or Docker volumes. `running` maps the defined names
    of started containers to their names in Docker. `variables` are names of environment variables; the caller passes
    their values to `docker` in its environment.
    """
    words = [template.format(definition[key]) for key, template in PLAIN.items() if key in definition]
    words += [flag for key, flag in FLAGS.items() if definition.get(key)]
    for key, template in LISTS.items():
        words += [
            template.format(value, **value if isinstance(value, Mapping) else {}) for value in definition.get(key, ())
        ]
    words += [f"--env={name}" for name in variables]
    for link in definition.get("links", ()):
        name, _, alias = link.partition(":")
        words.append(f"--link={running[name]}:{alias or name}")
    words += [_port(mapping) for mapping in definition.get("portMappings", ())]
    for mount in definition.get("mountPoints", ()):
        source = _source(mount["sourceVolume"], volumes)
        words.append(f"--volume={source}:{mount['containerPath']}:{_mode(mount)}")
    for origin in definition.get("volumesFrom", ()):
        words.append(f"--volumes-from={running[origin['sourceContainer']]}:{_mode(origin)}")
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
    # Docker chooses a host port if there is none, or if it is 0.
    return f"--publish={mapping['hostPort']}:{container}" if mapping.get("hostPort") else f"--publish={container}"


def _mode(mount: Mapping[str, Any]) -> str:
    return "ro" if mount.get("readOnly") else "rw"


def _source(volume: str, volumes: Mapping[str, str]) -> str:
    """The source of a task's volume, or of a log volume that Elastic Beanstalk adds."""
    return volumes.get(volume) or f"{LOGS}/{volume.removeprefix(LOGS_VOLUME)}"


def _linux(parameters: Mapping[str, Any]) -> list[str]:
    words = []
    for key, option in (("add", "--cap-add"), ("drop", "--cap-drop")):
        words += [f"{option}={name}" for name in parameters.get("capabilities", {}).get(key, ())]
    for tmpfs in parameters.get("tmpfs", ()):
        options = ",".join([f"size={tmpfs['size']}m", *tmpfs.get("mountOptions", ())])
        words.append(f"--tmpfs={tmpfs['containerPath']}:{options}")
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
