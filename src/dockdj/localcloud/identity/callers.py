"""The caller of a request, by its access key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from botocore.credentials import Credentials

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.fleet.image.instance.eb_engine import session
from dockdj.localcloud.state.settings import Settings

PROFILE = "aws-elasticbeanstalk-ec2-role"
"""The name of the instance profile, which is also its role's."""
TOKEN_HEADER = "x-amz-security-token"
TOKEN_PARAMETER = "X-Amz-Security-Token"


@dataclass(frozen=True)
class Caller:
    """The sender of a request and the keys that its signature needs. `instance_id` is empty for the cloud's owner."""

    credentials: Credentials
    instance_id: str = ""

    def arn(self, account: str) -> str:
        """The ARN that errors name."""
        if self.instance_id:
            return f"arn:aws:sts::{account}:assumed-role/{PROFILE}/{self.instance_id}"
        return f"arn:aws:iam::{account}:root"


def caller_of(access_key: str, target: str, headers: Mapping[str, str], settings: Settings, now: float) -> Caller:
    """The caller with an access key. Its signature is not verified yet. Raises ApiError."""
    token = headers.get(TOKEN_HEADER) or parse_qs(target.partition("?")[2]).get(TOKEN_PARAMETER, [""])[0]
    if not access_key.startswith(session.ACCESS_KEY_PREFIX):
        return Caller(Credentials(settings.access_key, settings.secret_key))
    try:
        instance_id, expires = session.subject(token)
    except ValueError as error:
        raise ApiError("InvalidToken", "The provided token is malformed or otherwise invalid.") from error
    if expires < now:
        raise ApiError("ExpiredToken", "The provided token has expired.")
    key = session.instance_key(settings.secret_key, instance_id)
    made = session.make(key, instance_id, expires)
    return Caller(Credentials(made.access_key, made.secret_key), instance_id)
