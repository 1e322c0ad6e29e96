"""The keys that Compose 2.20 reads: the oldest Compose that a bundle counts on.

Source: the JSON schema inside Docker Compose 2.20.3. An instance's Compose may be older than that of the machine that
released, and Elastic Beanstalk does not document its version.
"""

from collections.abc import Mapping

OLDEST = "2.20"


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
