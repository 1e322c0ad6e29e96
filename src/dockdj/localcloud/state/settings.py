"""Settings of one local cloud: its keys, port, region and account."""

from __future__ import annotations

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from dockdj.localcloud.state.durable_files import write

REGION = "us-east-1"
ACCOUNT = "123456789012"
ENDPOINT_PORT = 5577
SETTINGS = "settings.json"
ACCESS_KEY_PREFIX = "LOCAL"


@dataclass(frozen=True)
class Settings:
    """Settings that a state folder keeps for its lifetime. Only the port changes, when the cloud starts on another."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str = REGION
    account: str = ACCOUNT
    port: int = ENDPOINT_PORT

    @property
    def arn(self) -> str:
        """The prefix of all ARNs of this cloud's Elastic Beanstalk."""
        return f"arn:aws:elasticbeanstalk:{self.region}:{self.account}"

    @property
    def bucket(self) -> str:
        """The bucket that CreateStorageLocation creates."""
        return f"elasticbeanstalk-{self.region}-{self.account}"


def load(folder: Path) -> Settings:
    """The settings of the cloud in this folder. The first call creates and saves them."""
    path = folder / SETTINGS
    try:
        return Settings(**json.loads(path.read_text()))
    except FileNotFoundError:
        letters = string.ascii_uppercase + string.digits
        settings = Settings(
            access_key=ACCESS_KEY_PREFIX + "".join(secrets.choice(letters) for _ in range(15)),
            secret_key=secrets.token_urlsafe(30),
        )
        save(folder, settings)
        return settings


def save(folder: Path, settings: Settings) -> None:
    """Write the settings, readable by this user only."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / SETTINGS, json.dumps(asdict(settings), indent=2).encode() + b"\n", mode=0o600)


def with_port(settings: Settings, port: int) -> Settings:
    """The same settings with another port."""
    return replace(settings, port=port)


def cloud_id(folder: Path) -> str:
    """Eight hexadecimal digits that distinguish the Docker objects of two clouds on one machine."""
    return sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
