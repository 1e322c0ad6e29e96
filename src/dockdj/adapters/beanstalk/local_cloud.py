"""The address of the running local cloud: the cloud writes it to a file, commands that deploy read it."""

import http.client
import json
import os
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from dockdj.adapters.disk import write_atomically
from dockdj.errors import MissingTool, PlatformError

UP = "dockdj cloud up"
ANSWER_SECONDS = 60
NOT_FOUND = 404


@dataclass(frozen=True)
class CloudAddress:
    """The address and the keys of the local cloud. `endpoint` is a URL, `registry` is host:port."""

    endpoint: str
    registry: str
    region: str
    access_key: str
    secret_key: str
    pid: int


def state_folder() -> Path:
    """The folder of the local cloud's state: $DOCKDJ_STATE, else dockdj/cloud in the XDG state folder."""
    if chosen := os.environ.get("DOCKDJ_STATE"):
        return Path(chosen)
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "dockdj" / "cloud"


def read() -> CloudAddress | None:
    """The address that the cloud wrote when it last started. The cloud may have died since."""
    try:
        return CloudAddress(**json.loads((state_folder() / "cloud.json").read_text()))
    except FileNotFoundError:
        return None


def write(address: CloudAddress) -> None:
    """Publish the address, readable by this user only because it holds the keys."""
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "cloud.json", json.dumps(asdict(address), indent=2).encode() + b"\n", mode=0o600)


def remove() -> None:
    """Withdraw the address."""
    (state_folder() / "cloud.json").unlink(missing_ok=True)


def require() -> CloudAddress:
    """The address of the running local cloud. Raises MissingTool if the cloud does not run."""
    address = read()
    if address is None:
        raise MissingTool("the local cloud is not running", hint=UP)
    try:
        _ping(address)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MissingTool(f"the local cloud does not answer at {address.endpoint}", hint=UP) from error
    return address


def database_url(address: CloudAddress, name: str) -> str:
    """The URL of the Postgres database with this name; the cloud creates a missing database."""
    try:
        return str(_ask(address, "databases", {"name": name})["url"])
    except urllib.error.HTTPError as error:
        reason = error.read().decode(errors="replace")
        raise PlatformError(f"the local cloud did not provide a database: {reason}") from error


def _ping(address: CloudAddress) -> None:
    try:
        _ask(address, "ping", None)
    except urllib.error.HTTPError as error:
        # A cloud that an earlier version of dockdj started has no ping. It answers 404 only if the key is right.
        if error.code != NOT_FOUND:
            raise


def _ask(address: CloudAddress, path: str, body: dict[str, str] | None) -> dict[str, str]:
    request = urllib.request.Request(
        f"{address.endpoint}/_dockdj/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {address.secret_key}", "Content-Type": "application/json"},
    )
    # Connect directly to this machine, even if the environment names a proxy.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=ANSWER_SECONDS) as response:
        answer: dict[str, str] = json.load(response)
        return answer
