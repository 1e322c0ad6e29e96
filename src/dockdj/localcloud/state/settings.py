"""Settings of one local cloud: its keys, port, region and account."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import string
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path

from dockdj.localcloud.printable import printable
from dockdj.localcloud.state.durable_files import write
from dockdj.localcloud.state.failure import StateDamaged

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


EXAMPLE = Settings(access_key="LOCAL", secret_key="secret")


def load(folder: Path) -> Settings:
    """The settings of the cloud in this folder. The first call creates and saves them.

    Raises StateDamaged if the file has other content: its keys may be known to clients, so they are not replaced.
    """
    path = folder / SETTINGS
    try:
        return _parsed(path.read_bytes())
    except (ValueError, TypeError, RecursionError) as error:
        hint = f"rm {shlex.quote(str(path))}; dockdj cloud up (creates new keys)"
        raise StateDamaged(f"{path} is damaged: {printable(str(error))}", hint=hint) from error
    except FileNotFoundError:
        letters = string.ascii_uppercase + string.digits
        settings = Settings(
            access_key=ACCESS_KEY_PREFIX + "".join(secrets.choice(letters) for _ in range(15)),
            secret_key=secrets.token_urlsafe(30),
        )
        save(folder, settings)
        return settings


def _parsed(content: bytes) -> Settings:
    """The settings in a file. Raises ValueError, TypeError."""
    settings = Settings(**json.loads(content))
    for name in (item.name for item in fields(Settings)):
        if type(getattr(settings, name)) is not type(getattr(EXAMPLE, name)):
            raise ValueError(f"{name} has another type")
    if not settings.access_key or not settings.secret_key or not 0 < settings.port < 2**16:
        raise ValueError("a key is empty, or the port is out of range")
    return settings


def save(folder: Path, settings: Settings) -> None:
    """Write the settings, readable by this user only."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / SETTINGS, json.dumps(asdict(settings), indent=2).encode() + b"\n")


def with_port(settings: Settings, port: int) -> Settings:
    """The same settings with another port."""
    return replace(settings, port=port)


def cloud_id(folder: Path) -> str:
    """Eight hexadecimal digits that distinguish the Docker objects of two clouds on one machine."""
    return sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
