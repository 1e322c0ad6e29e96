"""One local cloud: the state, storage and machines that every action of the API works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockdj.localcloud.contract import Databases
from dockdj.localcloud.s3.storage import Storage
from dockdj.localcloud.secrets.store import SecretStore
from dockdj.localcloud.state.background import Work
from dockdj.localcloud.state.database import State
from dockdj.localcloud.state.settings import Settings
from dockdj.localcloud.watch.memory import Watched


@dataclass(frozen=True)
class Cloud:
    """State, storage and machines of one cloud."""

    folder: Path
    settings: Settings
    state: State
    storage: Storage
    secrets: SecretStore
    operations: Watched
    databases: Databases
    work: Work


@dataclass(frozen=True)
class Call:
    """One parsed request of the API."""

    action: str
    parameters: Mapping[str, Any]
    request_id: str


Action = Callable[[Cloud, Call], dict[str, Any]]
