"""The image registry of a cloud, in place of ECR. It asks for a password, and deletes nothing."""

import base64
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dockdj.errors import CommandFailed, MissingTool
from dockdj.localcloud.fleet import engine, names, network, service_container
from dockdj.localcloud.fleet.instance import Instance
from dockdj.localcloud.fleet.parallel import in_parallel
from dockdj.localcloud.fleet.service_container import Service
from dockdj.localcloud.state import durable_files, ownership

IMAGE = "registry:2"
FIRST_PORT = 5000
"""The first host port to try."""
CONTAINER_PORT = 5000
USER = "dockdj"
LOGIN = "/etc/dockdj-login"
"""The file with the password in the registry's container. Only this machine's Docker can read it."""
USERS = "/etc/dockdj-users"
"""The file with the hash of the password."""
VARIABLES = {
    "REGISTRY_AUTH": "htpasswd",
    "REGISTRY_AUTH_HTPASSWD_REALM": "dockdj",
    "REGISTRY_AUTH_HTPASSWD_PATH": USERS,
    # Nothing here deletes images, and `cloud reset` removes the volume.
    "REGISTRY_STORAGE_DELETE_ENABLED": "false",
}
PASSWORD_BYTES = 32
START_SECONDS = 30
POLL_SECONDS = 0.2
STARTING = ("connection refused", "connection reset", "EOF")
"""Docker's errors while the registry starts."""
LOCK = "docker-login.lock"
# Docker's configuration of an instance: other registries in it are kept.
MERGE = """
import json, pathlib, sys
from eb_engine.machine import write
path = pathlib.Path("/root/.docker/config.json")
path.parent.mkdir(mode=0o700, exist_ok=True)
document = json.loads(path.read_text()) if path.exists() else {}
document.setdefault("auths", {}).update(json.load(sys.stdin))
write(path, json.dumps(document))
"""

Hash = Callable[[str], str]


@dataclass(frozen=True)
class Login:
    """The registry's host:port, its user and its password."""

    registry: str
    password: str = field(repr=False)

    @property
    def auths(self) -> dict[str, dict[str, str]]:
        """The entry of Docker's configuration."""
        return {self.registry: {"auth": base64.b64encode(f"{USER}:{self.password}".encode()).decode()}}


def ensure(state_id: str, address: str, hashed: Hash) -> int:
    """Start the registry, create it if necessary, and return its host port. Raises MissingTool, CommandFailed.

    `hashed` gives the bcrypt hash of a password. A registry that an earlier version of Dockdj created has no password:
    its container is replaced, and keeps its port and its images.
    """
    container = names.name(state_id, names.REGISTRY)
    existing = port(state_id)
    if existing is not None and _login(state_id, existing):
        with _port_kept(existing):
            engine.docker("start", container)
        return existing
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    password_hash = hashed(password)

    def run(host_port: int) -> None:
        _run(state_id, address, host_port, password, password_hash)

    if existing is None:
        return network.run_on_free_port(container, FIRST_PORT, run)
    engine.remove_containers([container])
    with _port_kept(existing):
        run(existing)
    return existing


def port(state_id: str) -> int | None:
    """The registry's host port, or None before its first start."""
    containers = engine.containers(names.labels(state_id, names.REGISTRY))
    return containers[0].ports[f"{CONTAINER_PORT}/tcp"] if containers else None


def login(state_id: str) -> Login | None:
    """The login of the registry, or None before its first start with a password."""
    host_port = port(state_id)
    return None if host_port is None else _login(state_id, host_port)


def _login(state_id: str, host_port: int) -> Login | None:
    with tempfile.TemporaryDirectory(prefix="dockdj-login-") as folder:
        path = Path(folder) / "password"
        try:
            engine.docker("cp", f"{names.name(state_id, names.REGISTRY)}:{LOGIN}", str(path))
        except CommandFailed:
            return None
        return Login(f"127.0.0.1:{host_port}", path.read_text().strip())


def log_in(state_id: str) -> Login:
    """Give Docker's client of this user the password of the registry, as `docker login` does. Raises CommandFailed."""
    current = login(state_id)
    if current is None:
        raise CommandFailed("the registry of the local cloud has no password", hint="dockdj cloud up")
    argv = ("login", "--username", USER, "--password-stdin", current.registry)
    # The client reads its configuration and writes it again, so two logins at the same time lose one of them.
    with ownership.alone(ownership.shared_folder(), LOCK, wait=True):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                engine.docker(*argv, stdin=current.password)
            except CommandFailed as failure:
                starting = any(text in failure.output for text in STARTING)
                if not starting or time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
            else:
                return current


def log_out(state_id: str) -> None:
    """Remove the password from the configuration of Docker's client."""
    if (host_port := port(state_id)) is not None:
        with ownership.alone(ownership.shared_folder(), LOCK, wait=True):
            engine.succeeds("logout", f"127.0.0.1:{host_port}")


def authorise(state_id: str, instances: Sequence[Instance]) -> None:
    """Give instances the login of the registry. An instance that does not run is skipped."""
    current = login(state_id)
    if current is None:
        return
    document = json.dumps(current.auths)

    def write(item: Instance) -> None:
        command = ("exec", "--interactive", item.container, "python3", "-c", MERGE)
        engine.tolerate(("is not running", "No such container"), *command, stdin=document)

    in_parallel(write, instances)


@contextmanager
def _port_kept(host_port: int) -> Iterator[None]:
    """Explain a failed start: the registry cannot choose another port."""
    try:
        yield
    except CommandFailed as failure:
        hint = f"stop the program that listens on port {host_port}: the names of this cloud's images contain the port"
        raise MissingTool(f"the registry cannot start:\n{failure.output.strip()}", hint=hint) from failure


def _run(state_id: str, address: str, host_port: int, password: str, password_hash: str) -> None:
    variables = (word for name, value in VARIABLES.items() for word in ("--env", f"{name}={value}"))
    options = ("--publish", f"127.0.0.1:{host_port}:{CONTAINER_PORT}", *variables)
    service = Service(state_id, names.REGISTRY, IMAGE, "/var/lib/registry", options)
    with tempfile.TemporaryDirectory(prefix="dockdj-registry-") as folder:
        users, login_file = Path(folder) / "users", Path(folder) / "login"
        for path, text in ((users, f"{USER}:{password_hash}\n"), (login_file, f"{password}\n")):
            durable_files.write(path, text.encode())
        service_container.run(service, address, {users: USERS, login_file: LOGIN})
