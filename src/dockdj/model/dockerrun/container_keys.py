"""Compose's keys that concern one container alone, each with what says the same in an ECS container definition.

Source of the ECS side: the API reference of ContainerDefinition and its members. What is not here, and not in
`dockerrun.py`, is refused.
"""

import ipaddress
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from dockdj.model.dockerrun.values import Inexpressible, between, flag, literal, mebibytes, pairs, seconds, text, texts

Fragment = Mapping[str, Any]

LEAST_MEMORY = 6
NO_COUNTERPART = "ECS has nothing that means the same"
TMPFS_FLAGS = ("ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "atime", "noatime")
LIMITS = ("core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
          "rttime", "sigpending", "stack")  # fmt: skip
LOG_DRIVERS = ("json-file", "syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "awsfirelens")
RESTARTS = ("always", "unless-stopped", "on-failure")
CHECKED = ("test", "interval", "timeout", "retries", "start_period", "start_interval")


def words(value: Any) -> list[str]:
    """A command: a list, or a line that is split as a shell splits words. Raises Inexpressible for an empty one."""
    found = shlex.split(value) if isinstance(value, str) else texts(value)
    if not found:
        raise Inexpressible("an empty one means the image's own to ECS")
    return found


def port_mappings(value: Any) -> list[dict[str, Any]]:
    """`ports:`; both numbers are needed, because the load balancer follows no port that Docker chooses."""
    return [_port(one) for one in value]


def _port(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        if unknown := sorted(set(value) - {"target", "published", "protocol"}):
            raise Inexpressible(f"a port mapping of ECS has no {', '.join(unknown)}")
        host, container, protocol = value.get("published"), value.get("target"), value.get("protocol", "tcp")
    else:
        numbers, _, protocol = text(value).partition("/")
        host, _, container = numbers.rpartition(":")
    if protocol not in ("", "tcp", "udp"):
        raise Inexpressible(f"ECS knows tcp and udp, not {protocol}")
    if not str(host).isdecimal() or not str(container).isdecimal():
        raise Inexpressible(f"one port of the host and one of the container are needed (`80:8000`), not {value!r}")
    return {
        "hostPort": between(int(str(host)), 1, 65535),
        "containerPort": between(int(str(container)), 1, 65535),
        "protocol": protocol or "tcp",
    }


def tmpfs_mounts(value: Any) -> list[dict[str, Any]]:
    """`tmpfs:`; ECS wants a size, which Compose takes as the option `size=`."""
    return [_tmpfs(one) for one in texts(value)]


def _tmpfs(line: str) -> dict[str, Any]:
    path, _, options = line.partition(":")
    given = [option for option in options.split(",") if option]
    sizes = [option.removeprefix("size=") for option in given if option.startswith("size=")]
    flags = [option for option in given if not option.startswith("size=")]
    if len(sizes) != 1:
        raise Inexpressible(f"ECS wants a size: {path}:size=64m")
    if unknown := [option for option in flags if option not in TMPFS_FLAGS]:
        raise Inexpressible(f"ECS does not know the mount option {', '.join(unknown)}")
    mount: dict[str, Any] = {"containerPath": path, "size": mebibytes(sizes[0])}
    return {**mount, "mountOptions": flags} if flags else mount


def security_options(value: Any) -> list[str]:
    """`security_opt:`: no-new-privileges, AppArmor and SELinux."""
    return [_security_option(one) for one in texts(value)]


def _security_option(option: str) -> str:
    name, _, setting = option.replace("=", ":", 1).partition(":")
    if name == "no-new-privileges" and setting in ("", "true"):
        return name
    if name in ("apparmor", "label") and setting:
        return f"{name}:{setting}"
    raise Inexpressible(f"ECS cannot be told {option}")


def health_check(value: Any) -> dict[str, Any]:
    """`healthcheck:`, with Compose's defaults written out: those of ECS are others.

    `start_interval` says nothing to ECS, which asks every `interval` from the start on: health is noticed later.
    """
    if not isinstance(value, Mapping) or (unknown := sorted(set(value) - set(CHECKED))):
        raise Inexpressible(f"ECS cannot be told {', '.join(unknown)}" if isinstance(value, Mapping) else "not a table")
    test = value.get("test")
    if not test or test == ["NONE"]:
        raise Inexpressible("a test is needed; an image's own check means nothing to ECS")
    return {
        "command": ["CMD-SHELL", test] if isinstance(test, str) else texts(test),
        "interval": seconds(value.get("interval", "30s"), 5, 300),
        "timeout": seconds(value.get("timeout", "30s"), 2, 60),
        "retries": between(value.get("retries", 3), 1, 10),
        "startPeriod": seconds(value.get("start_period", "0s"), 0, 300),
    }


def hosts(value: Any) -> list[dict[str, str]]:
    """`extra_hosts:`; ECS takes addresses only."""
    found = []
    for name, address in pairs(value, "=:").items():
        try:
            found.append({"hostname": name, "ipAddress": str(ipaddress.ip_address((address or "").strip("[]")))})
        except ValueError as error:
            raise Inexpressible(f"ECS wants an IP address for {name}, not {address}") from error
    return found


def limits(value: Any) -> list[dict[str, Any]]:
    """`ulimits:`, one number for both limits or one for each."""
    found = []
    for name, given in value.items():
        both = {"soft": given, "hard": given} if isinstance(given, int) else given
        if name not in LIMITS or not isinstance(both, Mapping) or set(both) != {"soft", "hard"}:
            raise Inexpressible(f"ECS cannot be told the limit {name}: {given!r}")
        soft, hard = (between(both[end], -1, 2**31 - 1) for end in ("soft", "hard"))
        found.append({"name": name, "softLimit": soft, "hardLimit": hard})
    return found


def log_configuration(value: Any) -> dict[str, Any]:
    """`logging:` with one of ECS's drivers."""
    driver = value.get("driver", "json-file")
    if driver not in LOG_DRIVERS or set(value) - {"driver", "options"}:
        raise Inexpressible(f"ECS has the log drivers {', '.join(LOG_DRIVERS)}, with options")
    return {"logDriver": driver, "options": {name: text(given) for name, given in value.get("options", {}).items()}}


def restarted(value: Any) -> bool:
    """`restart:`: every container is essential, so the task ends and starts as a whole."""
    if value not in RESTARTS:
        raise Inexpressible(f"a container that ends ends its task on ECS: {', '.join(RESTARTS)} can be promised")
    return True


def labels(value: Any) -> dict[str, str]:
    return {name: given or "" for name, given in pairs(value).items()}


def system_controls(value: Any) -> list[dict[str, str]]:
    return [{"namespace": name, "value": given or ""} for name, given in pairs(value).items()]


def _linux(name: str, convert: Callable[[Any], Any]) -> Callable[[Any], Fragment]:
    return lambda value: {"linuxParameters": {name: convert(value)}}


def _capabilities(name: str) -> Callable[[Any], Fragment]:
    return _linux("capabilities", lambda value: {name: texts(value)})


def _own(name: str, convert: Callable[[Any], Any]) -> Callable[[Any], Fragment]:
    return lambda value: {name: convert(value)}


EXPRESSED: Mapping[str, Callable[[Any], Fragment]] = {
    "command": _own("command", words),
    "entrypoint": _own("entryPoint", words),
    "ports": _own("portMappings", port_mappings),
    "read_only": _own("readonlyRootFilesystem", flag),
    "tmpfs": _linux("tmpfs", tmpfs_mounts),
    "cap_add": _capabilities("add"),
    "cap_drop": _capabilities("drop"),
    "security_opt": _own("dockerSecurityOptions", security_options),
    "stop_grace_period": _own("stopTimeout", lambda value: seconds(value, 2)),
    "healthcheck": _own("healthCheck", health_check),
    "mem_limit": _own("memory", lambda value: between(mebibytes(value), LEAST_MEMORY, 2**31 - 1)),
    "mem_reservation": _own("memoryReservation", lambda value: between(mebibytes(value), LEAST_MEMORY, 2**31 - 1)),
    "cpu_shares": _own("cpu", lambda value: between(value, 2, 262144)),
    "init": _linux("initProcessEnabled", flag),
    "shm_size": _linux("sharedMemorySize", mebibytes),
    "user": _own("user", text),
    "working_dir": _own("workingDirectory", text),
    "hostname": _own("hostname", text),
    "privileged": _own("privileged", flag),
    "tty": _own("pseudoTerminal", flag),
    "stdin_open": _own("interactive", flag),
    "labels": _own("dockerLabels", labels),
    "extra_hosts": _own("extraHosts", hosts),
    "dns": _own("dnsServers", texts),
    "dns_search": _own("dnsSearchDomains", texts),
    "ulimits": _own("ulimits", limits),
    "sysctls": _own("systemControls", system_controls),
    "logging": _own("logConfiguration", log_configuration),
    "restart": _own("essential", restarted),
}


def expressed(key: str, value: Any) -> Fragment:
    """What says the same as this key of a service. Raises Inexpressible."""
    if key not in EXPRESSED:
        raise Inexpressible(HINTS.get(key, NO_COUNTERPART))
    return EXPRESSED[key](literal(value))


HINTS = {
    "stop_signal": "ECS sends the image's own: write STOPSIGNAL in the Dockerfile",
    "deploy": "ECS has mem_limit and mem_reservation for memory, and Elastic Beanstalk the rest",
    "networks": "all containers are on Docker's first bridge: depends_on and links say who finds whom",
    "network_mode": "all containers are on Docker's first bridge",
    "expose": "linked containers reach every port of each other",
    "cpus": "ECS knows shares, not limits: cpu_shares",
    "secrets": "ECS gets secrets as environment properties: [targets.NAME.secrets] in dockdj.toml",
    "configs": "files belong into the image",
    "container_name": "ECS names containers itself",
}
