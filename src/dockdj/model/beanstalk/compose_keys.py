"""The keys that Compose 2.20 reads: the oldest Compose that a bundle counts on.

Source: the JSON schema inside Docker Compose 2.20.3. An instance's Compose may be older than that of the machine that
released, and Elastic Beanstalk does not document its version.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dockdj.model.project.compose_references import Keys

OLDEST = "2.20"
OLDER = f"an instance may have Compose {OLDEST}, which does not read it"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SERVICE = _words(
    """annotations attach blkio_config cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count
    cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on
    deploy device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose
    external_links extra_hosts group_add healthcheck hostname image init ipc isolation labels links logging mac_address
    mem_limit mem_reservation mem_swappiness memswap_limit network_mode networks oom_kill_disable oom_score_adj pid
    pids_limit platform ports privileged pull_policy read_only restart runtime scale secrets security_opt shm_size
    stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits user userns_mode uts volumes
    volumes_from working_dir"""
)
TOP_LEVEL = ("name", "version", "services", "networks", "volumes", "secrets", "configs")
# The keys of the tables at the top level: of each network, volume, secret and configuration.
RESOURCES: Mapping[str, frozenset[str]] = {
    "networks": _words("name driver driver_opts ipam external internal enable_ipv6 attachable labels"),
    "volumes": _words("name driver driver_opts external labels"),
    "secrets": _words("name environment file external labels driver driver_opts template_driver"),
    "configs": _words("name file external labels template_driver"),
}
_FILE = _words("source target uid gid mode")
# The keys of tables inside a service; a `*` is any number of a list or any name of a table.
NESTED: Mapping[tuple[str, ...], frozenset[str]] = {
    ("healthcheck",): _words("disable interval retries test timeout start_period start_interval"),
    ("ports", "*"): _words("mode host_ip target published protocol"),
    ("volumes", "*"): _words("type source target read_only consistency bind volume tmpfs"),
    ("volumes", "*", "bind"): _words("propagation create_host_path selinux"),
    ("volumes", "*", "volume"): _words("nocopy"),
    ("volumes", "*", "tmpfs"): _words("size mode"),
    ("depends_on", "*"): _words("restart required condition"),
    ("networks", "*"): _words("aliases ipv4_address ipv6_address link_local_ips priority"),
    ("secrets", "*"): _FILE,
    ("configs", "*"): _FILE,
    ("logging",): _words("driver options"),
    ("ulimits", "*"): _words("hard soft"),
    ("deploy",): _words(
        "mode endpoint_mode replicas labels rollback_config update_config resources restart_policy placement"
    ),
    ("deploy", "resources"): _words("limits reservations"),
    ("deploy", "resources", "limits"): _words("cpus memory pids"),
    ("deploy", "resources", "reservations"): _words("cpus memory generic_resources devices"),
}
# The values of keys that have more values in a newer Compose, or values without a use on an instance.
VALUES: Mapping[tuple[str, ...], frozenset[str]] = {
    ("volumes", "*", "type"): _words("bind volume tmpfs"),
    ("pull_policy",): _words("always if_not_present missing"),
}


def newer(service: Mapping[str, Any]) -> Iterator[tuple[Keys, str]]:
    """The keys and values in a service's tables that an older Compose does not read, each with the reason."""
    for pattern, known in NESTED.items():
        for keys, value in _matching(service, pattern):
            for key in value if isinstance(value, Mapping) else ():
                if key not in known and not str(key).startswith("x-"):
                    yield (*keys, str(key)), OLDER
    for pattern, values in VALUES.items():
        for keys, value in _matching(service, pattern):
            if isinstance(value, str) and value not in values and "$" not in value:
                yield keys, f"`{value}` has no use on an instance: it builds nothing, and may have Compose {OLDEST}"


def _matching(value: Any, pattern: tuple[str, ...]) -> Iterator[tuple[Keys, Any]]:
    """The parts of a value at the places that a pattern names."""
    if not pattern:
        yield (), value
        return
    first, rest = pattern[0], pattern[1:]
    parts: list[tuple[str | int, Any]] = []
    if first != "*":
        parts = [(first, value[first])] if isinstance(value, Mapping) and first in value else []
    elif isinstance(value, list):
        parts = list(enumerate(value))
    elif isinstance(value, Mapping):
        parts = list(value.items())
    for key, inner in parts:
        for keys, found in _matching(inner, rest):
            yield (key, *keys), found
