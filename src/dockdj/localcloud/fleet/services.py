"""What environments use outside of Elastic Beanstalk: an image registry (for ECR) and PostgreSQL (for RDS)."""

import re
import secrets
from dataclasses import dataclass
from threading import Lock

from dockdj.errors import CommandFailed, MissingTool, UsageError
from dockdj.events import Report, silent, step
from dockdj.localcloud.fleet import engine, names, network

REGISTRY_IMAGE = "registry:2"
POSTGRES_IMAGE = "postgres:17"
REGISTRY_PORT = 5000
"""Where the search for a free host port begins."""
START_SECONDS = 60
ATTEMPTS = 5

_databases = Lock()


@dataclass(frozen=True)
class Services:
    """The running services of one cloud."""

    state_id: str
    registry: str
    """host:port, the same on this machine and inside instances."""
    postgres: str
    """Address on the cloud's network; containers inside instances reach it too."""

    def database_url(self, name: str) -> str:
        """`postgres://user:password@host:port/name`; role and database are made when missing, the same ever after.

        Raises UsageError for a name that PostgreSQL would cut or a URL would change.
        """
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,62}", name):
            raise UsageError(f"{name!r} is no name for a database", hint="up to 63 letters, digits, `_` and `-`")
        with _databases:
            password = sql(self.state_id, database_script(name, secrets.token_urlsafe(24))).splitlines()[-1]
        return f"postgres://{name}:{password}@{self.postgres}:5432/{name}"

    def down(self) -> None:
        """Stop the services; images, databases and the registry's port are kept."""
        services = [names.name(self.state_id, role) for role in (names.REGISTRY, names.POSTGRES)]
        engine.docker("stop", "--time", str(engine.STOP_SECONDS), *services)


def ensure_services(state_id: str, report: Report = silent) -> Services:
    """Start the registry and PostgreSQL where they do not run yet; the registry keeps the host port of its first start.

    Raises MissingTool when that port is taken by then, CommandFailed when a service does not answer.
    """
    subnet = network.ensure_network(state_id)
    postgres = network.fixed(subnet, network.POSTGRES_HOST)
    with step(report, "Starting the registry and PostgreSQL"):
        ensure_postgres(state_id, postgres)
        port = ensure_registry(state_id, network.fixed(subnet, network.REGISTRY_HOST))
        wait = "until pg_isready --quiet --host 127.0.0.1; do sleep 0.1; done"
        engine.docker("exec", names.name(state_id, names.POSTGRES), "sh", "-c", wait, timeout=START_SECONDS)
    return Services(state_id, f"127.0.0.1:{port}", postgres)


def ensure_registry(state_id: str, address: str) -> int:
    """The host port of the running registry."""
    if (port := registry_port(state_id)) is not None:
        name = names.name(state_id, names.REGISTRY)
        try:
            engine.docker("start", name)
        except CommandFailed as failure:
            hint = f"end what listens on port {port}: images of this cloud are named after it"
            raise MissingTool(f"the registry cannot start:\n{failure.output.strip()}", hint=hint) from failure
        return port
    free = REGISTRY_PORT
    for attempt in range(ATTEMPTS):
        free = network.free_port(free)
        options = ("--publish", f"127.0.0.1:{free}:5000", "--env", "REGISTRY_STORAGE_DELETE_ENABLED=true")
        try:
            run_service(state_id, names.REGISTRY, address, "/var/lib/registry", (*options, REGISTRY_IMAGE))
            break
        except CommandFailed as failure:
            # Someone else took the port since we looked; the container was made all the same.
            engine.remove_containers([names.name(state_id, names.REGISTRY)])
            if attempt == ATTEMPTS - 1 or not network.port_taken(failure):
                raise
            free += 1
    return free


def registry_port(state_id: str) -> int | None:
    """The registry's host port; None before its first start."""
    found = engine.containers(names.labels(state_id, names.REGISTRY))
    return found[0].ports["5000/tcp"] if found else None


def ensure_postgres(state_id: str, address: str) -> None:
    """Start PostgreSQL. The superuser is reached by `docker exec` only: nobody keeps its password."""
    if engine.containers(names.labels(state_id, names.POSTGRES)):
        engine.docker("start", names.name(state_id, names.POSTGRES))
        return
    options = ("--env", f"POSTGRES_PASSWORD={secrets.token_urlsafe(24)}", "--shm-size", "256m", POSTGRES_IMAGE)
    run_service(state_id, names.POSTGRES, address, "/var/lib/postgresql/data", options)


def run_service(state_id: str, role: str, address: str, data: str, rest: tuple[str, ...]) -> None:
    """Run one service at a fixed address with its data in a volume of the cloud."""
    labels = names.labels(state_id, role, address=address)
    name = names.name(state_id, role)
    volume_labels = ",".join(f"volume-label={key}={value}" for key, value in labels.items())
    engine.docker(
        "run", "--detach", "--name", name, *names.label_options(labels), "--ip", address,
        "--network", names.name(state_id, names.NETWORK),
        "--mount", f"type=volume,src={name},dst={data},{volume_labels}", *rest,
    )  # fmt: skip


def sql(state_id: str, script: str) -> str:
    """Run a script as PostgreSQL's superuser and return its unadorned output."""
    psql = ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1")
    container = names.name(state_id, names.POSTGRES)
    return engine.docker("exec", "--interactive", "--user", "postgres", container, *psql, stdin=script)


def database_script(name: str, password: str) -> str:
    """SQL that makes role and database unless they exist and returns the password, the first one ever given.

    It is kept beside the databases, so that both are lost together or not at all.
    """
    return f"""\
CREATE TABLE IF NOT EXISTS dockdj_databases (name text PRIMARY KEY, password text NOT NULL);
INSERT INTO dockdj_databases VALUES ('{name}', '{password}') ON CONFLICT DO NOTHING;
SELECT format('CREATE ROLE %I', name) FROM dockdj_databases
  WHERE name = '{name}' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', name, password) FROM dockdj_databases WHERE name = '{name}' \\gexec
SELECT format('CREATE DATABASE %I OWNER %I', name, name) FROM dockdj_databases
  WHERE name = '{name}' AND NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
SELECT password FROM dockdj_databases WHERE name = '{name}';
"""


def remove_cloud(state_id: str) -> None:
    """Remove every container, volume and network of a cloud, databases and images included."""
    labels = {names.CLOUD: state_id}
    engine.remove_containers([one.name for one in engine.containers(labels)])
    engine.remove_volumes(labels)
    engine.remove_networks(labels)
