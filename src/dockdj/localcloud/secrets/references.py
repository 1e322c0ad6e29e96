"""Environment properties whose values are secrets or parameters, named by ARN.

Rules: "Fetching secrets and parameters to Elastic Beanstalk environment variables" in the developer guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Protocol

from dockdj.localcloud.contract import SecretUnavailable
from dockdj.localcloud.fleet.image.instance.eb_engine.session import instance_key
from dockdj.localcloud.identity.callers import PROFILE
from dockdj.localcloud.state.settings import Settings

SECRET = re.compile(
    r"(?P<arn>arn:aws[a-z-]*:secretsmanager:[^:]+:[^:]+:secret:[^:]+)(:(?P<key>[^:]+)(:.*)?)?", re.DOTALL
)
PARAMETER = re.compile(r"arn:aws[a-z-]*:ssm:(?P<region>[^:]+):(?P<account>[^:]+):parameter/(?P<name>[^:]+)", re.DOTALL)


class Store(Protocol):
    """The stores of secrets and parameters."""

    def secret(self, arn: str) -> str | None:
        """The value of a secret, or None."""
        ...

    def parameter(self, name: str) -> str | None:
        """The value of a parameter, or None."""
        ...


class Resolver:
    """Read the values of environment properties from one cloud's stores."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._place = (settings.region, settings.account)

    def identity(self, instance_id: str) -> dict[str, str | int]:
        """See `contract.Secrets`."""
        return {
            "key": instance_key(self._settings.secret_key, instance_id),
            "profile": PROFILE,
            "region": self._settings.region,
            "account": self._settings.account,
            "port": self._settings.port,
        }

    def values(self, references: Mapping[str, str]) -> dict[str, str]:
        """The value of each property. Raises SecretUnavailable, which contains no value."""
        return {name: self._value(name, arn) for name, arn in sorted(references.items())}

    def _value(self, name: str, arn: str) -> str:
        if secret := SECRET.fullmatch(arn):
            text = self._store.secret(secret["arn"])
            if text is None:
                raise _unavailable(name, arn, "Secrets Manager can't find the specified secret.")
            return text if secret["key"] is None else _member(name, arn, text)
        if parameter := PARAMETER.fullmatch(arn):
            here = (parameter["region"], parameter["account"]) == self._place
            # An ARN is the same for a name with and without a slash at its beginning.
            for candidate in (f"/{parameter['name']}", parameter["name"]) if here else ():
                if (value := self._store.parameter(candidate)) is not None:
                    return value
            raise _unavailable(name, arn, "Parameter Store has no such parameter.")
        raise _unavailable(name, arn, "It is not the ARN of a secret or a parameter.")


def _member(name: str, arn: str, text: str) -> str:
    """The value at a top-level key of a JSON secret. Lists and objects stay JSON."""
    key = arn.split(":")[7]
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _unavailable(name, arn, "The secret is not a JSON object, so it has no keys.")
    if key not in document:
        raise _unavailable(name, arn, f"The secret has no key '{key}'.")
    value = document[key]
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _unavailable(name: str, arn: str, reason: str) -> SecretUnavailable:
    return SecretUnavailable(f"Failed to retrieve the value of environment property {name} from {arn}: {reason}")
