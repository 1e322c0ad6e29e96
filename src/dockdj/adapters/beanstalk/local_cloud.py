"""The address of the running local cloud: the cloud writes it to a file, commands that deploy read it."""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from dockdj.adapters import machine, private_folder
from dockdj.adapters.beanstalk import control_socket
from dockdj.adapters.beanstalk.control_socket import SERVER_LOCK, UP, NoAnswer, held_by_another
from dockdj.adapters.disk import locked, write_atomically
from dockdj.errors import MissingTool
from dockdj.model import json_document


@dataclass(frozen=True)
class CloudAddress:
    """The address and the keys of the local cloud. `endpoint` is a URL, `registry` is host:port."""

    endpoint: str
    registry: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    pid: int


def state_folder() -> Path:
    """The folder of the local cloud's state: $DOCKDJ_STATE, else dockdj/cloud in the XDG state folder."""
    if chosen := os.environ.get("DOCKDJ_STATE"):
        return Path(chosen)
    return private_folder.state_home() / "dockdj" / "cloud"


def read() -> CloudAddress | None:
    """The address that the cloud wrote when it last started. The cloud may have died since.

    A damaged file counts as none: `cloud up` writes it again, and nothing else is in it.
    """
    try:
        return _parsed((state_folder() / "cloud.json").read_bytes())
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _parsed(content: bytes) -> CloudAddress:
    """The address in a file. Raises ValueError, TypeError."""
    address = CloudAddress(**json_document.table(json_document.parse(content)))
    for item in fields(CloudAddress):
        if not isinstance(getattr(address, item.name), int if item.name == "pid" else str):
            raise TypeError(f"{item.name} has another type")
    endpoint = urlsplit(address.endpoint)
    if (endpoint.scheme, endpoint.hostname) != ("http", "127.0.0.1") or not endpoint.port:
        raise ValueError("the endpoint is not that of a local cloud")
    return address


def registry() -> str:
    """The host:port of the cloud's registry; empty if no cloud wrote an address."""
    try:
        address = read()
    except OSError:
        return ""
    return address.registry if address else ""


def write(address: CloudAddress) -> None:
    """Publish the address, readable by this user only because it holds the keys."""
    folder = state_folder()
    private_folder.ensure(folder.resolve())
    write_atomically(folder / "cloud.json", json.dumps(asdict(address), indent=2).encode() + b"\n", mode=0o600)


def remove() -> None:
    """Withdraw the address."""
    (state_folder() / "cloud.json").unlink(missing_ok=True)


def require() -> CloudAddress:
    """The address of the running local cloud, after the cloud itself named it on its control channel.

    Another program may listen on the address by now, so nothing is sent there before. Raises MissingTool if the cloud
    does not run.
    """
    address = read()
    if address is None:
        path = state_folder() / "cloud.json"
        raise MissingTool(f"{path} is damaged" if path.exists() else "the local cloud is not running", hint=UP)
    try:
        port = control_socket.ask(state_folder(), "GET", "ping").get("port")
    except NoAnswer as error:
        reason = _reason(state_folder(), port_of(address))
        raise MissingTool(f"the local cloud does not answer at {address.endpoint}{reason}", hint=UP) from error
    if port != port_of(address):
        raise MissingTool(f"the local cloud does not answer at {address.endpoint}: it listens on port {port}", hint=UP)
    return address


def database_url(name: str) -> str:
    """The URL of the Postgres database with this name; the cloud creates a missing database."""
    return str(control_socket.ask(state_folder(), "POST", "databases", {"name": name})["url"])


def port_of(address: CloudAddress) -> int | None:
    """The port in an address."""
    return urlsplit(address.endpoint).port


def _reason(folder: Path, port: int | None) -> str:
    if _server_runs(folder):
        return ": an earlier version of dockdj started it; `dockdj cloud up` restarts it"
    # Asked without a connection, so that the other program sees nothing.
    return f": {held_by_another(port)}" if port and not machine.is_free(port, "127.0.0.1") else ""


def _server_runs(folder: Path) -> bool:
    lock = folder / SERVER_LOCK
    if not lock.exists():
        return False
    try:
        with locked(lock, wait=False):
            return False
    except BlockingIOError:
        return True
