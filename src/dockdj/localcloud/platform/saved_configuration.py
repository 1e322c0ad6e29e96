"""A saved configuration as a YAML file: the format that Elastic Beanstalk keeps in S3, and that `eb config` edits.

The keys are those of files that `eb config save` wrote ("Using Elastic Beanstalk saved configurations" in the developer
guide). Keys that the local cloud does not know are ignored, as they have no effect here.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.platform.option_rules import Key
from dockdj.localcloud.platform.versions import PlatformVersion, requested
from dockdj.localcloud.printable import printable

FORMAT_VERSION = "1.1.0.0"
MILLISECONDS = 1000
WIDTH = 4096
"""No line of the file is broken, so that people can search it."""


@dataclass(frozen=True)
class SavedConfiguration:
    """Options and platform for environments, saved under a name."""

    platform: PlatformVersion
    options: Mapping[Key, str] = field(repr=False)
    description: str = ""
    created: float = 0.0
    """Seconds since the epoch."""
    updated: float = 0.0


def text_of(saved: SavedConfiguration, region: str) -> str:
    """The YAML file of a saved configuration."""
    settings: dict[str, dict[str, str]] = {}
    for (namespace, name), value in sorted(saved.options.items()):
        settings.setdefault(namespace, {})[name] = value
    document = {
        "EnvironmentConfigurationMetadata": {
            "Description": saved.description,
            "DateCreated": _milliseconds(saved.created),
            "DateModified": _milliseconds(saved.updated),
        },
        "Platform": {"PlatformArn": saved.platform.arn(region)},
        "OptionSettings": settings,
        "EnvironmentTier": {"Type": "Standard", "Name": "WebServer"},
        "AWSConfigurationTemplateVersion": FORMAT_VERSION,
    }
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.width = WIDTH
    text = io.StringIO()
    yaml.dump(document, text)
    return text.getvalue()


def parsed(content: bytes | str, region: str) -> SavedConfiguration:
    """The saved configuration in a YAML file. Raises ApiError."""
    document = _document(content)
    metadata = _map(document, "EnvironmentConfigurationMetadata")
    platform = {key: str(value) for key, value in _map(document, "Platform").items()}
    solution_stack = document.get("SolutionStack")
    if isinstance(solution_stack, str):
        platform["SolutionStackName"] = solution_stack
    if _map(document, "EnvironmentTier").get("Name", "WebServer") != "WebServer":
        raise invalid("The local cloud has web server environments only.")
    options = {}
    for namespace, settings in _map(document, "OptionSettings").items():
        if not isinstance(settings, Mapping):
            raise _broken(f"OptionSettings: {namespace} is not a map")
        for name, value in settings.items():
            if value is not None:
                options[str(namespace), str(name)] = _value(value, f"OptionSettings: {namespace}: {name}")
    return SavedConfiguration(
        platform=requested(platform, region),
        options=options,
        description=str(metadata.get("Description") or ""),
        created=_seconds(metadata.get("DateCreated")),
        updated=_seconds(metadata.get("DateModified")),
    )


def _document(content: bytes | str) -> Mapping[str, Any]:
    try:
        document = YAML(typ="safe", pure=True).load(content)
    # The reader raises other errors, too: for bytes that are no text, dates that do not exist, too deep lists.
    except (YAMLError, ValueError, TypeError, OverflowError, RecursionError, AttributeError) as error:
        raise _broken(printable(str(error))) from error
    if not isinstance(document, Mapping):
        raise _broken("it is not a map")
    return document


def _map(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key) or {}
    if not isinstance(value, Mapping):
        raise _broken(f"{key} is not a map")
    return value


def _value(value: object, where: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise _broken(f"{where} is not a text or a number")


def _broken(reason: str) -> ApiError:
    return invalid(f"The saved configuration cannot be read: {printable(reason)}.")


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * MILLISECONDS))


def _seconds(milliseconds: object) -> float:
    text = str(milliseconds or "0")
    return int(text) / MILLISECONDS if text.isascii() and text.isdigit() and len(text) <= 15 else 0.0
