"""Temporary credentials of an instance: made on the instance from its key, and derived again by the cloud.

The cloud derives each instance's key from its own secret key, so neither stores the other's, and an instance cannot
make the credentials of another one.
"""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

LIFETIME_SECONDS = 6 * 3600
ACCESS_KEY_PREFIX = "ASIA"


@dataclass(frozen=True)
class Session:
    """Credentials of one instance until a time, in seconds since the epoch."""

    instance_id: str
    expires: int
    access_key: str
    secret_key: str
    token: str


def instance_key(cloud_secret: str, instance_id: str) -> str:
    """The key of an instance."""
    return _derived(cloud_secret, f"instance {instance_id}").hex()


def make(key: str, instance_id: str, expires: int) -> Session:
    """The credentials of an instance until a time."""
    token = base64.urlsafe_b64encode(json.dumps([instance_id, expires]).encode()).decode()
    access_key = ACCESS_KEY_PREFIX + base64.b32encode(_derived(key, f"access {token}")).decode()[:16]
    secret_key = base64.urlsafe_b64encode(_derived(key, f"secret {token}")).decode()[:40]
    return Session(instance_id, expires, access_key, secret_key, token)


def subject(token: str) -> tuple[str, int]:
    """The instance and the time that a token names, without a proof. Raises ValueError."""
    try:
        instance_id, expires = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (TypeError, RecursionError) as error:
        raise ValueError("it is not a token") from error
    if not isinstance(instance_id, str) or not isinstance(expires, int):
        raise ValueError("it is not a token")
    return instance_id, expires


def current(key: str, instance_id: str, now: float | None = None) -> Session:
    """Credentials that are valid for LIFETIME_SECONDS to twice that. They stay the same for LIFETIME_SECONDS."""
    seconds = int(time.time() if now is None else now)
    return make(key, instance_id, (seconds // LIFETIME_SECONDS + 2) * LIFETIME_SECONDS)


def _derived(key: str, text: str) -> bytes:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
