"""The one rule for instances: they read, and they change neither Elastic Beanstalk nor what a deployment relies on.

A deployment relies on the bundles, the history and the lock, which are objects in S3. There is no other policy.
"""

from __future__ import annotations

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.identity.callers import Caller
from dockdj.localcloud.s3.calls import Effect, S3Call

READING = ("Describe", "List", "Check", "Validate", "Retrieve", "Get", "BatchGet")
"""The beginnings of the names of actions that change nothing."""
STORAGE = "elasticbeanstalk-"
"""The beginning of the names of buckets with bundles."""
LOGS = "resources/environments/logs/"
"""The part of such a bucket in which instances keep logs."""


def is_reading(action: str) -> bool:
    """Tell if an action of a service other than S3 changes nothing."""
    return action.startswith(READING)


def require_allowed(caller: Caller, service: str, action: str, account: str) -> None:
    """Raise ApiError if a caller may not carry out an action of a service other than S3."""
    if caller.instance_id and not is_reading(action):
        user = f"User: {caller.arn(account)} is not authorized to perform: {service}:{action}"
        raise ApiError("AccessDenied", user, 403)


def require_allowed_s3(caller: Caller, call: S3Call, *, is_bundle: bool) -> None:
    """Raise ApiError if a caller may not carry out an operation of S3. `is_bundle`: a version has its object."""
    if not caller.instance_id or call.effect == Effect.NONE:
        return
    of_a_bucket = call.effect in (Effect.CREATE_BUCKET, Effect.DELETE_BUCKET)
    protected = call.bucket.startswith(STORAGE) and not call.key.startswith(LOGS)
    if of_a_bucket or protected or is_bundle:
        raise ApiError("AccessDenied", "Access Denied", 403)
