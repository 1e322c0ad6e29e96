"""The API: one function for each action, named in ACTIONS."""

from __future__ import annotations

from dockdj.localcloud.api import (
    account,
    applications,
    configuration,
    environments,
    events,
    health,
    platforms,
    tags,
    templates,
    updates,
    versions,
)
from dockdj.localcloud.cloud import Action

ACTIONS: dict[str, Action] = {
    "CreateApplication": applications.create,
    "DescribeApplications": applications.describe,
    "UpdateApplication": applications.update,
    "UpdateApplicationResourceLifecycle": applications.update_lifecycle,
    "DeleteApplication": applications.delete,
    "CreateStorageLocation": applications.create_storage_location,
    "CreateApplicationVersion": versions.create,
    "DescribeApplicationVersions": versions.describe,
    "UpdateApplicationVersion": versions.update,
    "DeleteApplicationVersion": versions.delete,
    "CheckDNSAvailability": environments.check_dns,
    "CreateEnvironment": environments.create,
    "DescribeEnvironments": environments.describe,
    "DescribeEnvironmentResources": environments.describe_resources,
    "UpdateEnvironment": updates.update,
    "TerminateEnvironment": updates.terminate,
    "DescribeConfigurationSettings": configuration.describe,
    "DescribeConfigurationOptions": configuration.describe_options,
    "ValidateConfigurationSettings": configuration.validate,
    "DeleteEnvironmentConfiguration": configuration.delete_draft,
    "CreateConfigurationTemplate": templates.create,
    "UpdateConfigurationTemplate": templates.update,
    "DeleteConfigurationTemplate": templates.delete,
    "ListTagsForResource": tags.describe,
    "UpdateTagsForResource": tags.update,
    "DescribeAccountAttributes": account.describe,
    "DescribeEvents": events.describe,
    "DescribeEnvironmentHealth": health.describe_environment,
    "DescribeInstancesHealth": health.describe_instances,
    "ListAvailableSolutionStacks": platforms.list_stacks,
    "ListPlatformBranches": platforms.list_branches,
    "ListPlatformVersions": platforms.list_versions,
    "DescribePlatformVersion": platforms.describe_version,
}
