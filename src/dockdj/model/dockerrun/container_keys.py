"""Convert the compose keys that concern a single container to their equivalents in an ECS container definition.

Source of the ECS side: the API reference of ContainerDefinition and its members. A key that is neither here nor in
`document.py` is refused.
"""

import ipaddress
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from dockdj.model.dockerrun.values import Inexpressible, between, flag, literal, mebibytes, pairs, seconds, text, texts

Fragment = Mapping[str, Any]

LEAST_MEMORY = 6
NO_COUNTERPART = "ECS has no equivalent"
TMPFS_FLAGS = ("ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "atime", "noatime")
LIMITS = ("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
          "rttime", "sigpending", "stack")  # fmt: skip
LOG_DRIVERS = ("json-file", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "awsfirelens")
RESTARTS = ("always", "unless-stopped", "on-failure")
CHECKED = ("test", "interval", "timeout", "retries", "start_period", "start_interval")


def words(value: Any) -> list[str]:
    """The words of a command: a list, or a line that is split as in a shell. Raises Inexpressible if it is empty."""
    command = shlex.split(value) if isinstance(value, str) else texts(value)
    if not command:
        raise Inexpressible("to ECS, an empty list means the image's value")
    return command


def port_mappings(value: Any) -> list[dict[str, Any]]:
    """`ports:`; both numbers are required, because the load balancer cannot follow a port that Docker chooses."""
    return [_port(port) for port in value]


def _port(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        if unknown := sorted(set(value) - {"target", "published", "protocol"}):
            raise Inexpressible(f"a port mapping of ECS has no {', '.join(unknown)}")
        host, container, protocol = value.get("published"), value.get("target"), value.get("protocol", "tcp")
    else:
        numbers, _, protocol = text(value).partition("/")
        host, _, container = numbers.rpartition(":")
    if protocol not in ("", "tcp", "udp"):
        raise Inexpressible(f"ECS supports tcp and udp, not {protocol}")
    if not str(host).isdecimal() or not str(container).isdecimal():
        raise Inexpressible(f"a port of the host and a port of the container are required (`80:8000`), not {value!r}")
    return {
        "hostPort": between(int(str(host)), 1, 65535),
        "containerPort": between(int(str(container)), 1, 65535),
        "protocol": protocol or "tcp",
    }


def tmpfs_mounts(value: Any) -> list[dict[str, Any]]:
    """`tmpfs:`; ECS requires a size, which is the option `size=` in Compose."""
    return [_tmpfs(line) for line in texts(value)]


def _tmpfs(line: str) -> dict[str, Any]:
    path, _, options = line.partition(":")
    listed = [option for option in options.split(",") if option]
    sizes = [option.removeprefix("size=") for option in listed if option.startswith("size=")]
    flags = [option for option in listed if not option.startswith("size=")]
    if len(sizes) != 1:
        raise Inexpressible(f"ECS requires a size: {path}:size=64m")
    if unknown := [option for option in flags if option not in TMPFS_FLAGS]:
        raise Inexpressible(f"ECS does not support the mount option {', '.join(unknown)}")
    mount: dict[str, Any] = {"containerPath": path, "size": mebibytes(sizes[0])}
    return {**mount, "mountOptions": flags} if flags else mount


def security_options(value: Any) -> list[str]:
    """`security_opt:`: no-new-privileges, AppArmor and SELinux."""
    return [_security_option(option) for option in texts(value)]


def _security_option(option: str) -> str:
    name, _, setting = option.replace("=", ":", 1).partition(":")
    if name == "no-new-privileges" and setting in ("", "true"):
        return name
    if name in ("apparmor", "label") and setting:
        return f"{name}:{setting}"
    raise Inexpressible(f"ECS has no equivalent of {option}")


def health_check(value: Any) -> dict[str, Any]:
    """`healthcheck:`, with Compose's defaults written out, since the defaults of ECS differ.

    `start_interval` is dropped: ECS checks every `interval` from the start, so it notices health later.
    """
    if not isinstance(value, Mapping) or (unknown := sorted(set(value) - set(CHECKED))):
        reason = f"ECS has no equivalent of {', '.join(unknown)}" if isinstance(value, Mapping) else "not a table"
        raise Inexpressible(reason)
    test = value.get("test")
    if not test or test == ["NONE"]:
        raise Inexpressible("a test is required; ECS ignores the image's health check")
    command = ["CMD-SHELL", test] if isinstance(test, str) else texts(test)
    if command[0] not in ("CMD", "CMD-SHELL"):
        raise Inexpressible(f"a list begins with CMD or CMD-SHELL, not {command[0]!r}")
    return {
        "command": command,
        "interval": seconds(value.get("interval", "30s"), 5, 300),
        "timeout": seconds(value.get("timeout", "30s"), 2, 60),
        "retries": between(value.get("retries", 3), 1, 10),
        "startPeriod": seconds(value.get("start_period", "0s"), 0, 300),
    }


def hosts(value: Any) -> list[dict[str, str]]:
    """`extra_hosts:`; ECS accepts only addresses."""
    entries = []
    for name, address in pairs(value, "=:").items():
        try:
            entries.append({"hostname": name, "ipAddress": str(ipaddress.ip_address((address or "").strip("[]")))})
        except ValueError as error:
            raise Inexpressible(f"ECS requires an IP address for {name}, not {address}") from error
    return entries


def limits(value: Any) -> list[dict[str, Any]]:
    """`ulimits:`, a number for both limits or a number for each."""
    ulimits = []
    for name, limit in value.items():
        both = {"soft": limit, "hard": limit} if isinstance(limit, int) else limit
        if name not in LIMITS or not isinstance(both, Mapping) or set(both) != {"soft", "hard"}:
            raise Inexpressible(f"ECS has no equivalent of the limit {name}: {limit!r}")
        soft, hard = (between(both[end], -1, 2**31 - 1) for end in ("soft", "hard"))
        ulimits.append({"name": name, "softLimit": soft, "hardLimit": hard})
    return ulimits


def log_configuration(value: Any) -> dict[str, Any]:
    """`logging:` with a driver of ECS."""
    driver = value.get("driver", "json-file")
    if driver not in LOG_DRIVERS or set(value) - {"driver", "options"}:
        raise Inexpressible(f"ECS supports the log drivers {', '.join(LOG_DRIVERS)}, with options")
    return {"logDriver": driver, "options": {name: text(option) for name, option in value.get("options", {}).items()}}


def restarted(value: Any) -> bool:
    """`restart:`, as `essential`: every container is essential, so the task ends and restarts as a whole."""
    if value not in RESTARTS:
        raise Inexpressible(f"use {', '.join(RESTARTS)}, because on ECS a container that ends also ends its task")
    return True


def labels(value: Any) -> dict[str, str]:
    return {name: label or "" for name, label in pairs(value).items()}


def system_controls(value: Any) -> list[dict[str, str]]:
    return [{"namespace": name, "value": setting or ""} for name, setting in pairs(value).items()]


def _linux(name: str, convert: Callable[[Any], Any]) -> Callable[[Any], Fragment]:
    return lambda value: {"linuxParameters": {name: convert(value)}}


def _capabilities(name: str) -> Callable[[Any], Fragment]:
    return _linux("capabilities", lambda value: {name: texts(value)})


def _field(name: str, convert: Callable[[Any], Any]) -> Callable[[Any], Fragment]:
    return lambda value: {name: convert(value)}


EXPRESSED: Mapping[str, Callable[[Any], Fragment]] = {
    "command": _field("command", words),
    "entrypoint": _field("entryPoint", words),
    "ports": _field("portMappings", port_mappings),
    "read_only": _field("readonlyRootFilesystem", flag),
    "tmpfs": _linux("tmpfs", tmpfs_mounts),
    "cap_add": _capabilities("add"),
    "cap_drop": _capabilities("drop"),
    "security_opt": _field("dockerSecurityOptions", security_options),
    "stop_grace_period": _field("stopTimeout", lambda value: seconds(value, 2)),
    "healthcheck": _field("healthCheck", health_check),
    "mem_limit": _field("memory", lambda value: between(mebibytes(value), LEAST_MEMORY, 2**31 - 1)),
    "mem_reservation": _field("memoryReservation", lambda value: between(mebibytes(value), LEAST_MEMORY, 2**31 - 1)),
    "cpu_shares": _field("cpu", lambda value: between(value, 2, 262144)),
    "init": _linux("initProcessEnabled", flag),
    "shm_size": _linux("sharedMemorySize", mebibytes),
    "user": _field("user", text),
    "working_dir": _field("workingDirectory", text),
    "hostname": _field("hostname", text),
    "privileged": _field("privileged", flag),
    "tty": _field("pseudoTerminal", flag),
    "stdin_open": _field("interactive", flag),
    "labels": _field("dockerLabels", labels),
    "extra_hosts": _field("extraHosts", hosts),
    "dns": _field("dnsServers", texts),
    "dns_search": _field("dnsSearchDomains", texts),
    "ulimits": _field("ulimits", limits),
    "sysctls": _field("systemControls", system_controls),
    "logging": _field("logConfiguration", log_configuration),
    "restart": _field("essential", restarted),
}


def expressed(key: str, value: Any) -> Fragment:
    """The ECS equivalent of a service's key. Raises Inexpressible."""
    if key not in EXPRESSED:
        raise Inexpressible(HINTS.get(key, NO_COUNTERPART))
    return EXPRESSED[key](literal(value))


HINTS = {
    "stop_signal": "ECS sends the image's signal: write STOPSIGNAL in the Dockerfile",
    "deploy": "set memory with mem_limit and mem_reservation, and the rest in Elastic Beanstalk",
    "networks": "all containers are on Docker's default bridge: use depends_on and links to reach other containers",
    "network_mode": "all containers are on Docker's default bridge",
    "expose": "linked containers can reach every port",
    "cpus": "ECS supports shares, not limits: use cpu_shares",
    "secrets": "ECS gets secrets as environment properties: [targets.NAME.secrets] in dockdj.toml",
    "configs": "copy the files into the image",
    "container_name": "ECS names containers itself",
}
