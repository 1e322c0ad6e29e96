"""The load balancer of an environment: HAProxy, driven through its runtime API.

There is one container per environment. Docker publishes ports only when it creates a container, so a balancer for the
whole cloud would have to be recreated for every new environment, under the load of all others. A server's name is its
address, because HAProxy sends the name as the Host of health checks, as an application load balancer does.
"""

import csv
import hashlib
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from dockdj.errors import CommandFailed
from dockdj.localcloud.contract import Spec
from dockdj.localcloud.fleet import engine
from dockdj.localcloud.polling import poll

FRONTEND, BACKEND = "public", "app"
SUMMARIES = ("FRONTEND", "BACKEND")
"""The names of rows in HAProxy's statistics that are no servers."""
REQUESTS = "requests"
"""The ring in HAProxy's memory that keeps the latest requests."""
REQUEST_BYTES = 1 << 18
COOKIE = "AWSALB"
"""The name of an application load balancer's cookie."""
SOCKET = "/run/haproxy/admin.sock"
CONFIGURATION = "/etc/haproxy/balancer.cfg"
AGENT = "ELB-HealthChecker/2.0"
UNHEALTHY_THRESHOLD = 5
FAST_CHECK_MS = 400
"""The interval between two checks of a server that is down or changing. Elastic Beanstalk has no such interval."""
START_SECONDS = 15
POLL_SECONDS = 0.2
REMOVE_SECONDS = 10
WEIGHT = 1
"""The weight of every instance while the versions share no traffic by percentage."""
MAX_WEIGHT = 256
CONFIRMATIONS = {"New server registered.", "Server deleted."}


class ServerStatus(StrEnum):
    """The statuses of a server in HAProxy's statistics."""

    UP = "UP"
    DOWN = "DOWN"
    DRAIN = "DRAIN"
    MAINT = "MAINT"
    OTHER = ""
    """A status that the balancer's configuration does not produce. The server counts as not up."""

    @classmethod
    def _missing_(cls, value: object) -> "ServerStatus":
        return cls.OTHER


@dataclass(frozen=True)
class Server:
    """The balancer's view of an instance."""

    status: ServerStatus
    sessions: int
    """Active and queued requests."""
    check: str
    """The result of the last health check, as in `L7STS/500`."""

    @property
    def up(self) -> bool:
        """Tell if the instance gets traffic."""
        return self.status == ServerStatus.UP


def configuration(spec: Spec, addresses: Iterable[str], port: int) -> str:
    """The balancer's configuration file with these servers."""
    codes = ",".join(map(str, sorted(spec.health_codes)))
    servers = "".join(f"  server {address} {address}:80{cookie(address, spec)}\n" for address in addresses)
    sticky = (
        f"  cookie {COOKIE} insert indirect nocache maxlife {spec.sticky_seconds}s\n" if spec.sticky_seconds else ""
    )
    return f"""\
global
  log stdout format raw local0 notice
  stats socket {SOCKET} mode 600 level admin expose-fd listeners
  hard-stop-after 60s
ring {REQUESTS}
  format raw
  maxlen 128
  size {REQUEST_BYTES}
defaults
  mode http
  log global
  option redispatch 1
  option forwardfor
  option idle-close-on-response
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout queue 5s
  timeout check 5s
frontend {FRONTEND}
  bind :80
  log ring@{REQUESTS} format raw local0 info
  log-format "%Ts %Ta %ST %s"
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Port {port}
  default_backend {BACKEND}
backend {BACKEND}
  balance roundrobin
{sticky}  option httpchk
  http-check send meth GET uri {uri(spec.health_path)} ver HTTP/1.1 hdr Host %[srv_name] hdr User-Agent {AGENT}
  http-check expect status {codes}
  default-server {checks(spec)}
{servers}"""


def uri(path: str) -> str:
    """A path as one word of HAProxy's configuration."""
    return quote(path, safe="/%?&=:@+,;~-._!*")


def options(configuration: str) -> list[str]:
    """The lines of a configuration whose change needs a reload. Servers change without one."""
    return [line for line in configuration.splitlines() if not line.startswith("  server ")]


def checks(spec: Spec) -> str:
    """The parameters of a server's health checks. A server added at run time ignores those of the configuration."""
    fast = min(spec.health_interval * 1000, FAST_CHECK_MS)
    return (
        f"check inter {spec.health_interval}s fastinter {fast} downinter {fast} "
        f"rise {spec.healthy_threshold} fall {UNHEALTHY_THRESHOLD}"
    )


def cookie(address: str, spec: Spec) -> str:
    """The parameter that gives a server its value of the cookie, which does not show its address."""
    return f" cookie {hashlib.sha256(address.encode()).hexdigest()[:16]}" if spec.sticky_seconds else ""


def write_configuration(container: str, text: str) -> None:
    """Write the configuration, which HAProxy reads at its start. The container waits for the first one."""
    command = f"cat >{CONFIGURATION}.new && mv {CONFIGURATION}.new {CONFIGURATION}"
    engine.docker("exec", "--interactive", container, "sh", "-c", command, stdin=text)


def read_configuration(container: str) -> str:
    """The written configuration, empty before the first one."""
    return engine.docker("exec", container, "sh", "-c", f"cat {CONFIGURATION} 2>/dev/null || true")


def reload(container: str) -> None:
    """Reload the written configuration. Idle connections end after their next answer, so no request is lost."""
    engine.docker("kill", "--signal", "USR2", container)


def wait_for_start(container: str) -> None:
    """Wait until the runtime API answers. Raises CommandFailed with the balancer's log if it does not."""
    show_info = ("exec", container, "sh", "-c", f"echo 'show info' | socat - {SOCKET}")
    if not poll(lambda: engine.succeeds(*show_info), seconds=START_SECONDS, every=POLL_SECONDS):
        log = engine.docker("logs", "--tail", "10", container)
        raise CommandFailed(f"the load balancer does not start:\n{log}", hint=f"docker logs {container}")


def runtime(container: str, commands: Iterable[str]) -> str:
    """Send commands to HAProxy's runtime API and return its output."""
    line = ";".join(commands) + "\n"
    return engine.docker("exec", "--interactive", container, "socat", "-t", "10", "-", SOCKET, stdin=line)


def execute(container: str, commands: Iterable[str]) -> None:
    """Send commands that print nothing on success. Raises CommandFailed with any other output."""
    output = [line.strip() for line in runtime(container, commands).splitlines()]
    if errors := [line for line in output if line and line not in CONFIRMATIONS]:
        raise CommandFailed("the load balancer refused: " + "; ".join(errors), hint=f"docker logs {container}")


def servers(container: str) -> dict[str, Server]:
    """The balancer's view of each instance, by address."""
    return parse_servers(runtime(container, ["show stat app 4 -1"]))


def parse_servers(statistics: str) -> dict[str, Server]:
    """Parse the servers in HAProxy's statistics, a CSV with a header."""
    rows = csv.DictReader(statistics.lstrip("# ").splitlines())
    return {
        row["svname"]: Server(
            # A server in transition is reported as `UP 1/3`. It gets traffic as long as the first word is UP.
            status=ServerStatus(row["status"].split()[0]),
            sessions=int(row["scur"] or 0) + int(row["qcur"] or 0),
            check="/".join(filter(None, (row["check_status"], row["check_code"]))),
        )
        for row in rows
        if row.get("svname") and row["svname"] not in SUMMARIES
    }


def drain(container: str, addresses: Collection[str], seconds: float) -> None:
    """Take instances out of rotation, wait at most `seconds` for their requests, and remove them.

    HAProxy's own state `drain` would still send them the requests of sticky clients.
    """
    registered = [address for address in addresses if address in servers(container)]
    execute(container, [f"set server app/{address} state maint" for address in registered])
    poll(lambda: not busy(servers(container), registered), seconds=seconds, every=POLL_SECONDS)
    remove(container, registered)


def busy(servers: Mapping[str, Server], addresses: Collection[str]) -> bool:
    """Return whether one of these instances has active requests."""
    return any(servers[address].sessions for address in addresses if address in servers)


def weights(percent: int, new: int, old: int) -> tuple[int, int]:
    """The weights of each new and each old instance with which the new ones get this percentage of the requests."""
    shares = percent * old, (100 - percent) * new
    divisor = math.gcd(*shares) or 1
    scale = min(1.0, MAX_WEIGHT * divisor / max(*shares, 1))
    new_weight, old_weight = (round(share / divisor * scale) for share in shares)
    return max(new_weight, int(percent > 0)), max(old_weight, int(percent < 100))


def weigh(container: str, addresses: Iterable[str], weight: int) -> None:
    """Set the weight of registered instances."""
    registered = servers(container)
    execute(container, [f"set weight app/{address} {weight}" for address in addresses if address in registered])


def admit(container: str, addresses: Collection[str], spec: Spec, weight: int = WEIGHT) -> None:
    """Register instances so that they get traffic after they pass all health checks from now on.

    A registered instance is registered again, because its next check might be a whole interval away.
    """
    remove(container, addresses)
    for address in addresses:
        server = f"app/{address}"
        parameters = f"weight {weight} {checks(spec)}{cookie(address, spec)}"
        add = (f"add server {server} {address}:80 {parameters}", f"enable health {server}")
        # Changing from maintenance to `ready` would count the server as up before its first check.
        execute(container, (*add, f"set server {server} state drain", f"set server {server} health down"))
        execute(container, [f"set server {server} state ready"])


def unhealthy(container: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """The instances that get no traffic."""
    registered = servers(container)
    return tuple(address for address in addresses if address not in registered or not registered[address].up)


def wait_until_healthy(
    container: str, addresses: Collection[str], seconds: float, proceed: Callable[[], None] = lambda: None
) -> tuple[str, ...]:
    """Wait at most `seconds` until instances get traffic, and return those that do not.

    `proceed` is called meanwhile, and may stop the wait by an exception.
    """
    missing = tuple(addresses)

    def all_healthy() -> bool:
        nonlocal missing
        proceed()
        missing = unhealthy(container, addresses)
        return not missing

    poll(all_healthy, seconds=seconds, every=POLL_SECONDS)
    return missing


def remove(container: str, addresses: Collection[str]) -> None:
    """Remove instances and cut their remaining connections. Raises CommandFailed if HAProxy keeps refusing."""
    registered = servers(container)
    for address in addresses:
        if address in registered:
            _remove_server(container, f"app/{address}")


def _remove_server(container: str, server: str) -> None:
    execute(container, (f"set server {server} state maint", f"shutdown sessions server {server}"))
    delete = [f"del server {server}"]

    def deleted() -> bool:
        try:
            execute(container, delete)
        except CommandFailed:
            return False
        return True

    if not poll(deleted, seconds=REMOVE_SECONDS, every=POLL_SECONDS):
        execute(container, delete)
