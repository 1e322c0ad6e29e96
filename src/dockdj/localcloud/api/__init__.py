"""The API: one function for each action, named in ACTIONS."""

from __future__ import annotations

from dockdj.localcloud.api import (
    applications,
    configuration,
    environments,
    events,
    health,
    platforms,
    updates,
    versions,
)
from dockdj.localcloud.cloud import Action

ACTIONS: dict[str, Action] = {
    "CreateApplication": applications.create,
    "DescribeApplications": applications.describe,
    "DeleteApplication": applications.delete,
    "CreateStorageLocation": applications.create_storage_location,
    "CreateApplicationVersion": versions.create,
    "DescribeApplicationVersions": versions.describe,
    "DeleteApplicationVersion": versions.delete,
    "CheckDNSAvailability": environments.check_dns,
    "CreateEnvironment": environments.create,
    "DescribeEnvironments": environments.describe,
    "DescribeEnvironmentResources": environments.describe_resources,
    "UpdateEnvironment": updates.update,
    "TerminateEnvironment": updates.terminate,
    "DescribeConfigurationSettings": configuration.describe,
    "DescribeEvents": events.describe,
    "DescribeEnvironmentHealth": health.describe_environment,
    "DescribeInstancesHealth": health.describe_instances,
    "ListAvailableSolutionStacks": platforms.list_stacks,
    "ListPlatformBranches": platforms.list_branches,
    "ListPlatformVersions": platforms.list_versions,
    "DescribePlatformVersion": platforms.describe_version,
}
