"""The services outside Elastic Beanstalk: an image registry (in place of ECR) and PostgreSQL (in place of RDS)."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from dockdj.errors import CommandFailed, MissingTool, UsageError
from dockdj.events import Report, silent, step
from dockdj.localcloud.fleet import engine, names, network

REGISTRY_IMAGE = "registry:2"
POSTGRES_IMAGE = "postgres:17"
REGISTRY_PORT = 5000
"""The first host port to try."""
REGISTRY_CONTAINER_PORT = 5000
START_SECONDS = 60
PASSWORD = "POSTGRES_PASSWORD"
"""The variable of PostgreSQL's image."""

_databases = Lock()


@dataclass(frozen=True)
class Services:
    """The running services of one cloud."""

    state_id: str
    registry: str
    """host:port, the same on this machine and inside instances"""
    postgres: str
    """The address on the cloud's network, which containers inside instances can reach."""

    def database_url(self, name: str) -> str:
        """`postgres://user:password@host:port/name`: always the same URL. A missing role or database is created.

        Raises UsageError for a name that PostgreSQL would truncate or a URL would have to escape.
        """
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,62}", name):
            raise UsageError(f"{name!r} is not a valid database name", hint="use up to 63 letters, digits, `_` and `-`")
        with _databases:
            password = sql(self.state_id, database_script(name, secrets.token_urlsafe(24))).splitlines()[-1]
        return f"postgres://{name}:{password}@{self.postgres}:5432/{name}"

    def down(self) -> None:
        """Stop the services. Images, databases and the registry's port are kept."""
        services = [names.name(self.state_id, role) for role in (names.REGISTRY, names.POSTGRES)]
        engine.docker("stop", "--time", str(engine.STOP_SECONDS), *services)


def ensure_services(state_id: str, report: Report = silent) -> Services:
    """Start the registry and PostgreSQL unless they run. The registry keeps the host port of its first start.

    Raises MissingTool if another program uses that port, CommandFailed if a service does not answer.
    """
    subnet = network.ensure_network(state_id)
    postgres = network.service_address(subnet, network.POSTGRES_HOST)
    with step(report, "Starting the registry and PostgreSQL"):
        ensure_postgres(state_id, postgres)
        port = ensure_registry(state_id, network.service_address(subnet, network.REGISTRY_HOST))
        wait = "until pg_isready --quiet --host 127.0.0.1; do sleep 0.1; done"
        engine.docker("exec", names.name(state_id, names.POSTGRES), "sh", "-c", wait, timeout=START_SECONDS)
    return Services(state_id, f"127.0.0.1:{port}", postgres)


def ensure_registry(state_id: str, address: str) -> int:
    """Start the registry, create it if necessary, and return its host port. Raises MissingTool, CommandFailed."""
    container = names.name(state_id, names.REGISTRY)
    if (port := registry_port(state_id)) is not None:
        try:
            engine.docker("start", container)
        except CommandFailed as failure:
            hint = f"stop the program that listens on port {port}: the names of this cloud's images contain the port"
            raise MissingTool(f"the registry cannot start:\n{failure.output.strip()}", hint=hint) from failure
        return port

    def run(free_port: int) -> None:
        publish = ("--publish", f"127.0.0.1:{free_port}:{REGISTRY_CONTAINER_PORT}")
        options = (*publish, "--env", "REGISTRY_STORAGE_DELETE_ENABLED=true", REGISTRY_IMAGE)
        run_service(state_id, names.REGISTRY, address, "/var/lib/registry", options, {})

    return network.run_on_free_port(container, REGISTRY_PORT, run)


def registry_port(state_id: str) -> int | None:
    """The registry's host port, or None before its first start."""
    containers = engine.containers(names.labels(state_id, names.REGISTRY))
    return containers[0].ports[f"{REGISTRY_CONTAINER_PORT}/tcp"] if containers else None


def ensure_postgres(state_id: str, address: str) -> None:
    """Start PostgreSQL. Its superuser is reachable only by `docker exec`; its password is not stored."""
    if engine.containers(names.labels(state_id, names.POSTGRES)):
        engine.docker("start", names.name(state_id, names.POSTGRES))
        return
    options = ("--env", PASSWORD, "--shm-size", "256m", POSTGRES_IMAGE)
    variables = {PASSWORD: secrets.token_urlsafe(24)}
    run_service(state_id, names.POSTGRES, address, "/var/lib/postgresql/data", options, variables)


def run_service(
    state_id: str, role: str, address: str, data: str, options: tuple[str, ...], variables: Mapping[str, str]
) -> None:
    """Run a service at a fixed address, with its data folder in a volume. `options` end with the image.

    `variables` are the values of the variables that `options` name.
    """
    labels = names.labels(state_id, role, address=address)
    name = names.name(state_id, role)
    volume_labels = ",".join(f"volume-label={key}={value}" for key, value in labels.items())
    engine.docker(
        "run", "--detach", "--name", name, *names.label_options(labels), "--ip", address,
        "--network", names.name(state_id, names.NETWORK),
        "--mount", f"type=volume,src={name},dst={data},{volume_labels}", *options, variables=variables,
    )  # fmt: skip


def sql(state_id: str, script: str) -> str:
    """Run a script as PostgreSQL's superuser and return its plain output."""
    psql = ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1")
    container = names.name(state_id, names.POSTGRES)
    return engine.docker("exec", "--interactive", "--user", "postgres", container, *psql, stdin=script)


def database_script(name: str, password: str) -> str:
    """SQL that creates the role and the database unless they exist, and selects the role's password.

    The first password is kept in a table next to the databases, so that both are always lost together.
    """
    # The messages of a failed statement, and the server's log of it, must not quote the password.
    return f"""\
\\set VERBOSITY terse
SET log_min_error_statement = panic;
SET log_statement = 'none';
SET log_min_duration_statement = -1;
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
    """Remove all containers, volumes and networks of a cloud, with its databases and images."""
    labels = {names.CLOUD: state_id}
    engine.remove_containers([container.name for container in engine.containers(labels)])
    engine.remove_volumes(labels)
    engine.remove_networks(labels)
