"""Where the running local cloud says how to reach it: written by the cloud, read by whoever deploys to it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from dockdj.adapters.disk import write_atomically


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
