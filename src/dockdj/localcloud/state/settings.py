"""What one local cloud keeps about itself: keys, ports and the names that make it this cloud and no other."""

from __future__ import annotations

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from dockdj.localcloud.state.durable_files import write

REGION = "us-east-1"
ACCOUNT = "123456789012"
ENDPOINT_PORT = 5577


@dataclass(frozen=True)
class Settings:
    """Made once for a state folder and kept. Ports are those of the last time the cloud came up."""

    access_key: str
    secret_key: str
    region: str = REGION
    account: str = ACCOUNT
    port: int = ENDPOINT_PORT

    @property
    def arn(self) -> str:
        """The beginning of the addresses of all that Elastic Beanstalk keeps here."""
        return f"arn:aws:elasticbeanstalk:{self.region}:{self.account}"

    @property
    def bucket(self) -> str:
        """The bucket that CreateStorageLocation makes."""
        return f"elasticbeanstalk-{self.region}-{self.account}"


def load(folder: Path) -> Settings:
    """The settings of the cloud in this folder, made and written at the first use."""
    path = folder / "settings.json"
    try:
        return Settings(**json.loads(path.read_text()))
    except FileNotFoundError:
        letters = string.ascii_uppercase + string.digits
        made = Settings(
            access_key="LOCAL" + "".join(secrets.choice(letters) for _ in range(15)),
            secret_key=secrets.token_urlsafe(30),
        )
        save(folder, made)
        return made


def save(folder: Path, settings: Settings) -> None:
    """Keep the settings, readable by this user only."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "settings.json", json.dumps(asdict(settings), indent=2).encode() + b"\n", mode=0o600)


def with_port(settings: Settings, port: int) -> Settings:
    """The same cloud behind another port."""
    return replace(settings, port=port)


def cloud_id(folder: Path) -> str:
    """Eight hexadecimal digits that keep the Docker objects of two clouds on one machine apart."""
    return sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
