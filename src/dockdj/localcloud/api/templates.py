"""Actions on saved configurations, which the API calls configuration templates."""

from __future__ import annotations

from typing import Any

from dockdj.localcloud.api import saved_configurations, tags
from dockdj.localcloud.api.configuration import template_description
from dockdj.localcloud.api_error import ApiError, invalid
from dockdj.localcloud.cloud import Call, Cloud
from dockdj.localcloud.contract import Severity
from dockdj.localcloud.platform.saved_configuration import SavedConfiguration
from dockdj.localcloud.platform.versions import requested
from dockdj.localcloud.state import lookups
from dockdj.localcloud.state.database import Subject

SOURCES = ("EnvironmentId", "SourceConfiguration", "TemplateSpecification")


def create(cloud: Cloud, call: Call) -> dict[str, Any]:
    """CreateConfigurationTemplate from an environment, another template, or a platform."""
    parameters = call.parameters
    application, name = parameters["ApplicationName"], parameters["TemplateName"]
    lookups.application(cloud.state, application)
    if "/" in name:
        raise invalid("Value at 'templateName' failed to satisfy constraint: Member must not contain '/'.")
    given = tags.given(parameters)
    with cloud.state.transaction():
        if name in saved_configurations.names(cloud, application):
            raise invalid(f"Configuration Template {name} already exists.")
        source = _source(cloud, call)
        saved = SavedConfiguration(
            source.platform,
            saved_configurations.settings_after(source, parameters, {}),
            parameters.get("Description", source.description),
        )
        tags.replace(cloud, f"configurationtemplate/{application}/{name}", given)
        _emit(cloud, call, f"Created new Configuration Template: {name}")
    # The file comes last: a request that failed can be sent again.
    saved = saved_configurations.save(cloud, application, name, saved)
    return template_description(cloud, application, name, saved)


def update(cloud: Cloud, call: Call) -> dict[str, Any]:
    """UpdateConfigurationTemplate: its description and its options."""
    parameters = call.parameters
    application, name = parameters["ApplicationName"], parameters["TemplateName"]
    lookups.application(cloud.state, application)
    with cloud.state.transaction():
        former = saved_configurations.load(cloud, application, name)
        saved = SavedConfiguration(
            former.platform,
            saved_configurations.settings_after(former, parameters, {}),
            parameters.get("Description", former.description),
            former.created,
        )
        _emit(cloud, call, f"Updated Configuration Template: {name}")
    saved = saved_configurations.save(cloud, application, name, saved)
    return template_description(cloud, application, name, saved)


def delete(cloud: Cloud, call: Call) -> dict[str, Any]:
    """DeleteConfigurationTemplate. Environments that were made from it keep their options."""
    application, name = call.parameters["ApplicationName"], call.parameters["TemplateName"]
    lookups.application(cloud.state, application)
    with cloud.state.transaction():
        if name not in saved_configurations.names(cloud, application):
            raise invalid(f"No Configuration Template named '{name}' found.")
        tags.replace(cloud, f"configurationtemplate/{application}/{name}", {})
        _emit(cloud, call, f"Deleted Configuration Template: {name}")
    saved_configurations.delete(cloud, application, name)
    return {}


def _source(cloud: Cloud, call: Call) -> SavedConfiguration:
    """The platform and the options that a new template begins with. Raises ApiError."""
    parameters = call.parameters
    given = [name for name in SOURCES if parameters.get(name)]
    if len(given) > 1:
        raise ApiError("InvalidParameterCombination", f"Specify only one of {', '.join(given)}.")
    match given:
        case ["EnvironmentId"]:
            return saved_configurations.of_environment(cloud, {"EnvironmentId": parameters["EnvironmentId"]})
        case ["SourceConfiguration"]:
            named = parameters["SourceConfiguration"]
            application = named.get("ApplicationName", parameters["ApplicationName"])
            return saved_configurations.load(cloud, application, named.get("TemplateName", ""))
        case ["TemplateSpecification"]:
            if specified := saved_configurations.of_specification(cloud, parameters):
                return specified
    return SavedConfiguration(requested(parameters, cloud.settings.region), {})


def _emit(cloud: Cloud, call: Call, message: str) -> None:
    cloud.state.emit(Subject(call.parameters["ApplicationName"]), call.request_id, Severity.INFO, message)
