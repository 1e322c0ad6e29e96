"""The load balancer of an environment: HAProxy, driven through its runtime API.

One container per environment: Docker publishes ports only when it makes a container, so one for the whole cloud would
have to be made again, under the load of all others, for every new environment. Servers bear their address as name: it
is the Host of their health checks, as an application load balancer sends it.
"""

import csv
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from dockdj.errors import CommandFailed
from dockdj.localcloud.contract import Spec
from dockdj.localcloud.fleet import engine

SOCKET = "/run/haproxy/admin.sock"
CONFIGURATION = "/etc/haproxy/balancer.cfg"
AGENT = "ELB-HealthChecker/2.0"
UNHEALTHY_THRESHOLD = 5
HURRY_MS = 400
"""Between two checks of a server that is down or changes: thresholds are Elastic Beanstalk's, this pace is ours."""
POLL_SECONDS = 0.2
REMOVE_SECONDS = 10
FINE = {"New server registered.", "Server deleted."}


@dataclass(frozen=True)
class Server:
    """What the balancer knows of an instance."""

    status: str
    """UP, DOWN, DRAIN or MAINT."""
    sessions: int
    """Requests under way."""
    check: str
    """The result of the last health check, as in `L7STS/500`."""


def configuration(spec: Spec, addresses: Iterable[str], port: int) -> str:
    """The balancer's configuration with these servers, to start from."""
    codes = ",".join(map(str, sorted(spec.health_codes)))
    servers = "".join(f"  server {address} {address}:80\n" for address in addresses)
    return f"""\
global
  log stdout format raw local0 notice
  stats socket {SOCKET} mode 600 level admin expose-fd listeners
  hard-stop-after 60s
defaults
  mode http
  log global
  option redispatch
  option forwardfor
  option idle-close-on-response
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout queue 5s
  timeout check 5s
frontend public
  bind :80
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Port {port}
  default_backend app
backend app
  balance roundrobin
  option httpchk
  http-check send meth GET uri {uri(spec.health_path)} ver HTTP/1.1 hdr Host %[srv_name] hdr User-Agent {AGENT}
  http-check expect status {codes}
  default-server {checks(spec)}
{servers}"""


def uri(path: str) -> str:
    """A path that HAProxy's configuration takes as one word."""
    return quote(path, safe="/%?&=:@+,;~-._!*")


def options(configuration: str) -> list[str]:
    """What a running balancer learns by a reload only; servers come and go without."""
    return [line for line in configuration.splitlines() if not line.startswith("  server ")]


def checks(spec: Spec) -> str:
    """A server's health checks; a server added at run time does not take these from the configuration."""
    hurry = min(spec.health_interval * 1000, HURRY_MS)
    return (
        f"check inter {spec.health_interval}s fastinter {hurry} downinter {hurry} "
        f"rise {spec.healthy_threshold} fall {UNHEALTHY_THRESHOLD}"
    )


def write_configuration(container: str, text: str) -> None:
    """Keep the configuration for the next start of the container; the first one lets HAProxy start."""
    command = f"cat >{CONFIGURATION}.new && mv {CONFIGURATION}.new {CONFIGURATION}"
    engine.docker("exec", "--interactive", container, "sh", "-c", command, stdin=text)


def read_configuration(container: str) -> str:
    """The configuration that is kept; empty before the first."""
    return engine.docker("exec", container, "sh", "-c", f"cat {CONFIGURATION} 2>/dev/null || true")


def reload(container: str) -> None:
    """Take the kept configuration over. Idle connections end after their next answer, so no request is lost."""
    engine.docker("kill", "--signal", "USR2", container)


def wait_for_start(container: str, seconds: float = 15) -> None:
    """Return when the runtime API answers. Raises CommandFailed with the balancer's log when it does not."""
    until = time.monotonic() + seconds
    while not engine.succeeds("exec", container, "sh", "-c", f"echo 'show info' | socat - {SOCKET}"):
        if time.monotonic() > until:
            log = engine.docker("logs", "--tail", "10", container)
            raise CommandFailed(f"the load balancer does not start:\n{log}", hint=f"docker logs {container}")
        time.sleep(POLL_SECONDS)


def runtime(container: str, commands: Iterable[str]) -> str:
    """Give commands to HAProxy's runtime API and return what it says."""
    line = ";".join(commands) + "\n"
    return engine.docker("exec", "--interactive", container, "socat", "-t", "10", "-", SOCKET, stdin=line)


def order(container: str, commands: Iterable[str]) -> None:
    """Give commands that answer nothing when they worked. Raises CommandFailed with what was said otherwise."""
    said = [line for line in runtime(container, commands).splitlines() if line.strip() and line.strip() not in FINE]
    if said:
        raise CommandFailed("the load balancer refused: " + "; ".join(said), hint=f"docker logs {container}")


def servers(container: str) -> dict[str, Server]:
    """What the balancer knows of each instance, by address."""
    return parse_servers(runtime(container, ["show stat app 4 -1"]))


def parse_servers(statistics: str) -> dict[str, Server]:
    """Read HAProxy's statistics of servers, a CSV with its header."""
    rows = csv.DictReader(statistics.lstrip("# ").splitlines())
    return {
        row["svname"]: Server(
            # A server on its way up or down is reported as in `UP 1/3`: it gets traffic while UP is said.
            status=row["status"].split()[0],
            sessions=int(row["scur"] or 0) + int(row["qcur"] or 0),
            check="/".join(filter(None, (row["check_status"], row["check_code"]))),
        )
        for row in rows
        if row.get("svname")
    }


def drain(container: str, addresses: Collection[str], seconds: float) -> None:
    """Take instances out of rotation, wait for their requests, at most so long, and forget them."""
    known = [address for address in addresses if address in servers(container)]
    order(container, [f"set server app/{address} state drain" for address in known])
    until = time.monotonic() + seconds
    while busy(servers(container), known) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
    remove(container, known)


def busy(servers: Mapping[str, Server], addresses: Collection[str]) -> bool:
    """Whether one of these has requests under way."""
    return any(servers[address].sessions for address in addresses if address in servers)


def admit(container: str, addresses: Collection[str], spec: Spec) -> None:
    """Put instances into rotation as soon as they have passed all health checks from now on.

    One that is known already is made anew: its next check might be a whole interval away.
    """
    remove(container, addresses)
    for address in addresses:
        server = f"app/{address}"
        add = (f"add server {server} {address}:80 {checks(spec)}", f"enable health {server}")
        # Leaving maintenance for `ready` would count the server as up before its first check.
        order(container, (*add, f"set server {server} state drain", f"set server {server} health down"))
        order(container, [f"set server {server} state ready"])


def wait_until_healthy(container: str, addresses: Collection[str], seconds: float) -> tuple[str, ...]:
    """Wait for instances to get traffic, at most so long; return those that do not."""
    until = time.monotonic() + seconds
    while True:
        known = servers(container)
        waiting = tuple(address for address in addresses if address not in known or known[address].status != "UP")
        if not waiting or time.monotonic() > until:
            return waiting
        time.sleep(POLL_SECONDS)


def remove(container: str, addresses: Collection[str]) -> None:
    """Forget instances; connections that are left are cut. Raises CommandFailed when HAProxy keeps refusing."""
    known = servers(container)
    for address in addresses:
        if address not in known:
            continue
        server = f"app/{address}"
        order(container, (f"set server {server} state maint", f"shutdown sessions server {server}"))
        until = time.monotonic() + REMOVE_SECONDS
        while True:
            try:
                order(container, [f"del server {server}"])
                break
            except CommandFailed:
                if time.monotonic() > until:
                    raise
            time.sleep(POLL_SECONDS)
