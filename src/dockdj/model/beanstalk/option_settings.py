"""Environment variables among Elastic Beanstalk's option settings."""

from collections.abc import Mapping
from typing import Any

VARIABLES = "aws:elasticbeanstalk:application:environment"
SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"


def of_extension(document: Any) -> dict[str, str]:
    """The variables that an `.ebextensions/*.config` sets.

    Both forms of `option_settings` (Developer Guide, "Option settings"): a table of namespaces, and a list whose
    entries mean environment variables where they name no namespace. What is neither sets nothing.
    """
    settings = document.get("option_settings") if isinstance(document, Mapping) else None
    if isinstance(settings, Mapping):
        found = settings.get(VARIABLES)
        return {str(name): text(value) for name, value in found.items()} if isinstance(found, Mapping) else {}
    entries = [entry for entry in settings if isinstance(entry, Mapping)] if isinstance(settings, list) else []
    return {
        str(entry["option_name"]): text(entry.get("value"))
        for entry in entries
        if entry.get("namespace", VARIABLES) == VARIABLES and "option_name" in entry
    }


def text(value: Any) -> str:
    """A value of YAML as the platform passes it on."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
