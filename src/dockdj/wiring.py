"""Builds the adapters for a target: the only place that knows what is local and what is AWS."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe

from dockdj.adapters.beanstalk import local_cloud
from dockdj.adapters.beanstalk.bounded_http import bounded
from dockdj.adapters.beanstalk.client import Beanstalk
from dockdj.adapters.beanstalk.local_cloud import CloudAddress
from dockdj.model.project.project import Target

# Seconds between two looks at an environment that changes.
LOCAL_POLL = 1.0
AWS_POLL = 4.0
LOCAL_HINT = "bring the local cloud up: dockdj cloud up"


@dataclass(frozen=True)
class Connection:
    """A target's platform and its image repository."""

    beanstalk: Beanstalk
    repository: str


def repository_of(target: Target) -> str:
    """The image repository of a target; the local cloud's is found at run time."""
    if target.local:
        return _local_repository(target, local_cloud.require())
    assert target.repository is not None
    return target.repository


def connect(target: Target) -> Connection:
    """The adapters for a target. Nothing is created or changed there. Raises MissingTool when no local cloud runs."""
    return _connect_local(target) if target.local else _connect_aws(target)


def place_options(target: Target) -> Mapping[str, Mapping[str, str]]:
    """The option settings that only a new environment needs.

    On the local cloud a database and a secret key, which are created by this call; on AWS the roles.
    """
    if target.local:
        return {
            "aws:elasticbeanstalk:application:environment": {
                "ENV_DATABASE_URL": local_cloud.database_url(target.environment),
                "ENV_SECRET_KEY": token_urlsafe(50),
            }
        }
    return {
        "aws:autoscaling:launchconfiguration": {"IamInstanceProfile": "aws-elasticbeanstalk-ec2-role"},
        "aws:elasticbeanstalk:environment": {"ServiceRole": "aws-elasticbeanstalk-service-role"},
    }


def _connect_local(target: Target) -> Connection:
    import boto3
    from botocore.config import Config

    address = local_cloud.require()
    # Keys and endpoint are given, never taken from a shell that may be set up for AWS.
    session = boto3.Session(
        aws_access_key_id=address.access_key, aws_secret_access_key=address.secret_key, region_name=address.region
    )
    config = Config(
        signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 3}, proxies={}
    )
    beanstalk = Beanstalk(
        bounded(session.client("elasticbeanstalk", endpoint_url=address.endpoint, config=Config(proxies={}))),
        bounded(session.client("s3", endpoint_url=address.endpoint, config=config)),
        poll=LOCAL_POLL,
        unreachable_hint=LOCAL_HINT,
    )
    return Connection(beanstalk, _local_repository(target, address))


def _local_repository(target: Target, address: CloudAddress) -> str:
    return f"{address.registry}/{target.application}"


def _connect_aws(target: Target) -> Connection:
    import boto3
    from botocore.config import Config

    # A shell with the local cloud's variables must not send a deployment for AWS to this machine.
    config = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # absent from the stubs
    session = boto3.Session(region_name=target.region)
    beanstalk = Beanstalk(
        bounded(session.client("elasticbeanstalk", config=config)),
        bounded(session.client("s3", config=config)),
        poll=AWS_POLL,
    )
    assert target.repository is not None
    return Connection(beanstalk, target.repository)
