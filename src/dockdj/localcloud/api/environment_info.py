"""Actions that read the logs of an environment's instances."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from dockdj.localcloud import instance_logs
from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import LogKind, Severity
from dockdj.localcloud.http.client import endpoint
from dockdj.localcloud.state import lookups


def request(cloud: Cloud, call: Call) -> dict[str, Any]:
    """RequestEnvironmentInfo: pull the logs, also while another operation runs. An event tells when they are there."""
    kind = _kind(call)
    with cloud.state.transaction():
        environment = lookups.environment(cloud.state, call.parameters)
        about = lookups.subject(environment)
        cloud.state.emit(about, call.request_id, Severity.INFO, "requestEnvironmentInfo is starting.")
    cloud.storage.create_bucket(cloud.settings.bucket)
    cloud.work.begin(f"logs of {environment.id}", lambda: instance_logs.pull(cloud, environment, kind, call.request_id))
    return {}


def retrieve(cloud: Cloud, call: Call) -> dict[str, Any]:
    """RetrieveEnvironmentInfo: a URL for the last logs of each instance, which any program can read for 15 minutes."""
    kind = _kind(call)
    environment = lookups.environment(cloud.state, call.parameters)
    return {
        "EnvironmentInfo": [
            {
                "InfoType": kind,
                "Ec2InstanceId": sample.instance,
                "SampleTimestamp": sample.at,
                "Message": _url(cloud, sample.key),
            }
            for sample in instance_logs.samples(cloud, environment, kind)
        ]
    }


def _kind(call: Call) -> LogKind:
    if call.parameters["InfoType"] == "analyze":
        raise ApiError("InvalidParameterValue", "The local cloud does not analyze logs.")
    return LogKind(call.parameters["InfoType"])


def _url(cloud: Cloud, key: str) -> str:
    settings = cloud.settings
    connect: Any = boto3.client
    storage = connect(
        "s3",
        endpoint_url=endpoint(settings),
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    place = {"Bucket": settings.bucket, "Key": key}
    url: str = storage.generate_presigned_url("get_object", Params=place, ExpiresIn=instance_logs.VALID_SECONDS)
    return url
