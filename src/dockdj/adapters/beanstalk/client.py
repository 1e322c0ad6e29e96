"""Elastic Beanstalk and its bucket through boto3: the calls that dockdj needs, with errors translated."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from dockdj.errors import MissingTool, PlatformError
from dockdj.model.beanstalk.environment import GONE, Environment, EnvironmentEvent, InstanceHealth
from dockdj.model.beanstalk.option_settings import SECRETS, VARIABLES

if TYPE_CHECKING:
    from mypy_boto3_elasticbeanstalk import ElasticBeanstalkClient
    from mypy_boto3_s3 import S3Client

# Platform in dockdj.toml -> start and end of the names of its solution stacks.
STACKS = {
    "docker": ("64bit Amazon Linux 2023", "running Docker"),
    "ecs": ("64bit Amazon Linux 2023", "running ECS"),
}
# Other tools create versions without Process=true, which stay UNPROCESSED.
DEPLOYABLE = ("PROCESSED", "UNPROCESSED")
Options = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Beanstalk:
    """An account and region of Elastic Beanstalk, or the local cloud. `poll` is the seconds between two requests."""

    client: "ElasticBeanstalkClient"
    s3: "S3Client"
    poll: float
    sleep: Callable[[float], None] = time.sleep
    unreachable_hint: str = "check the network and the region"

    def ensure_application(self, application: str) -> bool:
        """Create the application unless it exists; return true if it was created."""
        with self._translated():
            if self.client.describe_applications(ApplicationNames=[application])["Applications"]:
                return False
            self.client.create_application(ApplicationName=application)
            return True

    def has_version(self, application: str, label: str) -> bool:
        """True if the application has a version of this label that can be deployed."""
        return self.version_status(application, label) in DEPLOYABLE

    def description(self, application: str, label: str) -> str:
        """The description of a version, empty if the version does not exist."""
        return str((self._version(application, label) or {}).get("Description", ""))

    def register(self, application: str, label: str, content: bytes, description: str) -> None:
        """Upload a bundle and register it as a version of the application; an existing bundle or version is kept."""
        with self._translated():
            bucket = self.client.create_storage_location()["S3Bucket"]
            key = f"{application}/{label}.zip"
            if self.version_status(application, label) == "FAILED":
                # A failed version never recovers, and its bundle may be the cause.
                self.client.delete_application_version(
                    ApplicationName=application, VersionLabel=label, DeleteSourceBundle=True
                )
            if not self._has_object(bucket, key):
                self.s3.put_object(Bucket=bucket, Key=key, Body=content)
            try:
                self.client.create_application_version(
                    ApplicationName=application,
                    VersionLabel=label,
                    Description=description,
                    SourceBundle={"S3Bucket": bucket, "S3Key": key},
                    Process=True,
                )
            except ClientError as error:
                if "already exists" not in str(error):
                    raise

    def bundle(self, application: str, label: str) -> bytes | None:
        """The bytes of a version's bundle; None if the version or its file in the bucket does not exist."""
        source = (self._version(application, label) or {}).get("SourceBundle")
        if source is None:
            return None
        with self._translated():
            try:
                return self.s3.get_object(Bucket=source["S3Bucket"], Key=source["S3Key"])["Body"].read()
            except ClientError as error:
                if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchBucket"):
                    return None
                raise

    def version_status(self, application: str, label: str) -> str:
        """A version's processing status in upper case (PROCESSING, PROCESSED, FAILED); empty if it does not exist."""
        return str((self._version(application, label) or {}).get("Status", "")).upper()

    def environment(self, application: str, name: str) -> Environment | None:
        """The environment of this name with its instances; None if it does not exist or is terminated."""
        with self._translated():
            items = self.client.describe_environments(
                ApplicationName=application, EnvironmentNames=[name], IncludeDeleted=False
            )["Environments"]
            living = [item for item in items if item.get("Status") not in GONE]
            return None if not living else _environment(living[0], self._instances(living[0]["EnvironmentId"]))

    def variables(self, application: str, name: str) -> frozenset[str]:
        """The names of the variables that an environment's configuration sets, plain and secret, without values."""
        with self._translated():
            answer = self.client.describe_configuration_settings(ApplicationName=application, EnvironmentName=name)
        return frozenset(
            option["OptionName"]
            for settings in answer["ConfigurationSettings"]
            for option in settings.get("OptionSettings", ())
            if option.get("Namespace") in (VARIABLES, SECRETS) and option.get("Value") and "OptionName" in option
        )

    def create_environment(self, application: str, name: str, platform: str, options: Options) -> None:
        """Launch an environment that runs the platform's sample application."""
        with self._translated():
            self.client.create_environment(
                ApplicationName=application,
                EnvironmentName=name,
                SolutionStackName=self._stack(platform),
                OptionSettings=[
                    {"Namespace": namespace, "OptionName": option, "Value": value}
                    for namespace, values in sorted(options.items())
                    for option, value in sorted(values.items())
                ],
            )

    def update(self, environment_id: str, label: str) -> None:
        """Start deploying a version on an environment; the platform continues on its own."""
        with self._translated():
            self.client.update_environment(EnvironmentId=environment_id, VersionLabel=label)

    def terminate(self, environment_id: str) -> None:
        """Start terminating an environment and its machines."""
        with self._translated():
            self.client.terminate_environment(EnvironmentId=environment_id)

    def events(
        self, environment_id: str, since: datetime | None = None, limit: int = 100
    ) -> tuple[EnvironmentEvent, ...]:
        """An environment's events, oldest first; with `since`, only later events."""
        extra: dict[str, Any] = {"StartTime": since} if since else {}
        with self._translated():
            items = self.client.describe_events(EnvironmentId=environment_id, MaxRecords=limit, **extra)["Events"]
        return tuple(
            EnvironmentEvent(_moment(item["EventDate"]), item.get("Severity", "INFO"), item.get("Message", ""))
            for item in reversed(items)
        )

    def _version(self, application: str, label: str) -> Any:
        with self._translated():
            answer = self.client.describe_application_versions(ApplicationName=application, VersionLabels=[label])
        return next(iter(answer["ApplicationVersions"]), None)

    def _instances(self, environment_id: str) -> tuple[InstanceHealth, ...]:
        try:
            items = self.client.describe_instances_health(
                EnvironmentId=environment_id, AttributeNames=["HealthStatus", "Causes", "Deployment"]
            )["InstanceHealthList"]
        except ClientError as error:
            # Neither an environment with basic health reporting nor a new one answers this request.
            if error.response["Error"]["Code"] in ("InvalidRequestException", "InvalidParameterValue"):
                return ()
            raise
        return tuple(
            InstanceHealth(
                item.get("InstanceId", ""),
                item.get("HealthStatus", ""),
                item.get("Deployment", {}).get("VersionLabel", ""),
                tuple(item.get("Causes", ())),
            )
            for item in items
        )

    def _has_object(self, bucket: str, key: str) -> bool:
        try:
            self.s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                return False
            raise
        return True

    def _stack(self, platform: str) -> str:
        start, end = STACKS[platform]
        names = self.client.list_available_solution_stacks()["SolutionStacks"]
        matches = [name for name in names if name.startswith(start) and name.endswith(end)]
        if not matches:
            raise PlatformError(f"Elastic Beanstalk offers no platform `{start} … {end}` here")
        # The list begins with the newest (API reference, ListAvailableSolutionStacks).
        return matches[0]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except EndpointConnectionError as error:
            raise MissingTool(
                f"nothing answers at {error.kwargs.get('endpoint_url')}", hint=self.unreachable_hint
            ) from error
        except ClientError as error:
            refusal = error.response.get("Error", {})
            raise PlatformError(
                f"Elastic Beanstalk refused {error.operation_name}: {refusal.get('Message') or refusal.get('Code')}"
            ) from error
        except BotoCoreError as error:
            raise PlatformError(
                f"AWS cannot be reached: {error}", hint="check credentials and region: aws sts get-caller-identity"
            ) from error


def _environment(item: Any, instances: tuple[InstanceHealth, ...]) -> Environment:
    return Environment(
        id=item["EnvironmentId"],
        name=item["EnvironmentName"],
        status=item.get("Status", ""),
        health=item.get("Health", "Grey"),
        label=item.get("VersionLabel", ""),
        address=item.get("CNAME") or item.get("EndpointURL") or "",
        instances=instances,
    )


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds")
