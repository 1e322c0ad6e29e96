"""Where the running local cloud says how to reach it: written by the cloud, read by whoever deploys to it."""

import http.client
import json
import os
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from dockdj.adapters.disk import write_atomically
from dockdj.errors import MissingTool, PlatformError


@dataclass(frozen=True)
class CloudAddress:
    """How to reach the local cloud. `endpoint` is a URL, `registry` is host:port."""

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
    """The address the cloud wrote when it last came up; it may have died since."""
    try:
        return CloudAddress(**json.loads((state_folder() / "cloud.json").read_text()))
    except FileNotFoundError:
        return None


def write(address: CloudAddress) -> None:
    """Publish the address, readable by this user only: it holds the keys."""
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "cloud.json", json.dumps(asdict(address), indent=2).encode() + b"\n", mode=0o600)


def remove() -> None:
    """Take the address back."""
    (state_folder() / "cloud.json").unlink(missing_ok=True)


UP = "dockdj cloud up"
ANSWER_SECONDS = 60


def require() -> CloudAddress:
    """The running local cloud. Raises MissingTool when none runs."""
    address = read()
    if address is None:
        raise MissingTool("the local cloud is not running", hint=UP)
    try:
        _ask(address, "status", None)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MissingTool(f"the local cloud does not answer at {address.endpoint}", hint=UP) from error
    return address


def database_url(address: CloudAddress, name: str) -> str:
    """The URL of a Postgres database of this name, made when it does not exist yet."""
    try:
        return str(_ask(address, "databases", {"name": name})["url"])
    except urllib.error.HTTPError as error:
        raise PlatformError(f"the local cloud gave no database: {error.read().decode(errors='replace')}") from error


def _ask(address: CloudAddress, path: str, body: dict[str, str] | None) -> dict[str, str]:
    request = urllib.request.Request(
        f"{address.endpoint}/_dockdj/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {address.secret_key}", "Content-Type": "application/json"},
    )
    # Straight to this machine, whatever proxy the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=ANSWER_SECONDS) as response:
        answer: dict[str, str] = json.load(response)
        return answer
