"""The services outside Elastic Beanstalk: an image registry (in place of ECR) and PostgreSQL (in place of RDS)."""

import re
import secrets
from dataclasses import dataclass
from threading import Lock

from dockdj.errors import UsageError
from dockdj.events import Report, silent, step
from dockdj.localcloud.fleet import engine, names, network, registry, service_container
from dockdj.localcloud.fleet.service_container import Service

POSTGRES_IMAGE = "postgres:17"
START_SECONDS = 60
PASSWORD = "POSTGRES_PASSWORD"
"""The variable of PostgreSQL's image."""

# The messages of a failed statement, and the server's log of it, must not quote passwords.
QUIET = """\
\\set VERBOSITY terse
SET log_min_error_statement = panic;
SET log_statement = 'none';
SET log_min_duration_statement = -1;
"""

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
    return Services(state_id, f"127.0.0.1:{port}", postgres)


def ensure_registry(state_id: str, address: str) -> int:
    """Start the registry, create it if necessary, and return its host port. Raises MissingTool, CommandFailed."""
    return registry.ensure(state_id, address, lambda password: sql(state_id, hash_script(password)).split()[-1])


def ensure_postgres(state_id: str, address: str) -> None:
    """Start PostgreSQL and wait until it answers.

    Its superuser is reachable only by `docker exec`; its password is not stored.
    """
    container = names.name(state_id, names.POSTGRES)
    if engine.containers(names.labels(state_id, names.POSTGRES)):
        engine.docker("start", container)
    else:
        options = ("--env", PASSWORD, "--shm-size", "256m")
        variables = {PASSWORD: secrets.token_urlsafe(24)}
        data = "/var/lib/postgresql/data"
        service = Service(state_id, names.POSTGRES, POSTGRES_IMAGE, data, options, variables)
        service_container.run(service, address)
    wait = "until pg_isready --quiet --host 127.0.0.1; do sleep 0.1; done"
    engine.docker("exec", container, "sh", "-c", wait, timeout=START_SECONDS)


def sql(state_id: str, script: str) -> str:
    """Run a script as PostgreSQL's superuser and return its plain output."""
    psql = ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1")
    container = names.name(state_id, names.POSTGRES)
    return engine.docker("exec", "--interactive", "--user", "postgres", container, *psql, stdin=script)


def database_script(name: str, password: str) -> str:
    """SQL that creates the role and the database unless they exist, and selects the role's password.

    The first password is kept in a table next to the databases, so that both are always lost together.
    """
    return f"""{QUIET}\
CREATE TABLE IF NOT EXISTS dockdj_databases (name text PRIMARY KEY, password text NOT NULL);
INSERT INTO dockdj_databases VALUES ('{name}', '{password}') ON CONFLICT DO NOTHING;
SELECT format('CREATE ROLE %I', name) FROM dockdj_databases
  WHERE name = '{name}' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', name, password) FROM dockdj_databases WHERE name = '{name}' \\gexec
SELECT format('CREATE DATABASE %I OWNER %I', name, name) FROM dockdj_databases
  WHERE name = '{name}' AND NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
SELECT password FROM dockdj_databases WHERE name = '{name}';
"""


def hash_script(password: str) -> str:
    """SQL that selects the bcrypt hash of a generated password, which no attacker can guess: the cost may be low."""
    return f"""{QUIET}\
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
SELECT crypt('{password}', gen_salt('bf', 5));
"""


def remove_cloud(state_id: str) -> None:
    """Remove all containers, volumes and networks of a cloud, with its databases and images."""
    labels = {names.CLOUD: state_id}
    engine.remove_containers([container.name for container in engine.containers(labels)])
    engine.remove_volumes(labels)
    engine.remove_networks(labels)
