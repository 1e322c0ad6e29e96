"""The Query protocol: parse forms and render XML by botocore's model of Elastic Beanstalk."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from botocore.loaders import Loader
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import QueryParser, default_timestamp_parser
from moto.core.serialize import QuerySerializer, SerializationContext
from werkzeug.datastructures import MultiDict

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.http.query_limits import violations
from dockdj.localcloud.printable import printable

NAMESPACE = "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"
INTEGER = re.compile("-?[0-9]{1,10}")
INTEGER_MAX = 2**31 - 1
# Amazon's `eb` client has its own copy of the model. `eb health` needs a member of it, `eb clone` sends one.
SPECIFICATION = {"TemplateSpecification": {"shape": "EnvironmentTemplateSpecification"}}
PRIVATE_MEMBERS = {
    "ConfigurationSettingsDescription": {"Tier": {"shape": "EnvironmentTier"}},
    "CreateConfigurationTemplateMessage": SPECIFICATION,
    "CreateEnvironmentMessage": SPECIFICATION,
    "UpdateEnvironmentMessage": SPECIFICATION,
    "ValidateConfigurationSettingsMessage": SPECIFICATION,
}
PRIVATE_SHAPES = {
    "EnvironmentTemplateSpecification": {
        "type": "structure",
        "members": {
            "TemplateSource": {"shape": "TemplateSource"},
            "TemplateSnippets": {"shape": "TemplateSnippetList"},
        },
    },
    "TemplateSource": {
        "type": "structure",
        "members": {
            "SolutionStackName": {"shape": "SolutionStackName"},
            "PlatformArn": {"shape": "PlatformArn"},
            "EnvironmentName": {"shape": "EnvironmentName"},
            "SourceContents": {"shape": "String"},
        },
    },
    "TemplateSnippetList": {"type": "list", "member": {"shape": "TemplateSnippet"}},
    "TemplateSnippet": {"type": "structure", "members": {"SnippetName": {"shape": "String"}}},
}


class Parser(QueryParser):
    """Moto's parser, with the numbers and times that Elastic Beanstalk accepts and no others."""

    def __init__(self, model: OperationModel) -> None:
        super().__init__(model, timestamp_parser=_time)

    def _parse_integer(self, shape: Any, query_params: Any, prefix: str = "") -> Any:
        value = query_params.get(prefix)
        if isinstance(value, str) and not (INTEGER.fullmatch(value) and abs(int(value)) <= INTEGER_MAX):
            raise ValueError(f"Value at '{prefix}' must be an integer")
        return super()._parse_integer(shape, query_params, prefix)  # type: ignore[no-untyped-call]


class Serializer(QuerySerializer):
    """Moto's serialiser, with times to the millisecond, as Elastic Beanstalk writes them."""

    def _serialize_type_timestamp(self, serialized: Any, value: Any, shape: Any, key: str) -> None:
        moment = value.replace(microsecond=value.microsecond // 1000 * 1000)
        text = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
        self._default_serialize(serialized, f"{text}Z", shape, key)


def _time(text: str) -> datetime:
    """A time in UTC, without time zone. Raises ValueError."""
    try:
        return default_timestamp_parser(text)
    except (ValueError, OverflowError, OSError, RuntimeError, TypeError) as error:
        raise ValueError("a time is not in the format 2026-11-22T12:00:00Z") from error


@cache
def service() -> ServiceModel:
    """Botocore's model of Elastic Beanstalk, with the members that only `eb` knows."""
    document = copy.deepcopy(Loader().load_service_model("elasticbeanstalk", "service-2"))
    document["shapes"].update(PRIVATE_SHAPES)
    for shape, members in PRIVATE_MEMBERS.items():
        document["shapes"][shape]["members"].update(members)
    # `eb config put` validates a saved configuration without settings of its own.
    document["shapes"]["ValidateConfigurationSettingsMessage"]["required"].remove("OptionSettings")
    return ServiceModel(document)


def operation(name: str) -> OperationModel:
    """The model of an operation. Raises ApiError (InvalidAction) if Elastic Beanstalk has no such operation."""
    if name not in service().operation_names:
        raise ApiError("InvalidAction", f"Could not find operation {name} for version 2010-12-01")
    model: OperationModel = service().operation_model(name)
    return model


def parse(name: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a request. Raises ApiError for an unknown operation and for values outside its limits."""
    model = operation(name)
    try:
        request: Any = {"values": MultiDict(form)}
        parameters: dict[str, Any] = Parser(model).parse(request)
    except (ValueError, OverflowError, RecursionError) as error:
        raise ApiError("MalformedInput", printable(str(error))) from error
    if errors := violations(parameters, model.input_shape):
        count = f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} detected"
        raise ApiError("ValidationError", f"{count}: {'; '.join(errors)}")
    return parameters


def result_document(name: str, result: Mapping[str, Any], request_id: str) -> str:
    """The XML of a result."""
    model = operation(name)
    return str(Serializer(model, context=SerializationContext(request_id)).serialize(result)["body"])


def error_document(error: ApiError, request_id: str) -> str:
    """The XML of an error."""
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{"Sender" if error.status < 500 else "Receiver"}</Type>'
        f"<Code>{escape(printable(error.code))}</Code><Message>{escape(printable(error.message))}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
