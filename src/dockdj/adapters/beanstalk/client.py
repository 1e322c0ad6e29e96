"""Elastic Beanstalk and its bucket through boto3: the calls that dockdj needs, with errors translated."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.parsers import ResponseParserError

from dockdj.adapters.beanstalk.bucket import Bucket
from dockdj.errors import MissingTool, PlatformError, WrongContent
from dockdj.model.beanstalk.bundle import Bundle
from dockdj.model.beanstalk.environment import GONE, Environment, EnvironmentEvent, InstanceHealth
from dockdj.model.beanstalk.option_settings import SECRETS, VARIABLES

if TYPE_CHECKING:
    from mypy_boto3_elasticbeanstalk import ElasticBeanstalkClient
    from mypy_boto3_elasticbeanstalk.type_defs import ConfigurationOptionSettingTypeDef
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

    def register(self, application: str, bundle: Bundle, description: str) -> None:
        """Upload a bundle and register it as a version of the application; an existing bundle or version is kept.

        Raises WrongContent if the existing one is another.
        """
        label = bundle.label
        with self._translated():
            bucket, key = self._storage(), _key(application, label)
            if self.version_status(application, label) == "FAILED":
                # A failed version never recovers, and its bundle may be the cause.
                self.client.delete_application_version(
                    ApplicationName=application, VersionLabel=label, DeleteSourceBundle=True
                )
            bucket.hold(key, bundle.content)
            try:
                self.client.create_application_version(
                    ApplicationName=application,
                    VersionLabel=label,
                    Description=description,
                    SourceBundle={"S3Bucket": bucket.name, "S3Key": key},
                    Process=True,
                )
            except ClientError as error:
                if "already exists" not in str(error):
                    raise
                self.require_same(application, bundle, description)

    def require_same(self, application: str, bundle: Bundle, description: str) -> None:
        """Raise WrongContent unless the version of the bundle's label is this bundle, under its key and description."""
        with self._translated():
            version = self._version(application, bundle.label) or {}
            source = version.get("SourceBundle") or {}
            bucket, key = self._storage(), _key(application, bundle.label)
            differences = [
                f"its {name} is {was or 'missing'}, not {expected}"
                for name, was, expected in (
                    ("bucket", source.get("S3Bucket"), bucket.name),
                    ("key", source.get("S3Key"), key),
                    ("description", version.get("Description"), description),
                )
                if was != expected
            ]
            if differences:
                raise WrongContent(
                    f"the version {bundle.label} of {application} was not registered for this release: "
                    f"{'; '.join(differences)}",
                    hint="find out who registered it; then delete it, and run the same command again: aws "
                    f"elasticbeanstalk delete-application-version --application-name {application} "
                    f"--version-label {bundle.label}",
                )
            bucket.require(key, bundle.content)

    def bundle(self, application: str, label: str) -> bytes | None:
        """The bytes of a version's bundle; None if the version or its file in the bucket does not exist."""
        with self._translated():
            source = (self._version(application, label) or {}).get("SourceBundle")
            return None if source is None else Bucket(self.s3, source["S3Bucket"]).read(source["S3Key"])

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
                OptionSettings=_settings(options),
            )

    def update(self, environment_id: str, label: str) -> None:
        """Start deploying a version on an environment; the platform continues on its own."""
        with self._translated():
            self.client.update_environment(EnvironmentId=environment_id, VersionLabel=label)

    def configure(self, environment_id: str, options: Options) -> None:
        """Start changing an environment's options; the platform continues on its own."""
        with self._translated():
            self.client.update_environment(EnvironmentId=environment_id, OptionSettings=_settings(options))

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

    def _storage(self) -> Bucket:
        """The bucket of the account's bundles in this region."""
        return Bucket(self.s3, self.client.create_storage_location()["S3Bucket"])

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
        except (HTTPClientError, IncompleteReadError, FlexibleChecksumError) as error:
            raise PlatformError(f"AWS did not answer to the end: {error}", hint=self.unreachable_hint) from error
        except (ResponseParserError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise PlatformError(
                f"AWS gave an answer that it does not document: {type(error).__name__}: {str(error)[:200]}",
                hint="does something else answer at its address, a proxy for instance?",
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


def _settings(options: Options) -> "list[ConfigurationOptionSettingTypeDef]":
    return [
        {"Namespace": namespace, "OptionName": option, "Value": value}
        for namespace, values in sorted(options.items())
        for option, value in sorted(values.items())
    ]


def _key(application: str, label: str) -> str:
    return f"{application}/{label}.zip"


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds")
