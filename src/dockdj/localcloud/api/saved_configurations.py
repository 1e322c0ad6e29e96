"""Saved configurations, which the API calls configuration templates. Each is a YAML file in the account's bucket.

`eb config get` and `eb config put` read and write that file through S3 alone, so the file is the only copy.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Cloud
from dockdj.localcloud.platform import options
from dockdj.localcloud.platform.option_rules import Key
from dockdj.localcloud.platform.saved_configuration import SavedConfiguration, parsed, text_of
from dockdj.localcloud.platform.versions import of_stack, requested
from dockdj.localcloud.state import lookups

FOLDER = "resources/templates"


def names(cloud: Cloud, application: str) -> list[str]:
    """The names of an application's saved configurations, sorted."""
    prefix = f"{FOLDER}/{application}/"
    keys = cloud.storage.keys(cloud.settings.bucket, prefix)
    return sorted(name for key in keys if (name := key.removeprefix(prefix)) and "/" not in name)


def load(cloud: Cloud, application: str, name: str) -> SavedConfiguration:
    """A saved configuration. Raises ApiError."""
    content = cloud.storage.read(cloud.settings.bucket, _key(application, name))
    if content is None:
        raise invalid(f"No Configuration Template named '{name}' found.")
    return parsed(content, cloud.settings.region)


def save(cloud: Cloud, application: str, name: str, saved: SavedConfiguration) -> SavedConfiguration:
    """Write a saved configuration's file, with the time of the change. Raises StateFailed."""
    now = time.time()
    dated = replace(saved, created=saved.created or now, updated=now)
    cloud.storage.create_bucket(cloud.settings.bucket)
    cloud.storage.put(cloud.settings.bucket, _key(application, name), text_of(dated, cloud.settings.region).encode())
    return dated


def delete(cloud: Cloud, application: str, name: str) -> None:
    """Delete a saved configuration's file. Raises StateFailed."""
    cloud.storage.delete(cloud.settings.bucket, _key(application, name))


def of_request(cloud: Cloud, parameters: Mapping[str, Any], application: str) -> SavedConfiguration | None:
    """The saved configuration that CreateEnvironment or UpdateEnvironment names, if any. Raises ApiError."""
    specified = of_specification(cloud, parameters)
    if "TemplateName" not in parameters:
        return specified
    if specified:
        raise ApiError("InvalidParameterCombination", "Specify TemplateName or TemplateSpecification, not both.")
    return load(cloud, application, parameters["TemplateName"])


def of_specification(cloud: Cloud, parameters: Mapping[str, Any]) -> SavedConfiguration | None:
    """The source that a TemplateSpecification names, a member that only Amazon's `eb` sends. Raises ApiError.

    It is an environment (`eb clone`, `eb config save`), the text of a saved configuration (`eb config --update`), or a
    platform.
    """
    specification = parameters.get("TemplateSpecification", {})
    template = specification.get("TemplateSource", {})
    if specification.get("TemplateSnippets"):
        raise ApiError("InvalidParameterCombination", "The local cloud does not support template snippets.")
    if "EnvironmentName" in template:
        return of_environment(cloud, template)
    if "SourceContents" in template:
        return parsed(template["SourceContents"], cloud.settings.region)
    if {"SolutionStackName", "PlatformArn"} & set(template):
        return SavedConfiguration(requested(template, cloud.settings.region), {})
    return None


def of_environment(cloud: Cloud, parameters: Mapping[str, Any]) -> SavedConfiguration:
    """The platform and the options of an environment. Raises ApiError."""
    environment = lookups.environment(cloud.state, parameters)
    return SavedConfiguration(of_stack(environment.stack), cloud.state.options(environment.id))


def settings_after(
    saved: SavedConfiguration | None, parameters: Mapping[str, Any], former: Mapping[Key, str]
) -> dict[Key, str]:
    """The options after a saved configuration and a request's own settings, which come first. Raises ApiError."""
    base = {**former, **(saved.options if saved else {})}
    return options.apply_changes(base, parameters.get("OptionSettings", ()), parameters.get("OptionsToRemove", ()))


def _key(application: str, name: str) -> str:
    return f"{FOLDER}/{application}/{name}"
