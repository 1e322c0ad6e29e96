"""Environment variables and the health check among Elastic Beanstalk's option settings."""

from collections.abc import Mapping
from typing import Any

from dockdj.model.beanstalk.environment import HealthCheck

VARIABLES = "aws:elasticbeanstalk:application:environment"
SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"
PROCESS = "aws:elasticbeanstalk:environment:process:default"


def of_extension(document: Any) -> dict[str, str]:
    """The variables that an `.ebextensions/*.config` sets.

    Both forms of `option_settings` (Developer Guide, "Option settings"): a table of namespaces, and a list whose
    entries mean environment variables when they name no namespace. Any other form sets no variable.
    """
    settings = document.get("option_settings") if isinstance(document, Mapping) else None
    if isinstance(settings, Mapping):
        values = settings.get(VARIABLES)
        return {str(name): text(value) for name, value in values.items()} if isinstance(values, Mapping) else {}
    entries = [entry for entry in settings if isinstance(entry, Mapping)] if isinstance(settings, list) else []
    return {
        str(entry["option_name"]): text(entry.get("value"))
        for entry in entries
        if entry.get("namespace", VARIABLES) == VARIABLES and "option_name" in entry
    }


def text(value: Any) -> str:
    """A YAML value as the platform passes it to the application."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def health_check_of(settings: Mapping[str, str]) -> HealthCheck:
    """The health check in the settings of the namespace PROCESS."""
    return HealthCheck(settings["HealthCheckPath"], settings["MatcherHTTPCode"])


def health_check_settings(check: HealthCheck) -> dict[str, str]:
    """The settings of the namespace PROCESS for a health check."""
    return {"HealthCheckPath": check.path, "MatcherHTTPCode": check.codes}
