"""Requests of the JSON protocol: the supported operations of each service, and their parameters by botocore's model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from dockdj.localcloud.api_error import ApiError
from dockdj.localcloud.identity.policy import is_reading

SECRETS_MANAGER = "secretsmanager"
PARAMETER_STORE = "ssm"
OPERATIONS: Mapping[str, frozenset[str]] = {
    SECRETS_MANAGER: frozenset(
        (
            *("CreateSecret", "PutSecretValue", "UpdateSecret", "DeleteSecret", "RestoreSecret"),
            *("GetSecretValue", "BatchGetSecretValue", "DescribeSecret", "ListSecrets", "ListSecretVersionIds"),
            *("UpdateSecretVersionStage", "TagResource", "UntagResource", "GetRandomPassword"),
        )
    ),
    PARAMETER_STORE: frozenset(
        (
            *("PutParameter", "DeleteParameter", "DeleteParameters", "AddTagsToResource", "RemoveTagsFromResource"),
            *("GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory", "DescribeParameters"),
            "ListTagsForResource",
        )
    ),
}
UNSUPPORTED = ("AddReplicaRegions",)
"""Members that have an effect on AWS and none here."""
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "timestamp": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
}


@dataclass(frozen=True)
class Operation:
    """One request of a service, with valid parameters."""

    service: str
    name: str

    @property
    def changes(self) -> bool:
        """Tell if the operation changes secrets or parameters."""
        return not is_reading(self.name)


def operation(service: str, target: str, body: bytes) -> Operation:
    """The operation of a request. `target` is its X-Amz-Target. Raises ApiError."""
    prefix, _, name = target.rpartition(".")
    model = _model(service)
    if prefix != model.metadata["targetPrefix"] or name not in model.operation_names:
        raise ApiError("UnknownOperationException", f"There is no operation {target!r}.")
    if name not in OPERATIONS[service]:
        raise ApiError("UnknownOperationException", f"The local cloud does not implement {name} of {service}.", 501)
    try:
        parameters = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", "The body of the request is not JSON.") from error
    shape = model.operation_model(name).input_shape
    if wrong := next(_wrong_types(parameters, shape, "body"), None):
        raise ApiError("SerializationException", wrong)
    if errors := list(_violations(parameters, shape, "")):
        count = f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} detected"
        raise ApiError("ValidationException", f"{count}: {'; '.join(errors)}")
    if refused := next((member for member in UNSUPPORTED if parameters.get(member)), ""):
        raise ApiError("InvalidParameterException", f"The local cloud does not support {refused}.")
    return Operation(service, name)


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _wrong_types(value: Any, shape: Shape | None, path: str) -> Iterator[str]:
    """The parts of a request that have another type than the model says."""
    if shape is None or (value is None and path != "body"):
        return
    expected = TYPES.get(shape.type_name, object)
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is int):
        yield f"{path} is not a {shape.type_name}"
    else:
        for part, member, name in _parts(value, shape):
            yield from _wrong_types(part, member, name)


def _violations(value: Any, shape: Shape | None, path: str) -> Iterator[str]:
    """The parts of a request that break the model's limits. No message has a value, which may be a secret."""
    if shape is None or value is None:
        return
    if isinstance(shape, StructureShape):
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_member(name)}' failed to satisfy constraint: Member must not be null"
    longest, shortest = shape.metadata.get("max"), shape.metadata.get("min", 0)
    size = value if isinstance(value, int) else len(value) if isinstance(value, (str, list, dict)) else 0
    rule = f"Value at '{path}' failed to satisfy constraint: Member must"
    what = "value" if isinstance(value, int) else "length"
    if longest is not None and size > longest:
        yield f"{rule} have {what} less than or equal to {longest}"
    elif size < shortest:
        yield f"{rule} have {what} greater than or equal to {shortest}"
    choices = getattr(shape, "enum", None)
    if choices and value not in choices:
        yield f"{rule} satisfy enum value set: [{', '.join(choices)}]"
    for part, member, name in _parts(value, shape):
        yield from _violations(part, member, _member(name))


def _parts(value: Any, shape: Shape) -> Iterator[tuple[Any, Shape, str]]:
    """The members of a value with their shapes and names."""
    if isinstance(shape, StructureShape):
        yield from ((value[name], member, name) for name, member in shape.members.items() if name in value)
    elif isinstance(shape, ListShape):
        yield from ((item, shape.member, f"{number}.member") for number, item in enumerate(value, 1))
    elif isinstance(shape, MapShape):
        yield from ((item, shape.value, str(key)) for key, item in value.items())


def _member(name: str) -> str:
    return name[:1].lower() + name[1:]
