"""The Query protocol: a form comes in, XML goes out, both by botocore's own model of Elastic Beanstalk."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from botocore.loaders import Loader
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import QueryParser
from moto.core.serialize import QuerySerializer, SerializationContext
from werkzeug.datastructures import MultiDict

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.http.query_limits import violations

NAMESPACE = "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"
# Amazon's `eb` client has its own copy of the model; `eb health` needs this member of it.
PRIVATE_MEMBERS = {"ConfigurationSettingsDescription": {"Tier": {"shape": "EnvironmentTier"}}}


@cache
def service() -> ServiceModel:
    """Botocore's model of Elastic Beanstalk with the members that only `eb` knows."""
    document = copy.deepcopy(Loader().load_service_model("elasticbeanstalk", "service-2"))
    for shape, members in PRIVATE_MEMBERS.items():
        document["shapes"][shape]["members"].update(members)
    return ServiceModel(document)


def operation(name: str) -> OperationModel:
    """The operation of this name. Raises ApiError (InvalidAction) for one that Elastic Beanstalk does not have."""
    if name not in service().operation_names:
        raise ApiError("InvalidAction", f"Could not find operation {name} for version 2010-12-01")
    model: OperationModel = service().operation_model(name)
    return model


def parse(name: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a request. Raises ApiError for an unknown operation and for values outside its limits."""
    model = operation(name)
    try:
        request: Any = {"values": MultiDict(form)}
        given: dict[str, Any] = QueryParser(model).parse(request)
    except ValueError as error:
        raise ApiError("MalformedInput", str(error)) from error
    if found := violations(given, model.input_shape):
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise ApiError("ValidationError", f"{count}: {'; '.join(found)}")
    return given


def answer(name: str, result: Mapping[str, Any], request_id: str) -> str:
    """The XML for a result."""
    model = operation(name)
    return str(QuerySerializer(model, context=SerializationContext(request_id)).serialize(result)["body"])


def refusal(error: ApiError, request_id: str) -> str:
    """The XML for a refused request."""
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{"Sender" if error.status < 500 else "Receiver"}</Type>'
        f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
